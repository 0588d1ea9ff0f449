//! Deleting people. What they were part of forgets them; the suppression list does not.

use ctx::Ctx;
use db::{LockClass, WriteTx};
use events::NewEvent;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use crate::labels;
use crate::subscribers::store::{self, For};
use crate::{GroupId, SubscriberId, TagId};

/// Deletes one person.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: SubscriberId) -> Result<()> {
    let mut tx = ctx.write().await?;
    if delete_many_in(ctx, &mut tx, account, &[id], actor.as_str()).await? == 0 {
        return Err(Error::not_found("subscriber", id));
    }
    identity::audit(
        ctx,
        &mut tx,
        account,
        actor,
        "subscriber.deleted",
        ("subscriber", id),
        None,
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes those of `people` that exist; how many.
pub(crate) async fn delete_many_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    people: &[SubscriberId],
    by: &str,
) -> Result<u64> {
    tx.lock(LockClass::Audience, account.get()).await?;
    let people: Vec<SubscriberId> = store::find_many(tx, account, people, For::Writing)
        .await?
        .into_iter()
        .map(|person| person.id)
        .collect();
    if people.is_empty() {
        return Ok(0);
    }
    let deleted = remove_in(ctx, tx, account, &people).await?;
    let list: Vec<NewEvent> = people
        .iter()
        .map(|person| NewEvent {
            kind: events::kind::SUBSCRIBER_DELETED,
            subscriber: Some(person.get()),
            subject: None,
            at: None,
            body: json!({ "actor": by }),
        })
        .collect();
    events::record(ctx, tx, account, &list).await?;
    Ok(deleted)
}

/// Removes the rows of people who exist and are locked, and records nothing; how many.
pub(super) async fn remove_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<u64> {
    labels::forget_in::<GroupId>(ctx, tx, account, people).await?;
    labels::forget_in::<TagId>(ctx, tx, account, people).await?;
    let active = store::count_active(tx, account, people).await?;
    labels::count_active_in(ctx, tx, account, 0, active).await?;
    let deleted = store::delete(tx, account, people).await?;
    db::ensure_affected(deleted, people.len() as u64)?;
    Ok(deleted)
}
