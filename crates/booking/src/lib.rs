//! Booking: when somebody can be met, and meetings that are never sold twice.
//!
//! - [`slots`]: the starts that can be offered, and why others cannot. Pure.

#![warn(missing_docs)]

mod ids;
pub mod slots;

pub use ids::{BookingId, HoldId};
