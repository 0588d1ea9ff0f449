//! Runs as people look at them and decide about them: who is where, what happened, what failed, what is counted.
//!
//! What failed for good waits here for a person: a run in the status `failed` has its error and can be tried again, sent on
//! or taken out, one by one or many at once.
//!
//! Tables: those of [`crate::engine`], which also carries out what is decided. Every decision is audited.

mod model;
pub(crate) mod routes;
mod service;

pub use model::{
    Change, Changed, RestingServer, RunDetail, RunStatus, RunView, Statistics, StepStatistics,
};
pub use routes::routes;
pub(crate) use service::contact;
pub use service::{ListFilter, Went, change, get, list, resume, statistics, trigger};
