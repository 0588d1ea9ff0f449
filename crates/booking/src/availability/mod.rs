//! When an event type can be booked: what the database knows, put before [`crate::slots`].
//!
//! [`World`] is all that decides about one event type in one range, read in a fixed number of queries, however many
//! hosts there are. The same is read again, under the locks, when something is booked.
//!
//! Tables: reads those of hosts, schedules, blocks, event types, claims, bookings.

mod explain;
mod model;
mod routes;
mod service;
mod store;
mod world;

pub use explain::{Explanation, ReasonCount, ReasonView, Rule};
pub use model::{DaySlots, SlotQuery, SlotView, Slots};
pub use routes::routes;
pub use service::{explain, next_slots, slots};

pub(crate) use explain::view;
pub(crate) use service::unknown_length;
pub(crate) use world::{Asked, World};
