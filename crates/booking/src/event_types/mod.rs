//! Event types: what can be booked, by which rules, with whom.
//!
//! | mode | who takes part |
//! |---|---|
//! | `single` | one host |
//! | `collective` | all hosts together |
//! | `round_robin` | all fixed hosts, and one of the rotating ones, in a fair order |
//! | `pool` | the same, but whoever has most room that day |
//!
//! Tables: `event_type` (its settings are JSON), `event_type_host`. Audited: `event_type.created`,
//! `event_type.updated`, `event_type.deleted`.

mod check;
mod model;
mod questions;
mod routes;
mod service;
mod store;

pub use model::{
    Anchor, EventType, EventTypeInput, EventTypePatch, Fairness, Gap, LimitRule, LimitScope,
    Location, Member, Mode, Part, Period, Rounding, Settings, Window,
};
pub use questions::{Answers, Question, QuestionKind};
pub use routes::routes;
pub use service::{create, delete, find_by_slug, find_in, get, list, patch, update};

pub(crate) use check::{MAX_LIMITS, check_cap};
pub(crate) use model::cap;
pub(crate) use questions::answered;
