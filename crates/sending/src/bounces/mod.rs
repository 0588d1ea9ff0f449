//! Bounces and complaints: what they say of an address, and what follows.
//!
//! They come from two sides: a relay refuses a message while it is handed over (see [`crate::delivery`]), or somebody
//! sends a report afterwards (RFC 3464 and RFC 5965), which a mailbox or a program hands to `POST /api/inbound/dsn`. A
//! report is believed only if it is about a message of ours: it carries our signed reference (the header `X-Sendero-Ref`),
//! or our Message-ID together with the address that this message went to.
//!
//! What follows, see [`BounceClass`]: an address that does not exist is not written to again; one that cannot be reached
//! three times within 30 days neither; a full mailbox and a filter that refuses the sender say nothing against a person.
//! Whoever complains is on the suppression list at once.
//!
//! A campaign whose bounces or complaints pass a limit, which is a setting of the account, pauses itself, once, with the reason. Whoever resumes it has seen
//! it.
//!
//! Tables: columns of `message`; `campaign_guard`. Events: `message.bounced`, `message.complained`, `campaign.paused`.
//!
//! Invariants: a message bounces once and is complained about once, however many reports come.

mod guard;
mod model;
pub(crate) mod routes;
mod service;
mod store;

pub(crate) use guard::pause_if_bad;
pub use model::{BounceClass, Outcome, ReportResult};
pub use routes::routes;
pub use service::take_report;
pub(crate) use service::{Refused, record_refused};
