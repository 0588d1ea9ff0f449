//! What a message is, and the pure decisions about it.

use std::time::Duration;

use audience::SubscriberId;
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bounces::BounceClass;

kernel::define_id!(
    /// A message to one person.
    MessageId
);

/// What a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A campaign's message to a subscriber.
    Campaign,
    /// A test of a campaign, to an address of the team.
    Test,
    /// One mail to one person, because a program asked for it.
    Transactional,
}

impl Kind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::Test => "test",
            Self::Transactional => "transactional",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Self {
        match text {
            "test" => Self::Test,
            "transactional" => Self::Transactional,
            _ => Self::Campaign,
        }
    }
}

/// Where a message is on its way; see the module for what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageState)]
pub enum State {
    /// Waits for its turn, or for another try.
    Queued,
    /// Held by a node.
    Leased,
    /// Being handed over right now.
    Wire,
    /// Taken by the relay, or lies in the sandbox inbox.
    Sent,
    /// Refused for good.
    Failed,
    /// Not sent, since the person may not get mail.
    Skipped,
    /// The campaign was cancelled first.
    Cancelled,
    /// Perhaps sent: the process or the connection died on the wire.
    Unknown,
}

impl State {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Wire => "wire",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Self {
        [
            Self::Queued,
            Self::Leased,
            Self::Wire,
            Self::Sent,
            Self::Failed,
            Self::Skipped,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
        .unwrap_or(Self::Unknown)
    }
}

/// Names of the roll-ups in `campaign_total` and `campaign_hour`.
pub(crate) mod total {
    pub(crate) const RECIPIENTS: &str = "recipients";
    pub(crate) const SENT: &str = "sent";
    pub(crate) const FAILED: &str = "failed";
    pub(crate) const SKIPPED: &str = "skipped";
    pub(crate) const CANCELLED: &str = "cancelled";
    pub(crate) const UNKNOWN: &str = "unknown";
    pub(crate) const DEFERRED: &str = "deferred";
    pub(crate) const OPENS: &str = "opens";
    pub(crate) const UNIQUE_OPENS: &str = "unique_opens";
    pub(crate) const MACHINE_OPENS: &str = "machine_opens";
    pub(crate) const CLICKS: &str = "clicks";
    pub(crate) const UNIQUE_CLICKS: &str = "unique_clicks";
    pub(crate) const MACHINE_CLICKS: &str = "machine_clicks";
    pub(crate) const UNSUBSCRIBED: &str = "unsubscribed";
    pub(crate) const HARD_BOUNCES: &str = "hard_bounces";
    pub(crate) const SOFT_BOUNCES: &str = "soft_bounces";
    pub(crate) const COMPLAINTS: &str = "complaints";
    /// Of those that were sent, those that came back.
    pub(crate) const RETURNED: &str = "returned";
}

/// The keys of a message that a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) account: AccountId,
    pub(crate) id: MessageId,
    pub(crate) kind: Kind,
    /// The campaign; of a transactional message its account, so that one account's are one queue.
    pub(crate) source: i64,
    /// 0 for a test, or a transactional message, to somebody who is not a subscriber.
    pub(crate) subscriber: SubscriberId,
    /// Of an A/B test, from 1.
    pub(crate) variant: Option<i64>,
}

/// A message as it was claimed.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) held: Held,
    pub(crate) revision: i64,
    pub(crate) address: String,
    pub(crate) attempts: i64,
    /// When it was first tried; before that, when it was first queued.
    pub(crate) first_queued_at: Timestamp,
}

/// An address that a relay refused.
#[derive(Clone, Debug)]
pub(crate) struct Bounce {
    pub(crate) class: BounceClass,
    pub(crate) address: String,
}

/// How one try ended.
#[derive(Clone, Debug)]
pub(crate) enum Finish {
    /// The relay took it, and said this.
    Sent { reply: String },
    /// It goes to the sandbox inbox in the same transaction.
    Sandboxed {
        recipient: String,
        subject: String,
        source: Vec<u8>,
    },
    /// The relay said "later" (4xx).
    Deferred { until: Timestamp, text: String },
    /// The relay never saw it, or it is wanted back: no try was used up.
    Returned {
        not_before: Timestamp,
        text: Option<String>,
    },
    /// Refused for good, with the relay's text, and what that says of the address.
    Failed {
        text: String,
        bounce: Option<Bounce>,
    },
    /// Not sent, with the reason.
    Skipped { reason: &'static str },
    /// The connection died after the final dot.
    Unknown { text: String },
}

#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) held: Held,
    pub(crate) finish: Finish,
}

/// How long a deferred message waits before the next try, by the number of tries so far:
///
/// | tries | 1 | 2 | 3 | 4 | 5 | 6 | 7 and more |
/// |---|---|---|---|---|---|---|---|
/// | minutes | 1 | 5 | 15 | 30 | 60 | 120 | 240 |
pub(crate) fn backoff(tries: i64) -> Duration {
    const MINUTES: [u64; 7] = [1, 5, 15, 30, 60, 120, 240];
    let index = usize::try_from(tries - 1)
        .unwrap_or(0)
        .min(MINUTES.len() - 1);
    Duration::from_mins(MINUTES[index])
}

/// When the relay's "later" counts as "no": 72 hours after the message was first tried (RFC 5321, 4.5.4.1, asks for
/// four to five days from relays; a newsletter of last week is not news).
pub(crate) fn deferral_ends(first_queued_at: Timestamp) -> Timestamp {
    first_queued_at + Duration::from_hours(72)
}
