//! What is changed, of whom, and how far it is.

use kernel::{Error, Result, Timestamp};
use rules::Rule;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::subscribers::{self, Change, Status};
use crate::{BulkActionId, GroupId, SegmentId, SubscriberId, TagId};

/// Most people that are named one by one.
pub(super) const MAX_IDS: usize = 10_000;

/// Which people: exactly one of these; a search may come with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkSelection, example = json!({"segment_id": "361240977588224000"}))]
pub struct Selection {
    /// These, up to 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 10_000)]
    pub ids: Option<Vec<SubscriberId>>,
    /// Whom a segment selects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_id: Option<SegmentId>,
    /// The members of a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// People with a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_id: Option<TagId>,
    /// People with a status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Whom a rule selects, as in a segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Rule>)]
    pub rule: Option<Value>,
    /// Everybody: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<bool>,
    /// Only those of them whom a search finds, as in the list of subscribers. Not with `ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub search: Option<String>,
}

/// A checked selection.
pub(super) enum Chosen {
    /// In their order, each once.
    Ids(Vec<SubscriberId>),
    /// Whom a rule selects and, if there are words, who has them all.
    Rule(Rule, Option<Vec<String>>),
}

impl Selection {
    pub(super) fn chosen(&self) -> Result<Chosen> {
        let mut rules = Vec::new();
        if let Some(id) = self.segment_id {
            rules.push(json!({ "segment": { "any": [id] } }));
        }
        if let Some(id) = self.group_id {
            rules.push(json!({ "group": { "any": [id] } }));
        }
        if let Some(id) = self.tag_id {
            rules.push(json!({ "tag": { "any": [id] } }));
        }
        if let Some(status) = self.status {
            rules.push(json!({ "field": "status", "op": "equals", "value": status }));
        }
        if self.all == Some(true) {
            rules.push(json!({ "all": [] }));
        }
        let path = if self.rule.is_some() {
            "selection.rule"
        } else {
            "selection"
        };
        rules.extend(self.rule.clone());
        let words = self.search.as_deref().map(subscribers::parse_search);
        let words = words.transpose().map_err(of_search)?.flatten();
        match (&self.ids, rules.as_slice()) {
            (Some(ids), []) if self.search.is_none() => chosen_ids(ids).map(Chosen::Ids),
            (None, [rule]) => Rule::parse(rule)
                .map(|rule| Chosen::Rule(rule, words))
                .map_err(|errors| rules::into_kernel_error(path, errors)),
            _ => Err(Error::invalid(
                "selection",
                "invalid",
                "give exactly one of ids, segment_id, group_id, tag_id, status, rule, and all (true), and search only without ids",
            )),
        }
    }
}

fn of_search(error: Error) -> Error {
    let Error::Invalid(mut faults) = error else {
        return error;
    };
    for fault in &mut faults {
        "selection.search".clone_into(&mut fault.field);
    }
    Error::Invalid(faults)
}

fn chosen_ids(ids: &[SubscriberId]) -> Result<Vec<SubscriberId>> {
    if ids.is_empty() {
        return Err(Error::invalid(
            "selection.ids",
            "required",
            "name at least one subscriber",
        ));
    }
    if ids.len() > MAX_IDS {
        return Err(Error::invalid(
            "selection.ids",
            "too_many",
            format!("name at most {MAX_IDS}, or select by segment, group or tag"),
        ));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// What happens to each of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = BulkChange, example = json!({"type": "set_field", "field": "city", "value": "Berlin"}))]
pub enum Action {
    /// Sets a standard attribute or a custom field.
    SetField {
        /// `first_name`, `last_name`, `phone`, `language`, `time_zone`, `owner_id`, `score`, or the key of a custom field.
        field: String,
        /// As in a subscriber.
        value: Value,
    },
    /// Empties a standard attribute or a custom field.
    ClearField {
        /// As in `set_field`, without `score`.
        field: String,
    },
    /// Adds to a group.
    AddToGroup {
        /// The group.
        group_id: GroupId,
    },
    /// Removes from a group.
    RemoveFromGroup {
        /// The group.
        group_id: GroupId,
    },
    /// Adds a tag.
    AddTag {
        /// The tag.
        tag_id: TagId,
    },
    /// Removes a tag.
    RemoveTag {
        /// The tag.
        tag_id: TagId,
    },
    /// Changes the status, for those for whom that is allowed: to `unsubscribed`, to `suppressed` (which also puts the
    /// address on the suppression list), or to `active` (because they asked for it; not for the suppressed).
    ChangeStatus {
        /// The new status.
        status: Status,
        /// `bulk` unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Deletes.
    Delete {},
}

/// The step of the status machine that leads to a status.
pub(super) fn change_to(status: Status) -> Result<Change> {
    match status {
        Status::Active => Ok(Change::Resubscribe),
        Status::Unsubscribed => Ok(Change::Unsubscribe),
        Status::Suppressed => Ok(Change::Block),
        Status::Unconfirmed | Status::Bounced => Err(Error::invalid(
            "action.status",
            "invalid",
            "choose active, unsubscribed or suppressed; the others come about by themselves",
        )),
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BulkState)]
pub enum State {
    Queued,
    Running,
    Stopped,
    Completed,
    Failed,
}

impl State {
    pub(super) const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Stopped,
        Self::Completed,
        Self::Failed,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Stopped | Self::Completed | Self::Failed)
    }
}

/// A change to many people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "361240977588224000",
    "state": "running",
    "selection": {"segment_id": "361240977588224100"},
    "action": {"type": "add_tag", "tag_id": "361240977588224200"},
    "created_by": "user:361240977588224300",
    "total": 48210,
    "processed": 12000,
    "changed": 11874,
    "error": null,
    "created_at": "2026-05-04T09:30:00Z",
    "finished_at": null,
}))]
pub struct BulkAction {
    pub id: BulkActionId,
    pub state: State,
    pub selection: Selection,
    pub action: Action,
    /// Who made it.
    pub created_by: String,
    /// How many people were selected when it began; absent before. Exactly these are visited.
    #[schema(required)]
    pub total: Option<i64>,
    /// How many it has visited.
    pub processed: i64,
    /// How many of those are different now: the others had it already, are gone, or may not change so.
    pub changed: i64,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    pub created_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    /// The last person visited.
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) cursor: SubscriberId,
}
