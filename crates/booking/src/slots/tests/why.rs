//! Each rule says that it was it.

use super::{World, at, booking, daily, date, external, ist, weekly, zone};
use crate::BookingId;
use crate::slots::{
    Away, Block, Buffers, Cap, Closed, Counted, HostReason, Limit, Occurrence, Period, Preferred,
    Reason, Scope, Seat, Team, Window, interval::Interval,
};

fn one_host(reason: HostReason) -> Vec<Reason> {
    vec![Reason::Host { host: 0, reason }]
}

fn why(world: &World, start: &str) -> Vec<Reason> {
    let reasons = world.request().why(at(start));
    match world.request().check(at(start)) {
        Ok(_) => assert_eq!(reasons, []),
        Err(same) => assert_eq!(reasons, same),
    }
    reasons
}

/// 09:00 to 12:00 on weekdays; 5 May 2026 is a Tuesday.
fn world() -> World {
    World::one(60, weekly("UTC", 0..5, "09:00-12:00")).now("2026-05-01T00:00Z")
}

#[test]
fn when_it_is_too_soon_or_beyond_the_window() {
    let earliest = at("2026-05-05T09:30Z");
    let soon = world()
        .now("2026-05-05T09:00Z")
        .with(|world| world.meeting.notice_minutes = 30);
    assert_eq!(
        why(&soon, "2026-05-05T09:00Z"),
        [Reason::Notice { earliest }]
    );
    assert_eq!(why(&soon, "2026-05-05T10:00Z"), []);
    let window = world().with(|world| world.meeting.window = Window::Days(3));
    let last = Some(date("2026-05-04"));
    assert_eq!(
        why(&window, "2026-05-05T09:00Z"),
        [Reason::Window { first: None, last }]
    );
}

#[test]
fn when_the_host_does_not_work() {
    assert_eq!(
        why(&world(), "2026-05-09T09:00Z"),
        one_host(HostReason::Closed {
            date: date("2026-05-09"),
            by: Closed::Week
        })
    );
    let overridden = world().with(|world| {
        world.hosts[0].schedule = world.hosts[0]
            .schedule
            .clone()
            .overriding(&[("2026-05-05", "")]);
    });
    assert_eq!(
        why(&overridden, "2026-05-05T09:00Z"),
        one_host(HostReason::Closed {
            date: date("2026-05-05"),
            by: Closed::Override
        })
    );
    assert_eq!(
        why(&world(), "2026-05-05T11:30Z"),
        one_host(HostReason::OutsideHours)
    );
    for team in [Team::single(0), Team::any([0])] {
        let away = world().with(|world| {
            world.team = team;
            world.hosts[0].away = vec![
                Away {
                    first: date("2026-01-01"),
                    last: date("2026-01-02"),
                },
                Away {
                    first: date("2026-05-04"),
                    last: date("2026-05-08"),
                },
            ];
        });
        let reasons = why(&away, "2026-05-05T09:00Z");
        assert_eq!(reasons, one_host(HostReason::Away { away: 1 }));
    }
}

#[test]
fn when_the_host_is_busy() {
    let busy = world()
        .busy(0, booking("2026-05-05T07:00Z", "2026-05-05T08:45Z"))
        .busy(0, external("2026-05-05T09:30Z", "2026-05-05T09:45Z"))
        .with(|world| {
            world.meeting.buffers.before_minutes = 30;
            world.hosts[0].blocks.push(Block::Once {
                from: date("2026-05-05").at(11, 0, 0, 0),
                to: date("2026-05-05").at(11, 10, 0, 0),
            });
        });
    let by = |busy, by_buffer| Reason::Host {
        host: 0,
        reason: HostReason::Busy { busy, by_buffer },
    };
    assert_eq!(why(&busy, "2026-05-05T09:00Z"), [by(0, true), by(1, false)]);
    assert_eq!(why(&busy, "2026-05-05T10:00Z"), [by(1, true)]);
    let block = 0;
    let by_buffer = false;
    let blocked = one_host(HostReason::Blocked { block, by_buffer });
    assert_eq!(why(&busy, "2026-05-05T11:00Z"), blocked);
}

#[test]
fn when_it_is_not_on_the_grid() {
    let off = Reason::Grid {
        before: Some(at("2026-05-05T09:00Z")),
        after: Some(at("2026-05-05T10:00Z")),
    };
    assert_eq!(why(&world(), "2026-05-05T09:07Z"), [off]);
}

