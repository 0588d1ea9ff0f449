//! `/api/hosts`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{Host, HostPatch, NewHost};
use super::service;
use crate::HostId;

/// The routes of hosts.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
}

/// The hosts of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct HostList {
    data: Vec<Host>,
}

/// List the hosts
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts",
    operation_id = "list_hosts",
    tag = "Hosts",
    responses((status = 200, body = HostList)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<HostList>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let data = service::list(&app.ctx, account).await?;
    Ok(Json(HostList { data }))
}

/// Make a user a host
///
/// Without a schedule, the host gets one: Monday to Friday, 09:00 to 17:00. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/hosts",
    operation_id = "create_host",
    tag = "Hosts",
    request_body(content = NewHost, example = json!({"user_id": "361240977588224000", "time_zone": "Europe/Berlin"})),
    responses((status = 201, body = Host), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewHost>,
) -> Result<(StatusCode, Json<Host>), ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let host = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(host)))
}

/// Get a host
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts/{id}",
    operation_id = "get_host",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 200, body = Host), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<Host>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// Change a host
///
/// A host who is disabled is offered nowhere; what is booked with them stays. Needs the permission `bookings:write`.
#[utoipa::path(
    patch,
    path = "/api/hosts/{id}",
    operation_id = "update_host",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    request_body(content = HostPatch, example = json!({"enabled": false})),
    responses((status = 200, body = Host), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
    Json(request): Json<HostPatch>,
) -> Result<Json<Host>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    Ok(Json(
        service::update(&app.ctx, account, &auth.actor(), id, request).await?,
    ))
}

/// Delete a host
///
/// With schedules of their own, blocks and time off. Refused with 409 while something is booked with them. Needs the
/// permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/hosts/{id}",
    operation_id = "delete_host",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
