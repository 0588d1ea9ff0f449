//! Creating, reading and changing accounts.

use ctx::Ctx;
use db::{Tx, WriteTx};
use kernel::{AccountId, Error, Result, UserId};
use serde_json::json;

use super::model::{Account, NewAccount, Patch};
use super::store;
use crate::audit::audit;
use crate::auth::{Actor, Role};
use crate::users;

/// The account, for a use case that is already in a transaction.
pub async fn get(tx: &mut Tx, account: AccountId) -> Result<Account> {
    store::find(tx, account)
        .await?
        .ok_or_else(|| Error::not_found("account", account))
}

/// The account.
pub async fn read(ctx: &Ctx, account: AccountId) -> Result<Account> {
    get(&mut *ctx.read().await?, account).await
}

/// All accounts of the instance, oldest first: for the command line.
pub async fn all(ctx: &Ctx) -> Result<Vec<Account>> {
    Ok(store::all(&mut *ctx.read().await?).await?)
}

/// The accounts of a person, with the role in each.
pub async fn of_user(ctx: &Ctx, user: UserId) -> Result<Vec<(Account, Role)>> {
    Ok(store::of_user(&mut *ctx.read().await?, user).await?)
}

/// Creates an account whose owner is `owner`.
pub async fn create(ctx: &Ctx, actor: &Actor, owner: UserId, new: NewAccount) -> Result<Account> {
    let mut tx = ctx.write().await?;
    let account = create_in(ctx, &mut tx, actor, owner, new).await?;
    tx.commit().await?;
    Ok(account)
}

/// The core of [`create`].
pub(crate) async fn create_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    owner: UserId,
    new: NewAccount,
) -> Result<Account> {
    let account = Account::try_new(ctx.ids.next(), new, ctx.clock.now())?;
    store::insert(tx, &account).await?;
    audit(
        ctx,
        tx,
        account.id,
        actor,
        "account.created",
        ("account", account.id),
        None,
        Some(snapshot(&account)),
    )
    .await?;
    users::join_in(ctx, tx, account.id, owner, Role::Owner, actor).await?;
    Ok(account)
}

/// Changes settings. `expected` is the version that the change was made from, if the client knows it.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    expected: Option<i64>,
    patch: Patch,
) -> Result<Account> {
    let mut tx = ctx.write().await?;
    let after = update_in(ctx, &mut tx, account, actor, expected, patch).await?;
    tx.commit().await?;
    Ok(after)
}

/// The core of [`update`], for a use case that changes more than this.
pub async fn update_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    expected: Option<i64>,
    patch: Patch,
) -> Result<Account> {
    let before = get(tx, account).await?;
    let mut after = before.clone();
    after.apply(patch)?;
    if expected.is_some_and(|expected| expected != before.version) {
        return Err(version_conflict());
    }
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    after.updated_at = ctx.clock.now();
    if !store::update(tx, &after, before.version).await? {
        return Err(version_conflict());
    }
    audit(
        ctx,
        tx,
        account,
        actor,
        "account.updated",
        ("account", account),
        Some(snapshot(&before)),
        Some(snapshot(&after)),
    )
    .await?;
    Ok(after)
}

fn version_conflict() -> Error {
    Error::conflict(
        "version_conflict",
        "somebody else changed the settings meanwhile; read them again and repeat the change",
    )
}

fn snapshot(account: &Account) -> serde_json::Value {
    json!({
        "name": account.name,
        "time_zone": account.time_zone,
        "language": account.language,
        "sender_name": account.sender_name,
        "sender_email": account.sender_email,
        "reply_to": account.reply_to,
        "postal_address": account.postal_address,
        "pause_bounces_per_1000": account.pause_bounces_per_1000,
        "pause_complaints_per_1000": account.pause_complaints_per_1000,
        "pause_min_messages": account.pause_min_messages,
    })
}
