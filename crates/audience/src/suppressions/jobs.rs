//! What follows, for people, from entries that may cover many of them.

use std::collections::BTreeMap;
use std::time::Duration;

use ctx::Ctx;
use db::LockClass;
use jobs::{Attempt, Job, JobError};
use kernel::{AccountId, Result, fold};
use serde::{Deserialize, Serialize};

use super::service::covers_in;
use super::store;
use crate::subscribers::{self, Cause, Change, Status};
use crate::{SubscriberId, SuppressionId};

/// People of one look, and of one transaction.
const STEP: i64 = 1000;
const BY: &str = "system";

/// Suppresses the people of an account whom the lists cover.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sweep {
    pub(super) account: AccountId,
}

impl Job for Sweep {
    const KIND: &'static str = "audience.suppress";

    async fn run(self, ctx: &Ctx, _: Attempt) -> Result<(), JobError> {
        let mut after = SubscriberId::from(0);
        // After a crash it begins again: who is done costs one look.
        while let Some(last) = step(ctx, self.account, after).await?.1 {
            after = last;
            if ctx.shutdown.is_cancelled() {
                return Err(JobError::Snooze(Duration::ZERO));
            }
        }
        Ok(())
    }
}

/// The same at once, for the command line; how many people were suppressed.
pub async fn sweep(ctx: &Ctx, account: AccountId) -> Result<u64> {
    let mut after = SubscriberId::from(0);
    let mut moved = 0;
    loop {
        let (n, last) = step(ctx, account, after).await?;
        moved += n;
        match last {
            Some(last) => after = last,
            None => return Ok(moved),
        }
    }
}

/// How many were suppressed, and where the next step begins.
async fn step(
    ctx: &Ctx,
    account: AccountId,
    after: SubscriberId,
) -> Result<(u64, Option<SubscriberId>)> {
    let mut tx = ctx.read().await?;
    let people = store::people(&mut tx, account, after, STEP).await?;
    let Some(last) = people.last().map(|person| person.0) else {
        return Ok((0, None));
    };
    let emails: Vec<&str> = people.iter().map(|(_, email, _)| email.as_str()).collect();
    let covers = covers_in(ctx, &mut tx, account, &emails).await?;
    drop(tx);
    let ids: Vec<SubscriberId> = people
        .iter()
        .enumerate()
        .filter(|(place, (_, _, status))| {
            covers.contains_key(place) && status != Status::Suppressed.as_str()
        })
        .map(|(_, (id, _, _))| *id)
        .collect();
    let moved = if ids.is_empty() {
        0
    } else {
        suppress(ctx, account, &ids).await?
    };
    Ok((moved, Some(last)))
}

/// Decides again on what is there under a lock.
async fn suppress(ctx: &Ctx, account: AccountId, ids: &[SubscriberId]) -> Result<u64> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Audience, account.get()).await?;
    subscribers::lock_existing_in(&mut tx, account, ids).await?;
    let people = store::people_of(&mut tx, account, ids).await?;
    let folded: Vec<String> = people.iter().map(|(_, email)| fold(email)).collect();
    let emails: Vec<&str> = folded.iter().map(String::as_str).collect();
    let covers = covers_in(ctx, &mut tx, account, &emails).await?;
    // By the reason, which their status tells as well.
    let mut by_reason: BTreeMap<String, Vec<SubscriberId>> = BTreeMap::new();
    let mut entries = Vec::new();
    for (place, (id, email)) in people.iter().enumerate() {
        let Some(cover) = covers.get(&place).and_then(|list| list.first()) else {
            continue;
        };
        by_reason.entry(cover.reason.clone()).or_default().push(*id);
        entries.push((email.as_str(), cover.reason.as_str(), cover.id));
    }
    store::insert_via(ctx, &mut tx, account, &entries).await?;
    let mut moved = 0;
    for (reason, ids) in &by_reason {
        let cause = Cause {
            reason,
            actor: BY,
            campaign: None,
        };
        moved +=
            subscribers::change_status_in(ctx, &mut tx, account, ids, Change::Block, cause).await?;
    }
    tx.commit().await?;
    Ok(moved)
}

/// Takes off the list who was there because of an entry that is gone, unless another entry covers them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Release {
    pub(super) via: SuppressionId,
}

impl Job for Release {
    const KIND: &'static str = "audience.release";

    async fn run(self, ctx: &Ctx, _: Attempt) -> Result<(), JobError> {
        while release(ctx, self.via).await? {
            if ctx.shutdown.is_cancelled() {
                return Err(JobError::Snooze(Duration::ZERO));
            }
        }
        Ok(())
    }
}

/// One batch of one account; whether there may be more.
pub(super) async fn release(ctx: &Ctx, via: SuppressionId) -> Result<bool> {
    let mut tx = ctx.write().await?;
    let Some(account) = store::account_via(&mut tx, via).await? else {
        return Ok(false);
    };
    tx.lock(LockClass::Audience, account.get()).await?;
    let entries = store::via(&mut tx, account, via, STEP).await?;
    let folded: Vec<String> = entries.iter().map(|(_, email)| fold(email)).collect();
    let emails: Vec<&str> = folded.iter().map(String::as_str).collect();
    let covers = covers_in(ctx, &mut tx, account, &emails).await?;
    let mut free = Vec::new();
    let mut free_emails = Vec::new();
    for (place, (id, _)) in entries.iter().enumerate() {
        let other = covers
            .get(&place)
            .and_then(|list| list.iter().find(|cover| cover.id != *id));
        if let Some(other) = other {
            store::set_via(&mut tx, account, *id, other.id).await?;
        } else {
            free.push(*id);
            free_emails.push(emails[place]);
        }
    }
    store::delete_many(&mut tx, account, &free).await?;
    subscribers::change_by_email_in(
        ctx,
        &mut tx,
        account,
        &free_emails,
        Change::Unblock,
        "unblocked",
        BY,
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}
