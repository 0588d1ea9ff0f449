//! Trying an automation out: the same interpreter, with a clock that jumps and nothing that leaves.
//!
//! A contact that exists, or one that is invented, walks through the draft (or the live version, or any document). Time is
//! skipped; events and the results of requests are those that whoever tries it out says will come. Nothing is stored.

mod model;
pub(crate) mod routes;
mod service;
mod stage;
mod test_run;
#[cfg(test)]
mod tests;

pub use model::{Rehearsal, Rehearsed, TestRun, TestRunDone};
pub use routes::routes;
pub use service::rehearse;
pub use test_run::test_run;
