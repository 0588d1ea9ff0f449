//! Inbound hooks: secret addresses to which other programs send what happened to somebody, as JSON.
//!
//! A hook makes an event of each request: it finds the subscriber by the address that the body names, or makes one, and
//! what else the body says are the properties of the event. Nobody signs in: whoever has the address may send, so the
//! address is shown once, stored as a hash, and can be replaced.
//!
//! Requests are answered when the event is durable. A hook takes [`MOST_BYTES`] of JSON at a time and
//! [`MOST_PER_MINUTE`] requests a minute from one process; with an `Idempotency-Key` a request counts once for as long as
//! keys of events are known ([`crate::custom::REMEMBERED`]).
//!
//! Table: `automation_hook`. Event: `hook.received`, and those of whoever is made. Audit: `hook.created`, `hook.renewed`,
//! `hook.deleted`.

mod model;
mod routes;
mod service;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub use model::{Hook, HookId, NewHook, NewPeople, Received};
pub use routes::{public_routes, routes};
pub use service::{create, delete, list, receive, renew};

/// How large the body of a request may be. What becomes properties of the event must fit into the data of a run.
pub const MOST_BYTES: usize = 64 * 1024;
/// How often each hook was asked lately.
pub type Pace = web::Pace<HookId>;

/// How many requests a hook takes within a minute.
pub const MOST_PER_MINUTE: u32 = 600;
