//! What an automation is to those who write it.

use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::definition::{Document, StepId};
use crate::diff::Difference;
use crate::fault::Fault;
use crate::ids::{AutomationId, VersionId};
use crate::migrate::{Plan, Resume};

/// Whether it does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationStatus)]
pub enum Status {
    /// Never published.
    Draft,
    /// Lets people in and moves them on.
    Active,
    /// Nothing happens until it is resumed.
    Paused,
    /// Gone, but for its history.
    Deleted,
}

impl Status {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Self {
        [Self::Draft, Self::Active, Self::Paused]
            .into_iter()
            .find(|it| it.as_str() == text)
            .unwrap_or(Self::Deleted)
    }
}

/// What is still to be done with every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moving {
    /// They follow the live version, as its plan says.
    pub rebind: bool,
    /// A pause is over that was so long, in microseconds.
    pub resume: Option<(Resume, u64)>,
    /// When it was over: whoever came to their step later is not shifted.
    pub resumed_at: Option<Timestamp>,
    /// The last run that may have been there then: the end of the sweep.
    pub last: Option<i64>,
    /// They end.
    pub end: bool,
}

/// An automation.
#[derive(Clone, Debug)]
pub struct Automation {
    pub account: AccountId,
    pub id: AutomationId,
    pub name: String,
    pub status: Status,
    /// The document that is being written.
    pub draft: Value,
    pub live: Option<VersionId>,
    /// Rises with every change: the ETag.
    pub version: i64,
    pub paused_at: Option<Timestamp>,
    pub published_at: Option<Timestamp>,
    pub moving: Option<Moving>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub created_by: String,
}

impl Automation {
    /// The draft, which was readable when it was stored.
    pub fn document(&self) -> Result<Document, Vec<Fault>> {
        Document::parse(&self.draft)
    }
}

/// A published version.
#[derive(Clone, Debug)]
pub struct Version {
    pub id: VersionId,
    pub automation: AutomationId,
    /// From 1.
    pub number: i64,
    pub document: Document,
    pub plan: Plan,
    pub restored_from: Option<VersionId>,
    pub published_at: Timestamp,
    pub published_by: String,
}

/// How many people are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationCounts)]
pub struct Counts {
    /// People inside, the failed ones included.
    pub inside: i64,
    /// Of those, the ones that failed and wait for somebody to decide.
    pub failed: i64,
    /// Everybody who was ever let in.
    pub entered: i64,
    /// Everybody whose way is over.
    pub finished: i64,
}

/// An automation with what belongs to it.
#[derive(Clone, Debug)]
pub struct Described {
    pub automation: Automation,
    pub live: Option<Evidence>,
    pub counts: Counts,
    /// What is wrong with the draft.
    pub faults: Vec<Fault>,
    /// Whether the draft is another document than the live version.
    pub differs: bool,
    /// Senders whose mail waits.
    pub held: Vec<sending::automated::HeldLane>,
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct Summary {
    pub automation: Automation,
    pub live: Option<Evidence>,
    pub counts: Counts,
}

/// When something was published, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationVersionSummary, example = json!({
    "id": "361240977588224090", "number": 3, "steps": 7, "restored_from": null,
    "published_at": "2026-05-04T09:30:00Z", "published_by": "user:361240977588224000",
}))]
pub struct Evidence {
    pub id: VersionId,
    /// From 1.
    pub number: i64,
    /// How many steps it has.
    pub steps: usize,
    /// The version whose document this is again.
    #[schema(required)]
    pub restored_from: Option<VersionId>,
    pub published_at: Timestamp,
    pub published_by: String,
}

impl From<&Version> for Evidence {
    fn from(version: &Version) -> Self {
        Self {
            id: version.id,
            number: version.number,
            steps: version.document.steps.len(),
            restored_from: version.restored_from,
            published_at: version.published_at,
            published_by: version.published_by.clone(),
        }
    }
}

/// What publishing the draft would mean.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    pub faults: Vec<Fault>,
    /// From what is live.
    pub differences: Vec<Difference>,
    /// People at steps that are another or no more.
    pub affected: Vec<Affected>,
}

/// People at a step that is another in the draft, or no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AffectedAutomationStep)]
pub struct Affected {
    #[schema(example = "welcome")]
    pub step: StepId,
    /// What people call it.
    #[schema(example = "Welcome mail")]
    pub title: String,
    /// Whether the step is no more.
    pub deleted: bool,
    /// How many are there now.
    pub people: i64,
    /// Where they go, unless the plan says otherwise; out if there is nothing.
    #[schema(required, example = "rest")]
    pub next: Option<StepId>,
}

/// A new automation.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAutomation {
    #[schema(example = "Welcome")]
    pub name: String,
    /// What it does; empty if left out.
    #[serde(default)]
    #[schema(value_type = Option<Document>)]
    pub draft: Option<Value>,
    /// Instead: the key of an automation of the library to begin with.
    #[serde(default)]
    #[schema(example = "welcome")]
    pub library: Option<String>,
}

/// A change; absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AutomationPatch)]
pub struct Patch {
    pub name: Option<String>,
    /// All of the document.
    #[schema(value_type = Option<Document>)]
    pub draft: Option<Value>,
}
