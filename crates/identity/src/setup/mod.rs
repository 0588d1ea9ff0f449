//! The first start: whoever comes first creates the owner, once.
//!
//! State: `instance.set_up_at` is null until an owner was created, by [`set_up`] or by the command line. Two requests
//! at the same time: the lock and the row let one through.
//!
//! Table: `instance` (of the base schema).

mod routes;
mod service;
mod store;

pub use routes::routes;
pub use service::is_needed;

pub(crate) use service::mark_done_in;

#[cfg(test)]
mod tests;
