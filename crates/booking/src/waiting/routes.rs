//! `/api/event-types/{id}/waiting`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{NewWaiting, Waiting};
use super::service;
use crate::{EventTypeId, WaitingId};

/// The routes of the waiting list.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, join))
        .routes(routes!(leave))
}

/// List who waits
///
/// Who came first, first. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/event-types/{id}/waiting",
    operation_id = "list_waiting",
    tag = "Bookings",
    params(("id" = EventTypeId, Path, description = "The event type's id"), Paging),
    responses((status = 200, body = Page<Waiting>), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Waiting>>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(
        service::list(&app.ctx, account, id, cursor, limit).await?,
    ))
}

/// Add somebody who waits
///
/// Told by the event `booking.place_free` when somebody else's booking is called off. Who waits already keeps their
/// place. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/event-types/{id}/waiting",
    operation_id = "create_waiting",
    tag = "Bookings",
    params(("id" = EventTypeId, Path, description = "The event type's id")),
    request_body(content = NewWaiting, example = json!({"name": "Ada Lovelace", "email": "ada@example.com"})),
    responses(
        (status = 201, body = Waiting),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn join(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    Json(request): Json<NewWaiting>,
) -> Result<(StatusCode, Json<Waiting>), ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let actor = auth.actor();
    let made = service::join(&app.ctx, account, id, actor.as_str(), request).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Take somebody off the waiting list
///
/// Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/event-types/{id}/waiting/{waiting_id}",
    operation_id = "delete_waiting",
    tag = "Bookings",
    params(
        ("id" = EventTypeId, Path, description = "The event type's id"),
        ("waiting_id" = WaitingId, Path, description = "Its id")
    ),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn leave(
    auth: Auth,
    State(app): State<App>,
    Path((event_type, id)): Path<(EventTypeId, WaitingId)>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::leave(&app.ctx, account, event_type, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
