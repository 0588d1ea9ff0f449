//! `/api/campaigns/{id}/checklist`.

use axum::extract::State;
use identity::{Auth, Permission};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::Checklist;
use super::service;
use crate::campaigns::CampaignId;

/// The routes of the checklist.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(read))
}

/// How thoroughly.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChecklistQuery {
    /// Whether links are asked, and DNS for the keys of the sender, which takes up to 15 seconds; true unless given. Answers are remembered for ten minutes.
    links: Option<bool>,
}

/// Check a campaign before it is sent
///
/// What a person should look at: the unsubscribe link and the postal address, links that lead nowhere, images without
/// alternative text, contrast, size, merge fields that are empty for some, what filters dislike, the sender's domain, and
/// the audience. The worst comes first; what is fine is told too. Nothing is changed, and nothing here keeps the campaign
/// from being sent. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/checklist",
    operation_id = "get_campaign_checklist",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id"), ChecklistQuery),
    responses((status = 200, body = Checklist), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Query(query): Query<ChecklistQuery>,
) -> Result<Json<Checklist>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let ask_links = query.links.unwrap_or(true);
    let checklist = service::check(&app.ctx, account, id, ask_links).await?;
    Ok(Json(checklist))
}
