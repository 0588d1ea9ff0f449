//! Use cases: slots, and why there are none.

use std::time::Duration;

use ctx::Ctx;
use db::Tx;
use jiff::civil::Date;
use kernel::{AccountId, Error, Result, TimeZone, Timestamp};

use super::explain::{Explanation, ReasonCount, view};
use super::model::{DaySlots, SlotQuery, SlotView, Slots};
use super::world::{Asked, World};
use crate::event_types::{self, EventType};
use crate::slots::interval::{DAY, plus};
use crate::slots::{Interval, Offer};
use crate::{EventTypeId, holds};

/// How far ahead the next slots are looked for, and how many are told.
const NEXT_DAYS: i64 = 31;
const NEXT: usize = 5;

/// The slots of a range.
pub async fn slots(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    query: &SlotQuery,
) -> Result<Slots> {
    if query.until < query.from
        || query.until.since(query.from) > Duration::from_hours(24 * SlotQuery::MAX_DAYS)
    {
        return Err(Error::invalid(
            "to",
            "out_of_range",
            format!(
                "choose a time after `from`, at most {} days later",
                SlotQuery::MAX_DAYS
            ),
        ));
    }
    let mut tx = ctx.read().await?;
    let event_type = event_types::find_in(&mut tx, account, id).await?;
    let asked = asked(ctx, &mut tx, account, &event_type, query).await?;
    let range = Interval::new(query.from, query.until);
    let enabled = event_type.enabled;
    let world = World::load(&mut tx, account, event_type, &asked, range).await?;
    drop(tx);
    let zone = query
        .time_zone
        .clone()
        .unwrap_or_else(|| world.meeting.zone.clone());
    let offer = if enabled {
        world.request().slots(range)
    } else {
        Offer::default()
    };
    Ok(Slots {
        event_type_id: id,
        minutes: asked.minutes,
        days: days(&world, &offer, &zone),
        time_zone: zone,
    })
}

/// Why a date has the slots that it has.
pub async fn explain(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    date: Date,
    query: &SlotQuery,
) -> Result<Explanation> {
    let mut tx = ctx.read().await?;
    let event_type = event_types::find_in(&mut tx, account, id).await?;
    let asked = asked(ctx, &mut tx, account, &event_type, query).await?;
    // The date is somewhere within these three days, whatever the zone.
    let noon = jiff::tz::TimeZone::UTC
        .to_ambiguous_timestamp(date.at(12, 0, 0, 0))
        .compatible()
        .map_err(|_| Error::invalid("date", "out_of_range", "choose a date nearer to today"))?;
    let noon = Timestamp::from(noon);
    let range = Interval::new(noon, noon).widened(2 * DAY, 2 * DAY);
    let world = World::load(&mut tx, account, event_type, &asked, range).await?;
    drop(tx);
    let zone = query
        .time_zone
        .clone()
        .unwrap_or_else(|| world.meeting.zone.clone());
    let report = world.request().why_date(date, &zone);
    Ok(Explanation {
        date,
        starts: report.starts,
        offered: report.offered,
        reasons: (report.reasons.iter())
            .map(|(reason, starts)| ReasonCount {
                starts: *starts,
                reason: view(&world, reason),
            })
            .collect(),
    })
}

/// The first slots from an instant on: for whoever came too late.
pub async fn next_slots(
    ctx: &Ctx,
    account: AccountId,
    id: EventTypeId,
    query: &SlotQuery,
) -> Result<Vec<SlotView>> {
    let mut tx = ctx.read().await?;
    let event_type = event_types::find_in(&mut tx, account, id).await?;
    let asked = asked(ctx, &mut tx, account, &event_type, query).await?;
    let from = query.from.max(ctx.clock.now());
    let range = Interval::new(from, plus(from, NEXT_DAYS * DAY));
    let world = World::load(&mut tx, account, event_type, &asked, range).await?;
    drop(tx);
    let offer = world.request().slots(range);
    let found = (0..offer.slots.len()).filter(|&index| offer.slots[index].away.is_none());
    Ok(found
        .take(NEXT)
        .map(|index| slot_view(&world, &offer, index))
        .collect())
}

/// Who asks, with the length chosen and the hold found.
async fn asked(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    event_type: &EventType,
    query: &SlotQuery,
) -> Result<Asked> {
    let minutes = event_type
        .settings
        .length(query.minutes)
        .ok_or_else(|| unknown_length(event_type))?;
    let hold = match &query.hold {
        None => None,
        Some(token) => holds::find_in(tx, account, token)
            .await?
            .map(|hold| hold.id),
    };
    Ok(Asked {
        now: ctx.clock.now(),
        minutes,
        seats: query.seats.max(1),
        hold,
        moves: query.moves,
        only: query.host.map(|host| vec![host]),
        email: query.email.clone(),
    })
}

/// The refusal of a length that the event type does not have.
pub(crate) fn unknown_length(event_type: &EventType) -> Error {
    let all: Vec<String> = (event_type.settings.durations.iter())
        .map(ToString::to_string)
        .collect();
    Error::invalid(
        "minutes",
        "unknown",
        format!("choose one of the lengths: {}", all.join(", ")),
    )
}

fn days(world: &World, offer: &Offer, zone: &TimeZone) -> Vec<DaySlots> {
    let mut index = 0;
    let mut days: Vec<DaySlots> = Vec::new();
    for day in offer.by_date(zone) {
        let mut slots = Vec::with_capacity(day.slots.len());
        for slot in day.slots {
            if slot.away.is_none() {
                slots.push(slot_view(world, offer, index));
            }
            index += 1;
        }
        match days.iter_mut().find(|it| it.date == day.date) {
            // Where the clock is set back over midnight, a date comes twice.
            Some(same) => same.slots.extend(slots),
            None if slots.is_empty() => {}
            None => days.push(DaySlots {
                date: day.date,
                slots,
            }),
        }
    }
    days
}

fn slot_view(world: &World, offer: &Offer, index: usize) -> SlotView {
    let slot = &offer.slots[index];
    SlotView {
        start: slot.start,
        end: slot.end,
        host_ids: offer
            .hosts(index)
            .filter_map(|it| world.host_id(it))
            .collect(),
        seats_left: slot.seats_left,
    }
}
