//! Background work of campaigns.

use std::time::Duration;

use ctx::Ctx;
use jobs::{Attempt, Job, JobError};
use kernel::AccountId;
use serde::{Deserialize, Serialize};

use super::model::CampaignId;
use super::service::{self, Cancelling, Deciding, Releasing};
use super::store;

/// Gives every recipient of a started campaign a message. Each chunk is a transaction that remembers how far it came.
#[derive(Debug, Serialize, Deserialize)]
pub struct SnapshotJob {
    /// Whose campaign.
    pub account: AccountId,
    /// Which.
    pub campaign: CampaignId,
}

impl Job for SnapshotJob {
    const KIND: &'static str = "sending.snapshot";
    /// A campaign must not end up half addressed: this is tried for about two days.
    const MAX_ATTEMPTS: u16 = 50;

    async fn run(self, ctx: &Ctx, _at: Attempt) -> Result<(), JobError> {
        while service::snapshot_chunk(ctx, self.account, self.campaign).await? {
            if ctx.shutdown.is_cancelled() {
                return Err(JobError::Snooze(Duration::ZERO));
            }
        }
        Ok(())
    }
}

/// Ends the queued messages of a cancelled campaign.
#[derive(Debug, Serialize, Deserialize)]
pub struct CancelJob {
    /// Whose campaign.
    pub account: AccountId,
    /// Which.
    pub campaign: CampaignId,
}

impl Job for CancelJob {
    const KIND: &'static str = "sending.cancel";
    const MAX_ATTEMPTS: u16 = 50;

    async fn run(self, ctx: &Ctx, _at: Attempt) -> Result<(), JobError> {
        loop {
            match service::cancel_chunk(ctx, self.account, self.campaign).await? {
                Cancelling::More => {}
                Cancelling::Waiting => return Err(JobError::Snooze(Duration::from_secs(1))),
                Cancelling::Done => return Ok(()),
            }
        }
    }
}

/// Decides an A/B test when its time has come.
#[derive(Debug, Serialize, Deserialize)]
pub struct DecideJob {
    /// Whose campaign.
    pub account: AccountId,
    /// Which.
    pub campaign: CampaignId,
}

impl Job for DecideJob {
    const KIND: &'static str = "sending.ab_decide";
    const MAX_ATTEMPTS: u16 = 50;

    async fn run(self, ctx: &Ctx, _at: Attempt) -> Result<(), JobError> {
        match service::decide(ctx, self.account, self.campaign).await? {
            Deciding::Done => Ok(()),
            Deciding::Later(pause) => Err(JobError::Snooze(pause)),
        }
    }
}

/// Gives the winner of an A/B test to those who waited for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleaseJob {
    /// Whose campaign.
    pub account: AccountId,
    /// Which.
    pub campaign: CampaignId,
}

impl Job for ReleaseJob {
    const KIND: &'static str = "sending.ab_release";
    const MAX_ATTEMPTS: u16 = 50;

    async fn run(self, ctx: &Ctx, _at: Attempt) -> Result<(), JobError> {
        loop {
            match service::release_chunk(ctx, self.account, self.campaign).await? {
                Releasing::More if ctx.shutdown.is_cancelled() => {
                    return Err(JobError::Snooze(Duration::ZERO));
                }
                Releasing::More => {}
                Releasing::Waiting => return Err(JobError::Snooze(Duration::from_secs(1))),
                Releasing::Done => return Ok(()),
            }
        }
    }
}

/// Starts the campaigns whose time has come; a schedule calls it every few seconds.
pub async fn start_due(ctx: Ctx) -> kernel::Result<()> {
    let now = ctx.clock.now();
    let mut read = ctx.read().await?;
    let due = store::due(&mut read, now, 100).await?;
    drop(read);
    for found in due {
        let mut tx = ctx.write().await?;
        tx.lock(db::LockClass::Campaign, found.id.get()).await?;
        // Somebody may have cancelled or moved it since.
        let Some(mut campaign) = store::find(&mut tx, found.account, found.id).await? else {
            continue;
        };
        if campaign.version != found.version {
            continue;
        }
        let late = campaign
            .scheduled_at
            .map_or(Duration::ZERO, |at| now.since(at));
        if late > service::TOO_LATE {
            service::hold_overdue(&ctx, &mut tx, &mut campaign).await?;
        } else {
            service::start_in(&ctx, &mut tx, &mut campaign).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
