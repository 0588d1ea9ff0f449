//! Finding a place under the locks, and taking it.

use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use kernel::{AccountId, Error, Result};

use super::model::{Place, Refused, Taker, Wanted};
use super::store::{self, NewClaim, Owner};
use crate::availability::{self, Asked, SlotQuery, World, view};
use crate::event_types::{self, EventType, Mode};
use crate::slots::choose::{Criterion, Member, choose};
use crate::slots::interval::{DAY, plus};
use crate::slots::{Accepted, Buffers, Interval};
use crate::{EventTypeId, HoldId, HostId, OccurrenceId, settings};

/// Over how long bookings are shared between hosts.
const SHARED_OVER: Duration = Duration::from_hours(30 * 24);

/// Holds everything that may be booked with an event type: the event type itself, its hosts, and further ones. What has
/// expired is deleted.
pub(crate) async fn lock(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    id: EventTypeId,
    further: &[HostId],
) -> Result<EventType> {
    lock_known(ctx, tx, account, id, further)
        .await?
        .ok_or_else(|| Error::not_found("event type", id))
}

/// The same, also when the event type was deleted.
pub(crate) async fn lock_known(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    id: EventTypeId,
    further: &[HostId],
) -> Result<Option<EventType>> {
    tx.lock(LockClass::EventType, id.get()).await?;
    let event_type = match event_types::find_in(tx, account, id).await {
        Err(Error::NotFound { .. }) => None,
        found => Some(found?),
    };
    // What is limited for all teams together is counted by one at a time, whoever their hosts are.
    if event_type.as_ref().is_some_and(EventType::is_team)
        && !(settings::team_rules_in(tx, account).await?.limits).is_empty()
    {
        tx.lock(LockClass::Teams, account.get()).await?;
    }
    let mut hosts = event_type
        .as_ref()
        .map_or_else(Vec::new, EventType::host_ids);
    hosts.extend_from_slice(further);
    hosts.sort_unstable();
    hosts.dedup();
    let keys: Vec<i64> = hosts.iter().map(|host| host.get()).collect();
    tx.lock_many(LockClass::Host, &keys).await?;
    store::forget_expired(tx, account, id, &hosts, ctx.clock.now()).await?;
    Ok(event_type)
}

/// Whether a start can be had, by every rule, and who hosts it. Under [`lock`].
pub(crate) async fn find_place(
    ctx: &Ctx,
    tx: &mut Tx,
    event_type: &EventType,
    wanted: &Wanted,
    lost_hold: bool,
) -> Result<Result<Place, Refused>> {
    let now = ctx.clock.now();
    // Since the locks were taken, more may have expired. What the rules take for free must be free for the constraint.
    store::forget_expired(
        tx,
        event_type.account,
        event_type.id,
        &event_type.host_ids(),
        now,
    )
    .await?;
    find(ctx, tx, event_type, wanted, None, lost_hold).await
}

/// Who would host a start, as it looks without the locks; nobody when it cannot be had.
pub(crate) async fn would_host(
    ctx: &Ctx,
    tx: &mut Tx,
    event_type: &EventType,
    wanted: &Wanted,
    hold: Option<HoldId>,
) -> Result<Vec<HostId>> {
    let place = find(ctx, tx, event_type, wanted, hold, false).await?;
    Ok(place.map_or_else(|_| Vec::new(), |place| place.hosts))
}

async fn find(
    ctx: &Ctx,
    tx: &mut Tx,
    event_type: &EventType,
    wanted: &Wanted,
    hold: Option<HoldId>,
    lost_hold: bool,
) -> Result<Result<Place, Refused>> {
    let asked = Asked {
        now: ctx.clock.now(),
        minutes: wanted.minutes,
        seats: wanted.seats,
        hold,
        moves: wanted.moves,
        only: wanted.only.clone(),
        email: wanted.email.clone(),
    };
    let at = Interval::new(wanted.start, plus(wanted.start, 1));
    let world = World::load(tx, event_type.account, event_type.clone(), &asked, at).await?;
    let accepted = match world.request().check(wanted.start) {
        Ok(accepted) => accepted,
        Err(reasons) => {
            let reasons = reasons.iter().map(|one| view(&world, one)).collect();
            return Ok(Err(Refused::by(reasons, lost_hold)));
        }
    };
    let time = Interval::new(accepted.slot.start, accepted.slot.end);
    if let Some(index) = accepted.slot.occurrence {
        let hosts = accepted.hosts.iter().filter_map(|&it| world.host_id(it));
        return Ok(Ok(Place {
            time,
            hosts: hosts.collect(),
            chosen: Vec::new(),
            joins: world.occurrence_ids.get(index).copied(),
        }));
    }
    let (hosts, chosen) = choose_hosts(ctx, tx, &world, &accepted, wanted.prefers).await?;
    Ok(Ok(Place {
        time,
        hosts,
        chosen,
        joins: None,
    }))
}

