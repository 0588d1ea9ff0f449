//! Keeping this node's leases, and taking back those of dead ones.

use std::time::Duration;

use ctx::Ctx;
use db::Topic;

use crate::store;

/// How often a node says that it lives: five times within `ctx::TIME_TO_LIVE`.
pub const HEARTBEAT: Duration = Duration::from_secs(3);

/// Keeps this process's leases until `ctx.shutdown`, and takes back those of nodes that stopped saying that they live.
///
/// The last heartbeat is at shutdown: it covers the seconds in which work winds down. Whoever composes the process
/// calls `ctx.node.sign_off` at the very end, which frees what is left at once.
pub async fn heartbeat_loop(ctx: Ctx) {
    let mut alive = true;
    loop {
        let outcome = beat(&ctx).await;
        if let Err(error) = &outcome
            && alive
        {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "the heartbeat failed; without one for {} s this node stops taking work",
                ctx::TIME_TO_LIVE.as_secs()
            );
        }
        alive = outcome.is_ok();
        tokio::select! {
            () = ctx.shutdown.cancelled() => break,
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
    }
    if let Err(error) = ctx.node.heartbeat(&ctx.db, &ctx.clock).await {
        tracing::debug!(%error, "the last heartbeat failed");
    }
}

async fn beat(ctx: &Ctx) -> db::Result<()> {
    ctx.node.heartbeat(&ctx.db, &ctx.clock).await?;
    let reclaimed = reclaim(ctx).await?;
    if reclaimed > 0 {
        tracing::warn!(reclaimed, "took back the jobs of a process that died");
    }
    Ok(())
}

/// Makes the jobs ready again whose node is dead (or dead letters, when that was their last attempt), and the
/// schedules due; how many jobs that were.
pub async fn reclaim(ctx: &Ctx) -> db::Result<u64> {
    let now = ctx.clock.now();
    if !store::has_orphans(&mut *ctx.read().await?, now).await? {
        return Ok(0);
    }
    let mut tx = ctx.write().await?;
    let reclaimed = store::reclaim(&mut tx, now).await?;
    tx.nudge(Topic::Jobs);
    tx.commit().await?;
    Ok(reclaimed)
}
