//! Who waits for a place: told, by the event `booking.place_free`, when somebody else's booking is called off or moved away.
//!
//! Who came first and could book at that time is told, once; what they do with it is theirs, for a place is not kept. Who
//! books what they waited for does not wait for it any longer.
//!
//! Table: `booking_waiting`.

mod model;
mod routes;
mod service;
mod store;
mod tell;
mod token;

pub use model::{NewWaiting, Waiting};
pub use routes::routes;
pub(crate) use service::booked_in;
pub use service::{find_by_token, find_in, full, join, leave, list};
pub(crate) use tell::tell_in;
pub use token::token_of;
