//! Delivery: the one path from the queue to a relay or to the sandbox inbox.
//!
//! ```text
//! claimer ──leases──► queue of a transport ──► connections ──round──► committer ──► database
//!    ▲  round robin over accounts and campaigns    render, mark wire, send, report
//!    └── space in a queue, a hint, or a second
//! ```
//! - [`claim`]: short transactions that lease due messages for this node, skip people who may not get mail any more, and
//!   load what the messages merge in. A queue holds as much as its connections send in a moment, so memory does not
//!   follow the size of a campaign.
//! - [`worker`]: one task per connection: renders a few messages, has them marked as on the wire, hands them over,
//!   pipelined, and reports how each ended together with the next marks.
//! - [`committer`]: shares one transaction, and one disk flush, between all connections.
//! - [`plan`]: a campaign's content compiled once.
//!
//! [`crate::limits`] decide how much is claimed, and [`pool`] which transport takes it while another one's relay is away.
//!
//! A crash at any point loses nothing and repeats nothing; what was on the wire is `unknown` (see [`crate::messages`]).
//! A stop finishes what is on the wire, writes it down and gives the rest back.

mod claim;
mod committer;
pub(crate) mod merge;
mod pace;
pub(crate) mod plan;
mod pool;
mod rest;
pub(crate) mod shown;
mod strain;
mod worker;

use std::time::Duration;

use ctx::Ctx;

use crate::Config;
use crate::messages::store::{self, Totals};
use crate::messages::{Kind, total};

/// How often dead nodes' messages are looked for.
const RECLAIM_EVERY: Duration = Duration::from_secs(5);

/// Delivers until the process stops. Run once per process that works.
pub async fn run(ctx: Ctx, config: Config) {
    let reclaim = ctx.tasks.spawn(reclaim_loop(ctx.clone()));
    claim::run(&ctx, &config).await;
    // The connections have finished, and the committer with them: what is still leased was never touched.
    if let Err(error) = give_back(&ctx).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "cannot give leased messages back; they are queued again when this node counts as dead"
        );
    }
    reclaim.abort();
}

/// Delivers what is due now and returns when nothing is, for tests and for the command line. Returns at once on a
/// shutdown.
pub async fn run_until_idle(ctx: &Ctx, config: &Config) -> kernel::Result<()> {
    reclaim(ctx).await?;
    claim::run_until_idle(ctx, config).await
}

async fn give_back(ctx: &Ctx) -> kernel::Result<()> {
    let mut tx = ctx.write().await?;
    store::release(&mut tx, ctx.node.epoch()).await?;
    tx.commit().await?;
    Ok(())
}

async fn reclaim_loop(ctx: Ctx) {
    while !ctx.shutdown.is_cancelled() {
        if let Err(error) = reclaim(&ctx).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot look for messages of dead nodes"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(RECLAIM_EVERY) => {}
            () = ctx.shutdown.cancelled() => {}
        }
    }
}

/// Takes back what dead nodes held.
pub async fn reclaim(ctx: &Ctx) -> kernel::Result<()> {
    let mut tx = ctx.write().await?;
    let now = ctx.clock.now();
    let (queued, unknown) = store::reclaim(&mut tx, ctx.node.epoch(), now).await?;
    let mut totals = Totals::default();
    for held in unknown.iter().filter(|held| held.kind == Kind::Campaign) {
        totals.add(held.account, held.source, total::UNKNOWN, 1);
        totals.add_variant(held.account, held.source, held.variant, total::UNKNOWN, 1);
    }
    totals.write(&mut tx, now).await?;
    if queued > 0 || !unknown.is_empty() {
        tracing::warn!(
            queued,
            unknown = unknown.len(),
            "took over messages of a node that stopped"
        );
        tx.nudge(db::Topic::Messages);
    }
    tx.commit().await?;
    Ok(())
}

/// Writes results as the committer does, for tests of nodes that come back from the dead.
#[cfg(test)]
pub(crate) async fn record_for_test(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    now: kernel::Timestamp,
    finished: &[crate::messages::Finished],
) {
    committer::record(ctx, tx, ctx.node.epoch(), now, finished)
        .await
        .expect("the results are written");
}
