//! iCalendar (RFC 5545): what we write of our bookings, and what other people's calendars say is taken.
//!
//! - [`Calendar`] and [`Entry`] write: invitations, changes and cancellations of one booking (RFC 5546), and feeds of
//!   many. Whatever the text in them, a value stays one value.
//! - [`busy`] reads: every event, expanded within a window, as intervals of taken time.
//!
//! Pure: no clock, no network. What comes from outside is bounded in time and memory by [`Reading`]; what cannot be read
//! is counted and never silently free.

mod busy;
mod component;
mod expand;
mod line;
mod moment;
mod rule;
mod set;
#[cfg(test)]
mod tests;
mod windows;
mod write;
mod zone;

pub use busy::{Busy, NotACalendar, Read, Reading, busy};
pub use write::{Attendee, Calendar, Entry, Method, Person, Standing};
