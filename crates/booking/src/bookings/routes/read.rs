//! Looking at bookings.

use std::time::Duration;

use audience::SubscriberId;
use axum::extract::State;
use identity::{Auth, Permission};
use kernel::{Error, Page, TimeZone, Timestamp};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::BookingDetail;
use crate::bookings::model::{Booking, Status, Summary};
use crate::bookings::service::{self, ListQuery, SummaryQuery};
use crate::{BookingId, EventTypeId, HostId, calendars};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(summary))
        .routes(routes!(read))
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BookingOrder)]
enum Order {
    /// The earliest start first.
    #[default]
    Earliest,
    /// The latest start first.
    Latest,
}

/// Which bookings.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BookingsQuery {
    /// Only with this host.
    host_id: Option<HostId>,
    /// Only of this event type.
    event_type_id: Option<EventTypeId>,
    /// Only of this subscriber.
    #[param(value_type = Option<String>)]
    subscriber_id: Option<SubscriberId>,
    /// Only in one of these, separated by commas: `pending,confirmed`.
    status: Option<String>,
    /// Only those that begin then or later.
    from: Option<Timestamp>,
    /// Only those that begin before.
    to: Option<Timestamp>,
    /// By their start; the earliest first unless given.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the bookings
///
/// By their start. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/bookings",
    operation_id = "list_bookings",
    tag = "Bookings",
    params(BookingsQuery),
    responses((status = 200, body = Page<Booking>), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<BookingsQuery>,
) -> Result<Json<Page<Booking>>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let query = ListQuery {
        host: query.host_id,
        event_type: query.event_type_id,
        subscriber: query.subscriber_id,
        statuses: statuses(query.status.as_deref().unwrap_or_default())?,
        from: query.from,
        until: query.to,
        descending: query.order == Order::Latest,
        cursor,
        limit,
    };
    Ok(Json(service::list(&app.ctx, account, &query).await?))
}

fn statuses(text: &str) -> Result<Vec<Status>, Error> {
    let names = text.split(',').map(str::trim).filter(|it| !it.is_empty());
    names
        .map(|name| {
            Status::from_name(name).ok_or_else(|| {
                let all: Vec<&str> = Status::ALL.iter().map(|it| it.as_str()).collect();
                Error::invalid(
                    "status",
                    "unknown",
                    format!("choose some of {}", all.join(", ")),
                )
            })
        })
        .collect()
}

/// Get a booking
///
/// With what happened to it, and who did it. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/bookings/{id}",
    operation_id = "get_booking",
    tag = "Bookings",
    params(("id" = BookingId, Path, description = "The booking's id")),
    responses((status = 200, body = BookingDetail), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BookingId>,
) -> Result<Json<BookingDetail>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let detail = service::get(&app.ctx, account, id).await?;
    let copies = calendars::copies_of(&app.ctx, account, id).await?;
    Ok(Json(BookingDetail::new(detail, copies)))
}

/// Of which period.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// The first instant; 30 days ago unless given.
    from: Option<Timestamp>,
    /// The first instant that does not belong to it, at most 366 days later; 60 days later unless given.
    to: Option<Timestamp>,
    /// By whose dates; the account's zone unless given.
    #[param(value_type = Option<String>)]
    time_zone: Option<TimeZone>,
}

/// Summarize the bookings of a period
///
/// How many begin in it: by status, event type, host, and date. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/bookings/summary",
    operation_id = "get_booking_summary",
    tag = "Bookings",
    params(PeriodQuery),
    responses((status = 200, body = Summary), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn summary(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<PeriodQuery>,
) -> Result<Json<Summary>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    let from = (query.from).unwrap_or_else(|| app.ctx.clock.now() - Duration::from_hours(30 * 24));
    let query = SummaryQuery {
        from,
        until: query.to.unwrap_or(from + Duration::from_hours(60 * 24)),
        time_zone: query.time_zone,
    };
    Ok(Json(service::summary(&app.ctx, account, &query).await?))
}
