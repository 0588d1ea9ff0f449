//! Case 58: what holds for all worlds, drawn at random.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Weekday;
use kernel::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::interval::{DAY, Interval, MINUTE, plus};
use super::super::zone::Day;
use super::{World, at, zone};
use crate::slots::choose::{FAIR, Member, choose};
use crate::slots::{
    Anchor, Away, Block, Buffers, Busy, Cap, Counted, Gap, Grid, Host, Limit, Meeting, Occurrence,
    Offer, Override, Pattern, Period, Preferred, Rounding, Schedule, Scope, Seat, Slot, Source,
    Standing, Team, Travel, Visit, WallRange, Window,
};
use crate::{BookingId, HoldId};

/// Zones with odd offsets, and with changes of the clock at odd times.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
];

/// Days near which clocks change in some of the zones, and one near which none does.
const NEAR: &[&str] = &[
    "2026-03-08T00:00Z",
    "2026-03-29T00:00Z",
    "2026-04-24T00:00Z",
    "2026-10-04T00:00Z",
    "2026-10-25T00:00Z",
    "2026-11-01T00:00Z",
    "2026-07-01T00:00Z",
];

fn range() -> impl Strategy<Value = WallRange> {
    let odd = (0_u32..288, 1_u32..=288).prop_map(|(start, length)| (start * 5, length * 5));
    let hours = (0_u32..24, 1_u32..=24).prop_map(|(start, length)| (start * 60, length * 60));
    prop_oneof![odd, hours, Just((0, 1440))]
        .prop_map(|(start, length)| WallRange::new(start, start + length).unwrap())
}

fn ranges() -> impl Strategy<Value = Vec<WallRange>> {
    prop::collection::vec(range(), 0..3)
}

fn around(now: Timestamp) -> impl Strategy<Value = Timestamp> {
    (-4 * 288_i64..8 * 288).prop_map(move |steps| plus(now, steps * 5 * MINUTE))
}

fn day_around(now: Timestamp) -> impl Strategy<Value = Day> {
    (-4_i64..9).prop_map(move |days| Day(now.as_micros() / DAY + days))
}

fn schedule(now: Timestamp) -> impl Strategy<Value = Schedule> {
    let overrides = (day_around(now), ranges()).prop_map(|(day, ranges)| Override {
        date: day.date(),
        ranges,
    });
    let travel = (day_around(now), 0_i64..4, select(ZONES)).prop_map(|(day, days, name)| Travel {
        first: day.date(),
        last: (days > 0).then(|| day.plus(days).date()),
        zone: zone(name),
    });
    (
        select(ZONES),
        prop::array::uniform7(ranges()),
        prop::collection::vec(overrides, 0..3),
        prop::collection::vec(travel, 0..2),
    )
        .prop_map(|(name, weekly, overrides, travel)| Schedule {
            zone: zone(name),
            weekly,
            overrides,
            travel,
        })
}

fn buffers() -> impl Strategy<Value = Buffers> {
    let minutes = || select(vec![0_u32, 0, 5, 15, 60]);
    (minutes(), minutes()).prop_map(|(before_minutes, after_minutes)| Buffers {
        before_minutes,
        after_minutes,
    })
}

fn busy(now: Timestamp) -> impl Strategy<Value = Busy> {
    let source = prop_oneof![
        4 => Just(Standing::Confirmed),
        1 => Just(Standing::Pending { blocks: true }),
        1 => Just(Standing::Pending { blocks: false }),
        1 => Just(Standing::Off),
    ]
    .prop_map(|standing| Source::Booking {
        id: BookingId::from(1),
        standing,
    });
    let hold = (0_i64..3, -1_i64..2).prop_map(move |(id, minutes)| Source::Hold {
        id: HoldId::from(id),
        expires_at: plus(now, minutes * MINUTE),
    });
    let copy = prop::option::of(Just(BookingId::from(1)));
    let external = copy.prop_map(|copy_of| Source::External { copy_of });
    let source = prop_oneof![3 => source, 1 => hold, 1 => external];
    (around(now), 1_u32..500, buffers(), source).prop_map(|(start, minutes, buffers, source)| {
        Busy {
            time: Interval::lasting(start, minutes),
            buffers,
            source,
        }
    })
}

