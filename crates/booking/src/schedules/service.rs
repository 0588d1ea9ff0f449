//! Use cases of schedules.

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use jiff::civil::Date;
use kernel::{AccountId, Error, Result};
use serde_json::json;

use super::model::{
    MAX_OVERRIDES, NewSchedule, Override, OverrideHours, Schedule, SchedulePatch, Week,
};
use super::store;
use crate::{HostId, ScheduleId, hosts};

/// The schedules of an account, or those that a host may use.
pub async fn list(ctx: &Ctx, account: AccountId, host: Option<HostId>) -> Result<Vec<Schedule>> {
    let mut tx = ctx.read().await?;
    let mut schedules = store::list(&mut tx, account, host).await?;
    let ids: Vec<ScheduleId> = schedules.iter().map(|one| one.id).collect();
    for (id, one) in store::overrides_of(&mut tx, account, &ids).await? {
        if let Some(schedule) = schedules.iter_mut().find(|it| it.id == id) {
            schedule.overrides.push(one);
        }
    }
    Ok(schedules)
}

/// One schedule.
pub async fn get(ctx: &Ctx, account: AccountId, id: ScheduleId) -> Result<Schedule> {
    find_in(&mut *ctx.read().await?, account, id).await
}

async fn find_in(tx: &mut Tx, account: AccountId, id: ScheduleId) -> Result<Schedule> {
    let found = store::find_many(tx, account, &[id]).await?;
    let mut schedule =
        (found.into_iter().next()).ok_or_else(|| Error::not_found("schedule", id))?;
    let overrides = store::overrides_of(tx, account, &[id]).await?;
    schedule.overrides = overrides.into_iter().map(|(_, one)| one).collect();
    Ok(schedule)
}

/// Whether there is such a schedule.
pub(crate) async fn exists_in(tx: &mut Tx, account: AccountId, id: ScheduleId) -> Result<bool> {
    Ok(!store::find_many(tx, account, &[id]).await?.is_empty())
}

/// Writes a schedule that was made elsewhere.
pub(crate) async fn insert_in(tx: &mut Tx, schedule: &Schedule) -> Result<()> {
    Ok(store::insert(tx, schedule).await?)
}

/// Adds a schedule.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewSchedule,
) -> Result<Schedule> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let host = match new.host_id {
        None => None,
        Some(id) => Some(
            hosts::find(&mut tx, account, id)
                .await?
                .ok_or_else(|| Error::invalid("host_id", "unknown", "there is no such host"))?,
        ),
    };
    let time_zone = match (new.time_zone, host) {
        (Some(zone), _) => zone,
        (None, Some(host)) => host.time_zone,
        (None, None) => identity::accounts::get(&mut tx, account).await?.time_zone,
    };
    let schedule = Schedule {
        account,
        id: ctx.ids.next(),
        host_id: new.host_id,
        name: new.name.trim().to_owned(),
        time_zone,
        weekly: new.weekly.unwrap_or_else(Week::usual),
        travel: new.travel,
        overrides: Vec::new(),
        created_at: now,
        updated_at: now,
    };
    check(&schedule)?;
    store::insert(&mut tx, &schedule).await?;
    audit(ctx, &mut tx, actor, "schedule.created", &schedule, None).await?;
    tx.commit().await?;
    Ok(schedule)
}

/// Changes a schedule. What is booked stays.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: ScheduleId,
    patch: SchedulePatch,
) -> Result<Schedule> {
    let mut tx = ctx.write().await?;
    let before = for_change(&mut tx, account, id).await?;
    let mut schedule = before.clone();
    if let Some(name) = patch.name {
        name.trim().clone_into(&mut schedule.name);
    }
    if let Some(zone) = patch.time_zone {
        schedule.time_zone = zone;
    }
    if let Some(weekly) = patch.weekly {
        schedule.weekly = weekly;
    }
    if let Some(travel) = patch.travel {
        schedule.travel = travel;
    }
    check(&schedule)?;
    let saved = save(ctx, &mut tx, actor, &before, schedule).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Other hours on a date; none: closed.
pub async fn set_override(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: ScheduleId,
    date: Date,
    hours: OverrideHours,
) -> Result<Schedule> {
    let errors = hours.check();
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let mut tx = ctx.write().await?;
    let before = for_change(&mut tx, account, id).await?;
    if store::count_overrides(&mut tx, account, id).await? >= MAX_OVERRIDES {
        return Err(Error::conflict(
            "too_many_overrides",
            format!("a schedule has at most {MAX_OVERRIDES} overrides; delete some that are past"),
        ));
    }
    let one = Override {
        date,
        hours: hours.hours,
        note: hours.note.map(|note| note.trim().to_owned()),
    };
    store::set_override(&mut tx, account, id, &one, ctx.clock.now()).await?;
    finish_override(ctx, tx, actor, before).await
}

/// The weekly hours on a date again, if they did not hold anyway.
pub async fn delete_override(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: ScheduleId,
    date: Date,
) -> Result<Schedule> {
    let mut tx = ctx.write().await?;
    let before = for_change(&mut tx, account, id).await?;
    if !store::delete_override(&mut tx, account, id, date).await? {
        return Ok(before);
    }
    finish_override(ctx, tx, actor, before).await
}

async fn finish_override(
    ctx: &Ctx,
    mut tx: WriteTx,
    actor: &Actor,
    before: Schedule,
) -> Result<Schedule> {
    let after = find_in(&mut tx, before.account, before.id).await?;
    let saved = save(ctx, &mut tx, actor, &before, after).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Deletes a schedule that nobody works by.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: ScheduleId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let schedule = for_change(&mut tx, account, id).await?;
    let mut user = store::used_by_host(&mut tx, account, id).await?;
    if user.is_none() {
        let types = store::settings_of_event_types(&mut tx, account).await?;
        user = types
            .into_iter()
            .find(|(_, settings)| settings["schedule_id"] == json!(id))
            .map(|(title, _)| title);
    }
    if let Some(user) = user {
        return Err(Error::conflict(
            "schedule_in_use",
            format!("\"{user}\" is using this schedule; choose another one there first"),
        ));
    }
    store::delete(&mut tx, account, id).await?;
    audit(ctx, &mut tx, actor, "schedule.deleted", &schedule, None).await?;
    tx.commit().await?;
    Ok(())
}

/// The schedule, while nobody else changes schedules of the account.
async fn for_change(tx: &mut WriteTx, account: AccountId, id: ScheduleId) -> Result<Schedule> {
    tx.lock(LockClass::BookingAccount, account.get()).await?;
    find_in(tx, account, id).await
}

async fn save(
    ctx: &Ctx,
    tx: &mut Tx,
    actor: &Actor,
    before: &Schedule,
    mut schedule: Schedule,
) -> Result<Schedule> {
    schedule.updated_at = ctx.clock.now();
    store::update(tx, &schedule).await?;
    audit(ctx, tx, actor, "schedule.updated", &schedule, Some(before)).await?;
    Ok(schedule)
}

fn check(schedule: &Schedule) -> Result<()> {
    let errors = schedule.check();
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
    schedule: &Schedule,
    before: Option<&Schedule>,
) -> Result<()> {
    let snapshot = |schedule: &Schedule| json!(schedule);
    identity::audit(
        ctx,
        tx,
        schedule.account,
        actor,
        action,
        ("schedule", schedule.id),
        before.map(snapshot),
        Some(snapshot(schedule)),
    )
    .await
}
