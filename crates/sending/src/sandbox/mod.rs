//! The sandbox inbox: mail that was "sent" without leaving the database, to be read through the API.
//!
//! Table: `sandbox_message`, written in the transaction that marks the message as sent.

mod model;
pub(crate) mod routes;
mod store;

pub use model::{SandboxMessage, SandboxMessageId};
pub use routes::routes;
