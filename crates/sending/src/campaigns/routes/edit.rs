//! Listing, reading, writing, duplicating.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Query, Versioned};

use super::super::model::{CampaignId, CampaignState};
use super::super::service::{self, CampaignPatch, NewCampaign};
use super::{CampaignTotals, CampaignView, versioned};
use crate::messages::store as messages;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(duplicate))
}

/// Which campaigns.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those in this state.
    state: Option<CampaignState>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the campaigns
///
/// Newest first, each with its totals. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns",
    operation_id = "list_campaigns",
    tag = "Campaigns",
    params(ListQuery),
    responses((status = 200, body = Page<CampaignView>)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<CampaignView>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let page = service::list(&app.ctx, account, query.state, cursor, limit).await?;
    let ids: Vec<CampaignId> = page.data.iter().map(|campaign| campaign.id).collect();
    let mut tx = app.ctx.read().await?;
    let totals = messages::totals_of(&mut tx, account, &ids).await?;
    Ok(Json(page.map(|campaign| {
        let totals = totals.get(&campaign.id).map(CampaignTotals::of);
        CampaignView {
            totals: Some(totals.unwrap_or_default()),
            ..CampaignView::from(campaign)
        }
    })))
}

/// Add a campaign
///
/// A draft; everything but the name can be set later. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/campaigns",
    operation_id = "create_campaign",
    tag = "Campaigns",
    request_body(content = NewCampaign, example = json!({
        "name": "May newsletter",
        "sender_email": "news@example.com",
        "audience": {"groups": ["361240977588224002"]},
        "content": {
            "subject": "{{ first_name | default(\"Hello\") }}, the spring list is here",
            "body": {
                "kind": "html",
                "html": "<p>Hello {{ first_name | default(\"there\") }}, <a href=\"https://example.com/spring\">have a look</a>.</p>"
            }
        }
    })),
    responses((status = 201, body = CampaignView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewCampaign>,
) -> Result<(StatusCode, Versioned<CampaignView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let campaign = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, versioned(campaign)))
}

/// Get a campaign
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}",
    operation_id = "get_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignView, headers(("ETag" = String, description = "The version"))),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(versioned(service::get(&app.ctx, account, id).await?))
}

/// Change a campaign
///
/// A draft or a scheduled one, or, while it is paused, the content, sender and transport of what has not been sent. Absent
/// fields stay as they are. With `If-Match`, a change that somebody else overtook is
/// refused with 412. Needs the permission `campaigns:write`.
#[utoipa::path(
    patch,
    path = "/api/campaigns/{id}",
    operation_id = "update_campaign",
    tag = "Campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the change was made from")
    ),
    request_body(content = CampaignPatch, example = json!({"name": "June newsletter"})),
    responses(
        (status = 200, body = CampaignView),
        (status = 409, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    IfMatch(expected): IfMatch,
    Json(request): Json<CampaignPatch>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let campaign = service::update(&app.ctx, account, &auth.actor(), id, expected, request).await?;
    Ok(versioned(campaign))
}

/// Delete a campaign
///
/// Only one that has sent nothing. Needs the permission `campaigns:write`.
#[utoipa::path(
    delete,
    path = "/api/campaigns/{id}",
    operation_id = "delete_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Duplicate a campaign
///
/// A new draft with the same content, audience and sender. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/duplicate",
    operation_id = "duplicate_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 201, body = CampaignView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn duplicate(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<(StatusCode, Versioned<CampaignView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let copy = service::duplicate(&app.ctx, account, &auth.actor(), id).await?;
    Ok((StatusCode::CREATED, versioned(copy)))
}
