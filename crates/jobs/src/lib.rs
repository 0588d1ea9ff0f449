//! The durable queue: work that happens later, again after a failure, and once however many nodes there are.
//!
//! - **Enqueue** ([`New`], [`enqueue`]) takes a `&mut WriteTx`, so a job exists exactly when the change that asked for
//!   it does.
//! - **Claim**: a short transaction gives a batch of due jobs to this node by writing its epoch into them (a lease).
//!   Nothing but [`Worker`] claims, and it never claims more than it can run at once.
//! - **Run** ([`Job::run`]): outside any transaction, on a task of its own, so a panic is a failure like any other.
//! - **Finish**: a short transaction writes the results of all jobs that ended meanwhile, each fenced by
//!   "still running, still leased to me, still my attempt". A zombie's late result changes nothing.
//!
//! ```text
//!            enqueue                claim                    Ok
//!   (none) ----------> ready <----------------> running ----------> done (pruned)
//!                        ^   retry, snooze,        |
//!                        |   lease of a dead node  |  Fail, or the last attempt failed
//!                        +-------- retry_dead ---- dead (pruned much later)
//! ```
//!
//! Tables: `job`, `schedule`; the leases are those of `node` (see `ctx::Node`). Topic: `Jobs`. Events: none.
//!
//! Invariants:
//! - A job runs **at least once**, and more than once only if its process or its lease died: what it changes in the
//!   database must be safe to repeat, what it does outside needs a key of its own.
//! - An attempt is counted when it is claimed, so a job that kills its process runs out of attempts too.
//! - At most one job with the same kind and unique key is ready or running.
//! - A kind that this process does not know stays ready: another version of the program may know it.
//! - Due jobs of several accounts take turns; one account's flood does not hold up another's single job.

#![warn(missing_docs)]

mod backoff;
mod claim;
mod dead;
mod enqueue;
mod heartbeat;
mod job;
mod registry;
mod report;
mod run;
mod run_due;
mod schedule;
mod store;
#[cfg(test)]
mod tests;
mod worker;

pub use backoff::backoff;
pub use dead::{DeadLetter, dead_letters, prune, retry_dead};
pub use enqueue::{New, enqueue};
pub use heartbeat::{HEARTBEAT, heartbeat_loop, reclaim};
pub use job::{Attempt, Job, JobError, JobId};
pub use registry::Registry;
pub use run_due::{run_due, try_run_due};
pub use worker::{Worker, WorkerConfig};
