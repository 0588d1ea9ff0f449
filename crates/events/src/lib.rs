//! What happened, in order: recorded with the change it tells of, and handed to each consumer once.
//!
//! - [`record`] writes event rows in the caller's transaction: an event exists exactly when its change does.
//! - A [`Consumer`] handles events in batches, in a transaction that also moves its cursor: handled once, for whatever
//!   the handler writes to the database.
//! - [`timeline`] reads one subscriber's events, newest first.
//!
//! # Why no event is missed
//!
//! A consumer remembers the last event it handled and asks for what follows. That is only right if nothing can appear
//! *before* the place it remembers, and with ids or times it can: on PostgreSQL a transaction may take its ids early and
//! commit late, after a consumer has passed. So events are ordered by `(txn, id)`, where `txn` is the commit stamp of
//! the transaction that recorded them, and consumers read below a horizon:
//!
//! - PostgreSQL: the stamp is the transaction's own id (`xid8`), the horizon is `pg_snapshot_xmin`, the oldest id that is
//!   still running when the batch begins. Ids are handed out in rising order, so every transaction that starts later
//!   is above the horizon, and every one below it has committed or rolled back, and its rows are visible to the
//!   statement that follows. Nothing can appear below the horizon any more. The price: one long transaction that writes
//!   (also one of another database on the same server) holds events back, though it loses none.
//! - SQLite: there is one writer at a time, and the stamp is a counter that it raises inside its transaction, so stamps
//!   commit in order and there is no horizon.
//!
//! Transaction ids belong to a server; a dump that is restored into another one keeps its order all the same, because
//! `Db::migrate` then adds to the new server's ids what makes them follow the old ones.
//!
//! Ids within a transaction rise, and a transaction's rows appear together, so a batch may end in its midst.
//!
//! Tables: `event`, `event_cursor`. Topic: `Events`. Jobs: none; a consumer is a loop ([`run_consumer`]) beside the
//! workers, on every node, of which one at a time gets the cursor.

#![warn(missing_docs)]

mod consumer;
pub mod kind;
mod record;
mod store;
#[cfg(test)]
mod tests;
mod timeline;
mod unhandled;

pub use consumer::{Consumer, Start, catch_up, pump, run_consumer};
pub use record::{NewEvent, record, recorded_since};
pub use timeline::{Span, repoint, timeline, timeline_of};
pub use unhandled::unhandled_in;

use kernel::{AccountId, Timestamp};

kernel::define_id!(
    /// An event.
    EventId
);

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// To whom it belongs.
    pub account: AccountId,
    /// Which one; rises within a transaction.
    pub id: EventId,
    /// What happened, one of [`kind`].
    pub kind: String,
    /// To whom it happened.
    pub subscriber: Option<i64>,
    /// With what: the campaign of a `message.*` event, the group of `group.*`, the tag of `tag.*`.
    pub subject: Option<i64>,
    /// When it happened, which may be before it was recorded.
    pub at: Timestamp,
    /// The rest, as the catalog in [`kind`] says.
    pub body: serde_json::Value,
}
