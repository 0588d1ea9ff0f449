//! Who waits for a place: told, by the event `booking.place_free`, when somebody else's booking is called off.
//!
//! Who came first and would come at that time is told, once; what they do with it is theirs, for a place is not kept.
//!
//! Table: `booking_waiting`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{NewWaiting, Waiting};
pub use routes::routes;
pub use service::{join, leave, list};
