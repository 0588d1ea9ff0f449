//! `/api/feeds`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::{TimeZone, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::{Feed, FeedId, FeedMode, FeedPatch, FeedState, NewFeed};
use super::preview::Coming;
use super::service;
use crate::campaigns::CampaignId;
use crate::series::Rule;

/// The routes of feeds.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(preview))
}

/// A feed that is followed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Feed, example = json!({
    "id": "361240977588224070",
    "name": "The shop's blog",
    "url": "https://example.com/feed.xml",
    "title": "News of the shop",
    "campaign_id": "361240977588224000",
    "mode": "digest",
    "rule": {"every": "week", "at": "09:00", "weekdays": [1], "day": null},
    "time_zone": "Europe/Berlin",
    "every_minutes": 60,
    "most_items": 10,
    "state": "active",
    "poll_at": "2026-05-04T10:30:00Z",
    "send_at": "2026-05-11T07:00:00Z",
    "note": null,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct FeedView {
    id: FeedId,
    name: String,
    url: String,
    /// What it calls itself; empty until it has been read.
    title: String,
    /// The draft of which a copy is sent.
    campaign_id: CampaignId,
    mode: FeedMode,
    #[schema(required)]
    rule: Option<Rule>,
    time_zone: TimeZone,
    every_minutes: i64,
    most_items: i64,
    state: FeedState,
    /// When it is looked at next, if it is active.
    poll_at: Timestamp,
    /// When the next digest is due.
    #[schema(required)]
    send_at: Option<Timestamp>,
    /// Why it is paused, or cannot be read.
    #[schema(required)]
    note: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        Self {
            id: feed.id,
            name: feed.name,
            url: feed.url,
            title: feed.title,
            campaign_id: feed.campaign,
            mode: feed.mode,
            rule: feed.rule,
            time_zone: feed.time_zone,
            every_minutes: feed.every_minutes,
            most_items: feed.most_items,
            state: feed.state,
            poll_at: feed.poll_at,
            send_at: feed.send_at,
            note: feed.note,
            created_at: feed.created_at,
            updated_at: feed.updated_at,
        }
    }
}

/// The feeds of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FeedList {
    data: Vec<FeedView>,
}

/// List the feeds
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/feeds",
    operation_id = "list_feeds",
    tag = "Feeds",
    responses((status = 200, body = FeedList)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<FeedList>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let all = service::list(&app.ctx, account).await?;
    Ok(Json(FeedList {
        data: all.into_iter().map(FeedView::from).collect(),
    }))
}

/// Follow a feed
///
/// When there is something new in it, a copy of the draft is sent with it: item by item, or together at the times of a
/// rule. What is in it now is no news. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/feeds",
    operation_id = "create_feed",
    tag = "Feeds",
    request_body(content = NewFeed, example = json!({
        "name": "The shop's blog", "url": "https://example.com/feed.xml", "campaign_id": "361240977588224000",
        "mode": "digest", "rule": {"every": "week", "at": "09:00", "weekdays": [1]},
    })),
    responses((status = 201, body = FeedView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewFeed>,
) -> Result<(StatusCode, Json<FeedView>), ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let feed = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(feed.into())))
}

/// Get a feed
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/feeds/{id}",
    operation_id = "get_feed",
    tag = "Feeds",
    params(("id" = FeedId, Path, description = "The feed's id")),
    responses((status = 200, body = FeedView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FeedId>,
) -> Result<Json<FeedView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}

/// How much trouble to take.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// Asks the feed now, which may take 15 seconds. Without it, what is known since the last look.
    #[serde(default)]
    look: bool,
}

/// See what a feed sends next
///
/// The messages with the new items, when they are due, and what keeps them from it. Nothing is sent, and nothing is
/// remembered. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/feeds/{id}/preview",
    operation_id = "preview_feed",
    tag = "Feeds",
    params(("id" = FeedId, Path, description = "The feed's id"), PreviewQuery),
    responses((status = 200, body = Coming), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn preview(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FeedId>,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<Coming>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let coming = super::preview::preview(&app.ctx, account, id, query.look).await?;
    Ok(Json(coming))
}

/// Change, pause or resume a feed
///
/// What appeared while it was paused is no news. Needs the permission `campaigns:send`.
#[utoipa::path(
    patch,
    path = "/api/feeds/{id}",
    operation_id = "update_feed",
    tag = "Feeds",
    params(("id" = FeedId, Path, description = "The feed's id")),
    request_body(content = FeedPatch, example = json!({"state": "paused"})),
    responses(
        (status = 200, body = FeedView),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FeedId>,
    Json(request): Json<FeedPatch>,
) -> Result<Json<FeedView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let feed = service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    Ok(Json(feed.into()))
}

/// Follow a feed no more
///
/// What was sent, and the draft, stay. Needs the permission `campaigns:send`.
#[utoipa::path(
    delete,
    path = "/api/feeds/{id}",
    operation_id = "delete_feed",
    tag = "Feeds",
    params(("id" = FeedId, Path, description = "The feed's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FeedId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
