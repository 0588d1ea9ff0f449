//! Booking: when somebody can be met, and meetings that are never sold twice.
//!
//! - [`ical`]: calendars, written for bookings and read of others. Pure.
//! - [`slots`]: the starts that can be offered, and why others cannot. Pure.
//! - [`hosts`], [`schedules`], [`blocks`]: who can be met, when they work, and when they cannot.
//! - [`event_types`]: what can be booked, by which rules.
//! - [`availability`]: what the database knows, put before the slots.
//! - [`claims`]: time that is taken; two never overlap.
//! - [`holds`]: time that is kept for a visitor who has not finished yet.
//! - [`bookings`]: from the request to what became of it.
//! - [`waiting`]: who waits for a place.
//! - [`calendars`]: calendars of hosts elsewhere, which say what is taken and get the bookings.
//! - [`public`]: the pages of visitors; [`invite`]: what people are sent about a booking;
//!   [`feed`]: calendars of hosts that other programs read.
//! - [`settings`]: what belongs to the booking pages of an account as a whole.

#![warn(missing_docs)]

pub mod availability;
pub mod blocks;
pub mod bookings;
pub mod calendars;
pub mod claims;
pub mod event_types;
pub mod feed;
pub mod holds;
pub mod hosts;
pub mod ical;
mod ids;
pub mod invite;
pub mod public;
pub mod schedules;
pub mod settings;
pub mod slots;
mod slug;
pub mod waiting;
mod wall;

pub use ids::{
    BlockId, BookingId, CalendarId, ConnectionId, EventTypeId, HoldId, HostId, OccurrenceId,
    ScheduleId, TimeOffId, WaitingId,
};
pub use wall::{Hours, WallTime};

#[cfg(test)]
mod tests;

/// The routes of all of it.
pub fn routes() -> utoipa_axum::router::OpenApiRouter<web::App> {
    settings::routes()
        .merge(hosts::routes())
        .merge(schedules::routes())
        .merge(blocks::routes())
        .merge(event_types::routes())
        .merge(availability::routes())
        .merge(holds::routes())
        .merge(bookings::routes())
        .merge(waiting::routes())
        .merge(feed::routes())
        .merge(calendars::routes())
}
