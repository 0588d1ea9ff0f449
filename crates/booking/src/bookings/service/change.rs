//! Deciding about a booking, and what became of it.

use ctx::Ctx;
use db::{LockClass, WriteTx};
use kernel::{AccountId, Error, Result, text};
use serde_json::{Value, json};

use super::read::find_in;
use crate::bookings::model::{Action, Booking, By, NoShow};
use crate::bookings::record::{Moved, record};
use crate::bookings::store;
use crate::event_types::EventType;
use crate::slots::interval::{MINUTE, plus};
use crate::{BookingId, HostId, calendars, claims, hosts, waiting};

const MAX_REASON: usize = 2_000;

/// A booking while nothing else happens to it or to its hosts.
pub(super) struct Locked {
    pub(super) tx: WriteTx,
    pub(super) booking: Booking,
    /// Unless it was deleted.
    pub(super) event_type: Option<EventType>,
}

pub(super) async fn lock(
    ctx: &Ctx,
    account: AccountId,
    id: BookingId,
    further: &[HostId],
) -> Result<Locked> {
    let event_type = {
        let mut tx = ctx.read().await?;
        find_in(&mut tx, account, id).await?.event_type_id
    };
    let mut tx = ctx.write().await?;
    // Whatever happens to a booking holds its event type, so its hosts are known from here on.
    tx.lock(LockClass::EventType, event_type.get()).await?;
    let booking = find_in(&mut tx, account, id).await?;
    let mut all = booking.host_ids.clone();
    all.extend_from_slice(further);
    let event_type = claims::lock_known(ctx, &mut tx, account, event_type, &all).await?;
    Ok(Locked {
        tx,
        booking,
        event_type,
    })
}

impl Locked {
    /// Writes the change, with its trail and event, and commits.
    pub(super) async fn finish(
        mut self,
        ctx: &Ctx,
        before: &Booking,
        action: Action,
        by: &By,
        detail: Value,
    ) -> Result<Booking> {
        self.booking.updated_at = ctx.clock.now();
        if !store::update(&mut self.tx, &self.booking, before.status).await? {
            return Err(Error::conflict(
                "booking_status",
                "somebody else decided about the booking meanwhile",
            ));
        }
        let freed = before.status.is_open() && !self.booking.status.is_open();
        if let Some(occurrence) = self.booking.occurrence_id {
            claims::free_seats(ctx, &mut self.tx, before.account, occurrence).await?;
        }
        let moved = Moved {
            action,
            from: Some(before.status),
            by,
            detail,
        };
        let event_type = self.event_type.as_ref();
        record(ctx, &mut self.tx, event_type, &self.booking, moved).await?;
        let freed = match action {
            Action::Cancel | Action::Decline | Action::Expire => freed,
            Action::Reschedule => before.start != self.booking.start,
            _ => false,
        };
        if freed && let Some(event_type) = event_type {
            waiting::tell_in(ctx, &mut self.tx, event_type, before).await?;
        }
        self.tx.commit().await?;
        Ok(self.booking)
    }

    /// Gives the time of the hosts back. Of a meeting with seats, [`Locked::finish`] does it when it has counted.
    async fn release(&mut self) -> Result<()> {
        let (account, id) = (self.booking.account, self.booking.id);
        claims::delete_of(&mut self.tx, account, "booking", id.get()).await?;
        Ok(())
    }
}

/// Asks calendars elsewhere while nobody waits for a lock: those of one host, or of the hosts of the booking. What is wrong
/// with the rest is told later.
async fn look_before(
    ctx: &Ctx,
    account: AccountId,
    id: BookingId,
    action: Action,
    host: Option<HostId>,
) -> Result<()> {
    let booking = {
        let mut tx = ctx.read().await?;
        find_in(&mut tx, account, id).await?
    };
    // The hosts of a meeting with seats are there anyway.
    if booking.after(action).is_err() || booking.occurrence_id.is_some() {
        return Ok(());
    }
    let hosts = host.map_or_else(|| booking.host_ids.clone(), |host| vec![host]);
    calendars::look_at(ctx, account, &hosts, booking.time()).await
}

/// A pending booking takes place, unless its hosts have something else by now: here, or in a calendar elsewhere.
pub async fn confirm(ctx: &Ctx, account: AccountId, by: &By, id: BookingId) -> Result<Booking> {
    look_before(ctx, account, id, Action::Confirm, None).await?;
    let mut locked = lock(ctx, account, id, &[]).await?;
    let before = locked.booking.clone();
    let now = ctx.clock.now();
    locked.booking.status = before.after(Action::Confirm)?;
    if before.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::conflict(
            "booking_expired",
            "nobody decided about the booking in time, and its time may be taken",
        ));
    }
    let hosts = &before.host_ids;
    // One that did not block while it was pending may have been overtaken.
    let taken = if before.occurrence_id.is_none() {
        let tx = &mut locked.tx;
        claims::overlapping(tx, account, hosts, before.time(), id.get()).await?
    } else {
        None
    };
    if taken.is_some() {
        return Err(Error::conflict(
            "slot_taken",
            "the host has something else at this time by now; move the booking or decline it",
        ));
    }
    if before.occurrence_id.is_none()
        && let Some(what) =
            calendars::in_the_way(&mut locked.tx, account, hosts, before.time()).await?
    {
        return Err(Error::conflict(
            "slot_taken",
            format!("{what}; move the booking or decline it"),
        ));
    }
    claims::activate(&mut locked.tx, account, id.get()).await?;
    locked.booking.expires_at = None;
    locked
        .finish(ctx, &before, Action::Confirm, by, json!({}))
        .await
}

