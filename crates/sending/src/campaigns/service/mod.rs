//! Use cases of campaigns.

mod ab;
mod content;
mod edit;
mod follow;
mod history;
mod lifecycle;

pub use ab::choose_winner;
pub(crate) use ab::{Deciding, Releasing, decide, document_of, release_chunk};
pub(crate) use content::{Of, content_faults, findings, show, show_all};
pub use content::{
    Preview, Shown, check_document, count_recipients, document, preview, render, send_test,
    to_mjml, variant_document,
};
pub(crate) use edit::copy_of;
pub use edit::{CampaignPatch, NewCampaign, create, delete, duplicate, get, list, update};
pub use follow::{calendar, resend};
pub use history::{restore, revision, revision_preview, revisions};
pub(crate) use lifecycle::{
    Cancelling, TOO_LATE, cancel_chunk, check_original, finish_if_done, hold_overdue, original,
    pause_in, snapshot_chunk, start_in,
};
pub use lifecycle::{
    cancel, hold_restored, pause, resend_unknown, resume, schedule, schedule_local, send,
    unschedule,
};

use db::{LockClass, Tx, WriteTx};
use kernel::{AccountId, Error, Result};

use super::model::{Campaign, CampaignId};
use super::store;

/// Reads a campaign that is about to be changed; nobody else changes it meanwhile.
async fn for_update(tx: &mut WriteTx, account: AccountId, id: CampaignId) -> Result<Campaign> {
    tx.lock(LockClass::Campaign, id.get()).await?;
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))
}

/// The same, unless it is what the mail of automations goes out by. That halts and goes on like any campaign, and nothing
/// else can be done with it.
async fn for_change(tx: &mut WriteTx, account: AccountId, id: CampaignId) -> Result<Campaign> {
    let campaign = for_update(tx, account, id).await?;
    check_made_by_somebody(tx, account, id).await?;
    Ok(campaign)
}

async fn check_made_by_somebody(tx: &mut Tx, account: AccountId, id: CampaignId) -> Result<()> {
    if store::is_automated(tx, account, id).await? {
        return Err(Error::conflict(
            "campaign_state",
            "this is the mail of automations: it can be paused and resumed; change the automations themselves",
        ));
    }
    Ok(())
}

/// Refuses a change that was made from an older version of the campaign.
fn check_version(campaign: &Campaign, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(version) if version != campaign.version => Err(Error::conflict(
            "version_conflict",
            "somebody else changed this campaign meanwhile; read it again and repeat your change",
        )),
        _ => Ok(()),
    }
}
