//! `/api/event-types/{id}/holds` and `/api/holds/{hold}`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::{Auth, Permission};
use kernel::{Error, Timestamp};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{Held, NewHold};
use super::service;
use crate::claims::SlotProblem;
use crate::{EventTypeId, HostId};

/// The routes of holds.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(create))
        .routes(routes!(release))
}

/// What to keep.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldRequest {
    /// When the slot begins.
    start: Timestamp,
    /// Which of the lengths, in minutes; the first unless given.
    #[serde(default)]
    duration: Option<u32>,
    /// How many seats; 1 unless given.
    #[serde(default)]
    seats: Option<u32>,
    /// Only with this host, where one is chosen.
    #[serde(default)]
    host_id: Option<HostId>,
    /// Whatever tells the visitor from others, who have holds of their own; whoever asks unless given.
    #[serde(default)]
    visitor: Option<String>,
}

/// Keep a slot
///
/// For ten minutes. A visitor has one hold of an event type: the next one replaces it. Needs the permission
/// `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/event-types/{id}/holds",
    operation_id = "create_hold",
    tag = "Bookings",
    params(("id" = EventTypeId, Path, description = "The event type's id")),
    request_body(content = HoldRequest, example = json!({"start": "2026-05-04T09:30:00Z", "visitor": "session-1"})),
    responses(
        (status = 201, body = Held),
        (status = 404, body = web::Problem),
        (status = 409, body = SlotProblem),
        (status = 422, body = web::Problem),
        (status = 429, description = "Too many holds from one place; see Retry-After", body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    Json(request): Json<HoldRequest>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let actor = auth.actor().to_string();
    let visitor = request.visitor.unwrap_or_default();
    let new = NewHold {
        start: request.start,
        minutes: request.duration,
        seats: request.seats.unwrap_or(1),
        host: request.host_id,
        // A program holds for many visitors, so each counts as a place of its own.
        source: format!("{actor}/{visitor}"),
        visitor: format!("{actor}/{visitor}"),
    };
    Ok(match service::hold(&app.ctx, account, id, new).await? {
        Ok(held) => (StatusCode::CREATED, Json(held)).into_response(),
        Err(refused) => refused.into_response(),
    })
}

/// Give a slot back
///
/// Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/holds/{hold}",
    operation_id = "delete_hold",
    tag = "Bookings",
    params(("hold" = String, Path, description = "The token of the hold")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn release(
    auth: Auth,
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    if service::release(&app.ctx, account, &token).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::not_found("hold", "of this token").into())
    }
}
