//! What people are sent about a booking: letters with the meeting as an iCalendar invitation (RFC 5546, RFC 6047).
//!
//! Pure: [`letters`] says who gets what, and somebody above sends it. A booking has one UID for its life, and each
//! change of time, place, host or existence raises the `SEQUENCE`, so that calendars change what they have instead of
//! adding a second meeting.

mod letter;
#[cfg(test)]
mod tests;
mod waiting;

pub use letter::{About, HTML, Host, Letter, SUBJECT, TEXT, letters};
pub(crate) use letter::{answers, calendar, where_in_full};
pub use waiting::Waits;
