//! Who makes a request, and what they may do.
//!
//! A request proves who it is from by the session cookie (people) or by `Authorization: Bearer` (programs). [`protect`]
//! finds that out once per request; [`Auth`] is the extractor. Unsafe methods with a cookie also need the header
//! `X-CSRF-Token` and must come from our own pages.
//!
//! What may be done is a [`Permission`]. A role is a set of them (the table is in [`Role::permissions`]); an API token
//! has scopes, which are the same words, and never more than the present role of the user who made it.
//!
//! Who may not call an operation is refused before its body is read, by what the OpenAPI document says of it.
//!
//! Invariants:
//! - An `AccountId` reaches a route only through [`Auth::allow`].
//! - Sessions and tokens are looked up by the hash of their secret; the role is read anew for each request, so a
//!   change of role or a removal is effective at once.
//!
//! Tables: reads `session`, `api_token`, `membership`.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Actor, Auth, Permission, Role, Scopes};
pub use routes::{as_command_line, protect};

pub use model::hash_secret;
pub(crate) use model::{Credential, SecretHash};
pub(crate) use routes::cookie_name;
pub(crate) use service::{csrf_token, of_session, of_session_hash};

#[cfg(test)]
mod tests;
