//! Use cases of campaigns.

mod ab;
mod content;
mod edit;
mod follow;
mod lifecycle;

pub use ab::choose_winner;
pub(crate) use ab::{Deciding, Releasing, decide, release_chunk};
pub use content::{Preview, check_document, count_recipients, document, preview, send_test};
pub(crate) use edit::copy_of;
pub use edit::{CampaignPatch, NewCampaign, create, delete, duplicate, get, list, update};
pub use follow::{calendar, resend};
pub(crate) use lifecycle::{
    Cancelling, TOO_LATE, cancel_chunk, check_ready, finish_if_done, hold_overdue, snapshot_chunk,
    start_in,
};
pub use lifecycle::{
    cancel, hold_restored, pause, resend_unknown, resume, schedule, schedule_local, send,
    unschedule,
};

use db::{LockClass, WriteTx};
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
