//! Messages: one row per mail to one person. It is the queue, the log, and the answer to "who got it".
//!
//! States:
//! ```text
//! queued -> leased -> wire -> sent
//!   ^  ^      |        |----> failed (5xx, or 4xx for 72 h)
//!   |  |______|        |----> unknown (the process or the connection died on the wire)
//!   |__________________|      skipped (not active any more, suppressed), cancelled
//!        deferred (4xx)
//! ```
//! - `leased`: a live node holds it in memory. When that node dies, it is queued again.
//! - `wire`: marked, durably, just before its bytes are handed to a connection. When the node dies now, nobody can
//!   know whether the relay took it: it becomes `unknown`, is shown in the report, and is not sent again by itself.
//! - The sandbox has no wire: its mail and the state `sent` are one transaction.
//! - A transactional message is wanted more than a second copy is feared: instead of `unknown` it is queued again, with the
//!   same Message-ID, by which receivers tell a repetition.
//! - What the relay took may come back or be complained about later: `bounced_at` and `complained_at`, beside the state.
//!
//! Invariants:
//! - one row per campaign, person and entry (unique key), so nobody is mailed twice by one campaign;
//! - every change of a held row names the epoch that holds it, so a node that was declared dead changes nothing;
//! - `recipients = sent + failed + skipped + cancelled + unknown` when a campaign has ended, and only then it ends.
//!
//! Consumer: [`FollowMerges`] gives messages to the record that their recipient's was merged into.
//!
//! Tables: `message`, and the roll-ups `campaign_total` and `campaign_hour`. Events: `message.sent`, `message.failed`; of
//! transactional messages also `message.queued`, `message.deferred`.

mod merged;
mod model;
pub(crate) mod store;

pub use merged::FollowMerges;
#[cfg(test)]
pub(crate) use model::Held;
pub(crate) use model::{Bounce, Claimed, Finish, Finished, backoff, deferral_ends, total};
pub use model::{Kind, MessageId, State};
