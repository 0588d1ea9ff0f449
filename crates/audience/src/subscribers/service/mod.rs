//! Use cases, one file each.

mod batch;
mod change;
mod delete;
mod found;
mod history;
mod list;
mod merge;
mod preview;
mod read;
mod save;
mod status;
mod trace;
mod upsert;
mod write;

pub use batch::{Item, NewBatch, upsert_batch};
pub use change::{PersonChange, change_people_in};
pub use delete::delete;
pub(crate) use delete::delete_many_in;
pub(crate) use found::{count_found_in, found_in};
pub use history::{StatusChange, status_history};
pub use list::{ListQuery, Sort, list};
pub use merge::{Merge, Prefer, Whose, current_in, merge};
pub(crate) use preview::preview_many_in;
pub use read::{MergeValues, Profile, find_by_address, get, merge_values, profiles_of_in};
pub(crate) use read::{drafts_in, exists_in, lock_existing_in};
pub(crate) use save::{Origin, save};
pub(crate) use status::change_by_email_in;
pub use status::{Cause, change_status_in, mark_bounced_in, mark_complained_in, unsubscribe_in};
pub(crate) use trace::{Trace, attribute};
pub(crate) use upsert::upsert_traced_in;
pub use upsert::{MAX_BATCH, Mode, Outcome, Policy, Skip, UpsertRow, upsert_many_in};
pub(crate) use write::check_owner;
pub use write::{
    Confirmation, NewSubscriber, SubscriberChange, confirm, create, resubscribe, unsubscribe,
    update,
};
