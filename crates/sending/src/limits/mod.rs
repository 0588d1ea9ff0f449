//! Limits: how much may be sent at most, and when a receiver is given time.
//!
//! A limit is on an account, a transport, a sender or a recipient domain, per minute, hour and day; a warm-up lets the
//! day's number grow from a small one. What was used lies in the database, in slots of time, so that a limit holds
//! through restarts and for all nodes together. Messages are charged when they are claimed, a batch at a time, by
//! [`Gate`]; a connection hands a charged message over within [`SLACK`] or gives it back. So in any span of a limit,
//! wherever it begins, no more than the limit is handed over. The price is that a limit is never quite reached: a try
//! counts whatever became of it.
//!
//! Messages to a domain that may get no more, or that rests, go back to the queue with a time in turn.
//!
//! Tables: `send_limit`, `send_usage`, `domain_pause`. Schedule: [`sweep`].

mod gate;
mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub(crate) use gate::{Gate, Through, domain_of, relieve, rest};
pub(crate) use model::SLACK;
pub use model::{Limit, LimitId, LimitPatch, NewLimit, Scope, WarmUp};
pub use routes::routes;
pub use service::{create, delete, list, sweep, update};
