//! Use cases of saved blocks.

use ctx::Ctx;
use db::{Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Cursor, Error, Limit, Page, Result};
use serde_json::{Value, json};

use super::model::{NewSavedBlock, SavedBlock, SavedBlockId, SavedBlockPatch};
use super::store;

/// One saved block.
pub async fn get(ctx: &Ctx, account: AccountId, id: SavedBlockId) -> Result<SavedBlock> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await
}

/// Newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    search: Option<&str>,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<SavedBlock>> {
    let search = search.map(str::trim).filter(|text| !text.is_empty());
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, search, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |block| Cursor {
        key: 0,
        id: block.id.get(),
    }))
}

/// Saves a block.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewSavedBlock,
) -> Result<SavedBlock> {
    let now = ctx.clock.now();
    let mut block = SavedBlock {
        account,
        id: ctx.ids.next(),
        name: String::new(),
        block: Value::Null,
        version: 1,
        created_at: now,
        updated_at: now,
        created_by: actor.to_string(),
    };
    let errors = block.apply(SavedBlockPatch {
        name: Some(new.name),
        block: Some(new.block),
    });
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    store::insert(&mut tx, &block).await?;
    let after = Some(snapshot(&block));
    audit(
        ctx,
        &mut tx,
        actor,
        &block,
        "saved_block.created",
        None,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(block)
}

/// Changes a saved block. Mails that it was put into stay as they are.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SavedBlockId,
    expected: Option<i64>,
    patch: SavedBlockPatch,
) -> Result<SavedBlock> {
    let conflict = || {
        Error::conflict(
            "version_conflict",
            "somebody else changed this block meanwhile; read it again and repeat your change",
        )
    };
    let mut tx = ctx.write().await?;
    let mut block = find(&mut tx, account, id).await?;
    if expected.is_some_and(|version| version != block.version) {
        return Err(conflict());
    }
    let before = Some(snapshot(&block));
    let errors = block.apply(patch);
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    block.updated_at = ctx.clock.now();
    if !store::update(&mut tx, &mut block).await? {
        return Err(conflict());
    }
    let after = Some(snapshot(&block));
    audit(
        ctx,
        &mut tx,
        actor,
        &block,
        "saved_block.updated",
        before,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(block)
}

/// Removes a saved block. Mails that it was put into keep it.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: SavedBlockId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let block = find(&mut tx, account, id).await?;
    store::delete(&mut tx, account, id).await?;
    let before = Some(snapshot(&block));
    audit(
        ctx,
        &mut tx,
        actor,
        &block,
        "saved_block.deleted",
        before,
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn find(tx: &mut Tx, account: AccountId, id: SavedBlockId) -> Result<SavedBlock> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("saved block", id))
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    block: &SavedBlock,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("saved_block", block.id.get());
    identity::audit(ctx, tx, block.account, actor, action, target, before, after).await?;
    Ok(())
}

fn snapshot(block: &SavedBlock) -> Value {
    json!({"name": block.name, "type": block.block["type"], "version": block.version})
}
