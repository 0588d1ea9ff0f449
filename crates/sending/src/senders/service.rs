//! Use cases of senders.

use ctx::Ctx;
use db::WriteTx;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::{Value, json};

use super::model::{NewSender, Sender, SenderId, SenderPatch};
use super::store;

/// All senders of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Sender>> {
    let mut tx = ctx.read().await?;
    Ok(store::list(&mut tx, account).await?)
}

/// One sender.
pub async fn get(ctx: &Ctx, account: AccountId, id: SenderId) -> Result<Sender> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("sender", id))
}

/// Adds a sender.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewSender,
) -> Result<Sender> {
    let now = ctx.clock.now();
    let mut sender = Sender {
        account,
        id: ctx.ids.next(),
        name: String::new(),
        email: String::new(),
        reply_to: None,
        created_at: now,
        updated_at: now,
    };
    let errors = sender.apply(SenderPatch {
        name: Some(new.name),
        email: Some(new.email),
        reply_to: new.reply_to,
    });
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    store::insert(&mut tx, &sender).await?;
    let after = Some(snapshot(&sender));
    audit(ctx, &mut tx, actor, &sender, "sender.created", None, after).await?;
    tx.commit().await?;
    Ok(sender)
}

/// Changes a sender. Campaigns that have started keep what they took over.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SenderId,
    patch: SenderPatch,
) -> Result<Sender> {
    let mut tx = ctx.write().await?;
    let mut sender = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("sender", id))?;
    let before = Some(snapshot(&sender));
    let errors = sender.apply(patch);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    sender.updated_at = ctx.clock.now();
    store::update(&mut tx, &sender).await?;
    let after = Some(snapshot(&sender));
    audit(
        ctx,
        &mut tx,
        actor,
        &sender,
        "sender.updated",
        before,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(sender)
}

/// Removes a sender that no scheduled campaign names.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: SenderId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let sender = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("sender", id))?;
    if let Some(campaign) = store::used_by(&mut tx, account, id).await? {
        return Err(Error::conflict(
            "sender_in_use",
            format!(
                "the campaign \"{campaign}\" is scheduled with this sender; choose another one there first"
            ),
        ));
    }
    store::delete(&mut tx, account, id).await?;
    let before = Some(snapshot(&sender));
    audit(ctx, &mut tx, actor, &sender, "sender.deleted", before, None).await?;
    tx.commit().await?;
    Ok(())
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    sender: &Sender,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("sender", sender.id.get());
    identity::audit(
        ctx,
        tx,
        sender.account,
        actor,
        action,
        target,
        before,
        after,
    )
    .await?;
    Ok(())
}

fn snapshot(sender: &Sender) -> Value {
    json!({"name": sender.name, "email": sender.email, "reply_to": sender.reply_to})
}
