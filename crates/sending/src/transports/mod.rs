//! Transports: where an account's mail is handed to.
//!
//! An account without a transport uses the built-in sandbox: its mail is kept in the database and read through the API,
//! so that everything works before anything is configured. An SMTP transport's password is sealed at rest and never
//! given out again.
//!
//! Table: `transport`. At most one is the account's default.

mod model;
pub(crate) mod routes;
pub(crate) mod service;
pub(crate) mod store;

pub use model::{
    Encryption, NewTransport, SmtpSettings, Transport, TransportId, TransportKind, TransportPatch,
};
pub use routes::routes;
pub use service::{create, delete, get, list, test, update};
