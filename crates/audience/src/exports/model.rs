//! Whom an export is about, how it is written, how far it is.

use kernel::{Error, Result, Timestamp};
use rules::Rule;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::subscribers::Status;
use crate::{ExportId, GroupId, SegmentId, SubscriberId, TagId};

/// Most people that are named one by one.
const MAX_IDS: usize = 10_000;

/// Which people: those for whom all of these hold. To export everybody, say `{"all": true}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ExportSelection, example = json!({"segment_id": "361240977588224000"}))]
pub struct Selection {
    /// These, up to 10,000; alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 10_000)]
    pub ids: Option<Vec<SubscriberId>>,
    /// Whom a segment selects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment_id: Option<SegmentId>,
    /// The members of any of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_ids: Vec<GroupId>,
    /// People with any of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag_ids: Vec<TagId>,
    /// People with this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Whom a rule selects, as a segment has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Value>,
    /// Everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
}

/// A checked selection.
pub(super) enum Chosen {
    /// In their order, each once.
    Ids(Vec<SubscriberId>),
    Rule(Rule),
}

impl Selection {
    pub(super) fn chosen(&self) -> Result<Chosen> {
        let mut rules = Vec::new();
        if let Some(id) = self.segment_id {
            rules.push(json!({ "segment": { "any": [id] } }));
        }
        if !self.group_ids.is_empty() {
            rules.push(json!({ "group": { "any": self.group_ids } }));
        }
        if !self.tag_ids.is_empty() {
            rules.push(json!({ "tag": { "any": self.tag_ids } }));
        }
        if let Some(status) = self.status {
            rules.push(json!({ "field": "status", "op": "equals", "value": status }));
        }
        rules.extend(self.rule.clone());
        let all = self.all == Some(true);
        match (&self.ids, rules.is_empty()) {
            (Some(ids), true) if !all => {
                if ids.is_empty() || ids.len() > MAX_IDS {
                    return Err(Error::invalid(
                        "selection.ids",
                        "invalid",
                        format!("name 1 to {MAX_IDS} people, or select by segment, group or tag"),
                    ));
                }
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                Ok(Chosen::Ids(ids))
            }
            (None, empty) if !empty || all => Rule::parse(&json!({ "all": rules }))
                .map(Chosen::Rule)
                .map_err(|errors| rules::into_kernel_error("selection", errors)),
            _ => Err(Error::invalid(
                "selection",
                "invalid",
                "give ids alone, or one or more of segment_id, group_ids, tag_ids, status and rule, or all (true)",
            )),
        }
    }
}

/// What the file looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ExportFormat)]
pub enum Format {
    /// One line of cells for each person, below a line with the names of the columns.
    #[default]
    Csv,
    /// One JSON object for each person.
    Jsonl,
}

impl Format {
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl",
        }
    }
}

/// How the file is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ExportOptions)]
pub struct Options {
    pub format: Format,
    /// Attributes of a subscriber, keys of custom fields, `groups`, `tags`, in the order of the file. Unless given: the
    /// attributes that an import reads, status, source, groups, tags, when they came, and all custom fields.
    #[schema(example = json!(["email", "first_name", "city", "groups"]))]
    pub columns: Vec<String>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportState)]
pub enum State {
    Queued,
    Running,
    /// Ended by somebody; there is no file.
    Stopped,
    /// The file can be downloaded.
    Completed,
    Failed,
    /// The file was removed.
    Expired,
}

impl State {
    pub(super) const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Stopped,
        Self::Completed,
        Self::Failed,
        Self::Expired,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing more will be written.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// People on their way into a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "361240977588224000",
    "state": "running",
    "selection": {"segment_id": "361240977588224100"},
    "options": {"format": "csv", "columns": ["email", "first_name", "city"]},
    "total": 48210,
    "processed": 12000,
    "size_bytes": 524_288,
    "error": null,
    "created_by": "user:361240977588224300",
    "created_at": "2026-05-04T09:30:00Z",
    "finished_at": null,
}))]
pub struct Export {
    pub id: ExportId,
    pub state: State,
    pub selection: Selection,
    pub options: Options,
    /// How many people were selected when it began; `null` before.
    #[schema(required)]
    pub total: Option<i64>,
    /// How many are in the file.
    pub processed: i64,
    /// How large the file is.
    pub size_bytes: i64,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) path: String,
    /// The last person in the file.
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) cursor: SubscriberId,
}
