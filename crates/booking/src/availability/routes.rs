//! `/api/event-types/{id}/slots` and `/api/event-types/{id}/explain`.

use std::time::Duration;

use axum::extract::State;
use identity::{Auth, Permission};
use jiff::civil::Date;
use kernel::{EmailAddress, Error, TimeZone, Timestamp};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::explain::Explanation;
use super::model::{SlotQuery, Slots};
use super::service;
use crate::{BookingId, EventTypeId, HostId};

/// The routes of slots.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(slots))
        .routes(routes!(explain))
}

/// How far is looked unless somebody says.
const USUAL: Duration = Duration::from_hours(14 * 24);

/// Which slots.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SlotsQuery {
    /// The first instant; now unless given.
    from: Option<Timestamp>,
    /// The first instant that is not asked for any more, at most 62 days later; 14 days later unless given.
    to: Option<Timestamp>,
    /// By whose dates they are grouped; the event type's unless given.
    #[param(value_type = Option<String>)]
    time_zone: Option<TimeZone>,
    /// Which of the lengths, in minutes; the first unless given.
    duration: Option<u32>,
    /// How many seats are wanted; 1 unless given.
    seats: Option<u32>,
    /// Only with this host.
    host_id: Option<HostId>,
    /// The token of a hold that does not count.
    hold: Option<String>,
    /// The booking that is moved, which does not count.
    moves: Option<BookingId>,
    /// Who asks, for limits per invitee.
    email: Option<String>,
}

/// List the slots of an event type
///
/// The starts that can be booked in a range of at most 62 days, by date. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/event-types/{id}/slots",
    operation_id = "list_slots",
    tag = "Event types",
    params(("id" = EventTypeId, Path, description = "The event type's id"), SlotsQuery),
    responses((status = 200, body = Slots), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn slots(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    Query(query): Query<SlotsQuery>,
) -> Result<Json<Slots>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let email = query.email.as_deref().map(EmailAddress::parse).transpose();
    let email = email
        .map_err(|why| Error::invalid("email", "invalid_email", format!("the address {why}")))?;
    let from = query.from.unwrap_or_else(|| app.ctx.clock.now());
    let until = query.to.unwrap_or(from + USUAL);
    let query = SlotQuery {
        time_zone: query.time_zone,
        minutes: query.duration,
        seats: query.seats.unwrap_or(1),
        hold: query.hold,
        moves: query.moves,
        host: query.host_id,
        email,
        ..SlotQuery::new(from, until)
    };
    Ok(Json(service::slots(&app.ctx, account, id, &query).await?))
}

/// Of what.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExplainQuery {
    /// Which date; today unless given.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Whose date; the event type's zone unless given.
    #[param(value_type = Option<String>)]
    time_zone: Option<TimeZone>,
    /// Which of the lengths, in minutes; the first unless given.
    duration: Option<u32>,
    /// Only with this host.
    host_id: Option<HostId>,
}

/// Explain the slots of a date
///
/// How many starts the working hours have, how many can be booked, and which rules keep the others away. Needs the
/// permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/event-types/{id}/explain",
    operation_id = "explain_slots",
    tag = "Event types",
    params(("id" = EventTypeId, Path, description = "The event type's id"), ExplainQuery),
    responses((status = 200, body = Explanation), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn explain(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<EventTypeId>,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<Explanation>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let now = app.ctx.clock.now();
    let asked = SlotQuery {
        time_zone: query.time_zone,
        minutes: query.duration,
        host: query.host_id,
        ..SlotQuery::new(now, now)
    };
    let today = || {
        let zone = asked
            .time_zone
            .as_ref()
            .map_or(jiff::tz::TimeZone::UTC, TimeZone::to_jiff);
        now.to_jiff().to_zoned(zone).date()
    };
    let date = query.date.unwrap_or_else(today);
    let found = service::explain(&app.ctx, account, id, date, &asked).await?;
    Ok(Json(found))
}
