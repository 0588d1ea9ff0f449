//! Cases 5, 42, 43, 45, 50 to 52: several hosts.

use super::{World, at, booking, daily, date, every, ist, on, ranges, weekly};
use crate::slots::interval::{Interval, intersect, normalize};
use crate::slots::{Anchor, Block, Pattern, Preferred, Team};
use kernel::Timestamp;

#[test]
fn case_5_the_hours_of_a_group_are_cut_together() {
    let first = || on("UTC", &[("2026-05-05", "11:00-13:00")]);
    let second = || on("UTC", &[("2026-05-05", "11:15-13:00")]);
    for schedules in [vec![first(), second()], vec![second(), first()]] {
        let world = World::many(45, schedules, Team::any([0, 1]));
        assert_eq!(world.utc("2026-05-05"), ["11:00", "11:45"]);
    }
}

/// Host 0 is busy from 04:00 to 04:15, host 1 from 05:30 to 05:45.
fn two(team: Team) -> World {
    World::many(45, vec![ist(), ist()], team)
        .busy(0, booking("2026-05-05T04:00Z", "2026-05-05T04:15Z"))
        .busy(1, booking("2026-05-05T05:30Z", "2026-05-05T05:45Z"))
}

#[test]
fn case_42_all_of_a_collective_must_be_free() {
    let world = two(Team::collective([0, 1]));
    let fixed = world.utc("2026-05-05");
    assert_eq!(
        fixed,
        [vec!["04:45".to_owned()], every(45, "06:15", "11:30")].concat()
    );
    let denser = world.anchor(Anchor::AfterBusy).utc("2026-05-05");
    assert_eq!(
        denser,
        [vec!["04:15".to_owned()], every(45, "05:45", "11:45")].concat()
    );
}

#[test]
fn case_43_one_of_a_group_is_enough() {
    for anchor in [Anchor::Hours, Anchor::AfterBusy] {
        let world = two(Team::any([0, 1])).anchor(anchor);
        assert_eq!(world.utc("2026-05-05"), every(45, "04:00", "11:30"));
        let offer = world.offer("2026-05-05T00:00Z", "2026-05-06T00:00Z");
        let hosts = |slot| offer.hosts(slot).collect::<Vec<_>>();
        assert_eq!(
            (hosts(0), hosts(1), hosts(2)),
            (vec![1], vec![0, 1], vec![0])
        );
    }
    let both = two(Team::any([0, 1])).busy(1, booking("2026-05-05T04:00Z", "2026-05-05T04:15Z"));
    assert_eq!(both.utc("2026-05-05"), every(45, "04:45", "11:30"));
    let denser = both.anchor(Anchor::AfterBusy);
    assert_eq!(denser.utc("2026-05-05"), every(45, "04:15", "11:45"));
}

#[test]
fn a_meeting_is_never_shared_out_between_hosts_of_a_group() {
    let schedules = vec![daily("UTC", "09:00-09:40"), daily("UTC", "09:40-11:00")];
    let world = World::many(60, schedules, Team::any([0, 1]));
    assert_eq!(world.utc("2026-05-05"), ["10:00"]);
}

#[test]
fn fixed_hosts_and_one_of_each_group() {
    let schedules = vec![
        daily("UTC", "09:00-13:00"),
        daily("UTC", "08:00-11:00"),
        daily("UTC", "12:00-14:00"),
        daily("UTC", "10:00-13:00"),
    ];
    let team = Team {
        fixed: vec![0],
        groups: vec![vec![1, 2], vec![3]],
    };
    let world = World::many(60, schedules, team);
    assert_eq!(world.utc("2026-05-05"), ["10:00", "12:00"]);
    let offer = world.offer("2026-05-05T00:00Z", "2026-05-06T00:00Z");
    assert_eq!(offer.hosts(0).collect::<Vec<_>>(), [0, 1, 3]);
    assert_eq!(offer.hosts(1).collect::<Vec<_>>(), [0, 2, 3]);

    // Fixed hosts who are never there together leave nothing, whoever else is.
    let apart = world.with(|world| world.team.fixed = vec![1, 2]);
    assert!(apart.utc("2026-05-05").is_empty());
}

#[test]
fn nobody_hosts_nothing() {
    let schedule = || daily("UTC", "09:00-11:00");
    for team in [
        Team::default(),
        Team::any([]),
        Team::any([7]),
        Team::single(7),
        Team::collective([0, 7]),
        Team {
            fixed: vec![0],
            groups: vec![vec![]],
        },
    ] {
        let world = World::many(60, vec![schedule()], team.clone());
        assert!(world.utc("2026-05-05").is_empty(), "{team:?}");
    }
}

#[test]
fn more_hosts_than_bits_in_a_word() {
    let schedules = vec![daily("UTC", "09:00-11:00"); 130];
    let world = World::many(60, schedules, Team::any(0..130));
    let world = world.with(|world| {
        for host in 0..129 {
            world.hosts[host]
                .busy
                .push(booking("2026-05-05T10:00Z", "2026-05-05T11:00Z"));
        }
    });
    let offer = world.offer("2026-05-05T00:00Z", "2026-05-06T00:00Z");
    assert_eq!(offer.hosts(0).count(), 130);
    assert_eq!(offer.hosts(1).collect::<Vec<_>>(), [129]);
}

