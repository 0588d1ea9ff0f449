//! The sandbox inbox: mail that was "sent" without leaving the database, to be read through the API.
//!
//! Table: `sandbox_message`, written in the transaction that marks the message as sent. A schedule removes what is older
//! or more than [`Retention`] says, so that an instance that sends nowhere else does not grow for ever.

mod model;
mod retention;
pub(crate) mod routes;
mod store;

pub use model::{SandboxMessage, SandboxMessageId};
pub use retention::{Retention, sweep};
pub use routes::routes;
