//! Events of other programs: what they report happened to a subscriber, for triggers, waits, goals and exits.
//!
//! An event has a name, properties, and may have a key: the same key is the same event, for as long as it is known
//! ([`REMEMBERED`]).
//!
//! Table: `automation_event_key`. Event: `event.custom`.

mod model;
pub(crate) mod routes;
mod service;

pub use model::{NewCustomEvent, RecordedEvent};
pub use routes::routes;
pub use service::{record, sweep};

use std::time::Duration;

/// How long a key is known.
pub const REMEMBERED: Duration = Duration::from_hours(90 * 24);