/// All fixed hosts, and one of each group.
async fn choose_hosts(
    ctx: &Ctx,
    tx: &mut Tx,
    world: &World,
    accepted: &Accepted,
    prefers: Option<HostId>,
) -> Result<(Vec<HostId>, Vec<(HostId, String)>)> {
    let event_type = &world.event_type;
    let mut hosts: Vec<HostId> = (world.team.fixed.iter())
        .filter_map(|&index| world.host_id(index))
        .collect();
    let mut chosen = Vec::new();
    if world.team.groups.is_empty() {
        return Ok((hosts, chosen));
    }
    let now = ctx.clock.now();
    let had = store::had(
        tx,
        event_type.account,
        event_type.id,
        now - SHARED_OVER,
        now,
    )
    .await?;
    let day = Interval::new(accepted.slot.start, accepted.slot.start).widened(DAY / 2, DAY / 2);
    for group in &world.team.groups {
        let preferred = group.iter().copied().find(|&index| {
            prefers.is_some() && world.host_id(index) == prefers && accepted.hosts.contains(&index)
        });
        if let Some(host) = preferred.and_then(|index| world.host_id(index)) {
            hosts.push(host);
            chosen.push((host, "owner".to_owned()));
            continue;
        }
        let members: Vec<Member> = (group.iter())
            .map(|&index| {
                let mut member = Member::new(index);
                if let Some(one) = event_type.hosts.get(index) {
                    member.priority = one.priority;
                    member.weight = one.weight;
                }
                if let Some(had) = had
                    .iter()
                    .find(|one| world.host_id(index) == Some(one.host))
                {
                    member.bookings = u32::try_from(had.bookings).unwrap_or(u32::MAX);
                    member.upcoming = u32::try_from(had.upcoming).unwrap_or(u32::MAX);
                    member.last_booked_at = had.last;
                }
                if event_type.settings.mode == Mode::Pool && accepted.hosts.contains(&index) {
                    member.free_minutes = world.request().free_minutes(index, day);
                }
                member
            })
            .collect();
        let choice = choose(event_type.criteria(), &members, |host| {
            accepted.hosts.contains(&host)
        });
        // A start is offered only where somebody of each group is free.
        let Some(choice) = choice else {
            return Err(Error::internal(anyhow::anyhow!(
                "a slot of event type {} was accepted and nobody is free",
                event_type.id
            )));
        };
        if let Some(host) = world.host_id(choice.host) {
            let by = choice
                .steps
                .last()
                .map_or("only_one_free", |step| word(step.criterion));
            hosts.push(host);
            chosen.push((host, by.to_owned()));
        }
    }
    Ok((hosts, chosen))
}

fn word(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::Shortfall => "furthest_behind_share",
        Criterion::Weight => "weight",
        Criterion::Priority => "priority",
        Criterion::LeastRecent => "least_recently_booked",
        Criterion::FewestUpcoming => "fewest_to_come",
        Criterion::MostFree => "most_free",
    }
}

/// Takes a place that was found under the same locks; which meeting with seats it is in.
pub(crate) async fn take(
    ctx: &Ctx,
    tx: &mut Tx,
    event_type: &EventType,
    place: &Place,
    taker: Taker,
    seats: u32,
) -> Result<Option<OccurrenceId>> {
    let account = event_type.account;
    let buffers = Buffers {
        before_minutes: event_type.settings.buffer_before_minutes,
        after_minutes: event_type.settings.buffer_after_minutes,
    };
    let (own, expires_at, active) = match taker {
        Taker::Hold(id, at) => (
            Owner {
                kind: "hold",
                id: id.get(),
            },
            Some(at),
            true,
        ),
        Taker::Booking(id, at, active) => (
            Owner {
                kind: "booking",
                id: id.get(),
            },
            at,
            active,
        ),
    };
    let Some(capacity) = event_type.settings.capacity else {
        let claim = NewClaim {
            owner: own,
            hosts: &place.hosts,
            time: place.time,
            buffers,
            expires_at,
            active,
        };
        store::insert(ctx, tx, account, &claim).await?;
        return Ok(None);
    };
    let id = if let Some(id) = place.joins {
        id
    } else {
        let id: OccurrenceId = ctx.ids.next();
        store::insert_occurrence(tx, account, id, event_type.id, place.time, capacity).await?;
        let claim = NewClaim {
            owner: Owner {
                kind: "occurrence",
                id: id.get(),
            },
            hosts: &place.hosts,
            time: place.time,
            buffers,
            expires_at,
            active: true,
        };
        store::insert(ctx, tx, account, &claim).await?;
        id
    };
    // What expired counts no more, also in the number that the constraint guards.
    let (taken, until) = store::seats_of(tx, account, id, ctx.clock.now()).await?;
    // The meeting stays as long as any of its seats does.
    let stays = taken > 0 && until.is_none();
    let until = expires_at
        .filter(|_| !stays)
        .map(|at| until.unwrap_or(at).max(at));
    store::set_seats(tx, account, id, taken, until).await?;
    if !store::add_seats(tx, account, id, seats, capacity).await? {
        return Err(Error::conflict(
            "slot_taken",
            "there are not so many seats left",
        ));
    }
    Ok(Some(id))
}

/// Brings a meeting with seats up to date after a booking or hold of it went away.
pub(crate) async fn free_seats(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    id: OccurrenceId,
) -> Result<()> {
    let (taken, until) = store::seats_of(tx, account, id, ctx.clock.now()).await?;
    if taken == 0 {
        store::delete_occurrence(tx, account, id).await?;
    } else {
        store::set_seats(tx, account, id, taken, until).await?;
    }
    Ok(())
}

/// Adds to a refusal which starts can be had instead. The transaction that refused has ended.
pub(crate) async fn refused(
    ctx: &Ctx,
    event_type: &EventType,
    wanted: &Wanted,
    mut refusal: Refused,
) -> Result<Refused> {
    let query = SlotQuery {
        minutes: Some(wanted.minutes),
        seats: wanted.seats,
        moves: wanted.moves,
        email: wanted.email.clone(),
        ..SlotQuery::new(wanted.start, wanted.start)
    };
    refusal.next = availability::next_slots(ctx, event_type.account, event_type.id, &query).await?;
    Ok(refusal)
}
