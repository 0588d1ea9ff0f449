//! Use cases of series.

use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result, Timestamp, text};
use serde_json::{Value, json};

use super::model::{NewSeries, Series, SeriesId, SeriesPatch, SeriesState};
use super::store;
use crate::campaigns;

const MAX_NAME: usize = 200;
/// An occurrence that is later than this is left out.
const TOO_LATE: Duration = Duration::from_hours(1);

/// All series of an account.
pub async fn list(ctx: &Ctx, account: AccountId) -> Result<Vec<Series>> {
    let mut tx = ctx.read().await?;
    Ok(store::list(&mut tx, account).await?)
}

/// One series.
pub async fn get(ctx: &Ctx, account: AccountId, id: SeriesId) -> Result<Series> {
    let mut tx = ctx.read().await?;
    find(&mut tx, account, id).await
}

async fn find(tx: &mut Tx, account: AccountId, id: SeriesId) -> Result<Series> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("series", id))
}

/// Adds a series; it comes round from now on.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    new: NewSeries,
) -> Result<Series> {
    let now = ctx.clock.now();
    let mut errors = Vec::new();
    errors.extend(text::name(&new.name, MAX_NAME).err());
    new.rule.check(&mut errors);
    let mut tx = ctx.write().await?;
    campaigns::check_original(&mut tx, account, new.campaign_id, &mut errors).await?;
    let time_zone = match new.time_zone {
        Some(zone) => zone,
        None => identity::accounts::get(&mut tx, account).await?.time_zone,
    };
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let series = Series {
        account,
        id: ctx.ids.next(),
        name: new.name.trim().to_owned(),
        state: SeriesState::Active,
        campaign: new.campaign_id,
        next_at: next(new.rule.next(&time_zone, now))?,
        rule: new.rule,
        time_zone,
        note: None,
        created_at: now,
        updated_at: now,
    };
    store::insert(&mut tx, &series).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "series.created",
        &series,
        None,
        Some(snapshot(&series)),
    )
    .await?;
    tx.commit().await?;
    Ok(series)
}

fn next(at: Option<Timestamp>) -> Result<Timestamp> {
    at.ok_or_else(|| {
        Error::invalid(
            "rule",
            "never",
            "this never comes round; choose another rule",
        )
    })
}

/// Changes a series.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: SeriesId,
    patch: SeriesPatch,
) -> Result<Series> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Campaign, id.get()).await?;
    let mut series = find(&mut tx, account, id).await?;
    let before = Some(snapshot(&series));
    let mut errors = Vec::new();
    if let Some(name) = patch.name {
        errors.extend(text::name(&name, MAX_NAME).err());
        name.trim().clone_into(&mut series.name);
    }
    let moved = patch.rule.is_some() || patch.time_zone.is_some() || patch.state.is_some();
    if let Some(rule) = patch.rule {
        rule.check(&mut errors);
        series.rule = rule;
    }
    if let Some(zone) = patch.time_zone {
        series.time_zone = zone;
    }
    if let Some(state) = patch.state {
        series.state = state;
        series.note = None;
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if moved {
        series.next_at = next(series.rule.next(&series.time_zone, now))?;
    }
    series.updated_at = now;
    store::update(&mut tx, &series).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "series.updated",
        &series,
        before,
        Some(snapshot(&series)),
    )
    .await?;
    tx.commit().await?;
    Ok(series)
}

/// Ends a series. What it has sent stays.
pub async fn delete(ctx: &Ctx, account: AccountId, actor: &Actor, id: SeriesId) -> Result<()> {
    let mut tx = ctx.write().await?;
    let series = find(&mut tx, account, id).await?;
    store::delete(&mut tx, account, id).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "series.deleted",
        &series,
        Some(snapshot(&series)),
        None,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Sends what has come round; a schedule calls it every few seconds.
pub async fn run_due(ctx: &Ctx) -> Result<()> {
    let now = ctx.clock.now();
    let mut read = ctx.read().await?;
    let due = store::due(&mut read, now, 100).await?;
    drop(read);
    for found in due {
        let mut tx = ctx.write().await?;
        tx.lock(LockClass::Campaign, found.id.get()).await?;
        // Another node may have been faster, and somebody may have changed it.
        let Some(mut series) = store::find(&mut tx, found.account, found.id).await? else {
            continue;
        };
        if series.state != SeriesState::Active || series.next_at != found.next_at {
            continue;
        }
        occur(ctx, &mut tx, &mut series, now).await?;
        store::update(&mut tx, &series).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Sends one occurrence, or says why not, and moves on to the next.
async fn occur(ctx: &Ctx, tx: &mut WriteTx, series: &mut Series, now: Timestamp) -> Result<()> {
    let at = series.next_at;
    series.updated_at = now;
    series.note = None;
    if now.since(at) > TOO_LATE {
        series.note = Some(format!(
            "the occurrence of {at} was left out: it was overdue by more than an hour"
        ));
    } else {
        match campaigns::original(tx, series.account, series.campaign).await? {
            Ok(original) => {
                let day = at.to_jiff().to_zoned(series.time_zone.to_jiff()).date();
                let actor = Actor::system();
                let mut copy = campaigns::copy_of(ctx, &original, &actor, &day.to_string());
                copy.series = Some(series.id);
                campaigns::store::insert(tx, &copy).await?;
                campaigns::start_in(ctx, tx, &mut copy).await?;
            }
            Err(why) => {
                series.state = SeriesState::Paused;
                series.note = Some(why);
            }
        }
    }
    match series.rule.next(&series.time_zone, now) {
        Some(next) => series.next_at = next,
        None => series.state = SeriesState::Paused,
    }
    Ok(())
}

/// After a back-up was restored: pauses what would come round at once, since it may have been sent after the back-up was
/// made. How many.
pub(crate) async fn hold_due(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let due = store::due(&mut tx, now, i64::MAX).await?;
    for found in &due {
        let mut series = found.clone();
        series.state = SeriesState::Paused;
        series.updated_at = now;
        series.note = Some(
            "a back-up was restored, and this was due: it may have been sent after the back-up was made; resume it to \
             go on with the next time"
                .to_owned(),
        );
        store::update(&mut tx, &series).await?;
    }
    tx.commit().await?;
    Ok(due.len())
}

/// Most occurrences of one series in one look.
const MOST_PLANNED: usize = 400;

/// What the series of an account will send in a span of time.
pub(crate) async fn planned(
    tx: &mut Tx,
    account: AccountId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(Timestamp, Series)>> {
    let mut planned = Vec::new();
    for series in store::list(tx, account).await? {
        if series.state != SeriesState::Active {
            continue;
        }
        let mut at = Some(series.next_at);
        for _ in 0..MOST_PLANNED {
            let Some(time) = at.filter(|time| *time < to) else {
                break;
            };
            if time >= from {
                planned.push((time, series.clone()));
            }
            at = series.rule.next(&series.time_zone, time);
        }
    }
    Ok(planned)
}

async fn audit(
    ctx: &Ctx,
    tx: &mut WriteTx,
    actor: &Actor,
    action: &'static str,
    series: &Series,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    let target = ("campaign_series", series.id.get());
    identity::audit(
        ctx,
        tx,
        series.account,
        actor,
        action,
        target,
        before,
        after,
    )
    .await?;
    Ok(())
}

fn snapshot(series: &Series) -> Value {
    json!({
        "name": series.name,
        "state": series.state,
        "campaign_id": series.campaign,
        "rule": series.rule,
        "time_zone": series.time_zone,
    })
}
