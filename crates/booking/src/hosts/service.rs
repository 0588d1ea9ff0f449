//! Use cases of hosts.

use ctx::Ctx;
use db::{LockClass, Tx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result};
use serde_json::json;

use super::model::{Host, HostPatch, NewHost};
use super::store;
use crate::{HostId, schedules, settings, slug};

/// All hosts of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Host>> {
    Ok(store::list(&mut *ctx.read().await?, account).await?)
}

/// One host.
pub async fn get(ctx: &Ctx, account: AccountId, id: HostId) -> Result<Host> {
    find_in(&mut *ctx.read().await?, account, id).await
}

async fn find_in(tx: &mut Tx, account: AccountId, id: HostId) -> Result<Host> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("host", id))
}

/// Fails unless the host is there.
pub(crate) async fn exists_in(tx: &mut Tx, account: AccountId, id: HostId) -> Result<()> {
    find_in(tx, account, id).await.map(|_| ())
}

/// Makes a member of the account a host.
pub async fn create(ctx: &Ctx, account: AccountId, actor: &Actor, new: NewHost) -> Result<Host> {
    let user = match identity::users::get(ctx, account, new.user_id).await {
        Err(Error::NotFound { .. }) => {
            return Err(Error::invalid(
                "user_id",
                "unknown",
                "there is no such member of the account",
            ));
        }
        other => other?,
    };
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    // Slugs are chosen by looking at the others.
    tx.lock(LockClass::BookingAccount, account.get()).await?;
    if store::of_user(&mut tx, account, new.user_id)
        .await?
        .is_some()
    {
        return Err(Error::invalid(
            "user_id",
            "taken",
            "this user is a host already",
        ));
    }
    settings::ensure_in(ctx, &mut tx, account).await?;
    let name = new.name.unwrap_or(user.name).trim().to_owned();
    let slug = if let Some(slug) = new.slug {
        slug
    } else {
        let taken = store::slugs(&mut tx, account).await?;
        slug::free(slug::of(&name, "host"), |it| {
            taken.iter().any(|one| one == it)
        })
    };
    let time_zone = match new.time_zone {
        Some(zone) => zone,
        None => identity::accounts::get(&mut tx, account).await?.time_zone,
    };
    let mut host = Host {
        account,
        id: ctx.ids.next(),
        user_id: new.user_id,
        slug,
        name,
        time_zone,
        about: some_text(new.about),
        schedule_id: new.schedule_id,
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    check(&mut tx, &host).await?;
    if host.schedule_id.is_none() {
        let schedule = schedules::first_of(ctx, &host);
        schedules::insert_in(&mut tx, &schedule).await?;
        host.schedule_id = Some(schedule.id);
    }
    store::insert(&mut tx, &host).await?;
    audit(ctx, &mut tx, actor, "host.created", &host, None).await?;
    tx.commit().await?;
    Ok(host)
}

/// Changes a host.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: HostId,
    patch: HostPatch,
) -> Result<Host> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::BookingAccount, account.get()).await?;
    tx.lock(LockClass::Host, id.get()).await?;
    let before = find_in(&mut tx, account, id).await?;
    let mut host = before.clone();
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut host.name);
    }
    if let Some(slug) = patch.slug {
        host.slug = slug;
    }
    if let Some(zone) = patch.time_zone {
        host.time_zone = zone;
    }
    if let Some(about) = patch.about {
        host.about = some_text(about);
    }
    if let Some(schedule) = patch.schedule_id {
        host.schedule_id = schedule;
    }
    if let Some(enabled) = patch.enabled {
        host.enabled = enabled;
    }
    check(&mut tx, &host).await?;
    host.updated_at = ctx.clock.now();
    store::update(&mut tx, &host).await?;
    audit(ctx, &mut tx, actor, "host.updated", &host, Some(&before)).await?;
    tx.commit().await?;
    Ok(host)
}

/// Removes a host with whom nothing is booked any more.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: HostId) -> Result<()> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Host, id.get()).await?;
    let host = find_in(&mut tx, account, id).await?;
    if store::has_bookings(&mut tx, account, id, ctx.clock.now()).await? {
        return Err(Error::conflict(
            "host_has_bookings",
            "there are bookings with this host; give them to somebody else or cancel them, or disable the host",
        ));
    }
    store::delete(&mut tx, account, id).await?;
    audit(ctx, &mut tx, actor, "host.deleted", &host, None).await?;
    tx.commit().await?;
    Ok(())
}

async fn check(tx: &mut Tx, host: &Host) -> Result<()> {
    let mut errors = host.check();
    let other = store::with_slug(tx, host.account, &host.slug).await?;
    if other.is_some_and(|other| other != host.id) {
        errors.push(slug::taken("slug"));
    }
    if let Some(schedule) = host.schedule_id
        && !store::may_use(tx, host.account, host.id, schedule).await?
    {
        errors.push(FieldError::new(
            "schedule_id",
            "unknown",
            "there is no such schedule that this host may use",
        ));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

fn some_text(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

async fn audit(
    ctx: &Ctx,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    host: &Host,
    before: Option<&Host>,
) -> Result<()> {
    let snapshot = |host: &Host| json!(host);
    identity::audit(
        ctx,
        tx,
        host.account,
        actor,
        action,
        ("host", host.id),
        before.map(snapshot),
        Some(snapshot(host)),
    )
    .await
}
