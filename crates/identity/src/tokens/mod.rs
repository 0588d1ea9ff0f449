//! API tokens: how programs use an account.
//!
//! `sendero_` and 32 random characters, shown once when made, stored as a hash. A token belongs to the user who made
//! it and has scopes: permissions. What it may do is what its scopes *and* that user's present role allow.
//!
//! Table: `api_token`. Audited: `token.created`, `token.revoked`.
//!
//! Invariants: nobody makes a token that may do more than they may themselves; a revoked or expired token, or one whose
//! maker left the account, is worth nothing; revoked tokens stay listed, so that the audit log stays readable.

mod model;
mod routes;
mod service;
mod store;

pub use model::{NewToken, Token, TokenId};
pub use routes::routes;
pub use service::{create, list, revoke};

pub(crate) use store::revoke_all as revoke_all_in;

#[cfg(test)]
mod tests;
