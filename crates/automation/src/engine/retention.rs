//! How long it is kept who was led through which steps.
//!
//! A run that is over is kept, with its history, as long as its account keeps events (`event_days` of the privacy
//! settings), or for [`KEPT_DAYS`] days if that is for ever. What stays is the ledger, which decides who comes in again, and
//! the counters.

use std::collections::BTreeMap;
use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, IdGenerator, Result, Timestamp};

use super::store;
use crate::ids::{AutomationId, RunId};

/// Days for which runs that are over are kept where nothing else is wanted: a year, and a month to look back from.
pub const KEPT_DAYS: u32 = 400;
/// Runs of one transaction: each has about ten lines of history.
const STEP: i64 = 200;
const DAY: Duration = Duration::from_hours(24);

/// Forgets runs that are long over, and servers that nobody asked for long; how many runs. For a schedule.
pub async fn forget_finished(ctx: &Ctx) -> Result<u64> {
    let all = store::all_automations(&mut *ctx.read().await?).await?;
    let now = ctx.clock.now();
    let mut kept: BTreeMap<AccountId, Timestamp> = BTreeMap::new();
    let mut forgotten = 0;
    for (account, automation) in all {
        if ctx.shutdown.is_cancelled() {
            break;
        }
        let before = if let Some(before) = kept.get(&account) {
            *before
        } else {
            let wanted = audience::privacy::get(ctx, account).await?.event_days;
            let days = wanted.and_then(|days| u32::try_from(days).ok());
            let before = now - DAY * days.unwrap_or(KEPT_DAYS);
            kept.insert(account, before);
            before
        };
        forgotten += forget(ctx, account, automation, before).await?;
    }
    let mut tx = ctx.write().await?;
    store::forget_hosts(&mut tx, now - DAY * KEPT_DAYS).await?;
    tx.commit().await?;
    Ok(forgotten)
}

async fn forget(
    ctx: &Ctx,
    account: AccountId,
    automation: AutomationId,
    before: Timestamp,
) -> Result<u64> {
    // Whoever ended before it began before it.
    let bound = IdGenerator::earliest_at(before);
    let (mut after, mut forgotten) = (i64::MIN, 0);
    while !ctx.shutdown.is_cancelled() {
        let place = (after, bound);
        let mut tx = ctx.read().await?;
        let runs = store::finished_runs(&mut tx, account, automation, place, before, STEP).await?;
        drop(tx);
        let Some(last) = runs.last() else { break };
        after = RunId::get(*last);
        let mut tx = ctx.write().await?;
        store::forget_runs(&mut tx, account, &runs).await?;
        tx.commit().await?;
        forgotten += runs.len() as u64;
    }
    Ok(forgotten)
}
