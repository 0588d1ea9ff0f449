//! What is written with each move of a booking: its trail, its event; and who the invitee is.

use audience::SubscriberId;
use audience::subscribers::{
    self, Attributes, Mode, Outcome, Policy, Skip, Source, UpsertRow, upsert_many_in,
};
use audience::{Patch, fields};
use ctx::Ctx;
use db::{Tx, WriteTx};
use events::NewEvent;
use kernel::{AccountId, EmailAddress, Result, TimeZone, Timestamp};
use serde_json::{Value, json};

use super::model::{Action, Booking, By, Status};
use super::store::{self, NewTrail};
use crate::event_types::EventType;
use crate::{BookingId, calendars, hosts};

/// The invitee among the subscribers. Who is known stays as they are; somebody new is created. `None`: the address is one
/// that must not be kept.
pub(crate) async fn person_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    who: &Invitee<'_>,
    by: &str,
) -> Result<Option<SubscriberId>> {
    let mut row = UpsertRow::new(who.email.clone());
    let (first, last) = match who.name.split_once(' ') {
        Some((first, last)) => (first, last.trim()),
        None => (who.name, ""),
    };
    let set = |text: &str| match text {
        "" => Patch::Keep,
        text => Patch::Set(text.to_owned()),
    };
    row.attributes = Attributes {
        first_name: set(first),
        last_name: set(last),
        phone: set(who.phone.unwrap_or_default()),
        language: set(who.language.unwrap_or_default()),
        time_zone: set(who.time_zone.name()),
        ..Attributes::default()
    };
    // What an invitee writes is theirs; what does not fit a subscriber is left out rather than refused.
    let whole = row.attributes.clone();
    row.attributes = whole.checked(str::to_owned).unwrap_or_default();
    let mut policy = Policy::new(Source::Booking, by);
    policy.mode = Mode::CreateOnly;
    // New people have no values of fields, so the catalog is not needed.
    let catalog = fields::Catalog::default();
    let outcomes = upsert_many_in(ctx, tx, account, &catalog, &[row], &policy).await?;
    Ok(match outcomes.first() {
        Some(
            Outcome::Created(id)
            | Outcome::Updated(id)
            | Outcome::Unchanged(id)
            | Outcome::Skipped(Skip::Exists(id)),
        ) => Some(*id),
        Some(Outcome::Skipped(_)) | None => {
            subscribers::find_by_address(tx, account, who.email).await?
        }
    })
}

/// What is known of somebody who books or waits.
pub(crate) struct Invitee<'a> {
    pub(crate) email: &'a EmailAddress,
    pub(crate) name: &'a str,
    pub(crate) phone: Option<&'a str>,
    pub(crate) language: Option<&'a str>,
    pub(crate) time_zone: &'a TimeZone,
}

/// A move of a booking.
pub(super) struct Moved<'a> {
    pub(super) action: Action,
    /// The status before, unless it is new.
    pub(super) from: Option<Status>,
    pub(super) by: &'a By,
    /// For the trail and, but for what names people, the event.
    pub(super) detail: Value,
}

/// Writes the trail and records the event of a booking that was moved to where it stands now.
pub(super) async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event_type: Option<&EventType>,
    booking: &Booking,
    moved: Moved<'_>,
) -> Result<()> {
    announce(ctx, tx, event_type, booking, &moved).await?;
    let trail = NewTrail {
        action: moved.action,
        from: moved.from,
        to: booking.status,
        actor: moved.by.as_str(),
        detail: moved.detail,
    };
    Ok(store::add_trail(ctx, tx, booking, trail).await?)
}

/// Records the event alone.
pub(super) async fn announce(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event_type: Option<&EventType>,
    booking: &Booking,
    moved: &Moved<'_>,
) -> Result<()> {
    let kind = match moved.action {
        Action::Create => events::kind::BOOKING_CREATED,
        Action::Confirm => events::kind::BOOKING_CONFIRMED,
        Action::Decline => events::kind::BOOKING_DECLINED,
        Action::Cancel => events::kind::BOOKING_CANCELLED,
        Action::Reschedule => events::kind::BOOKING_RESCHEDULED,
        Action::Reassign => events::kind::BOOKING_REASSIGNED,
        Action::Expire => events::kind::BOOKING_EXPIRED,
        Action::Complete => events::kind::BOOKING_COMPLETED,
        Action::NoShow => events::kind::BOOKING_NO_SHOW,
    };
    let mut more = moved.detail.clone();
    if let Some(more) = more.as_object_mut() {
        more.insert("by".to_owned(), json!(moved.by.as_str()));
    }
    tell(ctx, tx, event_type, booking, kind, &more).await?;
    match moved.action {
        // What nobody has to confirm is confirmed at once; and who came is nothing for calendars.
        Action::Create | Action::Complete | Action::NoShow => Ok(()),
        _ => calendars::copy_in(ctx, tx, booking).await,
    }
}

/// Something about a booking that nobody here did to it: what became of it in a calendar elsewhere.
pub(crate) struct Note {
    /// For the trail.
    pub(crate) action: &'static str,
    /// For the trail.
    pub(crate) detail: Value,
}

/// Writes a note into the trail of a booking, unless it is there already.
pub(crate) async fn note_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    id: BookingId,
    note: &Note,
) -> Result<()> {
    let Some(booking) = store::find(tx, account, id).await? else {
        return Ok(());
    };
    if store::add_note(ctx, tx, &booking, note.action, &note.detail).await? {
        tx.touch(account, "bookings");
    }
    Ok(())
}

/// Records an event of a booking, which says more than what is said of each.
pub(super) async fn tell(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event_type: Option<&EventType>,
    booking: &Booking,
    kind: &'static str,
    more: &Value,
) -> Result<()> {
    let mut body = body(tx, event_type, booking).await?;
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    let event = NewEvent {
        kind,
        subscriber: booking.subscriber_id.map(SubscriberId::get),
        subject: Some(booking.event_type_id.get()),
        at: None,
        body,
    };
    Ok(events::record(ctx, tx, booking.account, &[event]).await?)
}

/// What events say of a booking; letters of automations are merged with it.
async fn body(tx: &mut Tx, event_type: Option<&EventType>, booking: &Booking) -> Result<Value> {
    let people = hosts::find_many(tx, booking.account, &booking.host_ids).await?;
    let names: Vec<&str> = people.iter().map(|host| host.name.as_str()).collect();
    let location = booking.location.as_ref().map(|place| {
        use crate::event_types::Location;
        match place {
            Location::InPerson { address } => address.clone(),
            Location::CallInvitee => booking.phone.clone().unwrap_or_default(),
            Location::CallHost { phone } => phone.clone(),
            Location::Link { url } => url.clone(),
            Location::Other { text } => text.clone(),
        }
    });
    Ok(json!({
        "booking_id": booking.id,
        "event_type_id": booking.event_type_id,
        "title": event_type.map(|it| it.title.as_str()),
        "status": booking.status,
        "start_at": booking.start,
        "end_at": booking.end,
        "minutes": booking.minutes,
        "time_zone": booking.time_zone,
        "start_local": local(booking.start, &booking.time_zone),
        "name": booking.name,
        "host": names.join(", "),
        "location": location,
        "sequence": booking.sequence,
    }))
}

/// The wall time in a zone, such as `2026-05-04 11:30`.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let wall = at.to_jiff().to_zoned(zone.to_jiff());
    wall.strftime("%Y-%m-%d %H:%M").to_string()
}
