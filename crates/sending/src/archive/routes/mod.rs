//! `/api/campaigns/{id}/archive`, and the public pages.

mod pages;

use axum::Extension;
use axum::extract::State;
use identity::{Auth, Permission};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

pub use pages::pages;

use super::model::Archived;
use super::service;
use crate::Config;
use crate::campaigns::CampaignId;

/// The routes of the archive.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(read, set))
}

/// Whether anybody may read it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"public": true}))]
struct Publish {
    public: bool,
}

/// Tell whether a campaign is in the public archive
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/archive",
    operation_id = "get_campaign_archive",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 200, body = Archived), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Archived>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(service::get(&app.ctx, &config, account, id).await?))
}

/// Publish a campaign in the archive, or take it back
///
/// Once it has been sent. Anybody with the address can read it then, with the defaults of its merge fields. Needs the
/// permission `campaigns:send`.
#[utoipa::path(
    put,
    path = "/api/campaigns/{id}/archive",
    operation_id = "set_campaign_archive",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    request_body = Publish,
    responses(
        (status = 200, body = Archived),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn set(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Path(id): Path<CampaignId>,
    Json(request): Json<Publish>,
) -> Result<Json<Archived>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let (ctx, actor) = (&app.ctx, auth.actor());
    let archived = service::set(ctx, &config, account, &actor, id, request.public).await?;
    Ok(Json(archived))
}
