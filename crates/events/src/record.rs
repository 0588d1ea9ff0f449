//! Writing events.

use ctx::Ctx;
use db::{Topic, WriteTx};
use kernel::{AccountId, Timestamp};

use crate::{Event, kind, store};

/// An event to be recorded.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// One of [`crate::kind`].
    pub kind: &'static str,
    /// To whom it happened.
    pub subscriber: Option<i64>,
    /// With what: see the kind.
    pub subject: Option<i64>,
    /// When; `None` is now.
    pub at: Option<Timestamp>,
    /// A JSON object with the fields that the kind documents.
    pub body: serde_json::Value,
}

impl NewEvent {
    /// The link that a click followed, which is a column too, so that it can be asked for by index.
    pub(crate) fn target(&self) -> Option<i64> {
        self.body.get("target_id")?.as_str()?.parse().ok()
    }
}

/// Records events as part of the transaction that makes them true, in this order. Consumers learn of them after its
/// commit.
pub async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    events: &[NewEvent],
) -> db::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let stamp = tx.commit_stamp().await?;
    store::insert(ctx, tx, account, stamp, events).await?;
    for event in events {
        for resource in kind::touches(event.kind) {
            tx.touch(account, resource);
        }
    }
    tx.nudge(Topic::Events);
    Ok(())
}

/// What this transaction recorded with ids above one, in order: for whoever acts on the events of what it asked others to
/// do.
pub async fn recorded_since(tx: &mut WriteTx, after: i64) -> db::Result<Vec<Event>> {
    let stamp = tx.commit_stamp().await?;
    store::recorded(tx, stamp, after).await
}
