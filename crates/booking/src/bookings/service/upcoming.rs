//! Bookings that start soon, for automations that wait for that.
//!
//! Nothing is planned when a booking is made, so nothing has to be planned anew when it is moved or called off: a schedule
//! looks which bookings are so far away as somebody waits for, and records the event once for each start. A booking that
//! was made, or moved, when it was nearer than that already is not announced, nor one for which it is much too late because
//! the server was away, nor one that was so far away before anybody waited.

use std::collections::{BTreeMap, BTreeSet};

use ctx::Ctx;
use db::LockClass;
use kernel::{AccountId, Result, Timestamp};
use serde_json::json;

use super::read::find_in;
use crate::BookingId;
use crate::bookings::model::Status;
use crate::bookings::record::tell;
use crate::bookings::store::notices;
use crate::event_types;
use crate::slots::interval::{MINUTE, plus};

/// Most bookings of one look, of one time.
const AT_ONCE: i64 = 500;
/// No later than this, and than half of the time before the start.
const LATEST_MINUTES: i64 = 12 * 60;

/// Announces bookings so many minutes before their start, by account; how many. For a schedule.
pub async fn announce_upcoming(
    ctx: &Ctx,
    wanted: &BTreeMap<AccountId, BTreeSet<i64>>,
) -> Result<u64> {
    let mut announced = 0;
    for (account, minutes, since) in keep_times(ctx, wanted).await? {
        let late = (minutes / 2).clamp(5, LATEST_MINUTES);
        let now = ctx.clock.now();
        let until = plus(now, minutes * MINUTE);
        // So far away it was at the earliest when somebody began to wait.
        let from = plus(until, -late * MINUTE)
            .max(plus(since, minutes * MINUTE))
            .max(now);
        let mut tx = ctx.read().await?;
        let due = notices::due(&mut tx, account, minutes, (from, until), AT_ONCE).await?;
        drop(tx);
        for (id, start) in due {
            announced += u64::from(announce(ctx, account, id, minutes, start).await?);
        }
    }
    Ok(announced)
}

/// Remembers since when somebody waits, and forgets what nobody waits for any more.
async fn keep_times(
    ctx: &Ctx,
    wanted: &BTreeMap<AccountId, BTreeSet<i64>>,
) -> Result<Vec<(AccountId, i64, Timestamp)>> {
    let known = notices::times(&mut *ctx.read().await?).await?;
    let is_wanted = |account: AccountId, minutes: i64| {
        let all = wanted.get(&account);
        all.is_some_and(|all| all.contains(&minutes))
    };
    let is_known = |account: AccountId, minutes: i64| {
        let mut all = known.iter();
        all.any(|one| (one.0, one.1) == (account, minutes))
    };
    let new: Vec<(AccountId, i64)> = wanted
        .iter()
        .flat_map(|(account, all)| all.iter().map(|minutes| (*account, *minutes)))
        .filter(|(account, minutes)| *minutes > 0 && !is_known(*account, *minutes))
        .collect();
    let old = known.iter().filter(|one| !is_wanted(one.0, one.1));
    let old: Vec<(AccountId, i64)> = old.map(|one| (one.0, one.1)).collect();
    let now = ctx.clock.now();
    if !new.is_empty() || !old.is_empty() {
        let mut tx = ctx.write().await?;
        for (account, minutes) in &new {
            notices::add_time(&mut tx, *account, *minutes, now).await?;
        }
        for (account, minutes) in &old {
            notices::delete_time(&mut tx, *account, *minutes).await?;
        }
        tx.commit().await?;
    }
    let kept = known.into_iter().filter(|one| is_wanted(one.0, one.1));
    let new = new
        .into_iter()
        .map(|(account, minutes)| (account, minutes, now));
    Ok(kept.chain(new).collect())
}

/// Whether this was the first to say so.
async fn announce(
    ctx: &Ctx,
    account: AccountId,
    id: BookingId,
    minutes: i64,
    start: Timestamp,
) -> Result<bool> {
    let mut tx = ctx.write().await?;
    let event_type = find_in(&mut tx, account, id).await?.event_type_id;
    tx.lock(LockClass::EventType, event_type.get()).await?;
    let booking = find_in(&mut tx, account, id).await?;
    if booking.status != Status::Confirmed || booking.start != start {
        return Ok(false);
    }
    if !notices::add(&mut tx, account, id, minutes, start, ctx.clock.now()).await? {
        return Ok(false);
    }
    let event_type = event_types::find_in(&mut tx, account, event_type)
        .await
        .ok();
    let more = json!({ "minutes_before": minutes });
    let kind = events::kind::BOOKING_STARTS_IN;
    tell(ctx, &mut tx, event_type.as_ref(), &booking, kind, &more).await?;
    tx.commit().await?;
    Ok(true)
}
