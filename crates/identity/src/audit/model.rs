//! A row of the log.

use kernel::Timestamp;
use serde::Serialize;
use serde_json::Value;

kernel::define_id!(
    /// A row of the audit log.
    EntryId
);

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Entry {
    /// Its id; later entries have larger ones.
    pub id: EntryId,
    /// When.
    pub at: Timestamp,
    /// Who: `user:ID`, `token:ID`, `system` or `cli`.
    #[schema(example = "user:361240977588224000")]
    pub actor: String,
    /// What was done.
    #[schema(example = "campaign.updated")]
    pub action: String,
    /// To what kind of thing.
    #[schema(example = "campaign")]
    pub target_kind: String,
    /// To which one.
    #[schema(example = "361240977588224001")]
    pub target_id: String,
    /// What it was; absent when it is new.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// What it is; absent when it is gone.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

/// Which entries to list; all conditions hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// By this actor.
    pub actor: Option<String>,
    /// Of this kind.
    pub action: Option<String>,
    /// To this kind of thing.
    pub target_kind: Option<String>,
    /// To this one.
    pub target_id: Option<String>,
}
