//! Hosts: users of the account who can be met.
//!
//! A host works by a schedule of their own or a shared one, and may block time and be away besides
//! ([`crate::blocks`]). Who is disabled is offered nowhere; what is booked with them stays.
//!
//! Table: `booking_host`. Audited: `host.created`, `host.updated`, `host.deleted`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Host, HostPatch, NewHost};
pub use routes::routes;
pub use service::{create, delete, get, list, update};

pub(crate) use service::exists_in;
pub use store::find as find_in;

pub(crate) use store::{find, find_many};
