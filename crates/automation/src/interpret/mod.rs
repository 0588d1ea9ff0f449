//! Advances a run until it must wait: a pure function of the version, the run, what woke it, the contact and the time.
//!
//! ```text
//!            enrol                    ┌──────────── timer, event, condition, result, a person ────────────┐
//! event ────────────► Run (Ready) ──► advance ──► Waiting   a timer or waits, or both                     │
//!                                        │   ├──► Outbox    the result of the effect (run, seq) is awaited ├─► advance
//!                                        │   ├──► Parked    failed for good: a person decides              │
//!                                        │   │                                                             ┘
//!                                        │   └──► Done      completed, goal, exit, removed
//!                                        └──► effects and log entries, each with (run, seq)
//! ```
//!
//! # What a store does
//!
//! In one transaction: claim what woke the run, load the run and the contact, [`advance`], write the run where its `seq` and
//! hold are still those that were read, replace its timer and waits by those of the new [`Hold`], apply the changes,
//! insert the outbox rows and the log. Whatever is lost, is lost together: a crash before the commit leaves the run as it
//! was, with what woke it; a crash after it leaves nothing to do again.
//!
//! - An event is recorded, and the waits of its contact are looked up by [`crate::event::Event::signals`], under the same
//!   lock that registers waits. Then each run found is woken with it.
//! - What a run changes is recorded as events with `cause`, and dispatched in the same way after the run was written.
//! - A pause of the automation delivers nothing; at its end every run is woken by [`Wake::Resumed`], which looks back.
//!
//! # Invariants
//!
//! - Every step that is begun takes the next `seq`; a step has one effect at most, so `(run, seq)` names the effect.
//! - A run that is not done has exactly one reason to go on ([`Reason`]), and its timer and waits belong to its `seq`.
//! - A wake with another `seq`, a timer before its time, and a result that nobody awaits change nothing ([`advance`] is
//!   `None`). So a wake may be delivered again.
//! - The same arguments give the same result: there is no clock, no generator, no database, no hash with a random seed.
//! - At most [`MAX_STEPS_PER_WAKE`] steps are made at once, and the data of a run has at most [`MAX_DATA_BYTES`].

mod advance;
mod conditions;
mod contact;
mod enrol;
mod messages;
mod run;
mod steps;

#[cfg(test)]
mod tests;

pub use advance::{Advance, Wake, World, advance};
pub use conditions::Conditions;
pub use contact::{Change, Contact, Effect, Outgoing};
pub use enrol::{Ledger, MAX_CHAIN, Refusal, enrol, is_about};
pub use run::{Data, Hold, LogEntry, Logged, Outcome, Program, Reason, Run, Wait, WaitPath};

/// How many steps a run makes before it must wait; then it is parked.
pub const MAX_STEPS_PER_WAKE: usize = 1_000;
/// How large the JSON of a run's data may be; what would make it larger fails.
pub const MAX_DATA_BYTES: usize = 16 * 1024;
