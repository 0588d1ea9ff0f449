//! Booking: when somebody can be met, and meetings that are never sold twice.
//!
//! - [`ical`]: calendars, written for bookings and read of others. Pure.
//! - [`slots`]: the starts that can be offered, and why others cannot. Pure.

#![warn(missing_docs)]

pub mod ical;
mod ids;
pub mod slots;

pub use ids::{BookingId, HoldId};
