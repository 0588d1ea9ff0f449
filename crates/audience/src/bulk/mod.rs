//! One change to many people: to some, to a segment, a group, a tag, a status, or to everybody.
//!
//! - **States**: `queued -> running -> completed`; `stopped` by somebody, `failed` when it cannot go on. What is done
//!   stays done.
//! - **Tables**: `bulk_action`, with the progress; `bulk_chunk`, whom it still has to visit.
//! - **Job**: `audience.bulk`, in batches of 1,000, each in one transaction with the progress: after a crash it goes on
//!   behind the last batch, and nobody is changed twice.
//! - **Events**: those of the change, one per person.
//! - **Promise**: when the job begins, the selection is looked up once, in one snapshot of the database. Exactly these
//!   people are visited, in the order of their ids, each once, whatever happens to them meanwhile: neither the action
//!   nor somebody else can move a person into or out of it. People who came after the action was made are not in it;
//!   who is deleted before their turn counts as visited and not as changed. What a visit does is decided on the person
//!   as they are then, under a lock: a status that the machine does not allow any more stays.
//! - **Memory**: while people are selected, three or four bytes for each; then one batch.

mod chunks;
mod jobs;
mod model;
mod routes;
mod run;
mod service;
mod store;

pub use jobs::BulkJob;
pub use model::{Action, BulkAction, Selection, State};
pub use routes::routes;
pub use service::{count, create, get, list, stop};

#[cfg(test)]
mod tests;
