//! Use cases of the waiting list.

use audience::SubscriberId;
use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use events::NewEvent;
use kernel::{AccountId, Cursor, Error, FieldError, Limit, Page, Result, Timestamp, text};
use serde_json::json;

use super::model::{NewWaiting, Waiting};
use super::{store, token};
use crate::availability::unknown_length;
use crate::bookings::{Invitee, person_in};
use crate::{EventTypeId, WaitingId, event_types};

const MAX_NAME: usize = 200;
/// Most people who wait for one event type.
const MAX: i64 = 10_000;
/// Most times of one event type that one person waits for.
const MAX_OF_PERSON: usize = 10;

/// Who waits, the first first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Waiting>> {
    let mut tx = ctx.read().await?;
    event_types::find_in(&mut tx, account, id).await?;
    let rows = store::list(&mut tx, account, id, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |one| Cursor {
        key: 0,
        id: one.id.get(),
    }))
}

/// One place in a list.
pub async fn find_in(tx: &mut Tx, account: AccountId, id: WaitingId) -> Result<Option<Waiting>> {
    Ok(store::find(tx, account, id).await?)
}

/// Whose link it is: the outer `None` is a link that we did not make, the inner one that they do not wait any more.
pub async fn find_by_token(ctx: &Ctx, token: &str) -> Result<Option<Option<Waiting>>> {
    let Some((account, id)) = token::opened(ctx, token) else {
        return Ok(None);
    };
    let mut tx = ctx.read().await?;
    Ok(Some(store::find(&mut tx, account, id).await?))
}

/// The starts of meetings with seats that have none left, of which somebody may wait for one.
pub async fn full(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    minutes: u32,
    range: (Timestamp, Timestamp),
) -> Result<Vec<Timestamp>> {
    Ok(store::full(&mut *ctx.read().await?, account, id, minutes, range).await?)
}

/// Somebody booked a start, and waits for it no longer.
pub(crate) async fn booked_in(
    tx: &mut Tx,
    account: AccountId,
    id: EventTypeId,
    who: (Option<SubscriberId>, &str),
    start: Timestamp,
) -> Result<()> {
    Ok(store::delete_of_person(tx, account, id, who.0, who.1, start).await?)
}

/// Adds somebody, at the end. Who waits for the same already keeps their place.
pub async fn join(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    by: &str,
    new: NewWaiting,
) -> Result<Waiting> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::EventType, id.get()).await?;
    let event_type = event_types::find_in(&mut tx, account, id).await?;
    if !event_type.settings.waiting_list {
        return Err(Error::conflict(
            "no_waiting_list",
            "nobody can wait for a place of this event type",
        ));
    }
    let mut errors = Vec::new();
    errors.extend(text::name(&new.name, MAX_NAME).err());
    if new
        .from
        .zip(new.until)
        .is_some_and(|(from, until)| until <= from)
    {
        errors.push(FieldError::new(
            "until",
            "out_of_range",
            "choose a time after `from`",
        ));
    }
    let Some(minutes) = event_type.settings.length(new.minutes) else {
        return Err(unknown_length(&event_type));
    };
    let seats = new.seats.unwrap_or(1);
    let most = event_type.settings.capacity.unwrap_or(1);
    if !(1..=most).contains(&seats) {
        errors.push(FieldError::new(
            "seats",
            "out_of_range",
            format!("choose 1 to {most}"),
        ));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if store::count(&mut tx, account, id).await? >= MAX {
        return Err(Error::conflict("too_many", "the waiting list is full"));
    }
    let time_zone = match new.time_zone {
        Some(zone) => zone,
        None => identity::accounts::get(&mut tx, account).await?.time_zone,
    };
    let who = Invitee {
        email: &new.email,
        name: new.name.trim(),
        phone: None,
        language: new.language.as_deref(),
        time_zone: &time_zone,
    };
    let subscriber_id = person_in(ctx, &mut tx, account, &who, by).await?;
    let email = new.email.as_str();
    let known = store::of_person(&mut tx, account, id, subscriber_id, email).await?;
    let same = |one: &&Waiting| {
        (one.from, one.until, one.minutes, one.seats) == (new.from, new.until, minutes, seats)
    };
    if let Some(same) = known.iter().find(same) {
        return Ok(same.clone());
    }
    if known.len() >= MAX_OF_PERSON {
        return Err(Error::conflict(
            "too_many",
            format!("one person can wait for at most {MAX_OF_PERSON} times"),
        ));
    }
    let waiting = Waiting {
        account,
        id: ctx.ids.next(),
        event_type_id: id,
        subscriber_id,
        name: new.name.trim().to_owned(),
        email: new.email.as_str().to_owned(),
        time_zone,
        language: new.language,
        from: new.from,
        until: new.until,
        minutes,
        seats,
        told_at: None,
        created_at: ctx.clock.now(),
    };
    store::insert(&mut tx, &waiting).await?;
    record(ctx, &mut tx, &waiting, &event_type.title, by).await?;
    tx.commit().await?;
    Ok(waiting)
}

async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    waiting: &Waiting,
    title: &str,
    by: &str,
) -> Result<()> {
    let event = NewEvent {
        kind: events::kind::BOOKING_WAITING,
        subscriber: waiting.subscriber_id.map(SubscriberId::get),
        subject: Some(waiting.event_type_id.get()),
        at: None,
        body: json!({
            "event_type_id": waiting.event_type_id,
            "title": title,
            "waiting_id": waiting.id,
            "minutes": waiting.minutes,
            "seats": waiting.seats,
            "by": by,
        }),
    };
    Ok(events::record(ctx, tx, waiting.account, &[event]).await?)
}

/// Takes somebody off the list.
pub async fn leave(
    ctx: &Ctx,
    account: AccountId,
    event_type: EventTypeId,
    id: WaitingId,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    if !store::delete(&mut tx, account, event_type, id).await? {
        return Err(Error::not_found("place in the waiting list", id));
    }
    tx.commit().await?;
    Ok(())
}
