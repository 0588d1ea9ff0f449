//! What groups and tags have in common: named sets of people.
//!
//! `groups` and `tags` give this a name, ids of their own, and routes; a `Kind` says which tables are meant. Names are
//! unique without regard to case. A label that a segment uses, or a campaign that is
//! not over, cannot be deleted.
//!
//! - **Tables**: `contact_group`, `group_member`, `tag`, `tagging`; for sizes `label_change`, `label_day`, `label_total`.
//! - **Sizes**: whoever changes members adds one row per label to `label_change` in the same transaction, which is an
//!   insert and so nothing that two writers wait for. A schedule ([`fold`]) moves those rows into `label_day` (who joined
//!   and who left on each day, in UTC) and `label_total`. A size is the total and the rows that are not folded yet, read
//!   in one statement: it is exact at any moment, and costs the same for ten people and a million. The active subscribers
//!   of the account are counted in the same way, as if they were a group.

mod counts;
mod model;
mod routes;
mod service;
mod store;

pub use counts::fold;
pub(crate) use counts::{Day, Member, count_active_in, growth, growth_of_account, members};
pub(crate) use model::Label;
pub(crate) use model::{Kind, LabelId};
pub(crate) use routes::routes;
pub(crate) use service::{
    add_in, change_members, change_one, check_exist, copy_in, create, delete, get, list, remove_in,
    rename, uses_of,
};
pub(crate) use service::{add_new_in, forget_in};
pub(crate) use store::{
    Membership, existing, labels_of, memberships_of, purge_counts, purge_members,
};

#[cfg(test)]
mod tests;
