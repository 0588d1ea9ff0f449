//! `/api/send-limits`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{Limit, LimitId, LimitPatch, NewLimit, SPANS, Scope, WarmUp};
use super::service;

/// The routes of limits.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
}

/// A limit on sending.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SendLimit, example = json!({
    "id": "361240977588224040",
    "scope": "domain",
    "key": "example.com",
    "per_minute": null,
    "per_hour": 2000,
    "per_day": 10000,
    "warm_up": {"first_day": 200, "growth_percent": 50, "started_at": "2026-05-01T00:00:00Z"},
    "per_day_now": 675,
    "used_minute": 0,
    "used_hour": 120,
    "used_day": 310,
    "created_at": "2026-05-01T00:00:00Z",
    "updated_at": "2026-05-01T00:00:00Z",
}))]
struct LimitView {
    id: LimitId,
    scope: Scope,
    /// Empty for the account.
    key: String,
    #[schema(required)]
    per_minute: Option<i64>,
    #[schema(required)]
    per_hour: Option<i64>,
    #[schema(required)]
    per_day: Option<i64>,
    #[schema(required)]
    warm_up: Option<WarmUp>,
    /// Most messages of a day as the warm-up stands now.
    #[schema(required)]
    per_day_now: Option<i64>,
    /// Charged in the last minute, if minutes are limited. Zero for `*`, whose domains are counted each by itself.
    used_minute: i64,
    /// Charged in the last hour, if hours are limited.
    used_hour: i64,
    /// Charged in the last 24 hours, if days are limited.
    used_day: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn view(limit: Limit, used: [i64; 3], now: Timestamp) -> LimitView {
    LimitView {
        per_day_now: limit.most(SPANS[2], now),
        id: limit.id,
        scope: limit.scope,
        key: limit.key,
        per_minute: limit.per_minute,
        per_hour: limit.per_hour,
        per_day: limit.per_day,
        warm_up: limit.warm_up,
        used_minute: used[0],
        used_hour: used[1],
        used_day: used[2],
        created_at: limit.created_at,
        updated_at: limit.updated_at,
    }
}

/// A domain whose servers said "later" to one message after the other.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RestingDomain {
    #[schema(example = "example.com")]
    domain: String,
    /// Nothing is sent there before.
    until: Timestamp,
}

/// The limits of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct LimitList {
    data: Vec<LimitView>,
    /// Recipient domains that are left alone for a while.
    resting_domains: Vec<RestingDomain>,
}

/// List the limits on sending
///
/// With what was used of each, and the domains that are left alone for a while. Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/send-limits",
    operation_id = "list_send_limits",
    tag = "Limits",
    responses((status = 200, body = LimitList)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<LimitList>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let (limits, resting) = service::list(&app.ctx, account).await?;
    let now = app.ctx.clock.now();
    Ok(Json(LimitList {
        data: limits
            .into_iter()
            .map(|(limit, used)| view(limit, used, now))
            .collect(),
        resting_domains: resting
            .into_iter()
            .map(|(domain, until)| RestingDomain { domain, until })
            .collect(),
    }))
}

/// Add a limit on sending
///
/// One for each scope and key. It holds through restarts and for all nodes together, and counts tries. Needs the
/// permission `settings:write`.
#[utoipa::path(
    post,
    path = "/api/send-limits",
    operation_id = "create_send_limit",
    tag = "Limits",
    request_body(content = NewLimit, example = json!({
        "scope": "domain", "key": "example.com", "per_hour": 2000,
        "warm_up": {"first_day": 200, "growth_percent": 50},
    })),
    responses(
        (status = 201, body = LimitView),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewLimit>,
) -> Result<(StatusCode, Json<LimitView>), ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let limit = service::create(&app.ctx, account, &auth.actor(), request).await?;
    let view = view(limit, [0; 3], app.ctx.clock.now());
    Ok((StatusCode::CREATED, Json(view)))
}

/// Get a limit on sending
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/send-limits/{id}",
    operation_id = "get_send_limit",
    tag = "Limits",
    params(("id" = LimitId, Path, description = "The limit's id")),
    responses((status = 200, body = LimitView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<LimitId>,
) -> Result<Json<LimitView>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let (limit, used) = service::get(&app.ctx, account, id).await?;
    Ok(Json(view(limit, used, app.ctx.clock.now())))
}

/// Change a limit on sending
///
/// Its numbers; what it is on stays. Needs the permission `settings:write`.
#[utoipa::path(
    patch,
    path = "/api/send-limits/{id}",
    operation_id = "update_send_limit",
    tag = "Limits",
    params(("id" = LimitId, Path, description = "The limit's id")),
    request_body(content = LimitPatch, example = json!({"per_hour": 4000, "warm_up": null})),
    responses(
        (status = 200, body = LimitView),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<LimitId>,
    Json(request): Json<LimitPatch>,
) -> Result<Json<LimitView>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    let (limit, used) = service::get(&app.ctx, account, id).await?;
    Ok(Json(view(limit, used, app.ctx.clock.now())))
}

/// Delete a limit on sending
///
/// Needs the permission `settings:write`.
#[utoipa::path(
    delete,
    path = "/api/send-limits/{id}",
    operation_id = "delete_send_limit",
    tag = "Limits",
    params(("id" = LimitId, Path, description = "The limit's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<LimitId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
