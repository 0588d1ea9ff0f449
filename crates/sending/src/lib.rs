//! Campaigns and their delivery: what is sent to whom, how it leaves, and what people did with it.
//!
//! - [`archive`]: campaigns that anybody may read.
//! - [`automated`]: mail of automations.
//! - [`bounces`]: what came back, and complaints.
//! - [`campaigns`]: what to send, to whom and when; previews, tests and the life cycle.
//! - [`checklist`]: what to look at before sending.
//! - [`files`]: the pictures of mails.
//! - [`saved_blocks`], [`brand`]: what mails are made of, and how they look.
//! - [`messages`]: one row per mail to one person: the queue, the log, and who got it.
//! - [`delivery`]: takes messages from the queue and hands them over. The only path by which mail leaves.
//! - [`revisions`]: what their content was before.
//! - [`templates`]: content to begin with.
//! - [`series`]: campaigns that are sent again and again.
//! - [`feeds`]: campaigns that are sent because there is something new to read.
//! - [`senders`]: who mail comes from.
//! - [`transports`]: where mail is handed to: an SMTP relay, or the sandbox inbox.
//! - [`dkim`]: what mail is signed with.
//! - [`limits`]: how much may be sent at most.
//! - [`sandbox`]: mail that never left.
//! - [`tracking`]: opens, clicks, web versions and unsubscribes, by signed links.
//! - [`reports`]: what became of a campaign.
//! - [`transactional`]: single messages that programs send.

pub mod archive;
pub mod automated;
pub mod bounces;
pub mod brand;
pub mod campaigns;
pub mod checklist;
pub mod delivery;
pub mod dkim;
pub mod feeds;
pub mod files;
pub mod limits;
pub mod messages;
pub mod reports;
pub mod revisions;
pub mod sandbox;
pub mod saved_blocks;
pub mod senders;
pub mod series;
pub mod templates;
pub mod tracking;
pub mod transactional;
pub mod transports;

use std::sync::Arc;

/// What this crate must be told about the instance.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people reach this instance, without a slash at the end: links in mail begin with it.
    pub public_url: Arc<str>,
    /// What to call ourselves when we connect to a relay.
    pub helo_name: Arc<str>,
    /// What helps to tell who opens and clicks.
    pub tracking: Tracking,
    /// How large pictures may be.
    pub files: files::Limits,
}

/// What the operator knows of those who open and click.
#[derive(Clone, Debug, Default)]
pub struct Tracking {
    /// In which country addresses are, if there is a file of it.
    pub geoip: Option<tracking::GeoIp>,
    /// Networks of machines: address, and how many of its bits count.
    pub machine_networks: Arc<[(std::net::IpAddr, u8)]>,
}

impl Tracking {
    /// Whether an address is in a network of machines.
    fn is_machine(&self, ip: Option<&str>) -> bool {
        if self.machine_networks.is_empty() {
            return false;
        }
        let Some(ip) = ip.and_then(|ip| ip.parse::<std::net::IpAddr>().ok()) else {
            return false;
        };
        self.machine_networks
            .iter()
            .any(|(network, bits)| share_bits(*network, ip, *bits))
    }
}

/// Whether the first bits of two addresses of one family are equal.
fn share_bits(a: std::net::IpAddr, b: std::net::IpAddr, bits: u8) -> bool {
    use std::net::IpAddr::{V4, V6};
    let shift = |width: u8| u32::from(width.saturating_sub(bits));
    match (a.to_canonical(), b.to_canonical()) {
        (V4(a), V4(b)) => {
            let differ = u32::from(a) ^ u32::from(b);
            differ.checked_shr(shift(32)).unwrap_or(0) == 0
        }
        (V6(a), V6(b)) => {
            let differ = u128::from(a) ^ u128::from(b);
            differ.checked_shr(shift(128)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
