//! Automations: the event bus and a durable workflow engine.
//!
//! Two halves. The pure one decides: no IO, no clock, no generator.
//!
//! ```text
//! JSON ─► Document::parse ─► validate ─► Program ──┐
//!             │                                    ▼
//!             ├─► diff, in words        event ─► enrol ─► Run ─► advance ─► Run + effects + log
//!             └─► migrate: who goes where                 ▲        │
//!                                                         └────────┘ timers, waits, results
//! ```
//!
//! - [`definition`]: the document and its parts. - [`kinds`]: the table of events and actions.
//! - [`validate`](mod@validate): what is wrong with it. - [`library`]: documents to begin with.
//! - [`diff`](mod@diff) and [`migrate`]: what a new version changes, and for whom.
//! - [`interpret`]: what a wake does to a run, with the contract that a store keeps.
//! - [`time`]: wall times, windows, changes of the clock.
//! - `simulate`, in tests: the interpreter with a store in memory, a virtual clock and faults.
//!
//! The durable one keeps that contract on both databases.
//!
//! - [`automations`]: drafts, versions, their life. - [`engine`]: events, timers, results; who is where.
//! - [`runs`]: looking at runs and deciding about them. - [`custom`]: events of other programs. - [`hooks`]: addresses that
//!   take them from programs that know nothing of us.
//! - [`rehearsal`]: trying an automation out.
//!
//! # Invariants
//!
//! They are numbered as in the simulation, which checks them after each commit.
//!
//! - I1: `(run, seq)` has one effect at most. I2: the wire accepts each key once at most, but for declared unknowns.
//! - I3: a live run has exactly one reason to go on. I4: no timer, wait or awaited result belongs to a finished run or an
//!   older `seq`. I5: a run's step exists in its version.
//! - I6: runs keep the rule of re-entry. I7: an event that was committed while it was waited for, and before the time-out
//!   was processed, decides. I8: nothing happens early, and nothing that is due is left.
//! - I9: the counters are the sum of the log. I10: no message is accepted after its suppression. I11: caps and quiet
//!   hours hold. I12: the same seed gives the same history. I13: publishing loses and doubles nobody.

pub mod automations;
mod chance;
pub mod custom;
pub mod definition;
pub mod diff;
pub mod engine;
pub mod event;
mod fault;
pub mod hooks;
mod ids;
pub mod interpret;
pub mod kinds;
pub mod library;
pub mod migrate;
pub mod rehearsal;
pub mod runs;
#[cfg(test)]
mod simulate;
pub mod time;
pub mod validate;

pub use fault::{Fault, into_kernel_error};
pub use ids::{AutomationId, RunId, VersionId};

/// The routes of all of it. They take the [`engine::Engine`] from an extension.
pub fn routes() -> utoipa_axum::router::OpenApiRouter<web::App> {
    automations::routes()
        .merge(runs::routes())
        .merge(rehearsal::routes())
        .merge(custom::routes())
        .merge(hooks::routes())
}
