//! The contact database: people, what is known of them, how they are grouped, and who must not be written to.
//!
//! | module | what it is |
//! |---|---|
//! | [`subscribers`] | people: attributes, custom values, the status machine, and the one batched way to write them |
//! | [`fields`] | typed custom fields |
//! | [`groups`], [`tags`] | static membership |
//! | [`suppressions`] | addresses that never get mail |
//! | [`timeline`] | what happened to one person |
//! | [`views`] | how somebody looks at the list of people |
//! | [`bulk`] | one change to many people |
//! | [`segments`] | named rules about people |
//! | [`imports`], [`exports`] | people from and to files |
//! | [`privacy`] | all of one person, being forgotten, no longer storage than needed |
//!
//! Every row belongs to an account; another account's id is as unknown as one that never existed. Whoever changes a
//! person records it as an event in the same transaction.

mod cells;
#[cfg(test)]
mod fixtures;
mod ids;
mod input;
mod labels;
mod purge;
mod uses;

pub mod bulk;
pub mod exports;
pub mod fields;
pub mod groups;
pub mod imports;
pub mod privacy;
pub mod segments;
pub mod subscribers;
pub mod suppressions;
pub mod tags;
pub mod timeline;
pub mod views;

pub use cells::disarmed;
pub use ids::{
    BulkActionId, ExportId, FieldId, GroupId, ImportId, SegmentId, SubscriberId, SuppressionId,
    TagId, ViewId,
};
pub use input::{Fault, Patch};
pub use labels::fold as fold_label_counts;
pub use purge::Purge;
pub use subscribers::merge_values;
