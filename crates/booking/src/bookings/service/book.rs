//! Making a booking.

use std::time::Duration;

use audience::subscribers;
use ctx::Ctx;
use db::{Tx, WriteTx};
use kernel::{AccountId, Error, FieldError, Result, text};
use serde_json::json;

use super::read::find_in;
use crate::availability::unknown_length;
use crate::bookings::model::{Action, Booked, Booking, By, NewBooking, Status};
use crate::bookings::record::{Invitee, Moved, announce, person_in, record};
use crate::bookings::{store, token};
use crate::claims::{self, Place, Refused, Taker, Wanted, find_place};
use crate::event_types::{self, EventType, Location, answered};
use crate::holds;
use crate::{BookingId, HostId, calendars, hosts, waiting};

const MAX_NAME: usize = 200;
const MAX_SEATS: u32 = 1_000;

/// Books a start, if every rule allows it now. With a hold, the time that it kept; the same hold again gives the same
/// booking.
pub async fn book(
    ctx: &Ctx,
    account: AccountId,
    by: &By,
    new: NewBooking,
) -> Result<Result<Booked, Refused>> {
    look_before(ctx, account, &new).await?;
    let mut tx = ctx.write().await?;
    let event_type = claims::lock(ctx, &mut tx, account, new.event_type, &[]).await?;
    let hold_hash = new.hold.as_deref().map(holds::hash);
    if let Some(hash) = &hold_hash
        && let Some(id) = store::find_by_hold(&mut tx, account, hash).await?
    {
        let booking = find_in(&mut tx, account, id).await?;
        return Ok(Ok(Booked {
            token: token::token_of(ctx, &booking),
            booking,
            repeated: true,
        }));
    }
    let checked = check(&event_type, &new, by)?;
    let mut wanted = Wanted {
        start: new.start,
        minutes: checked.minutes,
        seats: new.seats.max(1),
        only: new.host.map(|host| vec![host]),
        moves: None,
        email: Some(new.email.clone()),
        prefers: owner(&mut tx, &event_type, &new).await?,
    };
    // What the visitor kept is given back and taken anew: if that fails, all of it is undone.
    let mut lost_hold = false;
    if let Some(hold) = &new.hold {
        match holds::end_in(ctx, &mut tx, account, event_type.id, hold).await? {
            Some(mut hosts) if wanted.only.is_none() && !hosts.is_empty() => {
                // Whoever kept the time for them did not know who they are.
                hosts.extend(wanted.prefers);
                wanted.only = Some(hosts);
            }
            Some(_) => {}
            None => lost_hold = true,
        }
    }
    let place = match find_place(ctx, &mut tx, &event_type, &wanted, lost_hold).await? {
        Ok(place) => place,
        Err(refusal) => {
            tx.rollback().await?;
            let refusal = claims::refused(ctx, &event_type, &wanted, refusal).await?;
            return Ok(Err(refusal));
        }
    };
    let booking = write(
        ctx,
        &mut tx,
        &event_type,
        new,
        checked,
        place,
        by,
        hold_hash,
    )
    .await?;
    tx.commit().await?;
    Ok(Ok(Booked {
        token: token::token_of(ctx, &booking),
        booking,
        repeated: false,
    }))
}

/// Calendars elsewhere are asked while nobody waits for a lock. What is wrong with the rest is told later.
async fn look_before(ctx: &Ctx, account: AccountId, new: &NewBooking) -> Result<()> {
    let (event_type, prefers) = {
        let mut tx = ctx.read().await?;
        let event_type = event_types::find_in(&mut tx, account, new.event_type).await?;
        let prefers = owner(&mut tx, &event_type, new).await?;
        (event_type, prefers)
    };
    let Some(minutes) = event_type.settings.length(new.minutes) else {
        return Ok(());
    };
    let wanted = Wanted {
        start: new.start,
        minutes,
        seats: new.seats.max(1),
        only: new.host.map(|host| vec![host]),
        moves: None,
        email: Some(new.email.clone()),
        prefers,
    };
    calendars::look_before(ctx, &event_type, &wanted, new.hold.as_deref()).await
}

/// The host who owns the record of whoever books, where the event type prefers them. The address decides, whoever typed it:
/// what is offered does not depend on it, so nobody learns anything by it before they have booked.
async fn owner(tx: &mut Tx, event_type: &EventType, new: &NewBooking) -> Result<Option<HostId>> {
    if !event_type.settings.prefer_owner || new.host.is_some() {
        return Ok(None);
    }
    let account = event_type.account;
    let Some(person) = subscribers::find_by_address(tx, account, &new.email).await? else {
        return Ok(None);
    };
    let person = subscribers::profiles_of_in(tx, account, &[person]).await?;
    let Some(owner) = person.first().and_then(|it| it.subscriber.owner) else {
        return Ok(None);
    };
    let all = hosts::find_many(tx, account, &event_type.host_ids()).await?;
    let host = all.into_iter().find(|host| host.user_id == owner);
    Ok(host.map(|host| host.id))
}

/// What a new booking comes to, once its input is checked.
struct Checked {
    minutes: u32,
    name: String,
    phone: Option<String>,
    answers: event_types::Answers,
    location: Option<Location>,
}

