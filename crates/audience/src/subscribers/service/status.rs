//! Moving people between statuses, always through [`Status::after`].

use std::collections::BTreeSet;

use ctx::Ctx;
use db::WriteTx;
use kernel::{AccountId, Result};

use super::read::drafts_in;
use super::save::{Origin, save};
use crate::SubscriberId;
use crate::fields::Catalog;
use crate::subscribers::model::{Change, Source};
use crate::subscribers::store;

/// Why statuses change, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'a> {
    /// A short code of ours, or what somebody wrote.
    pub reason: &'a str,
    /// `user:1`, `token:2`, `subscriber`, `system`.
    pub actor: &'a str,
    /// The campaign that it came through.
    pub campaign: Option<i64>,
}

/// The person does not want mail any more. Whether that was news; unknown people are nobody's news.
pub async fn unsubscribe_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    subscriber: SubscriberId,
    reason: &str,
    actor: &str,
) -> Result<bool> {
    one(
        ctx,
        tx,
        account,
        subscriber,
        Change::Unsubscribe,
        reason,
        actor,
    )
    .await
}

/// Mail to the address failed for good.
pub async fn mark_bounced_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    subscriber: SubscriberId,
    reason: &str,
    actor: &str,
) -> Result<bool> {
    one(ctx, tx, account, subscriber, Change::Bounce, reason, actor).await
}

/// The person reported mail as spam: the address goes on the suppression list.
pub async fn mark_complained_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    subscriber: SubscriberId,
    reason: &str,
    actor: &str,
) -> Result<bool> {
    one(
        ctx,
        tx,
        account,
        subscriber,
        Change::Complain,
        reason,
        actor,
    )
    .await
}

async fn one(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    subscriber: SubscriberId,
    change: Change,
    reason: &str,
    actor: &str,
) -> Result<bool> {
    let cause = Cause {
        reason,
        actor,
        campaign: None,
    };
    let moved = change_status_in(ctx, tx, account, &[subscriber], change, cause).await?;
    Ok(moved > 0)
}

/// Changes the status of those for whom the machine allows it; how many moved.
pub async fn change_status_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    people: &[SubscriberId],
    change: Change,
    cause: Cause<'_>,
) -> Result<u64> {
    let now = ctx.clock.now();
    let mut drafts = drafts_in(tx, account, people, &[]).await?;
    if drafts.len() < people.len() {
        // Who left by an old mail may be somebody else's record by now.
        let found: BTreeSet<SubscriberId> = drafts.iter().map(|it| it.person.id).collect();
        let missing: Vec<SubscriberId> = people
            .iter()
            .filter(|id| !found.contains(id))
            .copied()
            .collect();
        let mut merged: Vec<SubscriberId> = store::merged_into(tx, account, &missing)
            .await?
            .into_values()
            .filter(|id| !found.contains(id))
            .collect();
        merged.sort_unstable();
        merged.dedup();
        drafts.extend(drafts_in(tx, account, &merged, &[]).await?);
    }
    let mut moved = 0;
    for draft in &mut drafts {
        if let Ok(true) = draft.change_status(change, Some(cause.reason), now) {
            moved += 1;
        }
    }
    let origin = Origin {
        campaign: cause.campaign,
        ..Origin::by(cause.actor, Source::Api)
    };
    // No custom values change, so no field needs a name.
    save(ctx, tx, account, &Catalog::default(), &mut drafts, origin).await?;
    Ok(moved)
}

/// The same by folded addresses; unknown ones are passed over.
pub(crate) async fn change_by_email_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    folded: &[&str],
    change: Change,
    reason: &str,
    actor: &str,
) -> Result<u64> {
    let found = store::find_by_emails(tx, account, folded).await?;
    let ids: Vec<SubscriberId> = found.values().map(|person| person.id).collect();
    let cause = Cause {
        reason,
        actor,
        campaign: None,
    };
    change_status_in(ctx, tx, account, &ids, change, cause).await
}
