//! What groups and tags have in common: named sets of people.
//!
//! `groups` and `tags` give this a name, ids of their own, and routes; a `Kind` says which tables are meant. Names are
//! unique without regard to case. A label that a segment uses cannot be deleted.

mod model;
mod service;
mod store;

pub(crate) use model::Label;
pub(crate) use model::{Kind, LabelId};
pub(crate) use service::{
    add_in, change_members, change_one, check_exist, create, delete, get, list, remove_in, rename,
};
pub(crate) use store::{add_new_members, existing, forget_people, labels_of, purge_members};

#[cfg(test)]
mod tests;