#[test]
fn when_a_limit_or_the_capacity_is_reached() {
    let limit = |scope| Limit {
        scope,
        period: Period::Day,
        zone: None,
        cap: Cap::Bookings(1),
        counted: vec![Counted {
            booking: BookingId::from(1),
            start: at("2026-05-05T01:00Z"),
            minutes: 60,
        }],
    };
    let full = world().with(|world| {
        world.meeting.limits.push(limit(Scope::EventType));
        world.hosts[0].limits.push(limit(Scope::Host));
    });
    let mut expected = vec![Reason::Limit { limit: 0, used: 1 }];
    expected.extend(one_host(HostReason::Limit { limit: 0, used: 1 }));
    assert_eq!(why(&full, "2026-05-05T09:00Z"), expected);
    assert_eq!(why(&full, "2026-05-06T09:00Z"), []);

    let seats = world().with(|world| {
        world.meeting.capacity = Some(3);
        world.occurrences.push(Occurrence {
            time: Interval::lasting(at("2026-05-05T09:00Z"), 60),
            hosts: vec![0],
            seats: vec![Seat::Booked {
                id: BookingId::from(1),
                count: 2,
            }],
        });
    });
    assert_eq!(why(&seats, "2026-05-05T09:00Z"), []);
    let two = seats.clone().with(|world| world.visit.seats = 2);
    let occurrence = Some(0);
    assert!(why(&two, "2026-05-05T09:00Z").contains(&Reason::Seats {
        occurrence,
        left: 1
    }));
    assert_eq!(why(&two, "2026-05-05T10:00Z"), []);
    let four = seats.clone().with(|world| world.visit.seats = 4);
    let none = Reason::Seats {
        occurrence: None,
        left: 3,
    };
    assert_eq!(why(&four, "2026-05-05T10:00Z"), [none]);

    // Who joins makes no new meeting: only the invitee's own limit counts.
    let of = |scope| {
        let world = seats
            .clone()
            .with(|world| world.meeting.limits.push(limit(scope)));
        why(&world, "2026-05-05T09:00Z").len()
    };
    assert_eq!(
        (of(Scope::EventType), of(Scope::Team), of(Scope::Invitee)),
        (0, 0, 1)
    );
}

#[test]
fn of_a_group_all_are_named_or_none() {
    let schedules = vec![ist(), ist(), ist()];
    let busy = booking("2026-05-05T04:00Z", "2026-05-05T05:00Z");
    let world = World::many(60, schedules, Team::any([0, 1, 2])).now("2026-05-01T00:00Z");
    let some = world.step(30).busy(0, busy).busy(1, busy);
    assert_eq!(why(&some, "2026-05-05T04:00Z"), []);
    let by_buffer = false;
    let reason = |host, reason| Reason::Host { host, reason };
    let all = some.clone().busy(2, busy);
    let expected = [0, 1, 2].map(|host| reason(host, HostReason::Busy { busy: 0, by_buffer }));
    assert_eq!(why(&all, "2026-05-05T04:00Z"), expected);
    let asked = some.with(|world| world.visit.preferred = Some(Preferred { host: 1, days: 30 }));
    assert_eq!(
        why(&asked, "2026-05-05T04:00Z"),
        [
            reason(0, HostReason::NotAsked),
            reason(1, HostReason::Busy { busy: 0, by_buffer }),
            reason(2, HostReason::NotAsked)
        ]
    );
    let empty = World::many(60, vec![ist()], Team::any([]));
    assert!(why(&empty, "2026-05-05T04:00Z").contains(&Reason::NoHost));
}

#[test]
fn a_date_is_summed_up() {
    let world = World::one(30, daily("Europe/Berlin", "09:00-12:00"))
        .now("2026-05-05T07:15Z")
        .busy(0, booking("2026-05-05T08:00Z", "2026-05-05T09:00Z"));
    let report = world
        .request()
        .why_date(date("2026-05-05"), &zone("Europe/Berlin"));
    assert_eq!((report.starts, report.offered), (6, 3));
    let busy = HostReason::Busy {
        busy: 0,
        by_buffer: false,
    };
    let earliest = at("2026-05-05T07:15Z");
    assert_eq!(
        report.reasons,
        [
            (
                Reason::Host {
                    host: 0,
                    reason: busy
                },
                2
            ),
            (Reason::Notice { earliest }, 1)
        ]
    );
    assert_eq!(
        report.during,
        super::between("2026-05-04T22:00Z", "2026-05-05T22:00Z")
    );
}

#[test]
fn a_date_without_any_start_says_what_closes_it() {
    let report = |world: &World, day: &str| {
        let report = world.request().why_date(date(day), &zone("UTC"));
        assert_eq!((report.starts, report.offered), (0, 0));
        let reasons = report.reasons.into_iter();
        reasons
            .map(|(reason, count)| {
                assert_eq!(count, 0);
                reason
            })
            .collect::<Vec<_>>()
    };
    let closed = HostReason::Closed {
        date: date("2026-05-09"),
        by: Closed::Week,
    };
    assert_eq!(report(&world(), "2026-05-09"), one_host(closed));
    let long = world().with(|world| world.meeting.minutes = 200);
    assert_eq!(
        report(&long, "2026-05-05"),
        one_host(HostReason::OutsideHours)
    );
    let past = world().now("2026-05-10T00:00Z");
    assert_eq!(report(&past, "2026-05-09").len(), 2);
    let group = world().with(|world| world.team = Team::any([]));
    assert_eq!(report(&group, "2026-05-05"), [Reason::NoHost]);
    let buffers = Buffers::default();
    assert_eq!(buffers.before_minutes, 0);
}
