//! Holds: what keeps a slot for a visitor while they fill in the form.
//!
//! A visitor has one hold of an event type; holding again moves or prolongs it. Whoever asks from one place has only a few,
//! so that nobody can hold a whole calendar. A hold is a random token of which a hash is stored, and it ends by itself.
//!
//! Table: `booking_hold`, with claims of the kind `hold`. Schedule: [`sweep`] removes rows of holds that ended, which
//! matters to nobody: whoever looks for time asks when they expire.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Held, NewHold};
pub use routes::routes;
pub use service::{hold, release, sweep};

pub(crate) use service::{end_in, find_in, hash};
