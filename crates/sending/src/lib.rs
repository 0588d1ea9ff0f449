//! Campaigns and their delivery: what is sent to whom, how it leaves, and what people did with it.
//!
//! - [`campaigns`]: what to send, to whom and when; previews, tests and the life cycle.
//! - [`messages`]: one row per mail to one person: the queue, the log, and who got it.
//! - [`delivery`]: takes messages from the queue and hands them over. The only path by which mail leaves.
//! - [`series`]: campaigns that are sent again and again.
//! - [`senders`]: who mail comes from.
//! - [`transports`]: where mail is handed to: an SMTP relay, or the sandbox inbox.
//! - [`dkim`]: what mail is signed with.
//! - [`limits`]: how much may be sent at most.
//! - [`sandbox`]: mail that never left.
//! - [`tracking`]: opens, clicks, web versions and unsubscribes, by signed links.
//! - [`reports`]: what became of a campaign.

pub mod campaigns;
pub mod delivery;
pub mod dkim;
pub mod limits;
pub mod messages;
pub mod reports;
pub mod sandbox;
pub mod senders;
pub mod series;
pub mod tracking;
pub mod transports;

use std::sync::Arc;

/// What this crate must be told about the instance.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people reach this instance, without a slash at the end: links in mail begin with it.
    pub public_url: Arc<str>,
    /// What to call ourselves when we connect to a relay.
    pub helo_name: Arc<str>,
}

#[cfg(test)]
mod tests;
