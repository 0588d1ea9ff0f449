//! `/api/event-types`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Versioned};

use super::model::{EventType, EventTypeInput, EventTypePatch};
use super::service;
use crate::EventTypeId;

/// The routes of event types.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, patch, delete))
}

/// The event types of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EventTypeList {
    data: Vec<EventType>,
}

/// List the event types
///
/// The oldest first. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/event-types",
    operation_id = "list_event_types",
    tag = "Event types",
    responses((status = 200, body = EventTypeList)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<EventTypeList>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let data = service::list(&app.ctx, account).await?;
    Ok(Json(EventTypeList { data }))
}

/// Add an event type
///
/// Settings that are absent are as usual: 30 minutes, two hours of notice, 60 days ahead. Needs the permission
/// `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/event-types",
    operation_id = "create_event_type",
    tag = "Event types",
    request_body(content = EventTypeInput, example = json!({
        "title": "Intro call",
        "hosts": [{"host_id": "361240977588224000"}],
        "settings": {
            "durations": [30, 60],
            "locations": [{"kind": "link", "url": "https://meet.example.com/ada"}],
            "buffer_after_minutes": 10,
            "limits": [{"scope": "event_type", "period": "day", "bookings": 4}],
            "questions": [{"key": "topic", "label": "What is it about?", "kind": "long_text"}],
        },
    })),
    responses((status = 201, body = EventType), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<EventTypeInput>,
) -> Result<(StatusCode, Json<EventType>), ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let made = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Get an event type
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/event-types/{id}",
    operation_id = "get_event_type",
    tag = "Event types",
    params(("id" = EventTypeId, Path, description = "The event type's id")),
    responses((status = 200, body = EventType), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
) -> Result<Versioned<EventType>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let found = service::get(&app.ctx, account, id).await?;
    Ok(Versioned(found.version, found))
}

/// Replace an event type
///
/// What is booked stays as it is. With `If-Match`, only what you have read is changed. Needs the permission
/// `bookings:write`.
#[utoipa::path(
    put,
    path = "/api/event-types/{id}",
    operation_id = "update_event_type",
    tag = "Event types",
    params(("id" = EventTypeId, Path, description = "The event type's id")),
    request_body(content = EventTypeInput, example = json!({
        "title": "Intro call",
        "hosts": [{"host_id": "361240977588224000"}],
        "settings": {"durations": [45]},
    })),
    responses(
        (status = 200, body = EventType),
        (status = 404, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    IfMatch(version): IfMatch,
    Json(request): Json<EventTypeInput>,
) -> Result<Versioned<EventType>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let changed = service::update(&app.ctx, account, &auth.actor(), id, version, request).await?;
    Ok(Versioned(changed.version, changed))
}

/// Change an event type a little
///
/// Its title, its name in addresses, whether it can be booked and found. Needs the permission `bookings:write`.
#[utoipa::path(
    patch,
    path = "/api/event-types/{id}",
    operation_id = "patch_event_type",
    tag = "Event types",
    params(("id" = EventTypeId, Path, description = "The event type's id")),
    request_body(content = EventTypePatch, example = json!({"enabled": false})),
    responses(
        (status = 200, body = EventType),
        (status = 404, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn patch(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    IfMatch(version): IfMatch,
    Json(request): Json<EventTypePatch>,
) -> Result<Versioned<EventType>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let changed = service::patch(&app.ctx, account, &auth.actor(), id, version, request).await?;
    Ok(Versioned(changed.version, changed))
}

/// Delete an event type
///
/// With its waiting list. Refused with 409 while there are bookings to come. Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/event-types/{id}",
    operation_id = "delete_event_type",
    tag = "Event types",
    params(("id" = EventTypeId, Path, description = "The event type's id")),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
