//! The people who sign in, and their roles in accounts.
//!
//! A user belongs to the instance and is a member of any number of accounts, with a role in each.
//!
//! Tables: `app_user`, `membership`. Audited: `member.added`, `member.updated`, `member.removed`,
//! `user.password_changed`.
//!
//! Invariants:
//! - An account always keeps one owner. Changes of members take the account's lock, so two owners cannot remove each
//!   other at the same time.
//! - Nobody makes, changes or removes somebody who may do more than themselves: admins do not touch owners.
//! - Somebody who is already a user is added to another account only by a person who manages an account that they are
//!   in: otherwise whoever made up a user under a stranger's address would be let in elsewhere.
//! - Removing a member revokes their API tokens of the account. A change of password ends all their sessions.

mod model;
mod routes;
mod service;
mod store;

pub use crate::passwords::Password;
pub use model::{By, Member, NewMember, NewOwner, User};
pub use routes::routes;
pub use service::{
    add, change_role, create_owner, find_by_email, get, get_in, list, remove, set_password,
};

pub(crate) use service::{create_owner_in, hash_new_owner, join_in};
pub(crate) use store::{find as find_user, password_of, replace_password};

#[cfg(test)]
mod tests;
