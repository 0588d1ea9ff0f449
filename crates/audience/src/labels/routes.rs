//! `/api/subscribers/{id}/memberships`.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::service;
use super::store::Membership;
use crate::{GroupId, SubscriberId, TagId};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(memberships))
}

/// What somebody is in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "groups": [{
        "id": "361240977588224000", "name": "Newsletter",
        "added_at": "2026-05-04T09:30:00Z", "added_by": "import:361240977588224100",
    }],
    "tags": [],
}))]
struct Memberships {
    groups: Vec<MembershipBody<GroupId>>,
    tags: Vec<MembershipBody<TagId>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MembershipBody<Id> {
    id: Id,
    name: String,
    added_at: Timestamp,
    /// Who or what: `user:ID`, `token:ID`, `import:ID`, `subscriber`, `system`.
    added_by: String,
}

impl<Id> From<Membership<Id>> for MembershipBody<Id> {
    fn from(it: Membership<Id>) -> Self {
        Self {
            id: it.id,
            name: it.name,
            added_at: it.added_at,
            added_by: it.added_by,
        }
    }
}

/// List the groups and tags of a subscriber, with when and by whom
///
/// By name. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers/{id}/memberships",
    operation_id = "list_subscriber_memberships",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    responses((status = 200, body = Memberships)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn memberships(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
) -> Result<Json<Memberships>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (groups, tags) = service::memberships(&app.ctx, account, id).await?;
    Ok(Json(Memberships {
        groups: groups.into_iter().map(Into::into).collect(),
        tags: tags.into_iter().map(Into::into).collect(),
    }))
}
