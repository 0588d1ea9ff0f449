//! Signing in, and what keeps a person signed in.
//!
//! The cookie holds a random secret, the table its hash. A session ends after [`IDLE`] without a request, after
//! [`LIFETIME`] at the latest, when the person signs out, and when their password changes.
//!
//! Attempts to sign in are counted per address and per network before the password is looked at; a success gives them
//! back. An unknown address costs the same time and gets the same answer as a wrong password.
//!
//! Tables: `session`, `throttle`. Audited: `session.created`, `session.deleted`, `user.password_changed`.
//!
//! Invariants:
//! - A sign-in makes a new session; no secret that a client brings along becomes one.
//! - A sign-in that raced with a change of password fails: the hash that was checked must still be the present one.

mod model;
mod routes;
mod service;
mod store;
mod throttle;

pub use model::{Client, IDLE, LIFETIME};
pub use routes::routes;
pub use service::prune;

pub(crate) use model::NewSession;
pub(crate) use routes::{Opened, SameOrigin, SessionView};
pub(crate) use service::open_in;
pub(crate) use store::delete_all as end_all_in;

#[cfg(test)]
mod tests;
