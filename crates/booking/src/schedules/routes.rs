//! `/api/schedules`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::{NewSchedule, OverrideHours, Schedule, SchedulePatch};
use super::service;
use crate::{HostId, ScheduleId};

/// The routes of schedules.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(set_override, delete_override))
}

/// Which schedules.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those that this host may use: their own and the shared ones.
    host_id: Option<HostId>,
}

/// The schedules of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ScheduleList {
    data: Vec<Schedule>,
}

/// List the schedules
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/schedules",
    operation_id = "list_schedules",
    tag = "Schedules",
    params(ListQuery),
    responses((status = 200, body = ScheduleList)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<ScheduleList>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let data = service::list(&app.ctx, account, query.host_id).await?;
    Ok(Json(ScheduleList { data }))
}

/// Add a schedule
///
/// Hours that end at or before their start end on the next day. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/schedules",
    operation_id = "create_schedule",
    tag = "Schedules",
    request_body(content = NewSchedule, example = json!({
        "name": "Evenings",
        "time_zone": "Europe/Berlin",
        "weekly": [[{"from": "18:00", "to": "24:00"}], [], [{"from": "22:00", "to": "02:00"}], [], [], [], []],
    })),
    responses((status = 201, body = Schedule), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewSchedule>,
) -> Result<(StatusCode, Json<Schedule>), ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let schedule = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(schedule)))
}

/// Get a schedule
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/schedules/{id}",
    operation_id = "get_schedule",
    tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule's id")),
    responses((status = 200, body = Schedule), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ScheduleId>,
) -> Result<Json<Schedule>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// Change a schedule
///
/// What is booked stays, also outside of the new hours. Needs the permission `bookings:write`.
#[utoipa::path(
    patch,
    path = "/api/schedules/{id}",
    operation_id = "update_schedule",
    tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule's id")),
    request_body(content = SchedulePatch, example = json!({"name": "Summer"})),
    responses((status = 200, body = Schedule), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ScheduleId>,
    Json(request): Json<SchedulePatch>,
) -> Result<Json<Schedule>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    Ok(Json(
        service::update(&app.ctx, account, &auth.actor(), id, request).await?,
    ))
}

/// Delete a schedule
///
/// Refused with 409 while a host or an event type uses it. Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/schedules/{id}",
    operation_id = "delete_schedule",
    tag = "Schedules",
    params(("id" = ScheduleId, Path, description = "The schedule's id")),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ScheduleId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set the hours of a date
///
/// They replace the weekly hours of the date. No hours: closed. Needs the permission `bookings:write`.
#[utoipa::path(
    put,
    path = "/api/schedules/{id}/overrides/{date}",
    operation_id = "set_schedule_override",
    tag = "Schedules",
    params(
        ("id" = ScheduleId, Path, description = "The schedule's id"),
        ("date" = String, Path, format = Date, description = "The date, such as 2026-12-24")
    ),
    request_body(content = OverrideHours, example = json!({"hours": [{"from": "10:00", "to": "12:00"}]})),
    responses((status = 200, body = Schedule), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn set_override(
    auth: Auth,
    State(app): State<App>,
    Path((id, date)): Path<(ScheduleId, Date)>,
    Json(request): Json<OverrideHours>,
) -> Result<Json<Schedule>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    Ok(Json(
        service::set_override(&app.ctx, account, &auth.actor(), id, date, request).await?,
    ))
}

/// Delete the hours of a date
///
/// The weekly hours hold again. Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/schedules/{id}/overrides/{date}",
    operation_id = "delete_schedule_override",
    tag = "Schedules",
    params(
        ("id" = ScheduleId, Path, description = "The schedule's id"),
        ("date" = String, Path, format = Date, description = "The date, such as 2026-12-24")
    ),
    responses((status = 200, body = Schedule), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn delete_override(
    auth: Auth,
    State(app): State<App>,
    Path((id, date)): Path<(ScheduleId, Date)>,
) -> Result<Json<Schedule>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    Ok(Json(
        service::delete_override(&app.ctx, account, &auth.actor(), id, date).await?,
    ))
}