fn check(event_type: &EventType, new: &NewBooking, by: &By) -> Result<Checked> {
    if !event_type.enabled {
        return Err(Error::conflict(
            "event_type_disabled",
            "this cannot be booked at present",
        ));
    }
    let settings = &event_type.settings;
    let minutes = (settings.length(new.minutes)).ok_or_else(|| unknown_length(event_type))?;
    let mut errors = Vec::new();
    if let Err(fault) = text::name(&new.name, MAX_NAME) {
        errors.push(fault);
    }
    if !(1..=MAX_SEATS).contains(&new.seats) || (settings.capacity.is_none() && new.seats > 1) {
        errors.push(FieldError::new(
            "seats",
            "out_of_range",
            match settings.capacity {
                None => "this is booked by one person at a time: leave it out".to_owned(),
                Some(_) => format!("choose 1 to {MAX_SEATS}"),
            },
        ));
    }
    // Whoever works for the account may give away more.
    if let (By::Invitee, Some(most)) = (by, settings.seats_per_booking)
        && new.seats > most
    {
        errors.push(FieldError::new(
            "seats",
            "out_of_range",
            format!("choose 1 to {most}"),
        ));
    }
    let phone = new.phone.as_deref().map(audience::subscribers::phone);
    let phone = match phone.transpose() {
        Ok(phone) => phone.flatten(),
        Err(fault) => {
            errors.push(fault.at("phone"));
            None
        }
    };
    let location = match new.location {
        None => settings.locations.first(),
        Some(place) => {
            let found = settings.locations.get(place);
            if found.is_none() {
                errors.push(FieldError::new(
                    "location",
                    "unknown",
                    "give the place of a location in the list of the event type, from 0",
                ));
            }
            found
        }
    };
    if matches!(location, Some(Location::CallInvitee)) && phone.is_none() {
        errors.push(FieldError::new(
            "phone",
            "required",
            "give the number to call",
        ));
    }
    if let Some(host) = new.host
        && !event_type.hosts.iter().any(|one| one.host_id == host)
    {
        errors.push(FieldError::new(
            "host_id",
            "unknown",
            "this host is not one of the event type",
        ));
    }
    let answers = match answered(&settings.questions, &new.answers) {
        Ok(answers) => answers,
        Err(faults) => {
            errors.extend(faults);
            event_types::Answers::new()
        }
    };
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    Ok(Checked {
        minutes,
        name: new.name.trim().to_owned(),
        phone,
        answers,
        location: location.cloned(),
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "all that was found out before anything is written"
)]
async fn write(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event_type: &EventType,
    new: NewBooking,
    checked: Checked,
    place: Place,
    by: &By,
    hold_hash: Option<Vec<u8>>,
) -> Result<Booking> {
    let account = event_type.account;
    let now = ctx.clock.now();
    let settings = &event_type.settings;
    let id: BookingId = ctx.ids.next();
    let pending = settings.needs_approval;
    let expires_at = pending.then(|| {
        let waits = Duration::from_hours(u64::from(settings.pending_hours));
        (now + waits).min(place.time.start)
    });
    let blocks = !pending || settings.pending_blocks;
    let taker = Taker::Booking(id, expires_at, blocks);
    let occurrence = claims::take(ctx, tx, event_type, &place, taker, new.seats.max(1)).await?;
    let who = Invitee {
        email: &new.email,
        name: &checked.name,
        phone: checked.phone.as_deref(),
        language: new.language.as_deref(),
        time_zone: &new.time_zone,
    };
    let subscriber_id = person_in(ctx, tx, account, &who, by.as_str()).await?;
    let booking = Booking {
        account,
        id,
        event_type_id: event_type.id,
        occurrence_id: occurrence,
        status: if pending {
            Status::Pending
        } else {
            Status::Confirmed
        },
        start: place.time.start,
        end: place.time.end,
        minutes: checked.minutes,
        seats: new.seats.max(1),
        host_ids: place.hosts.clone(),
        subscriber_id,
        name: checked.name,
        email: new.email.as_str().to_owned(),
        phone: checked.phone,
        time_zone: new.time_zone,
        language: new.language,
        answers: checked.answers,
        location: checked.location,
        sequence: 0,
        expires_at,
        reason: None,
        no_show_by: None,
        source: new.source.to_owned(),
        created_at: now,
        updated_at: now,
        salt: ctx.rng.bytes::<16>().to_vec(),
    };
    store::insert(tx, &booking, &new.email.folded(), hold_hash.as_deref()).await?;
    store::set_members(tx, account, id, &place.hosts, &place.chosen).await?;
    let waited = (booking.subscriber_id, booking.email.as_str());
    waiting::booked_in(tx, account, event_type.id, waited, booking.start).await?;
    let moved = Moved {
        action: Action::Create,
        from: None,
        by,
        detail: json!({ "chosen": chosen(&place.chosen) }),
    };
    record(ctx, tx, Some(event_type), &booking, moved).await?;
    if booking.status == Status::Confirmed {
        // Whoever follows confirmations learns of those that needed nobody, too.
        let moved = Moved {
            action: Action::Confirm,
            from: None,
            by,
            detail: json!({}),
        };
        announce(ctx, tx, Some(event_type), &booking, &moved).await?;
    }
    Ok(booking)
}

/// Who was chosen and why, for the trail.
pub(super) fn chosen(chosen: &[(HostId, String)]) -> serde_json::Value {
    let all = chosen
        .iter()
        .map(|(host, by)| json!({ "host_id": host, "by": by }));
    all.collect()
}
