//! Pausing and going on.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result};

use super::{audit, brief, for_update, refuse_while_moving};
use crate::automations::model::{Automation, Moving, Status};
use crate::automations::store;
use crate::ids::AutomationId;
use crate::migrate::Resume;

/// Halts it: nobody comes in, nobody moves. Mails that are queued already still go out.
pub async fn pause(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
) -> Result<Automation> {
    let mut tx = ctx.write().await?;
    let mut automation = for_update(&mut tx, account, id, None).await?;
    if automation.status != Status::Active {
        return Err(Error::conflict(
            "not_active",
            "only an active automation can be paused",
        ));
    }
    refuse_while_moving(&automation)?;
    let before = Some(brief(&automation));
    automation.status = Status::Paused;
    automation.paused_at = Some(ctx.clock.now());
    save(
        ctx,
        &mut tx,
        actor,
        "automation.paused",
        &mut automation,
        before,
    )
    .await?;
    tx.commit().await?;
    Ok(automation)
}

/// After a back-up was restored: halts all of them, since what they did after it was made is not known here and would be
/// done again. How many that were.
pub async fn hold_restored(ctx: &Ctx) -> Result<u64> {
    let mut tx = ctx.write().await?;
    let held = store::pause_all(&mut tx, ctx.clock.now()).await?;
    store::note_change(&mut tx).await?;
    tx.commit().await?;
    Ok(held)
}

/// Lets it go on. What happened to those inside meanwhile counts; of their times, `timers` decides.
pub async fn resume(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: AutomationId,
    timers: Resume,
) -> Result<Automation> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let mut automation = for_update(&mut tx, account, id, None).await?;
    let Some(since) = automation
        .paused_at
        .filter(|_| automation.status == Status::Paused)
    else {
        return Err(Error::conflict(
            "not_paused",
            "only a paused automation can be resumed",
        ));
    };
    refuse_while_moving(&automation)?;
    let before = Some(brief(&automation));
    let length = u64::try_from(now.since(since).as_micros()).unwrap_or(u64::MAX);
    automation.status = Status::Active;
    automation.paused_at = None;
    automation.moving = Some(Moving {
        resume: Some((timers, length)),
        resumed_at: Some(now),
        last: Some(ctx.ids.next()),
        ..automation.moving.unwrap_or_default()
    });
    save(
        ctx,
        &mut tx,
        actor,
        "automation.resumed",
        &mut automation,
        before,
    )
    .await?;
    tx.commit().await?;
    Ok(automation)
}

async fn save(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    actor: &Actor,
    action: &str,
    automation: &mut Automation,
    before: Option<serde_json::Value>,
) -> Result<()> {
    store::update(tx, automation, ctx.clock.now()).await?;
    store::begin_sweep(tx, automation).await?;
    store::note_change(tx).await?;
    let after = Some(brief(automation));
    audit(ctx, tx, actor, action, automation, before, after).await
}