fn block(now: Timestamp) -> impl Strategy<Value = Block> {
    let pattern = prop_oneof![
        (1_u32..4).prop_map(|every| Pattern::Days { every }),
        (1_u32..3).prop_map(|every| Pattern::Weeks {
            every,
            weekdays: vec![Weekday::Monday, Weekday::Thursday],
        }),
        Just(Pattern::MonthWeekday {
            every: 1,
            nth: -1,
            weekday: Weekday::Sunday,
        }),
    ];
    (range(), pattern, day_around(now)).prop_map(|(range, pattern, first)| Block::Repeated {
        range,
        pattern,
        first: first.date(),
        last: None,
        except: vec![first.plus(2).date()],
    })
}

fn limit(now: Timestamp, scope: Scope) -> impl Strategy<Value = Limit> {
    let period = prop_oneof![
        Just(Period::Day),
        Just(Period::Week {
            first: Weekday::Wednesday
        }),
        Just(Period::Month),
        Just(Period::Year),
        Just(Period::Ever),
    ];
    let cap = prop_oneof![
        (1_u32..5).prop_map(Cap::Bookings),
        (30_u32..300).prop_map(Cap::Minutes)
    ];
    let counted = (around(now), 5_u32..90, 1_i64..3).prop_map(|(start, minutes, id)| Counted {
        booking: BookingId::from(id),
        start,
        minutes,
    });
    let name = prop::option::of(select(ZONES));
    let counted = prop::collection::vec(counted, 0..6);
    (period, name, cap, counted).prop_map(move |(period, name, cap, counted)| Limit {
        scope,
        period,
        zone: name.map(zone),
        cap,
        counted,
    })
}

fn host(now: Timestamp) -> impl Strategy<Value = Host> {
    let away = (day_around(now), 0_i64..2).prop_map(|(day, days)| Away {
        first: day.date(),
        last: day.plus(days).date(),
    });
    (
        schedule(now),
        prop::collection::vec(busy(now), 0..8),
        prop::collection::vec(block(now), 0..2),
        prop::collection::vec(away, 0..2),
        prop::collection::vec(limit(now, Scope::Host), 0..2),
    )
        .prop_map(|(schedule, busy, blocks, away, limits)| Host {
            schedule,
            busy,
            blocks,
            away,
            limits,
        })
}

fn window(now: Timestamp) -> impl Strategy<Value = Window> {
    prop_oneof![
        4 => Just(Window::Always),
        1 => (0_u32..6).prop_map(Window::Days),
        1 => (0_u32..6).prop_map(Window::BusinessDays),
        1 => (0_u32..4).prop_map(Window::BookableDays),
        1 => (day_around(now), 0_i64..4).prop_map(|(day, days)| Window::Dates {
            first: day.date(),
            last: day.plus(days).date(),
        }),
    ]
}

fn meeting(now: Timestamp) -> impl Strategy<Value = Meeting> {
    let anchor = select(vec![Anchor::Hours, Anchor::AfterBusy, Anchor::AfterNotice]);
    let grid = (
        prop::option::of(select(vec![15_u32, 20, 30, 50, 60, 90])),
        anchor,
        select(vec![Rounding::Clock, Rounding::Fitting]),
    )
        .prop_map(|(step_minutes, anchor, rounding)| Grid {
            step_minutes,
            anchor,
            rounding,
        });
    (
        select(vec![15_u32, 25, 30, 45, 60, 120, 1500]),
        grid,
        buffers(),
        select(vec![Gap::Larger, Gap::Sum]),
        select(vec![0_u32, 0, 7, 60, 1500]),
        window(now),
        select(ZONES),
        prop::option::of(Just(3_u32)),
        prop::collection::vec(limit(now, Scope::EventType), 0..2),
    )
        .prop_map(
            |(minutes, grid, buffers, gap, notice_minutes, window, name, capacity, limits)| {
                Meeting {
                    minutes,
                    grid,
                    buffers,
                    gap,
                    notice_minutes,
                    window,
                    zone: zone(name),
                    capacity,
                    limits,
                }
            },
        )
}

