//! `/api/bookings`.

mod change;
mod read;

use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use web::App;

use crate::bookings::model::{Booking, Detail, TrailEntry};

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
    /// What happened, from the beginning.
    trail: Vec<TrailEntry>,
}

impl From<Detail> for BookingDetail {
    fn from(detail: Detail) -> Self {
        Self {
            event_type_title: detail.event_type.map(|it| it.title),
            host_names: detail.hosts.into_iter().map(|host| host.name).collect(),
            booking: detail.booking,
            trail: detail.trail,
        }
    }
}
