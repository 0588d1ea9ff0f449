//! What the law gives a person: all that is known of them, being forgotten, and no longer storage than is needed.
//!
//! - **Export**: everything about one person, as JSON or as a page that needs nothing else.
//! - **Erasure**: the person and what they were part of are deleted; messages, opens, clicks and events stay counted and
//!   say nothing of who it was; texts elsewhere that name the address or the telephone number (audit log, reports of
//!   imports, bulk actions, jobs, kept answers) lose it. A keyed hash on the suppression list keeps the address out.
//!   Segments that name the person are told, not changed.
//! - **Retention**: per account, how long events and IP addresses are kept.
//! - **Tables**: `privacy_settings`, `erasure`; it reads and blanks those of other features, which are listed in
//!   `store/`, with a test that fails when a table is added and nobody said what it holds.
//! - **Schedules**: [`sweep`] removes what is older than an account wants, in short transactions, and what came late of
//!   people who were erased: a mail that was on its way, a click on an old one.
//! - **Events**: `subscriber.deleted`. **Audit**: `subscriber.erased`, `subscriber.exported`, `privacy.updated`.

mod erase;
mod export;
mod model;
mod page;
mod retention;
mod routes;
mod store;

pub use erase::erase;
pub use export::export;
pub use model::{Erased, Settings};
pub use retention::{get, set, sweep};
pub use routes::routes;

#[cfg(test)]
mod tests;
