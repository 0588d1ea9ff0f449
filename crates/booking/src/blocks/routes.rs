//! `/api/hosts/{id}/blocks` and `/api/hosts/{id}/time-off`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{Block, NewBlock, NewTimeOff, TimeOff};
use super::service;
use crate::{BlockId, HostId, TimeOffId};

/// The routes of blocks and time off.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list_blocks, create_block))
        .routes(routes!(delete_block))
        .routes(routes!(list_time_off, create_time_off))
        .routes(routes!(delete_time_off))
}

/// The blocks of a host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BlockList {
    data: Vec<Block>,
}

/// The times off of a host.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TimeOffList {
    data: Vec<TimeOff>,
}

/// List the blocks of a host
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts/{id}/blocks",
    operation_id = "list_blocks",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 200, body = BlockList), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list_blocks(
    auth: Auth,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<Json<BlockList>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let data = service::list_blocks(&app.ctx, account, host).await?;
    Ok(Json(BlockList { data }))
}

/// Block time of a host
///
/// Once, or again and again. What is booked stays. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/hosts/{id}/blocks",
    operation_id = "create_block",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    request_body(content = NewBlock, example = json!({
        "title": "Lunch",
        "when": {
            "kind": "repeated",
            "hours": {"from": "12:00", "to": "13:00"},
            "repeat": {"kind": "weeks", "every": 1, "weekdays": ["monday", "friday"]},
            "first": "2026-05-04",
        },
    })),
    responses((status = 201, body = Block), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create_block(
    auth: Auth,
    State(app): State<App>,
    Path(host): Path<HostId>,
    Json(request): Json<NewBlock>,
) -> Result<(StatusCode, Json<Block>), ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let made = service::create_block(&app.ctx, account, &auth.actor(), host, request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Delete a block
///
/// The time is free again. Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/hosts/{id}/blocks/{block_id}",
    operation_id = "delete_block",
    tag = "Hosts",
    params(
        ("id" = HostId, Path, description = "The host's id"),
        ("block_id" = BlockId, Path, description = "Its id")
    ),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn delete_block(
    auth: Auth,
    State(app): State<App>,
    Path((host, id)): Path<(HostId, BlockId)>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::delete_block(&app.ctx, account, &auth.actor(), host, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List the times off of a host
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts/{id}/time-off",
    operation_id = "list_time_off",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 200, body = TimeOffList), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list_time_off(
    auth: Auth,
    State(app): State<App>,
    Path(host): Path<HostId>,
) -> Result<Json<TimeOffList>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let data = service::list_time_off(&app.ctx, account, host).await?;
    Ok(Json(TimeOffList { data }))
}

/// Add time off of a host
///
/// What is booked stays. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/hosts/{id}/time-off",
    operation_id = "create_time_off",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    request_body(content = NewTimeOff, example = json!({"first": "2026-08-03", "last": "2026-08-21", "note": "Back on Monday"})),
    responses((status = 201, body = TimeOff), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create_time_off(
    auth: Auth,
    State(app): State<App>,
    Path(host): Path<HostId>,
    Json(request): Json<NewTimeOff>,
) -> Result<(StatusCode, Json<TimeOff>), ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let made = service::create_time_off(&app.ctx, account, &auth.actor(), host, request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Delete time off
///
/// The host is there after all. Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/hosts/{id}/time-off/{time_off_id}",
    operation_id = "delete_time_off",
    tag = "Hosts",
    params(
        ("id" = HostId, Path, description = "The host's id"),
        ("time_off_id" = TimeOffId, Path, description = "Its id")
    ),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn delete_time_off(
    auth: Auth,
    State(app): State<App>,
    Path((host, id)): Path<(HostId, TimeOffId)>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::delete_time_off(&app.ctx, account, &auth.actor(), host, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
