//! `/api/campaign-series`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::{TimeZone, Timestamp};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{NewSeries, Rule, Series, SeriesId, SeriesPatch, SeriesState};
use super::service;
use crate::campaigns::CampaignId;

/// The routes of series.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
}

/// A series of campaigns.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CampaignSeries, example = json!({
    "id": "361240977588224060",
    "name": "Monday news",
    "state": "active",
    "campaign_id": "361240977588224000",
    "rule": {"every": "week", "at": "09:00", "weekdays": [1], "day": null},
    "time_zone": "Europe/Berlin",
    "next_at": "2026-06-01T07:00:00Z",
    "note": null,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct SeriesView {
    id: SeriesId,
    name: String,
    state: SeriesState,
    /// The draft of which a copy is sent each time.
    campaign_id: CampaignId,
    rule: Rule,
    time_zone: TimeZone,
    /// When it comes round next, if it is active.
    next_at: Timestamp,
    /// Why it is paused, or what was left out.
    #[schema(required)]
    note: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Series> for SeriesView {
    fn from(series: Series) -> Self {
        Self {
            id: series.id,
            name: series.name,
            state: series.state,
            campaign_id: series.campaign,
            rule: series.rule,
            time_zone: series.time_zone,
            next_at: series.next_at,
            note: series.note,
            created_at: series.created_at,
            updated_at: series.updated_at,
        }
    }
}

/// The series of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct CampaignSeriesList {
    data: Vec<SeriesView>,
}

/// List the series
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaign-series",
    operation_id = "list_series",
    tag = "Series",
    responses((status = 200, body = CampaignSeriesList)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<CampaignSeriesList>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let all = service::list(&app.ctx, account).await?;
    Ok(Json(CampaignSeriesList {
        data: all.into_iter().map(SeriesView::from).collect(),
    }))
}

/// Add a series
///
/// Each time the rule comes round, a copy of the draft is sent. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaign-series",
    operation_id = "create_series",
    tag = "Series",
    request_body(content = NewSeries, example = json!({
        "name": "Monday news", "campaign_id": "361240977588224000",
        "rule": {"every": "week", "at": "09:00", "weekdays": [1]},
    })),
    responses((status = 201, body = SeriesView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewSeries>,
) -> Result<(StatusCode, Json<SeriesView>), ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let series = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(series.into())))
}

/// Get a series
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaign-series/{id}",
    operation_id = "get_series",
    tag = "Series",
    params(("id" = SeriesId, Path, description = "The series' id")),
    responses((status = 200, body = SeriesView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SeriesId>,
) -> Result<Json<SeriesView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}

/// Change, pause or resume a series
///
/// Resuming leaves out what came round meanwhile. Needs the permission `campaigns:send`.
#[utoipa::path(
    patch,
    path = "/api/campaign-series/{id}",
    operation_id = "update_series",
    tag = "Series",
    params(("id" = SeriesId, Path, description = "The series' id")),
    request_body(content = SeriesPatch, example = json!({"state": "paused"})),
    responses(
        (status = 200, body = SeriesView),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SeriesId>,
    Json(request): Json<SeriesPatch>,
) -> Result<Json<SeriesView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let series = service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    Ok(Json(series.into()))
}

/// Delete a series
///
/// What it has sent, and its draft, stay. Needs the permission `campaigns:send`.
#[utoipa::path(
    delete,
    path = "/api/campaign-series/{id}",
    operation_id = "delete_series",
    tag = "Series",
    params(("id" = SeriesId, Path, description = "The series' id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SeriesId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
