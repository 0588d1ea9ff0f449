//! Pausing a campaign that goes wrong.

use ctx::Ctx;
use db::LockClass;
use identity::Actor;
use kernel::{AccountId, Result};

use super::model::{Outcomes, too_bad};
use super::store;
use crate::campaigns::{self, CampaignId, CampaignState};
use crate::messages::{store as messages, total};

/// Pauses a campaign whose bounces or complaints pass a limit of its account, once. In a transaction of its own, since it waits for
/// whoever is changing the campaign.
pub(crate) async fn pause_if_bad(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<()> {
    let mut tx = ctx.read().await?;
    let Some(reason) = reason(&mut tx, account, id).await? else {
        return Ok(());
    };
    drop(tx);
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Campaign, id.get()).await?;
    let Some(campaign) = campaigns::store::find(&mut tx, account, id).await? else {
        return Ok(());
    };
    if campaign.state != CampaignState::Sending
        || !store::set_guard(&mut tx, account, id, ctx.clock.now()).await?
    {
        return Ok(());
    }
    tracing::warn!(campaign = id.get(), reason, "a campaign pauses by itself");
    campaigns::pause_in(ctx, &mut tx, campaign, &Actor::system(), Some(reason)).await?;
    tx.commit().await?;
    Ok(())
}

async fn reason(tx: &mut db::Tx, account: AccountId, id: CampaignId) -> Result<Option<String>> {
    let totals = messages::totals_of(tx, account, &[id]).await?;
    let Some(totals) = totals.get(&id) else {
        return Ok(None);
    };
    let n = |name: &str| totals.get(name).copied().unwrap_or(0);
    let outcomes = Outcomes {
        sent: n(total::SENT),
        failed: n(total::FAILED),
        hard_bounces: n(total::HARD_BOUNCES),
        complaints: n(total::COMPLAINTS),
    };
    let limits = identity::accounts::get(tx, account).await?;
    let reason = too_bad(outcomes, (&limits).into());
    if reason.is_some() && store::has_guard(tx, account, id).await? {
        return Ok(None);
    }
    Ok(reason)
}
