//! Series: campaigns that are sent again and again.
//!
//! A series has a draft as its pattern and a rule of the calendar. Each time the rule comes round, a copy of the draft is
//! sent, as it is then. Making the copy, starting it and moving the series to its next time are one transaction: a crash
//! repeats no occurrence and skips none.
//!
//! States: `active`, `paused` (by a person, or because the pattern cannot be sent, with the reason).
//!
//! Table: `campaign_series`; `campaign.series_id`. The schedule `send series that are due`.
//!
//! Invariants:
//! - an occurrence is sent once, in the zone of the series, whatever the clock there does;
//! - an occurrence that is overdue by more than an hour (a long outage, a restored back-up) is left out, not caught up.

mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{Every, NewSeries, Rule, Series, SeriesId, SeriesPatch, SeriesState};
pub use routes::routes;
pub use service::{create, delete, get, list, run_due, update};
pub(crate) use service::{hold_due, planned};
