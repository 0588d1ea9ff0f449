//! Making and changing bookings.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::{Auth, Permission};
use kernel::{EmailAddress, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use crate::bookings::model::{Booking, By, Move, NewBooking, NoShow};
use crate::bookings::service;
use crate::claims::SlotProblem;
use crate::event_types::Answers;
use crate::{BookingId, EventTypeId, HostId};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(create))
        .routes(routes!(confirm))
        .routes(routes!(decline))
        .routes(routes!(cancel))
        .routes(routes!(reschedule))
        .routes(routes!(reassign))
        .routes(routes!(no_show))
        .routes(routes!(complete))
}

/// What to book.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct BookingRequest {
    /// What is booked.
    event_type_id: EventTypeId,
    /// When it begins: one of the slots.
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
    /// The token of a hold. The same again gives the same booking.
    #[serde(default)]
    hold: Option<String>,
    /// What the invitee is called.
    name: String,
    /// The invitee's address.
    #[schema(value_type = String, example = "ada@example.com")]
    email: EmailAddress,
    /// The invitee's telephone number.
    #[serde(default)]
    phone: Option<String>,
    /// The invitee's zone; the account's unless given.
    #[serde(default)]
    time_zone: Option<TimeZone>,
    /// The invitee's language, such as `de`.
    #[serde(default)]
    language: Option<String>,
    /// The answers, by the key of the question.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    answers: Answers,
    /// Which of the locations, by its place in the list from 0; the first unless given.
    #[serde(default)]
    location: Option<usize>,
}

/// A booking that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BookingMade {
    booking: Booking,
    /// For the links with which the invitee cancels or moves it.
    token: String,
}

/// Book
///
/// Every rule is asked again at this moment, so two who want the same are told apart: one books, the other gets 409 with
/// the next slots. With `Idempotency-Key`, a repeated request books once. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings",
    operation_id = "create_booking",
    tag = "Bookings",
    request_body(content = BookingRequest, example = json!({
        "event_type_id": "361240977588224000",
        "start": "2026-05-04T09:30:00Z",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "time_zone": "Europe/London",
        "answers": {"topic": "Engines"},
    })),
    responses(
        (status = 201, body = BookingMade),
        (status = 200, body = BookingMade, description = "It was made before, with the same hold"),
        (status = 404, body = web::Problem),
        (status = 409, body = SlotProblem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<BookingRequest>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let time_zone = match request.time_zone {
        Some(zone) => zone,
        None => identity::accounts::read(&app.ctx, account).await?.time_zone,
    };
    let new = NewBooking {
        event_type: request.event_type_id,
        start: request.start,
        minutes: request.duration,
        seats: request.seats.unwrap_or(1),
        host: request.host_id,
        hold: request.hold,
        name: request.name,
        email: request.email,
        phone: request.phone,
        time_zone,
        language: request.language,
        answers: request.answers,
        location: request.location,
        source: "api",
    };
    let by = By::Staff(auth.actor());
    Ok(match service::book(&app.ctx, account, &by, new).await? {
        Ok(booked) => {
            let status = if booked.repeated {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            let made = BookingMade {
                booking: booked.booking,
                token: booked.token,
            };
            (status, Json(made)).into_response()
        }
        Err(refused) => refused.into_response(),
    })
}

/// Why.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonRequest {
    /// What the invitee is told.
    #[serde(default)]
    reason: Option<String>,
}

/// When instead.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveRequest {
    /// The new start: one of the slots.
    start: Timestamp,
    /// Another of the lengths, in minutes; the same unless given.
    #[serde(default)]
    duration: Option<u32>,
    /// With this host; the same if possible unless given.
    #[serde(default)]
    host_id: Option<HostId>,
    /// What the invitee is told.
    #[serde(default)]
    reason: Option<String>,
}

/// With whom instead.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReassignRequest {
    /// Who hosts it from now on.
    host_id: HostId,
    /// Whose place it is, of a booking with several hosts.
    #[serde(default)]
    from_host_id: Option<HostId>,
}

/// Who did not come.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NoShowRequest {
    /// The invitee or the host.
    by: NoShow,
}

/// Confirm a booking
///
/// One that waits for it, unless its hosts have something else by now, here or in a calendar elsewhere: then 409
/// `slot_taken`. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/confirm",
    operation_id = "confirm_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn confirm(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
) -> Result<Json<Booking>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    Ok(Json(service::confirm(&app.ctx, account, &by, id).await?))
}

/// Decline a booking
///
/// One that waits to be confirmed. Its time is free again. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/decline",
    operation_id = "decline_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    request_body(content = ReasonRequest, example = json!({"reason": "We do not do this any more."})),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn decline(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
    Json(request): Json<ReasonRequest>,
) -> Result<Json<Booking>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    Ok(Json(
        service::decline(&app.ctx, account, &by, id, request.reason).await?,
    ))
}

/// Cancel a booking
///
/// Its time is free again. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/cancel",
    operation_id = "cancel_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    request_body(content = ReasonRequest, example = json!({"reason": "Ada is ill."})),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn cancel(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
    Json(request): Json<ReasonRequest>,
) -> Result<Json<Booking>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    Ok(Json(
        service::cancel(&app.ctx, account, &by, id, request.reason).await?,
    ))
}

/// Move a booking
///
/// The old time is given back and the new one taken, or neither: then 409 names the next slots. Needs the permission
/// `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/reschedule",
    operation_id = "reschedule_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    request_body(content = MoveRequest, example = json!({"start": "2026-05-05T09:30:00Z"})),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = SlotProblem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn reschedule(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
    Json(request): Json<MoveRequest>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    let to = Move {
        start: request.start,
        minutes: request.duration,
        host: request.host_id,
        reason: request.reason,
    };
    Ok(
        match service::reschedule(&app.ctx, account, &by, id, to).await? {
            Ok(booking) => Json(booking).into_response(),
            Err(refused) => refused.into_response(),
        },
    )
}

/// Give a booking to another host
///
/// Who must be free then, also by their calendars elsewhere; whether they work is for you to know. Needs the permission
/// `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/reassign",
    operation_id = "reassign_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    request_body(content = ReassignRequest, example = json!({"host_id": "361240977588224000"})),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn reassign(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
    Json(request): Json<ReassignRequest>,
) -> Result<Json<Booking>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    Ok(Json(
        service::reassign(
            &app.ctx,
            account,
            &by,
            id,
            request.from_host_id,
            request.host_id,
        )
        .await?,
    ))
}

/// Mark a booking as a no-show
///
/// One that has begun, and to which somebody did not come. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/no-show",
    operation_id = "mark_booking_no_show",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    request_body(content = NoShowRequest, example = json!({"by": "guest"})),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn no_show(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
    Json(request): Json<NoShowRequest>,
) -> Result<Json<Booking>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    Ok(Json(
        service::no_show(&app.ctx, account, &by, id, request.by).await?,
    ))
}

/// Complete a booking
///
/// One that has begun. By itself this happens when it is over. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/bookings/{id}/complete",
    operation_id = "complete_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    responses(
        (status = 200, body = Booking),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn complete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
) -> Result<Json<Booking>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let by = By::Staff(auth.actor());
    Ok(Json(service::complete(&app.ctx, account, &by, id).await?))
}
