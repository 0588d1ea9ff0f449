//! When two records of a person become one, so do their bookings.

use audience::SubscriberId;
use ctx::Ctx;
use db::WriteTx;
use events::{Consumer, Event, NewEvent, kind};
use kernel::Result;
use serde_json::json;

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

    async fn handle(&self, ctx: &Ctx, tx: &mut WriteTx, happened: &[Event]) -> Result<()> {
        for event in happened {
            if event.kind != kind::SUBSCRIBER_MERGED {
                continue;
            }
            let (Some(kept), Some(other)) = (event.subscriber, event.subject) else {
                continue;
            };
            // They may have been merged into somebody else since.
            let kept = SubscriberId::from(kept);
            let kept = audience::subscribers::current_in(tx, event.account, kept).await?;
            if !store::repoint(tx, event.account, other.into(), kept).await? {
                continue;
            }
            // Whoever has asked already what they booked asks again.
            let changed = NewEvent {
                kind: kind::SUBSCRIBER_UPDATED,
                subscriber: Some(kept.get()),
                subject: None,
                at: None,
                body: json!({ "changed": ["bookings"], "actor": "system" }),
            };
            events::record(ctx, tx, event.account, &[changed]).await?;
        }
        Ok(())
    }
}
