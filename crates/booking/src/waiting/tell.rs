//! Telling who waits that there is a place.

use std::collections::BTreeMap;
use std::time::Duration;

use audience::SubscriberId;
use ctx::Ctx;
use db::WriteTx;
use events::NewEvent;
use kernel::{EmailAddress, Result};
use serde_json::json;

use super::model::Waiting;
use super::store;
use crate::bookings::Booking;
use crate::claims::{Wanted, find_place};
use crate::event_types::EventType;

/// How many who would come are asked about, of one place.
const AT_ONCE: i64 = 50;

/// Tells who waits first that a place of the event type became free: as many as have room, and only who could book it by
/// every rule. Under the locks of the event type and its hosts, when the time is given back.
pub(crate) async fn tell_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event_type: &EventType,
    freed: &Booking,
) -> Result<()> {
    let (account, now) = (event_type.account, ctx.clock.now());
    if !event_type.settings.waiting_list || !event_type.enabled || freed.start <= now {
        return Ok(());
    }
    let all = store::who_would_come(tx, account, event_type.id, freed.start, AT_ONCE).await?;
    let mut told = 0;
    // What nobody could book is asked for once for each length, however many wait.
    let mut open: BTreeMap<u32, bool> = BTreeMap::new();
    for waiting in all {
        let mut wanted = Wanted {
            start: freed.start,
            minutes: waiting.minutes,
            seats: 1,
            only: None,
            moves: None,
            email: None,
            prefers: None,
        };
        let is_open = if let Some(known) = open.get(&waiting.minutes) {
            *known
        } else {
            let found = find_place(ctx, tx, event_type, &wanted, false).await?;
            open.insert(waiting.minutes, found.is_ok());
            found.is_ok()
        };
        if !is_open {
            continue;
        }
        wanted.seats = told + waiting.seats;
        wanted.email = EmailAddress::parse(&waiting.email).ok();
        if find_place(ctx, tx, event_type, &wanted, false)
            .await?
            .is_err()
        {
            continue;
        }
        store::told(tx, account, waiting.id, now).await?;
        record(ctx, tx, event_type, &waiting, freed).await?;
        // Who wants more seats than were given back found the others free already.
        told += waiting.seats;
        if told >= freed.seats {
            break;
        }
    }
    Ok(())
}

async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    event_type: &EventType,
    waiting: &Waiting,
    freed: &Booking,
) -> Result<()> {
    let lasts = Duration::from_mins(u64::from(waiting.minutes));
    let event = NewEvent {
        kind: events::kind::BOOKING_PLACE_FREE,
        subscriber: waiting.subscriber_id.map(SubscriberId::get),
        subject: Some(event_type.id.get()),
        at: None,
        body: json!({
            "event_type_id": event_type.id,
            "title": event_type.title,
            "waiting_id": waiting.id,
            "start_at": freed.start,
            "end_at": freed.start + lasts,
            "minutes": waiting.minutes,
            "seats": waiting.seats,
        }),
    };
    Ok(events::record(ctx, tx, event_type.account, &[event]).await?)
}
