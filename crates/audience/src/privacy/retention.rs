//! How long things are kept, and the schedule that sees to it.

use std::time::Duration;

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Result};
use serde_json::json;

use super::erase::anonymize_in;
use super::model::Settings;
use super::store;

/// Rows of one transaction.
const STEP: i64 = 2000;
const DAY: Duration = Duration::from_hours(24);
/// How long after an erasure something of the person may still arrive by itself.
const LATE: Duration = Duration::from_hours(72);
/// What proves that one may write to somebody, or may not.
const EVIDENCE: [&str; 4] = [
    events::kind::CONSENT_GIVEN,
    events::kind::SUBSCRIBER_STATUS_CHANGED,
    events::kind::SUBSCRIBER_DELETED,
    events::kind::MESSAGE_UNSUBSCRIBED,
];

/// What an account wants.
pub async fn get(ctx: &Ctx, account: AccountId) -> Result<Settings> {
    let mut tx = ctx.read().await?;
    Ok(store::settings(&mut tx, account).await?)
}

/// Changes it.
pub async fn set(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    settings: Settings,
) -> Result<Settings> {
    let settings = settings.checked()?;
    let mut tx = ctx.write().await?;
    let before = store::settings(&mut tx, account).await?;
    if before != settings {
        store::set_settings(&mut tx, account, settings, ctx.clock.now()).await?;
        identity::audit(
            ctx,
            &mut tx,
            account,
            actor,
            "privacy.updated",
            ("account", account),
            Some(json!(before)),
            Some(json!(settings)),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(settings)
}

/// Removes what is older than the accounts want, and what came late of people who were erased; how many rows. For a
/// schedule.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let mut tx = ctx.read().await?;
    let accounts = store::with_settings(&mut tx).await?;
    let erased = store::erased_since(&mut tx, ctx.clock.now() - LATE).await?;
    drop(tx);
    let mut removed = 0;
    for account in accounts {
        let settings = get(ctx, account).await?;
        if let Some(days) = settings.event_days {
            removed += old_events(ctx, account, days).await?;
        }
        if let Some(days) = settings.ip_days {
            removed += old_addresses(ctx, account, days).await?;
        }
    }
    for (account, person) in erased {
        let mut tx = ctx.write().await?;
        anonymize_in(&mut tx, account, person, None).await?;
        tx.commit().await?;
    }
    removed += late_hits(ctx).await?;
    Ok(removed)
}

async fn old_events(ctx: &Ctx, account: AccountId, days: i64) -> Result<u64> {
    let before = ctx.clock.now() - DAY * u32::try_from(days).unwrap_or(u32::MAX);
    let mut removed = 0;
    for kind in events::kind::ALL.iter().filter(|it| !EVIDENCE.contains(it)) {
        loop {
            let mut tx = ctx.write().await?;
            let n = store::delete_events(&mut tx, account, kind, before, STEP).await?;
            tx.commit().await?;
            removed += n;
            if n < STEP.unsigned_abs() || ctx.shutdown.is_cancelled() {
                break;
            }
        }
    }
    loop {
        let mut tx = ctx.write().await?;
        let n = store::delete_hits(&mut tx, account, before, STEP).await?;
        tx.commit().await?;
        removed += n;
        if n < STEP.unsigned_abs() || ctx.shutdown.is_cancelled() {
            return Ok(removed);
        }
    }
}

/// From where the last sweep ended, so that old rows are not read again.
async fn old_addresses(ctx: &Ctx, account: AccountId, days: i64) -> Result<u64> {
    let before = ctx.clock.now() - DAY * u32::try_from(days).unwrap_or(u32::MAX);
    let mut removed = 0;
    while !ctx.shutdown.is_cancelled() {
        let mut tx = ctx.write().await?;
        let Some(n) = store::forget_addresses(&mut tx, account, before, STEP).await? else {
            break;
        };
        tx.commit().await?;
        removed += n;
    }
    Ok(removed)
}

/// Whoever was erased may click on an old mail years later.
async fn late_hits(ctx: &Ctx) -> Result<u64> {
    let since = ctx.clock.now() - LATE;
    let mut tx = ctx.read().await?;
    let accounts = store::with_erasures(&mut tx).await?;
    drop(tx);
    let mut removed = 0;
    for account in accounts {
        let mut tx = ctx.write().await?;
        removed += store::forget_late_hits(&mut tx, account, since).await?;
        tx.commit().await?;
    }
    Ok(removed)
}
