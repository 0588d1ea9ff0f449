//! People: the contact database proper.
//!
//! - **States**: see [`Status`]. `active <- unconfirmed`; from both to `unsubscribed`, `bounced`, `suppressed`; back to
//!   `active` only by an explicit resubscribe, and never from `suppressed`. The decisions are [`Status::after`] and, for
//!   imports and upserts, [`Status::after_upsert`].
//! - **Tables**: `subscriber`, the values of custom fields included; `subscriber_merge`, who somebody is now whose record
//!   was merged into another; with them `group_member` and `tagging`, through their features.
//! - **Events**: `subscriber.created` (which also says what the person is born into: groups, tags, consent),
//!   `subscriber.updated`, `subscriber.email_changed`, `subscriber.status_changed`, `subscriber.merged`,
//!   `subscriber.deleted`, `consent.given`. Recorded in the transaction of the change.
//! - **Consumers**: [`LastActivity`] keeps `last_activity_at` up to date; it is run by [`crate::segments::members::Membership`],
//!   since rules may ask when somebody was last active. [`SearchIndex`] keeps what people are found by.
//! - **Merging**: the one that is kept gets the other one's memberships, events, messages (a consumer of `sending`),
//!   the firmer status, and what it has no value for. The other one's id still leads to it when somebody unsubscribes
//!   by an old mail, and the address that is given up is suppressed if its owner gets no mail any more.
//! - **Invariants**: an address is there once per account, compared by [`kernel::EmailAddress::folded`]. Who does not
//!   differ is not written. Whoever is changed is locked first (see `service/upsert.rs` for how batches do that).

mod activity;
mod draft;
mod invitee;
mod model;
mod routes;
mod search;
mod service;
mod store;

pub use activity::LastActivity;
pub(crate) use draft::Draft;
pub use invitee::{invitee_key, invitee_of, invitee_token};
pub use model::{
    Attributes, Change, Consent, MAX_SCORE, Refused, Source, Status, Subscriber, language,
    parse_email, person_name, phone, time_zone,
};
pub use routes::routes;
pub use search::SearchIndex;
pub(crate) use search::{check as check_search, parse as parse_search};
pub use service::{
    Cause, Confirmation, Item, ListQuery, MAX_BATCH, Merge, MergeValues, Mode, NewBatch,
    NewSubscriber, Outcome, PersonChange, Policy, Prefer, Profile, Skip, Sort, StatusChange,
    SubscriberChange, UpsertRow, Whose, change_people_in, change_status_in, confirm, create,
    current_in, delete, find_by_address, get, list, mark_bounced_in, mark_complained_in, merge,
    merge_values, profiles_of_in, resubscribe, status_history, unsubscribe, unsubscribe_in, update,
    upsert_batch, upsert_many_in,
};
pub(crate) use service::{
    Origin, Trace, attribute, change_by_email_in, check_owner, count_found_in, delete_many_in,
    drafts_in, exists_in, found_in, lock_existing_in, preview_many_in, save, upsert_traced_in,
};

#[cfg(test)]
mod tests;