#[test]
fn case_45_the_preferred_host_if_they_have_time_soon() {
    let preferred = |owner| {
        let schedules = vec![daily("UTC", "09:00-11:00"), owner];
        World::many(60, schedules, Team::any([0, 1]))
            .now("2026-05-01T00:00Z")
            .with(|world| world.visit.preferred = Some(Preferred { host: 1, days: 14 }))
    };
    let none = preferred(weekly("UTC", [], ""));
    assert_eq!(none.utc("2026-05-05"), ["09:00", "10:00"]);
    let once = preferred(on("UTC", &[("2026-05-14", "10:00-11:00")]));
    assert_eq!(once.utc("2026-05-14"), ["10:00"]);
    // Their slots alone, also where there are none.
    assert!(once.utc("2026-05-05").is_empty());
    assert!(
        once.offer("2026-06-01T00:00Z", "2026-07-01T00:00Z")
            .slots
            .is_empty()
    );
    let late = preferred(on("UTC", &[("2026-05-15", "10:00-11:00")]));
    assert_eq!(late.utc("2026-05-05"), ["09:00", "10:00"]);
    // Somebody who is not in the team is nobody's preference.
    let stranger = none.with(|world| world.visit.preferred = Some(Preferred { host: 9, days: 14 }));
    assert_eq!(stranger.utc("2026-05-05"), ["09:00", "10:00"]);
}

#[test]
fn case_50_a_move_asks_the_same_host_or_those_it_is_routed_to() {
    let schedules = vec![
        daily("UTC", "09:00-10:00"),
        daily("UTC", "10:00-11:00"),
        daily("UTC", "11:00-12:00"),
    ];
    let world = World::many(60, schedules, Team::any([0, 1, 2]));
    let only = |hosts: Vec<usize>| {
        let world = world.clone().with(|world| world.visit.only = Some(hosts));
        world.utc("2026-05-05")
    };
    assert_eq!(only(vec![1]), ["10:00"]);
    assert_eq!(only(vec![0, 2]), ["09:00", "11:00"]);
    assert!(only(vec![]).is_empty());
}

#[test]
fn case_51_intersections() {
    let set = |hours: &[(i64, i64)]| {
        let minute = |minutes: i64| Timestamp::from_micros(minutes * 60_000_000);
        let intervals = hours
            .iter()
            .map(|&(from, to)| Interval::new(minute(from), minute(to)));
        normalize(intervals.collect())
    };
    let all = [
        set(&[(840, 1020), (540, 720)]),
        set(&[(600, 780), (900, 1080)]),
        set(&[(660, 750), (930, 990)]),
    ];
    let common = all
        .iter()
        .fold(all[0].clone(), |common, next| intersect(&common, next));
    assert_eq!(common, set(&[(660, 720), (930, 990)]));
    assert_eq!(intersect(&set(&[(0, 60)]), &set(&[(60, 120)])), []);
    assert_eq!(intersect(&set(&[(0, 60)]), &[]), []);
}

#[test]
fn case_52_blocked_dates_and_breaks() {
    let mut block = Block::Repeated {
        range: ranges("00:00-24:00")[0],
        pattern: Pattern::Days { every: 1 },
        first: date("2026-05-05"),
        last: Some(date("2026-05-05")),
        except: vec![],
    };
    let schedules = vec![daily("UTC", "09:00-17:00"); 2];
    let world = World::many(60, schedules, Team::any([0, 1]));
    let closed = world.clone().with(|world| {
        for host in &mut world.hosts {
            host.blocks.push(block.clone());
        }
    });
    assert!(closed.utc("2026-05-05").is_empty());
    assert_eq!(closed.utc("2026-05-06").len(), 8);
    if let Block::Repeated { range, .. } = &mut block {
        *range = ranges("12:00-13:00")[0];
    }
    let split = World::one(60, daily("UTC", "09:00-17:00"));
    let split = split.with(|world| world.hosts[0].blocks.push(block));
    let expected = [every(60, "09:00", "11:00"), every(60, "13:00", "16:00")].concat();
    assert_eq!(split.utc("2026-05-05"), expected);
}

#[test]
fn case_52_free_time_of_a_day_is_told() {
    let world = World::one(60, daily("UTC", "09:00-17:00"));
    let world = world.busy(0, booking("2026-05-05T10:00Z", "2026-05-05T11:30Z"));
    let day = super::between("2026-05-05T00:00Z", "2026-05-06T00:00Z");
    assert_eq!(world.request().free_minutes(0, day), 6 * 60 + 30);
    assert_eq!(world.request().free_minutes(1, day), 0);
}

#[test]
fn case_53_a_dated_rule_replaces_the_weekly_one() {
    let monday = weekly("UTC", [0], "08:00-10:30").overriding(&[("2026-05-04", "09:00-12:30")]);
    assert_eq!(
        monday.hours_between("2026-05-04T00:00Z", "2026-05-05T00:00Z"),
        ["2026-05-04T09:00Z/2026-05-04T12:30Z"]
    );
}

#[test]
fn slots_are_grouped_by_the_date_of_who_asks() {
    let world = World::one(60, daily("UTC", "22:00-26:00"));
    let offer = world.offer("2026-05-05T12:00Z", "2026-05-06T12:00Z");
    let group = |name: &str| -> Vec<(String, usize)> {
        let days = offer.by_date(&super::zone(name));
        days.iter()
            .map(|day| (day.date.to_string(), day.slots.len()))
            .collect()
    };
    let day = |date: &str, count| (date.to_owned(), count);
    assert_eq!(group("UTC"), [day("2026-05-05", 2), day("2026-05-06", 2)]);
    assert_eq!(group("Europe/Berlin"), [day("2026-05-06", 4)]);
    assert_eq!(group("America/New_York"), [day("2026-05-05", 4)]);
    assert_eq!(offer.slots[0].end, at("2026-05-05T23:00Z"));
}
