//! What a campaign said before.

use ctx::Ctx;
use identity::Actor;
use kernel::{AccountId, Error, Result};

use super::super::model::{Campaign, CampaignId, RevisionId};
use super::super::store;
use super::content::{Of, Preview, content_faults, show};
use super::edit::{audit, keep};
use super::{ab, check_version, for_change};
use crate::revisions::{self, Revision, RevisionDocument};

/// The revisions of a campaign's content, newest first.
pub async fn revisions(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<Vec<Revision>> {
    let mut tx = ctx.read().await?;
    let campaign = find(&mut tx, account, id).await?;
    revisions::list_in(&mut tx, campaign.as_owner()).await
}

/// One of them, with what it says.
pub async fn revision(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
    revision: RevisionId,
) -> Result<RevisionDocument> {
    let mut tx = ctx.read().await?;
    let campaign = find(&mut tx, account, id).await?;
    revisions::find_in(&mut tx, campaign.as_owner(), revision).await
}

/// One of them as somebody would get it of whom only the address is known.
pub async fn revision_preview(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
    revision: RevisionId,
) -> Result<Preview> {
    let mut tx = ctx.read().await?;
    let campaign = find(&mut tx, account, id).await?;
    let found = revisions::find_in(&mut tx, campaign.as_owner(), revision).await?;
    show(
        ctx,
        &mut tx,
        account,
        &found.content,
        Of::from(&campaign),
        None,
    )
    .await
}

/// Makes what a campaign said before its content again, as a new revision.
pub async fn restore(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    expected: Option<i64>,
    revision: RevisionId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_change(&mut tx, account, id).await?;
    check_version(&campaign, expected)?;
    campaign.check_editable_midway(true)?;
    let found = revisions::find_in(&mut tx, campaign.as_owner(), revision).await?;
    // A field that it merges may be gone since.
    let mut errors = content_faults(ctx, &mut tx, account, &found.content, &[]).await?;
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let before = campaign.clone();
    keep(
        ctx,
        &mut tx,
        &mut campaign,
        actor,
        &found.content,
        Some(revision),
    )
    .await?;
    ab::check_variants(ctx, &mut tx, &campaign, &mut errors).await?;
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    store::update(&mut tx, &mut campaign, ctx.clock.now()).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.content_restored",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.commit().await?;
    Ok(campaign)
}

async fn find(tx: &mut db::Tx, account: AccountId, id: CampaignId) -> Result<Campaign> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))
}
