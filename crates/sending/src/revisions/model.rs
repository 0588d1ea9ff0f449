//! What is known of a revision.

use content::Document;
use kernel::Timestamp;
use serde::Serialize;

use crate::campaigns::RevisionId;

/// An entry of the history of a content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "361240977588224001",
    "subject": "The spring list is here",
    "size_bytes": 18234,
    "started_at": "2026-05-04T09:30:00Z",
    "saved_at": "2026-05-04T09:33:12Z",
    "saved_by": "user:361240977588224000",
    "restored_from": null,
    "is_current": true,
}))]
pub struct Revision {
    pub id: RevisionId,
    /// The subject line as it was written.
    pub subject: String,
    /// Of the content as JSON.
    pub size_bytes: i64,
    /// When it was begun: what one person saves within five minutes is one revision.
    pub started_at: Timestamp,
    /// When it was last saved.
    pub saved_at: Timestamp,
    /// Who: `user:ID`, `token:ID`, `system` or `cli`.
    pub saved_by: String,
    /// The revision whose text this is again.
    #[schema(required)]
    pub restored_from: Option<RevisionId>,
    /// Whether it is the present content.
    pub is_current: bool,
}

/// A revision with what it says.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RevisionDocument {
    pub revision: Revision,
    pub content: Document,
}

/// The history of a content.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevisionList {
    /// Newest first.
    pub data: Vec<Revision>,
}
