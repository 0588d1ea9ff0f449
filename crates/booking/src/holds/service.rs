//! Use cases of holds.

use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use kernel::{AccountId, Error, Result};
use sha2::{Digest as _, Sha256};

use super::model::{Held, KEPT, MAX_OF_SOURCE, NewHold, Stored};
use super::store::{self, Hashes};
use crate::availability::unknown_length;
use crate::claims::{self, Refused, Taker, Wanted, find_place};
use crate::{EventTypeId, HostId};

/// What is stored of a token, a visitor or a place.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Keeps a slot for a visitor for a while, instead of what was kept for them before.
pub async fn hold(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    new: NewHold,
) -> Result<Result<Held, Refused>> {
    let now = ctx.clock.now();
    let hashes = Hashes {
        visitor: hash(&new.visitor),
        source: hash(&new.source),
        token: Vec::new(),
    };
    let mut tx = ctx.write().await?;
    let event_type = claims::lock(ctx, &mut tx, account, id, &[]).await?;
    if !event_type.enabled {
        return Err(Error::conflict(
            "event_type_disabled",
            "this cannot be booked at present",
        ));
    }
    let length = event_type.settings.length(new.minutes);
    let wanted = Wanted {
        start: new.start,
        minutes: length.ok_or_else(|| unknown_length(&event_type))?,
        seats: new.seats.max(1),
        only: new.host.map(|host| vec![host]),
        moves: None,
        email: None,
        prefers: None,
    };
    let before = store::of_visitor(&mut tx, account, id, &hashes.visitor).await?;
    if let Some(before) = &before {
        delete(ctx, &mut tx, before).await?;
    }
    if store::count_of_source(&mut tx, account, &hashes.source, now).await? >= MAX_OF_SOURCE {
        return Err(Error::RateLimited { retry_after: KEPT });
    }
    let place = match find_place(ctx, &mut tx, &event_type, &wanted, false).await? {
        Ok(place) => place,
        Err(refusal) => {
            // What they had before is theirs still.
            tx.rollback().await?;
            let refusal = claims::refused(ctx, &event_type, &wanted, refusal).await?;
            return Ok(Err(refusal));
        }
    };
    let token = ctx.rng.token();
    let mut stored = Stored {
        account,
        id: ctx.ids.next(),
        event_type: id,
        occurrence: None,
        expires_at: now + KEPT,
    };
    let taker = Taker::Hold(stored.id, stored.expires_at);
    let seats = wanted.seats;
    stored.occurrence = claims::take(ctx, &mut tx, &event_type, &place, taker, seats).await?;
    let hashes = Hashes {
        token: hash(&token),
        ..hashes
    };
    store::insert(&mut tx, &stored, &hashes, place.time, seats, now).await?;
    tx.commit().await?;
    Ok(Ok(Held {
        token,
        start: place.time.start,
        end: place.time.end,
        expires_at: stored.expires_at,
        host_ids: place.hosts,
    }))
}

/// Gives a slot back; `false` when the hold is over already.
pub async fn release(ctx: &Ctx, account: AccountId, token: &str) -> Result<bool> {
    let found = find_in(&mut *ctx.read().await?, account, token).await?;
    let Some(found) = found else {
        return Ok(false);
    };
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::EventType, found.event_type.get())
        .await?;
    let ended = end_in(ctx, &mut tx, account, found.event_type, token).await?;
    tx.commit().await?;
    Ok(ended.is_some())
}

/// The hold with this token.
pub(crate) async fn find_in(
    tx: &mut Tx,
    account: AccountId,
    token: &str,
) -> Result<Option<Stored>> {
    Ok(store::find(tx, account, &hash(token)).await?)
}

/// Ends the hold of an event type with this token, under the lock of the event type; whom it kept. `None` if there is none,
/// or it was over already.
pub(crate) async fn end_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    event_type: EventTypeId,
    token: &str,
) -> Result<Option<Vec<HostId>>> {
    let found = find_in(tx, account, token).await?;
    let Some(found) = found.filter(|hold| hold.event_type == event_type) else {
        return Ok(None);
    };
    let hosts = store::hosts(tx, account, found.id, found.occurrence).await?;
    let was_live = found.expires_at > ctx.clock.now();
    delete(ctx, tx, &found).await?;
    Ok(was_live.then_some(hosts))
}

async fn delete(ctx: &Ctx, tx: &mut WriteTx, hold: &Stored) -> Result<()> {
    claims::delete_of(tx, hold.account, "hold", hold.id.get()).await?;
    store::delete(tx, hold.account, hold.id).await?;
    if let Some(occurrence) = hold.occurrence {
        claims::free_seats(ctx, tx, hold.account, occurrence).await?;
    }
    Ok(())
}

/// Removes rows of holds that ended a while ago; how many. For a schedule.
pub async fn sweep(ctx: &Ctx, limit: i64) -> Result<u64> {
    // Those that have just ended are told from those that never were.
    let before = ctx.clock.now() - Duration::from_hours(1);
    let mut tx = ctx.write().await?;
    let gone = store::delete_expired(&mut tx, before, limit).await?;
    tx.commit().await?;
    Ok(gone)
}
