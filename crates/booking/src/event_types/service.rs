//! Use cases of event types.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result};
use serde_json::json;

use super::check::check;
use super::model::{EventType, EventTypeInput, EventTypePatch};
use super::store;
use crate::{EventTypeId, schedules, slug};

/// All event types of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<EventType>> {
    Ok(store::list(&mut *ctx.read().await?, account).await?)
}

/// One event type.
pub async fn get(ctx: &Ctx, account: AccountId, id: EventTypeId) -> Result<EventType> {
    find_in(&mut *ctx.read().await?, account, id).await
}

/// The event type with this name in addresses, also a private or a disabled one.
pub async fn find_by_slug(ctx: &Ctx, account: AccountId, slug: &str) -> Result<Option<EventType>> {
    Ok(store::find_by_slug(&mut *ctx.read().await?, account, slug).await?)
}

/// One event type, within a transaction.
/// The same, in a transaction of the caller's.
pub async fn find_in(tx: &mut Tx, account: AccountId, id: EventTypeId) -> Result<EventType> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("event type", id))
}

/// Adds an event type.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    input: EventTypeInput,
) -> Result<EventType> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    // Slugs are chosen by looking at the others.
    tx.lock(LockClass::BookingAccount, account.get()).await?;
    let slug = if let Some(slug) = input.slug {
        slug
    } else {
        let taken = store::slugs(&mut tx, account).await?;
        slug::free(slug::of(&input.title, "meeting"), |it| {
            taken.iter().any(|one| one == it)
        })
    };
    let event_type = EventType {
        account,
        id: ctx.ids.next(),
        slug,
        title: input.title.trim().to_owned(),
        enabled: input.enabled,
        private: input.private,
        hosts: input.hosts,
        settings: input.settings,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    refuse(&mut tx, &event_type).await?;
    store::insert(&mut tx, &event_type).await?;
    audit(ctx, &mut tx, actor, "event_type.created", &event_type, None).await?;
    tx.commit().await?;
    Ok(event_type)
}

/// Replaces all of an event type. What is booked stays.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: EventTypeId,
    expected: Option<i64>,
    input: EventTypeInput,
) -> Result<EventType> {
    change(ctx, account, actor, id, expected, |event_type| {
        input.title.trim().clone_into(&mut event_type.title);
        if let Some(slug) = input.slug {
            event_type.slug = slug;
        }
        event_type.enabled = input.enabled;
        event_type.private = input.private;
        event_type.hosts = input.hosts;
        event_type.settings = input.settings;
    })
    .await
}

/// Changes what is most often changed.
pub async fn patch(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: EventTypeId,
    expected: Option<i64>,
    patch: EventTypePatch,
) -> Result<EventType> {
    change(ctx, account, actor, id, expected, |event_type| {
        if let Some(title) = patch.title {
            title.trim().clone_into(&mut event_type.title);
        }
        if let Some(slug) = patch.slug {
            event_type.slug = slug;
        }
        if let Some(enabled) = patch.enabled {
            event_type.enabled = enabled;
        }
        if let Some(private) = patch.private {
            event_type.private = private;
        }
    })
    .await
}

async fn change(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: EventTypeId,
    expected: Option<i64>,
    apply: impl FnOnce(&mut EventType),
) -> Result<EventType> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::BookingAccount, account.get()).await?;
    // Whoever books it meanwhile is held to the old rules or to the new ones, not to some of both.
    tx.lock(LockClass::EventType, id.get()).await?;
    let before = find_in(&mut tx, account, id).await?;
    if expected.is_some_and(|expected| expected != before.version) {
        return Err(Error::conflict(
            "version_conflict",
            "somebody else changed the event type meanwhile; read it again and repeat the change",
        ));
    }
    let mut event_type = before.clone();
    apply(&mut event_type);
    refuse(&mut tx, &event_type).await?;
    event_type.version += 1;
    event_type.updated_at = ctx.clock.now();
    store::update(&mut tx, &event_type).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "event_type.updated",
        &event_type,
        Some(&before),
    )
    .await?;
    tx.commit().await?;
    Ok(event_type)
}

/// Deletes an event type of which nothing is booked any more.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: EventTypeId) -> Result<()> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::EventType, id.get()).await?;
    let event_type = find_in(&mut tx, account, id).await?;
    if store::has_bookings(&mut tx, account, id, ctx.clock.now()).await? {
        return Err(Error::conflict(
            "event_type_has_bookings",
            "there are bookings to come; cancel them first, or disable the event type",
        ));
    }
    store::delete(&mut tx, account, id).await?;
    audit(ctx, &mut tx, actor, "event_type.deleted", &event_type, None).await?;
    tx.commit().await?;
    Ok(())
}

async fn refuse(tx: &mut WriteTx, event_type: &EventType) -> Result<()> {
    let mut errors = check(event_type);
    let account = event_type.account;
    let other = store::find_by_slug(tx, account, &event_type.slug).await?;
    if other.is_some_and(|other| other.id != event_type.id) {
        errors.push(slug::taken("slug"));
    }
    let hosts = event_type.host_ids();
    let there = store::existing_hosts(tx, account, &hosts).await?;
    for (index, host) in hosts.iter().enumerate() {
        if !there.contains(host) {
            errors.push(FieldError::new(
                format!("hosts[{index}].host_id"),
                "unknown",
                "there is no such host",
            ));
        }
    }
    if let Some(schedule) = event_type.settings.schedule_id
        && !schedules::exists_in(tx, account, schedule).await?
    {
        errors.push(FieldError::new(
            "settings.schedule_id",
            "unknown",
            "there is no such schedule",
        ));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

async fn audit(
    ctx: &Ctx,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    event_type: &EventType,
    before: Option<&EventType>,
) -> Result<()> {
    let snapshot = |event_type: &EventType| json!(event_type);
    identity::audit(
        ctx,
        tx,
        event_type.account,
        actor,
        action,
        ("event_type", event_type.id),
        before.map(snapshot),
        Some(snapshot(event_type)),
    )
    .await
}