/// A pending booking does not take place.
pub async fn decline(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    id: BookingId,
    reason: Option<String>,
) -> Result<Booking> {
    call_off(ctx, account, by, id, Action::Decline, reason).await
}

/// Calls a booking off. The invitee may, until the notice of the event type.
pub async fn cancel(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    id: BookingId,
    reason: Option<String>,
) -> Result<Booking> {
    call_off(ctx, account, by, id, Action::Cancel, reason).await
}

pub(super) async fn call_off(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    id: BookingId,
    action: Action,
    reason: Option<String>,
) -> Result<Booking> {
    let reason = checked_reason(reason)?;
    let mut locked = lock(ctx, account, id, &[]).await?;
    let before = locked.booking.clone();
    locked.booking.status = before.after(action)?;
    if *by == By::Invitee {
        let settings = locked.event_type.as_ref().map(|it| &it.settings);
        let notice = settings.map_or(0, |it| it.cancel_notice_minutes);
        in_time(ctx, &before, notice)?;
    }
    locked.release().await?;
    locked.booking.expires_at = None;
    locked.booking.reason.clone_from(&reason);
    locked.booking.sequence += 1;
    let detail = json!({ "reason": reason });
    locked.finish(ctx, &before, action, by, detail).await
}

/// A booking that has begun took place.
pub async fn complete(ctx: &Ctx, account: AccountId, by: &By, id: BookingId) -> Result<Booking> {
    let mut locked = lock(ctx, account, id, &[]).await?;
    let before = locked.booking.clone();
    locked.booking.status = before.after(Action::Complete)?;
    has_begun(ctx, &before)?;
    locked.booking.no_show_by = None;
    locked
        .finish(ctx, &before, Action::Complete, by, json!({}))
        .await
}

/// Somebody did not come to a booking that has begun.
pub async fn no_show(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    id: BookingId,
    who: NoShow,
) -> Result<Booking> {
    let mut locked = lock(ctx, account, id, &[]).await?;
    let before = locked.booking.clone();
    locked.booking.status = before.after(Action::NoShow)?;
    has_begun(ctx, &before)?;
    locked.booking.no_show_by = Some(who);
    let detail = json!({ "no_show_by": who });
    locked
        .finish(ctx, &before, Action::NoShow, by, detail)
        .await
}

/// Gives a booking to another host, who must be free, also by their calendars elsewhere; whether they work then is for
/// whoever does it to know.
pub async fn reassign(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    id: BookingId,
    from: Option<HostId>,
    to: HostId,
) -> Result<Booking> {
    look_before(ctx, account, id, Action::Reassign, Some(to)).await?;
    let mut locked = lock(ctx, account, id, &[to]).await?;
    let before = locked.booking.clone();
    locked.booking.status = before.after(Action::Reassign)?;
    if before.occurrence_id.is_some() {
        return Err(Error::conflict(
            "booking_has_seats",
            "others take part in this meeting, so one booking alone cannot get another host",
        ));
    }
    let from = match (from, before.host_ids.as_slice()) {
        (None, [only]) => *only,
        (Some(from), hosts) if hosts.contains(&from) => from,
        (None, _) => {
            return Err(Error::invalid(
                "from_host_id",
                "required",
                "the booking has several hosts: say whose place it is",
            ));
        }
        (Some(_), _) => {
            return Err(Error::invalid(
                "from_host_id",
                "unknown",
                "this host does not host the booking",
            ));
        }
    };
    let unknown = || Error::invalid("host_id", "unknown", "there is no such host");
    let new = hosts::find(&mut locked.tx, account, to)
        .await?
        .ok_or_else(unknown)?;
    if before.host_ids.contains(&to) {
        return Err(Error::invalid(
            "host_id",
            "duplicate",
            "this host hosts the booking already",
        ));
    }
    let busy = claims::overlapping(&mut locked.tx, account, &[to], before.time(), id.get()).await?;
    if busy.is_some() {
        return Err(Error::conflict(
            "slot_taken",
            format!("{} has something else at this time", new.name),
        ));
    }
    let tx = &mut locked.tx;
    if let Some(what) = calendars::in_the_way(tx, account, &[to], before.time()).await? {
        return Err(Error::conflict("slot_taken", what));
    }
    claims::swap_host(&mut locked.tx, account, id.get(), from, to).await?;
    let hosts: Vec<HostId> = (before.host_ids.iter())
        .map(|host| if *host == from { to } else { *host })
        .collect();
    store::set_members(&mut locked.tx, account, id, &hosts, &[]).await?;
    locked.booking.host_ids = hosts;
    locked.booking.sequence += 1;
    let detail = json!({ "from_host_id": from, "to_host_id": to });
    locked
        .finish(ctx, &before, Action::Reassign, by, detail)
        .await
}

/// Fails when it is too late for an invitee to change their mind.
pub(super) fn in_time(ctx: &Ctx, booking: &Booking, notice_minutes: u32) -> Result<()> {
    let latest = plus(booking.start, -(i64::from(notice_minutes) * MINUTE));
    let now = ctx.clock.now();
    if now <= latest && now < booking.start {
        return Ok(());
    }
    Err(Error::conflict(
        "too_late",
        "it is too late to change this booking here; get in touch instead",
    ))
}

fn has_begun(ctx: &Ctx, booking: &Booking) -> Result<()> {
    if booking.start <= ctx.clock.now() {
        return Ok(());
    }
    Err(Error::conflict(
        "too_early",
        "the booking has not begun yet",
    ))
}

pub(super) fn checked_reason(reason: Option<String>) -> Result<Option<String>> {
    let Some(reason) = reason else {
        return Ok(None);
    };
    let text = text::several_lines(&reason, MAX_REASON)
        .map_err(|fault| Error::Invalid(vec![fault.at("reason")]))?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
