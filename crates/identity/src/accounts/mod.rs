//! Accounts (workspaces): the tenants of the instance, and their settings.
//!
//! Everything a slice stores belongs to one account. A user may be a member of several and works in one at a time.
//!
//! Tables: `account`. Audited: `account.created`, `account.updated`.
//!
//! Invariants: the settings carry a `version` that rises with each change, so that two people do not overwrite each
//! other; sender and postal address are defaults that campaigns take over; when a campaign pauses by itself is decided by what the
//! settings are at that moment.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Account, NewAccount, Patch};
pub use routes::routes;
pub use service::{all, create, get, of_user, read, update, update_in};

pub(crate) use routes::OwnAccount;
pub(crate) use service::create_in;
pub(crate) use store::of_user as of_user_in;

#[cfg(test)]
mod tests;