fn team(hosts: usize) -> impl Strategy<Value = Team> {
    let all: Vec<usize> = (0..hosts).collect();
    let rest: Vec<usize> = (1..hosts).collect();
    let mixed = Team {
        fixed: vec![0],
        groups: if rest.is_empty() { vec![] } else { vec![rest] },
    };
    select(vec![
        Team::single(0),
        Team::collective(all.clone()),
        Team::any(all),
        mixed,
    ])
}

fn visit(now: Timestamp) -> impl Strategy<Value = Visit> {
    (
        1_u32..3,
        prop::option::of((0_i64..3).prop_map(HoldId::from)),
        prop::option::weighted(0.3, Just(BookingId::from(1))),
        prop::option::weighted(0.2, prop::collection::vec(0_usize..3, 1..3)),
        prop::option::weighted(0.2, (0_usize..3, 1_u32..6)),
    )
        .prop_map(move |(seats, hold, moves, only, preferred)| Visit {
            now: plus(now, 123_456_789),
            seats,
            hold,
            moves,
            only,
            preferred: preferred.map(|(host, days)| Preferred { host, days }),
        })
}

/// An occurrence that begins when nothing else may have anything to do with it.
fn occurrence(now: Timestamp, minutes: u32) -> impl Strategy<Value = Occurrence> {
    (around(now), 0_usize..3, 1_u32..5).prop_map(move |(start, host, count)| Occurrence {
        time: Interval::lasting(start, minutes),
        hosts: vec![host],
        seats: vec![Seat::Booked {
            id: BookingId::from(2),
            count,
        }],
    })
}

fn world() -> impl Strategy<Value = World> {
    let now = select(NEAR).prop_map(at);
    let rules = now.prop_flat_map(|now| {
        let hosts = prop::collection::vec(host(now), 1..4);
        (Just(now), meeting(now), hosts)
    });
    rules.prop_flat_map(|(now, meeting, hosts)| {
        let occurrences = prop::collection::vec(occurrence(now, meeting.minutes), 0..3);
        (team(hosts.len()), visit(now), occurrences).prop_map(move |(team, visit, occurrences)| {
            World {
                meeting: meeting.clone(),
                hosts: hosts.clone(),
                team,
                occurrences,
                visit,
            }
        })
    })
}

/// Six days, of which the second half is likely to see a change of the clock.
fn week(world: &World) -> Interval {
    Interval::new(world.visit.now, world.visit.now).widened(DAY, 5 * DAY)
}

/// What one is offered, with the hosts of each slot.
fn listed(offer: &Offer) -> Vec<(Slot, Vec<usize>)> {
    let slots = offer.slots.iter().enumerate();
    slots
        .map(|(i, &slot)| (slot, offer.hosts(i).collect()))
        .collect()
}

fn starts(offer: &Offer) -> BTreeSet<Timestamp> {
    offer.slots.iter().map(|slot| slot.start).collect()
}

/// Books the slot for all fixed hosts and one of each group, as it would be.
fn book(world: &mut World, hosts: &[usize], time: Interval, id: i64) -> Vec<usize> {
    let mut booked: Vec<usize> = world.team.fixed.clone();
    for group in &world.team.groups {
        let members: Vec<_> = group.iter().map(|&host| Member::new(host)).collect();
        booked.push(
            choose(FAIR, &members, |host| hosts.contains(&host))
                .unwrap()
                .host,
        );
    }
    booked.sort_unstable();
    booked.dedup();
    let id = BookingId::from(id);
    let buffers = world.meeting.buffers;
    for &host in &booked {
        world.hosts[host].busy.push(Busy {
            time,
            buffers,
            source: Source::Booking {
                id,
                standing: Standing::Confirmed,
            },
        });
    }
    booked
}

