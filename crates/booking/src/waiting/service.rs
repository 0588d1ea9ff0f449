//! Use cases of the waiting list.

use ctx::Ctx;
use db::LockClass;
use kernel::{AccountId, Cursor, Error, FieldError, Limit, Page, Result, text};

use super::model::{NewWaiting, Waiting};
use super::store;
use crate::availability::unknown_length;
use crate::bookings::{Invitee, person_in};
use crate::{EventTypeId, WaitingId, event_types};

const MAX_NAME: usize = 200;
/// Most people who wait for one event type.
const MAX: i64 = 10_000;

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

/// Adds somebody, at the end. Who waits already keeps their place.
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
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    if let Some(same) = store::of_address(&mut tx, account, id, new.email.as_str()).await? {
        return Ok(same);
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
        seats: new.seats.unwrap_or(1).max(1),
        told_at: None,
        created_at: ctx.clock.now(),
    };
    store::insert(&mut tx, &waiting).await?;
    tx.commit().await?;
    Ok(waiting)
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
