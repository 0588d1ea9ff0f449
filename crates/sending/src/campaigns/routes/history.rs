//! What a campaign said before.

use axum::extract::State;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Versioned};

use super::super::model::{CampaignId, RevisionId};
use super::super::service::{self, Preview};
use super::{CampaignView, versioned};
use crate::revisions::{RevisionDocument, RevisionList};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(preview))
        .routes(routes!(restore))
}

/// List the revisions of a campaign
///
/// What its content was, newest first, up to 100. What one person saves within five minutes is one revision, unless a mail
/// was made from it. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/revisions",
    operation_id = "list_campaign_revisions",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 200, body = RevisionList), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<RevisionList>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let data = service::revisions(&app.ctx, account, id).await?;
    Ok(Json(RevisionList { data }))
}

/// Get a revision of a campaign
///
/// With its content as it was written. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/revisions/{revision_id}",
    operation_id = "get_campaign_revision",
    tag = "Campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign's id"),
        ("revision_id" = RevisionId, Path, description = "The revision's id")
    ),
    responses((status = 200, body = RevisionDocument), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path((id, revision)): Path<(CampaignId, RevisionId)>,
) -> Result<Json<RevisionDocument>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let found = service::revision(&app.ctx, account, id, revision).await?;
    Ok(Json(found))
}

/// Preview a revision of a campaign
///
/// As somebody would get it of whom only the address is known. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/revisions/{revision_id}/preview",
    operation_id = "preview_campaign_revision",
    tag = "Campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign's id"),
        ("revision_id" = RevisionId, Path, description = "The revision's id")
    ),
    responses((status = 200, body = Preview), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn preview(
    auth: Auth,
    State(app): State<App>,
    Path((id, revision)): Path<(CampaignId, RevisionId)>,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let preview = service::revision_preview(&app.ctx, account, id, revision).await?;
    Ok(Json(preview))
}

/// Restore a revision of a campaign
///
/// Its content is the campaign's again, as a new revision; what was there stays in the history. With `If-Match`, a change
/// that somebody else overtook is refused with 412. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/revisions/{revision_id}/restore",
    operation_id = "restore_campaign_revision",
    tag = "Campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign's id"),
        ("revision_id" = RevisionId, Path, description = "The revision's id")
    ),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn restore(
    auth: Auth,
    State(app): State<App>,
    Path((id, revision)): Path<(CampaignId, RevisionId)>,
    IfMatch(expected): IfMatch,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let campaign =
        service::restore(&app.ctx, account, &auth.actor(), id, expected, revision).await?;
    Ok(versioned(campaign))
}
