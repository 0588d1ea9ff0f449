//! When two records of a person become one, so do their bookings.

use audience::SubscriberId;
use ctx::Ctx;
use db::WriteTx;
use events::{Consumer, Event, kind};
use kernel::Result;

use super::store;

/// Follows merges of subscribers.
#[derive(Clone, Copy, Debug, Default)]
pub struct FollowMerges;

impl Consumer for FollowMerges {
    fn name(&self) -> &'static str {
        "booking.merges"
    }

    fn reads_body(&self, _: &str) -> bool {
        false
    }

    async fn handle(&self, _: &Ctx, tx: &mut WriteTx, events: &[Event]) -> Result<()> {
        for event in events {
            if event.kind != kind::SUBSCRIBER_MERGED {
                continue;
            }
            let (Some(kept), Some(other)) = (event.subscriber, event.subject) else {
                continue;
            };
            // They may have been merged into somebody else since.
            let kept = SubscriberId::from(kept);
            let kept = audience::subscribers::current_in(tx, event.account, kept).await?;
            store::repoint(tx, event.account, other.into(), kept).await?;
        }
        Ok(())
    }
}
