//! `/api/bookings`.

mod change;
mod read;

use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use web::App;

use crate::bookings::model::{Booking, Detail, TrailEntry};
use crate::calendars::CopyView;

/// The routes of bookings.
pub fn routes() -> OpenApiRouter<App> {
    read::routes().merge(change::routes())
}

/// A booking with what happened to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BookingDetail {
    booking: Booking,
    /// What was booked; absent once it was deleted.
    #[schema(required)]
    event_type_title: Option<String>,
    /// Who hosts it, by name.
    host_names: Vec<String>,
    /// What happened, from the beginning. Beside what was done here, what was noticed in calendars elsewhere:
    /// `deleted_in_calendar`, `moved_in_calendar`, `conflict_in_calendar`, `not_in_calendar`.
    trail: Vec<TrailEntry>,
    /// The calendars of hosts that it is in.
    calendar_copies: Vec<CopyView>,
}

impl BookingDetail {
    fn new(detail: Detail, calendar_copies: Vec<CopyView>) -> Self {
        Self {
            calendar_copies,
            event_type_title: detail.event_type.map(|it| it.title),
            host_names: detail.hosts.into_iter().map(|host| host.name).collect(),
            booking: detail.booking,
            trail: detail.trail,
        }
    }
}
