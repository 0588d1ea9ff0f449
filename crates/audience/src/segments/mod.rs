//! Segments: named rules about people. Whoever needs to know exactly who is in one asks, by its rule. Beside that the
//! members are kept up, for sizes, growth and for what is to happen when somebody comes or goes: see [`members`].
//!
//! A rule is written in the language of the [`rules`] crate. Here it meets an account: the fields, groups, tags,
//! campaigns and other segments that it names are looked up, times become absolute in the account's zone, and what
//! comes out ([`rules::Compiled`]) is a condition for SQL or a program for one person.
//!
//! - **Tables**: `segment`; rules read `subscriber`, `group_member`, `tagging`, `event`, `link_target`.
//! - **Events, jobs**: those of [`members`]. Every change is audited.
//! - **Invariants**: a stored rule was valid when it was stored. Segments do not refer to each other in a circle, and
//!   one that another refers to cannot be deleted. If something else that a rule names disappears, whoever uses the
//!   segment is told what is missing, instead of getting other people than the rule meant.
//!
//! [`compile_in`] and [`compile_rule_in`] are for whoever composes (campaigns); [`ids_in`], [`among_in`] and [`condition`] run
//! what they give back.

mod compile;
mod explain;
pub mod members;
mod model;
mod routes;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use compile::{Vocabulary, compile_in, compile_rule_in, vocabulary_in};
pub use model::{Condition, Described, Explanation, Person, Preview, Segment, Size, UsedBy, User};
pub use routes::routes;
pub use service::{
    Change, Draft, count, create, delete, describe, explain, get, growth, list, preview,
    subscriber_ids, update, used_by,
};
pub(crate) use store::exists_in;
pub use store::{among_in, condition, count_in, ids_in, using, views};
