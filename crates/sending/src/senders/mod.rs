//! Senders: who an account's mail comes from.
//!
//! A sender is a name, an address and where answers go. A campaign that names one takes its three values over when it is
//! saved and again when it starts; what was sent keeps them, whatever becomes of the sender.
//!
//! Table: `sender`. Invariant: a sender that a scheduled campaign names is not deleted.

mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{NewSender, Sender, SenderId, SenderPatch};
pub use routes::routes;
pub use service::{create, delete, get, list, update};
