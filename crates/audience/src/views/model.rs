//! What a view is.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::subscribers::{Sort, Status};
use crate::{GroupId, SegmentId, TagId, ViewId};

/// The columns that a list can show besides `fields.KEY`.
pub(super) const COLUMNS: [&str; 19] = [
    "id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "status",
    "status_reason",
    "status_changed_at",
    "source",
    "score",
    "owner_id",
    "time_zone",
    "language",
    "consent",
    "confirmed_at",
    "created_at",
    "updated_at",
    "last_activity_at",
    "groups",
];
/// Written apart, so that the list above stays in the order of a subscriber.
pub(super) const TAGS: &str = "tags";
/// What is shown when nothing is chosen.
pub(super) const USUAL: [&str; 5] = ["email", "first_name", "last_name", "status", "created_at"];

/// Whom a view shows: everything that is given must be true. As in listing subscribers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewFilter)]
pub struct Filter {
    /// Only people with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Only members of this group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Only people with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<TagId>,
    /// Only people whom this segment selects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<SegmentId>,
    /// Words to search for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub search: Option<String>,
}

/// A way to look at the list of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SavedView, example = json!({
    "id": "361240977588224000",
    "name": "New in Berlin",
    "shared": true,
    "filter": {"status": "active", "segment": "361240977588224100"},
    "columns": ["email", "first_name", "fields.city", "created_at"],
    "sort": "newest",
    "created_by": "user:361240977588224300",
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
pub struct View {
    pub id: ViewId,
    /// Unique among the views of whoever made it, without regard to case.
    pub name: String,
    /// Whether everybody in the account sees it, or only whoever made it.
    pub shared: bool,
    pub filter: Filter,
    /// What is shown, in this order: attributes of a subscriber, or `fields.KEY`.
    pub columns: Vec<String>,
    pub sort: Sort,
    /// Who made it.
    pub created_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
