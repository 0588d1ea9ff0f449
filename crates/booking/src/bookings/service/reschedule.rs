//! Another time for a booking.

use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, EmailAddress, Error, Result};
use serde_json::json;

use super::book::chosen;
use super::change::{checked_reason, in_time, lock};
use super::read::find_in;
use crate::availability::unknown_length;
use crate::bookings::model::{Action, Booking, By, Move, Status};
use crate::bookings::store;
use crate::claims::{self, Place, Refused, Taker, Wanted, find_place};
use crate::event_types::{self, EventType};
use crate::{BookingId, HostId, calendars};

/// Moves a booking: the old time is given back and the new one taken, or neither. It keeps its id, and its host if they
/// are free.
pub async fn reschedule(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    id: BookingId,
    to: Move,
) -> Result<Result<Booking, Refused>> {
    look_before(ctx, account, id, &to).await?;
    let reason = checked_reason(to.reason)?;
    let mut locked = lock(ctx, account, id, &[]).await?;
    let before = locked.booking.clone();
    before.after(Action::Reschedule)?;
    let Some(event_type) = locked.event_type.clone() else {
        return Err(Error::not_found("event type", before.event_type_id));
    };
    let settings = &event_type.settings;
    if *by == By::Invitee {
        in_time(ctx, &before, settings.reschedule_notice_minutes)?;
    }
    // A length that the event type does not have any more may stay.
    let minutes = match to.minutes {
        None => before.minutes,
        Some(minutes) => {
            (settings.length(Some(minutes))).ok_or_else(|| unknown_length(&event_type))?
        }
    };
    if to.start == before.start && minutes == before.minutes && to.host.is_none() {
        return Err(Error::conflict(
            "same_time",
            "the booking is at this time already",
        ));
    }
    // All of this is undone if there is no other place.
    claims::delete_of(&mut locked.tx, account, "booking", id.get()).await?;
    if let Some(occurrence) = before.occurrence_id {
        store::leave_occurrence(&mut locked.tx, account, id).await?;
        claims::free_seats(ctx, &mut locked.tx, account, occurrence).await?;
    }
    let wanted = Wanted {
        start: to.start,
        minutes,
        seats: before.seats,
        only: Some(
            to.host
                .map_or_else(|| before.host_ids.clone(), |host| vec![host]),
        ),
        moves: Some(id),
        email: EmailAddress::parse(&before.email).ok(),
        prefers: None,
    };
    let place = match found(ctx, &mut locked.tx, &event_type, &wanted, to.host).await? {
        Ok(place) => place,
        Err(refusal) => {
            locked.tx.rollback().await?;
            let refusal = claims::refused(ctx, &event_type, &wanted, refusal).await?;
            return Ok(Err(refusal));
        }
    };
    // What the host confirmed was another time, so an invitee who moves it asks again.
    let asks_again = *by == By::Invitee && settings.needs_approval;
    let status = if asks_again {
        Status::Pending
    } else {
        before.status
    };
    let expires_at = (status == Status::Pending).then(|| {
        let waits = Duration::from_hours(u64::from(settings.pending_hours));
        (ctx.clock.now() + waits).min(place.time.start)
    });
    let blocks = status == Status::Confirmed || settings.pending_blocks;
    let taker = Taker::Booking(id, expires_at, blocks);
    let seats = before.seats;
    let occurrence = claims::take(ctx, &mut locked.tx, &event_type, &place, taker, seats).await?;
    store::set_members(&mut locked.tx, account, id, &place.hosts, &place.chosen).await?;
    let booking = &mut locked.booking;
    booking.status = status;
    booking.expires_at = expires_at;
    booking.occurrence_id = occurrence;
    booking.start = place.time.start;
    booking.end = place.time.end;
    booking.minutes = minutes;
    booking.host_ids.clone_from(&place.hosts);
    booking.sequence += 1;
    let detail = json!({
        "previous_start_at": before.start,
        "previous_end_at": before.end,
        "previous_host_ids": before.host_ids,
        "chosen": chosen(&place.chosen),
        "reason": reason,
    });
    let moved = locked
        .finish(ctx, &before, Action::Reschedule, by, detail)
        .await?;
    Ok(Ok(moved))
}

/// Calendars elsewhere are asked while nobody waits for a lock.
async fn look_before(ctx: &Ctx, account: AccountId, id: BookingId, to: &Move) -> Result<()> {
    let (booking, event_type) = {
        let mut tx = ctx.read().await?;
        let booking = find_in(&mut tx, account, id).await?;
        match event_types::find_in(&mut tx, account, booking.event_type_id).await {
            Err(Error::NotFound { .. }) => return Ok(()),
            found => (booking, found?),
        }
    };
    let only = (to.host).map_or_else(|| booking.host_ids.clone(), |host| vec![host]);
    let wanted = Wanted {
        start: to.start,
        minutes: to.minutes.unwrap_or(booking.minutes),
        seats: booking.seats,
        only: Some(only),
        moves: Some(id),
        email: EmailAddress::parse(&booking.email).ok(),
        prefers: None,
    };
    calendars::look_before(ctx, &event_type, &wanted, None).await
}

/// With the same hosts if they can, else with whom the event type has.
async fn found(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    event_type: &EventType,
    wanted: &Wanted,
    host: Option<HostId>,
) -> Result<Result<Place, Refused>> {
    let same = find_place(ctx, tx, event_type, wanted, false).await?;
    if same.is_ok() || host.is_some() {
        return Ok(same);
    }
    let anybody = Wanted {
        only: None,
        ..wanted.clone()
    };
    find_place(ctx, tx, event_type, &anybody, false).await
}
