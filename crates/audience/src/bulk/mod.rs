//! One change to many people: to some, to a segment, a group, a tag, a status, or to everybody.
//!
//! - **States**: `queued -> running -> completed`; `stopped` by somebody, `failed` when it cannot go on. What is done
//!   stays done.
//! - **Table**: `bulk_action`, with the progress.
//! - **Job**: `audience.bulk`, in batches, each in one transaction with the progress: after a crash it goes on behind the
//!   last batch, and nobody is changed twice.
//! - **Events**: those of the change, one per person.
//! - **Invariants**: people are visited in the order of their ids, each at most once, also when the change moves them out
//!   of the selection; people who came after the action was made are left out.

mod jobs;
mod model;
mod routes;
mod run;
mod service;
mod store;

pub use jobs::BulkJob;
pub use model::{Action, BulkAction, Selection, State};
pub use routes::routes;
pub use service::{create, get, list, stop};

#[cfg(test)]
mod tests;
