//! Use cases of limits.

use ctx::Ctx;
use db::{Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, Timestamp};
use serde_json::{Value, json};

use super::model::{Limit, LimitId, LimitPatch, NewLimit, SPANS, Scope};
use super::store;
use crate::transports::{TransportId, store as transports};

/// A limit, and how much was used of it in the last minute, hour and day.
pub(super) type WithUsage = (Limit, [i64; 3]);

/// The limits of an account with what was used, and the domains that rest, with the end of their rest.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
) -> Result<(Vec<WithUsage>, Vec<(String, Timestamp)>)> {
    let now = ctx.clock.now();
    let mut tx = ctx.read().await?;
    let limits = store::list(&mut tx, account).await?;
    let mut listed = Vec::with_capacity(limits.len());
    for limit in limits {
        let used = used(&mut tx, account, &limit, now).await?;
        listed.push((limit, used));
    }
    let mut resting: Vec<(String, Timestamp)> = store::pauses(&mut tx, account, now)
        .await?
        .into_iter()
        .filter(|(_, pause)| pause.resting_until > now)
        .map(|(domain, pause)| (domain, pause.resting_until))
        .collect();
    resting.sort();
    Ok((listed, resting))
}

/// One limit.
pub(super) async fn get(ctx: &Ctx, account: AccountId, id: LimitId) -> Result<WithUsage> {
    let mut tx = ctx.read().await?;
    let limit = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("limit", id))?;
    let used = used(&mut tx, account, &limit, ctx.clock.now()).await?;
    Ok((limit, used))
}

async fn used(tx: &mut Tx, account: AccountId, limit: &Limit, now: Timestamp) -> Result<[i64; 3]> {
    let asked = SPANS.map(|span| {
        let start = now - std::time::Duration::from_micros(span.micros.unsigned_abs());
        (
            limit.scope,
            limit.key.as_str(),
            span.index,
            span.slot_of(start) + 1,
        )
    });
    let used = store::used(tx, account, &asked).await?;
    Ok([used[0], used[1], used[2]])
}

/// Adds a limit. It counts what is sent from now on.
pub async fn create(ctx: &Ctx, account: AccountId, actor: &Actor, new: NewLimit) -> Result<Limit> {
    let now = ctx.clock.now();
    let mut limit = Limit {
        account,
        id: ctx.ids.next(),
        scope: new.scope,
        key: new.key.trim().to_ascii_lowercase(),
        per_minute: new.per_minute,
        per_hour: new.per_hour,
        per_day: new.per_day,
        warm_up: new.warm_up,
        created_at: now,
        updated_at: now,
    };
    begin_warm_up(&mut limit, now);
    let mut errors = limit.check();
    let mut tx = ctx.write().await?;
    if limit.scope == Scope::Transport {
        let known = match limit.key.parse::<i64>() {
            Ok(id) => transports::find(&mut tx, account, TransportId::from(id))
                .await?
                .is_some(),
            Err(_) => false,
        };
        if !known {
            errors.push(FieldError::new(
                "key",
                "unknown",
                "there is no such transport in this account",
            ));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if !store::insert(&mut tx, &limit).await? {
        return Err(Error::conflict(
            "limit_exists",
            "there is a limit on this already; change that one",
        ));
    }
    let after = Some(snapshot(&limit));
    audit(
        ctx,
        &mut tx,
        actor,
        &limit,
        "send_limit.created",
        None,
        after,
    )
    .await?;
    tx.commit().await?;
    Ok(limit)
}

/// Changes the numbers of a limit.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: LimitId,
    patch: LimitPatch,
) -> Result<Limit> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let mut limit = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("limit", id))?;
    let before = Some(snapshot(&limit));
    for (field, change) in [
        (&mut limit.per_minute, patch.per_minute),
        (&mut limit.per_hour, patch.per_hour),
        (&mut limit.per_day, patch.per_day),
    ] {
        if let Some(n) = change {
            *field = n;
        }
    }
    if let Some(warm_up) = patch.warm_up {
        limit.warm_up = warm_up;
        begin_warm_up(&mut limit, now);
    }
    let errors = limit.check();
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    limit.updated_at = now;
    store::update(&mut tx, &limit).await?;
    let after = Some(snapshot(&limit));
    audit(
        ctx,
        &mut tx,
        actor,
        &limit,
        "send_limit.updated",
        before,
        after,
    )
    .await?;
    tx.nudge(db::Topic::Messages);
    tx.commit().await?;
    Ok(limit)
}

/// Removes a limit.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: LimitId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let limit = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("limit", id))?;
    store::delete(&mut tx, account, id).await?;
    let before = Some(snapshot(&limit));
    audit(
        ctx,
        &mut tx,
        actor,
        &limit,
        "send_limit.deleted",
        before,
        None,
    )
    .await?;
    tx.nudge(db::Topic::Messages);
    tx.commit().await?;
    Ok(())
}

/// Forgets what no limit looks back to any more; a schedule calls it.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let mut tx = ctx.write().await?;
    let forgotten = store::sweep(&mut tx, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(forgotten)
}

fn begin_warm_up(limit: &mut Limit, now: Timestamp) {
    if let Some(warm_up) = &mut limit.warm_up {
        warm_up.started_at.get_or_insert(now);
    }
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    limit: &Limit,
    action: &'static str,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("send_limit", limit.id.get());
    identity::audit(ctx, tx, limit.account, actor, action, target, before, after).await?;
    Ok(())
}

fn snapshot(limit: &Limit) -> Value {
    json!({
        "scope": limit.scope,
        "key": limit.key,
        "per_minute": limit.per_minute,
        "per_hour": limit.per_hour,
        "per_day": limit.per_day,
        "warm_up": limit.warm_up,
    })
}
