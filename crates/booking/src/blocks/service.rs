//! Use cases of blocks and time off.

use ctx::Ctx;
use db::{LockClass, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result};
use serde_json::{Value, json};

use super::model::{Block, NewBlock, NewTimeOff, TimeOff};
use super::store;
use crate::{BlockId, HostId, TimeOffId, hosts};

/// Most blocks, and most times off, of one host.
const MAX: usize = 1_000;

/// The blocks of a host.
pub async fn list_blocks(ctx: &Ctx, account: AccountId, host: HostId) -> Result<Vec<Block>> {
    let mut tx = ctx.read().await?;
    hosts::exists_in(&mut tx, account, host).await?;
    Ok(store::blocks_of(&mut tx, account, &[host]).await?)
}

/// The times off of a host.
pub async fn list_time_off(ctx: &Ctx, account: AccountId, host: HostId) -> Result<Vec<TimeOff>> {
    let mut tx = ctx.read().await?;
    hosts::exists_in(&mut tx, account, host).await?;
    Ok(store::time_off_of(&mut tx, account, &[host]).await?)
}

/// Blocks time of a host. What is booked stays.
pub async fn create_block(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    host: HostId,
    new: NewBlock,
) -> Result<Block> {
    refuse(new.check())?;
    let mut tx = begin(ctx, account, host).await?;
    let others = store::blocks_of(&mut tx, account, &[host]).await?;
    refuse_many(others.len(), "blocks")?;
    let block = Block {
        account,
        id: ctx.ids.next(),
        host_id: host,
        title: new.title.map(|it| it.trim().to_owned()),
        when: new.when,
        created_at: ctx.clock.now(),
    };
    store::insert_block(&mut tx, &block).await?;
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "block.created",
        host,
        json!(block),
    )
    .await?;
    tx.commit().await?;
    Ok(block)
}

/// Adds dates on which a host is away. What is booked stays.
pub async fn create_time_off(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    host: HostId,
    new: NewTimeOff,
) -> Result<TimeOff> {
    refuse(new.check())?;
    let mut tx = begin(ctx, account, host).await?;
    let others = store::time_off_of(&mut tx, account, &[host]).await?;
    refuse_many(others.len(), "times off")?;
    let time = TimeOff {
        account,
        id: ctx.ids.next(),
        host_id: host,
        first: new.first,
        last: new.last,
        note: new.note.map(|it| it.trim().to_owned()),
        created_at: ctx.clock.now(),
    };
    store::insert_time_off(&mut tx, &time).await?;
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "time_off.created",
        host,
        json!(time),
    )
    .await?;
    tx.commit().await?;
    Ok(time)
}

/// The time is free again.
pub async fn delete_block(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    host: HostId,
    id: BlockId,
) -> Result<()> {
    let mut tx = begin(ctx, account, host).await?;
    if !store::delete_block(&mut tx, account, host, id).await? {
        return Err(Error::not_found("block", id));
    }
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "block.deleted",
        host,
        json!({ "id": id }),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// The host is there after all.
pub async fn delete_time_off(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    host: HostId,
    id: TimeOffId,
) -> Result<()> {
    let mut tx = begin(ctx, account, host).await?;
    if !store::delete_time_off(&mut tx, account, host, id).await? {
        return Err(Error::not_found("time off", id));
    }
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "time_off.deleted",
        host,
        json!({ "id": id }),
    )
    .await?;
    Ok(tx.commit().await?)
}

async fn begin(ctx: &Ctx, account: AccountId, host: HostId) -> Result<WriteTx> {
    let mut tx = ctx.write().await?;
    // Whoever books with the host meanwhile sees it, or comes before.
    tx.lock(LockClass::Host, host.get()).await?;
    hosts::exists_in(&mut tx, account, host).await?;
    Ok(tx)
}

fn refuse(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

fn refuse_many(there: usize, what: &str) -> Result<()> {
    if there < MAX {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many",
        format!("a host has at most {MAX} {what}; delete some that are past"),
    ))
}

/// What was done to the host, by its name in the log.
async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    action: &str,
    host: HostId,
    what: Value,
) -> Result<()> {
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        action,
        ("host", host),
        None,
        Some(what),
    )
    .await
}
