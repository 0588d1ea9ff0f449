//! A host's bookings as a calendar that other programs subscribe to, at an address that is a secret.
//!
//! The address is told once, when it is made; what is stored is a hash. A new one replaces the old one, and who has the
//! address sees the names of invitees, so it can be taken back.
//!
//! Table: `booking_feed`. Audited: `host.calendar_published`, `host.calendar_withdrawn`.

pub(crate) mod routes;
mod service;
mod store;

pub use routes::{public_routes, routes};
pub use service::{Feed, Published, find, publish, read, withdraw};
