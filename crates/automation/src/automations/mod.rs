//! Automations as people handle them: drafts, versions, and their life.
//!
//! States:
//! ```text
//! draft ──publish──► active ◄──resume── paused        each ──delete──► deleted: runs end, history stays
//!                      │  └────pause──────►│
//!                      └──publish again: another version, a plan for those inside
//! ```
//! The draft is edited beside what is live. Publishing checks it, keeps it as an immutable version and says what becomes of
//! the people inside ([`crate::migrate`]); a sweep of the engine then goes over their runs.
//!
//! Tables: `automation`, `automation_version`, `automation_change`. Events, jobs: those of [`crate::engine`]. Every change
//! is audited.
//!
//! Invariants:
//! - what is live was valid when it was published, and is a version that never changes;
//! - one thing is done to all runs at a time: who publishes, pauses or resumes while a sweep goes on is asked to wait.

mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{
    Affected, Automation, Checked, Counts, Described, Evidence, Moving, NewAutomation, Patch,
    Status, Summary, Version,
};
pub use routes::routes;
pub(crate) use service::known;
pub use service::{
    check, create, delete, describe, duplicate, get, hold_restored, list, live_steps, pause,
    publish, resume, rollback, update, version, versions,
};
