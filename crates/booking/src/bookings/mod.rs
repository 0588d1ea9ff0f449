//! Bookings: that somebody meets a host, from the request to what became of it.
//!
//! | from \ action | confirm | decline | cancel | move | reassign | expire | complete | no show |
//! |---|---|---|---|---|---|---|---|---|
//! | pending | confirmed | declined | cancelled | pending | pending | expired | | |
//! | confirmed | | | cancelled | confirmed | confirmed | | completed | no_show |
//! | completed | | | | | | | | no_show |
//! | no_show | | | | | | | completed | |
//!
//! [`Status::after`] is that table, and nothing else moves a booking. Each move appends a row to its trail and records
//! one event, in the transaction that makes it. A booking keeps its id when it is moved to another time; its `sequence`
//! rises, as calendars expect. Which time is taken is in [`crate::claims`].
//!
//! The person is a subscriber: one who is known stays as they are; somebody new is created with the source `booking`.
//!
//! Links to a booking carry a token that is made of the booking, a salt of its own and the key of the server. It can be
//! made again for each mail, and nothing that is stored tells it.
//!
//! Consumer: [`FollowMerges`].
//!
//! Tables: `booking`, `booking_member`, `booking_trail`, `booking_notice`, `booking_notice_time`. Events: `booking.*`.
//! Schedules: [`sweep`] completes bookings that are over and expires those that nobody decided about;
//! [`announce_upcoming`] says which start soon.

mod merged;
mod model;
mod record;
mod routes;
mod service;
mod store;
mod token;

pub use merged::FollowMerges;
pub use model::{
    Action, Booked, Booking, By, Detail, Move, NewBooking, NoShow, Status, Summary, TrailEntry,
};
pub use routes::routes;
pub use service::{
    ListQuery, SummaryQuery, announce_upcoming, book, cancel, complete, confirm, decline, get,
    get_by_token, get_in, list, no_show, reassign, reschedule, summary, sweep,
};
pub use token::token_of;

pub(crate) use record::{Invitee, Note, note_in, person_in};