/// The pause that two meetings in a row need.
fn pause(gap: Gap, after: u32, before: u32) -> i64 {
    MINUTE
        * match gap {
            Gap::Larger => i64::from(after.max(before)),
            Gap::Sum => i64::from(after) + i64::from(before),
        }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_range_is_the_sum_of_its_parts(world in world(), cut in 0_i64..6 * 288) {
        let all = week(&world);
        let middle = plus(all.start, cut * 5 * MINUTE);
        let request = world.request();
        let mut parts = listed(&request.slots(Interval::new(all.start, middle)));
        parts.extend(listed(&request.slots(Interval::new(middle, all.end))));
        prop_assert_eq!(listed(&request.slots(all)), parts);
    }

    #[test]
    fn check_and_why_agree_with_what_is_offered(
        world in world(),
        some in prop::collection::vec(0_i64..6 * 288, 10),
        offered in prop::collection::vec(any::<Index>(), 5),
    ) {
        let range = week(&world);
        let request = world.request();
        let offer = request.slots(range);
        // The midnight of UTC is on most grids.
        let whole = Timestamp::from_micros(range.start.as_micros() / DAY * DAY);
        let mut starts: Vec<_> = some.into_iter().map(|n| plus(whole, n * 5 * MINUTE)).collect();
        if !offer.slots.is_empty() {
            starts.extend(offered.iter().map(|one| one.get(&offer.slots).start));
        }
        for start in starts.into_iter().filter(|&start| range.contains(start)) {
            let slot = offer.find(start);
            let checked = request.check(start);
            let reasons = request.why(start);
            if let Some(slot) = slot.filter(|&slot| offer.slots[slot].away.is_none()) {
                let hosts: Vec<_> = offer.hosts(slot).collect();
                let checked = checked.map(|accepted| (accepted.slot, accepted.hosts));
                prop_assert_eq!(checked, Ok((offer.slots[slot], hosts)), "{}", start);
                prop_assert_eq!(reasons, vec![], "{}", start);
            } else {
                prop_assert!(checked.is_err(), "{start}");
                prop_assert!(!reasons.is_empty(), "{start}");
            }
        }
    }

    #[test]
    fn what_is_offered_keeps_the_gap_to_everything(world in world()) {
        let request = world.request();
        let offer = request.slots(week(&world));
        let (new, gap) = (world.meeting.buffers, world.meeting.gap);
        let reader = world.visit.reader();
        for (i, slot) in offer.slots.iter().enumerate().filter(|(_, slot)| slot.occurrence.is_none()) {
            for host in offer.hosts(i) {
                for busy in &world.hosts[host].busy {
                    if !reader.is_hindered_by(busy.source) {
                        continue;
                    }
                    let before = pause(gap, new.after_minutes, busy.buffers.before_minutes);
                    let after = pause(gap, busy.buffers.after_minutes, new.before_minutes);
                    prop_assert!(
                        plus(slot.end, before) <= busy.time.start
                            || plus(busy.time.end, after) <= slot.start
                    );
                }
            }
        }
    }

    #[test]
    fn more_in_a_calendar_never_makes_more_slots(
        world in world(),
        more in prop::collection::vec((any::<Index>(), busy(at(NEAR[0])), around(at(NEAR[0]))), 1..4),
    ) {
        let mut world = world;
        world.meeting.grid.anchor = Anchor::Hours;
        world.visit.preferred = None;
        if let Window::BookableDays(_) = world.meeting.window {
            world.meeting.window = Window::Always;
        }
        let range = week(&world);
        let before = starts(&world.request().slots(range));
        let shift = world.visit.now.as_micros() - at(NEAR[0]).as_micros();
        for (host, mut busy, start) in more {
            let minutes = (busy.time.micros() / MINUTE) as u32;
            busy.time = Interval::lasting(plus(start, shift), minutes);
            let host = host.index(world.hosts.len());
            world.hosts[host].busy.push(busy);
        }
        let after = starts(&world.request().slots(range));
        prop_assert!(after.is_subset(&before));
    }

    #[test]
    fn whatever_is_offered_can_be_booked_and_nothing_overlaps(
        world in world(),
        picks in prop::collection::vec(any::<Index>(), 6),
    ) {
        let mut world = world;
        world.visit = Visit::at(world.visit.now);
        world.occurrences.clear();
        let range = week(&world);
        let mut booked: Vec<(Interval, Vec<usize>)> = Vec::new();
        for (id, pick) in picks.into_iter().enumerate() {
            let offer = world.request().slots(range);
            let open: Vec<_> = (0..offer.slots.len()).filter(|&i| offer.slots[i].away.is_none()).collect();
            if open.is_empty() {
                break;
            }
            let slot = offer.slots[*pick.get(&open)];
            let accepted = world.request().check(slot.start).unwrap();
            let time = Interval::new(slot.start, slot.end);
            let hosts = book(&mut world, &accepted.hosts, time, 100 + id as i64);
            for (other, others) in &booked {
                let same = hosts.iter().any(|host| others.contains(host));
                prop_assert!(!same || !other.overlaps(time));
            }
            // Whoever hosts it cannot host anything that overlaps it any more.
            let offer = world.request().slots(range);
            for (i, next) in offer.slots.iter().enumerate() {
                if Interval::new(next.start, next.end).overlaps(time) {
                    prop_assert!(offer.hosts(i).all(|host| !hosts.contains(&host)));
                }
            }
            booked.push((time, hosts));
        }
    }

    #[test]
    fn calendars_are_needed_no_further_than_said(world in world(), hours in 0_i64..48) {
        let start = plus(world.visit.now, hours * 60 * MINUTE);
        let range = Interval::lasting(start, 120);
        let reach = world.request().reach(range);
        let mut near = world.clone();
        for host in &mut near.hosts {
            host.busy.retain(|busy| busy.time.overlaps(reach));
        }
        // They are named by their index, so those far away are emptied.
        for one in near.occurrences.iter_mut().filter(|one| !one.time.overlaps(reach)) {
            one.seats.clear();
        }
        let near = listed(&near.request().slots(range));
        prop_assert_eq!(listed(&world.request().slots(range)), near);
    }

    #[test]
    fn the_zone_of_who_asks_only_groups(world in world(), name in select(ZONES)) {
        let zone = zone(name);
        let offer = world.request().slots(week(&world));
        let days = offer.by_date(&zone);
        let slots: Vec<_> = days.iter().flat_map(|day| day.slots).copied().collect();
        prop_assert_eq!(&slots, &offer.slots);
        for day in &days {
            for slot in day.slots {
                let date = zone.to_jiff().to_datetime(slot.start.to_jiff()).date();
                prop_assert_eq!(date, day.date);
            }
        }
        prop_assert!(days.windows(2).all(|pair| pair[0].date < pair[1].date));
    }

    #[test]
    fn a_date_adds_up(world in world(), name in select(ZONES)) {
        let zone = zone(name);
        let date = zone.to_jiff().to_datetime(world.visit.now.to_jiff()).date();
        let date = date.tomorrow().unwrap();
        let report = world.request().why_date(date, &zone);
        let offer = world.request().slots(report.during);
        let open = offer.slots.iter().filter(|slot| slot.away.is_none()).count();
        prop_assert_eq!(report.offered, open);
        if open == 0 {
            prop_assert!(!report.reasons.is_empty());
        }
        for slot in &offer.slots {
            prop_assert_eq!(zone.to_jiff().to_datetime(slot.start.to_jiff()).date(), date);
        }
    }

    #[test]
    fn sets_are_sets(
        one in prop::collection::vec((0_i64..60, 0_i64..9), 0..8),
        other in prop::collection::vec((0_i64..60, 0_i64..9), 0..8),
    ) {
        use super::super::interval::{covers, find, intersect, normalize, subtract, union};
        let second = |n| Timestamp::from_micros(n) + Duration::ZERO;
        let set = |parts: &[(i64, i64)]| {
            let parts = parts.iter().map(|&(from, length)| Interval::new(second(from), second(from + length)));
            normalize(parts.collect())
        };
        let has = |set: &[Interval], at| set.iter().any(|part| part.contains(at));
        let (one, other) = (set(&one), set(&other));
        let both = intersect(&one, &other);
        let left = subtract(&one, &other);
        let any = union([one.as_slice(), other.as_slice()]);
        for made in [&both, &left, &any] {
            prop_assert!(made.iter().all(|part| !part.is_empty()));
            prop_assert!(made.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
        for at in (0..80).map(second) {
            let (a, b) = (has(&one, at), has(&other, at));
            prop_assert_eq!(has(&both, at), a && b);
            prop_assert_eq!(has(&left, at), a && !b);
            prop_assert_eq!(has(&any, at), a || b);
            prop_assert_eq!(find(&one, at).is_some(), a);
            prop_assert_eq!(covers(&one, Interval::new(at, plus(at, 1))), a);
        }
    }
}
