//! Cases 38 to 41: limits; booking windows and notice.

use jiff::civil::Weekday;

use super::{World, at, booking, daily, date, every, weekly, zone};
use crate::BookingId;
use crate::slots::{Cap, Counted, Interval, Limit, Period, Schedule, Scope, Team, Window};

fn counted(booking: i64, start: &str, minutes: u32) -> Counted {
    Counted {
        booking: BookingId::from(booking),
        start: at(start),
        minutes,
    }
}

fn limit(period: Period, cap: Cap, counted: Vec<Counted>) -> Limit {
    Limit {
        scope: Scope::EventType,
        period,
        zone: None,
        cap,
        counted,
    }
}

fn limited(schedule: Schedule, limit: Limit) -> World {
    World::one(60, schedule).with(|world| world.meeting.limits.push(limit))
}

#[test]
fn case_38_a_full_day_is_that_of_the_host() {
    let always = || daily("Asia/Dhaka", "00:00-24:00");
    // 2 a.m. in Dhaka, 9 a.m. of the day before in Pago Pago.
    let one = || vec![counted(1, "2026-05-04T20:00Z", 60)];
    let world = limited(always(), limit(Period::Day, Cap::Bookings(1), one()));
    let world = world.busy(0, booking("2026-05-04T20:00Z", "2026-05-04T21:00Z"));
    assert!(world.local("2026-05-05", "Asia/Dhaka").is_empty());
    assert_eq!(world.local("2026-05-06", "Asia/Dhaka").len(), 24);
    // For who is at -11:00, the host's day is from 07:00 on the 4th until 07:00 on the 5th.
    assert_eq!(
        world.local("2026-05-04", "Pacific/Pago_Pago"),
        every(60, "00:00", "06:00")
    );
    assert_eq!(
        world.local("2026-05-05", "Pacific/Pago_Pago"),
        every(60, "07:00", "23:00")
    );

    let two = world.with(|world| world.meeting.limits[0].cap = Cap::Bookings(2));
    assert_eq!(two.local("2026-05-05", "Asia/Dhaka").len(), 23);
}

#[test]
fn case_39_minutes_are_limited_too() {
    let always = || daily("Asia/Dhaka", "00:00-24:00");
    let counted = || {
        vec![
            counted(1, "2026-05-04T20:00Z", 60),
            counted(2, "2026-05-05T10:00Z", 60),
        ]
    };
    let world = limited(always(), limit(Period::Day, Cap::Minutes(120), counted()));
    assert!(world.local("2026-05-05", "Asia/Dhaka").is_empty());
    assert_eq!(
        world.local("2026-05-04", "Pacific/Pago_Pago"),
        every(60, "00:00", "06:00")
    );
    let mut one = counted();
    one.pop();
    let world = limited(always(), limit(Period::Day, Cap::Minutes(240), one));
    assert_eq!(world.local("2026-05-05", "Asia/Dhaka").len(), 24);
    // Exactly as much as there is room for.
    let exact = world
        .clone()
        .with(|world| world.meeting.limits[0].cap = Cap::Minutes(120));
    assert_eq!(exact.local("2026-05-05", "Asia/Dhaka").len(), 24);
    let short = world.with(|world| world.meeting.limits[0].cap = Cap::Minutes(119));
    assert!(short.local("2026-05-05", "Asia/Dhaka").is_empty());
}

#[test]
fn a_cap_below_one_meeting_leaves_nothing_at_any_time() {
    for cap in [Cap::Bookings(0), Cap::Minutes(59)] {
        let world = limited(
            daily("UTC", "09:00-17:00"),
            limit(Period::Year, cap, vec![]),
        );
        assert!(world.utc("2026-05-05").is_empty());
    }
}

#[test]
fn case_41_one_booking_closes_the_day_for_all_types_of_a_team() {
    let always = || daily("UTC", "00:00-24:00");
    // A booking of one collective type is counted for both.
    let team = Limit {
        scope: Scope::Team,
        ..limit(
            Period::Day,
            Cap::Bookings(1),
            vec![counted(1, "2026-05-05T10:00Z", 60)],
        )
    };
    let taken = booking("2026-05-05T10:00Z", "2026-05-05T11:00Z");
    let collective = World::many(60, vec![always(), always()], Team::collective([0, 1]))
        .busy(0, taken)
        .busy(1, taken);
    assert_eq!(collective.utc("2026-05-05").len(), 23);
    let collective = collective.with(|world| world.meeting.limits.push(team));
    assert!(collective.utc("2026-05-05").is_empty());
    assert_eq!(collective.utc("2026-05-06").len(), 24);
    let personal = World::one(60, always()).busy(0, taken);
    assert_eq!(personal.utc("2026-05-05").len(), 23);
}

#[test]
fn a_limit_with_a_zone_of_its_own_has_its_days() {
    let counted = vec![counted(1, "2026-05-05T10:00Z", 60)];
    let limit = Limit {
        zone: Some(zone("Asia/Tokyo")),
        ..limit(Period::Day, Cap::Bookings(1), counted)
    };
    let world = limited(daily("UTC", "00:00-24:00"), limit);
    // In Tokyo it is 19:00, and the day lasts from 15:00 to 15:00 UTC.
    assert_eq!(world.utc("2026-05-04"), every(60, "00:00", "14:00"));
    assert_eq!(world.utc("2026-05-05"), every(60, "15:00", "23:00"));
    assert!(!world.request().why(at("2026-05-04T15:00Z")).is_empty());
    assert!(world.request().why(at("2026-05-05T15:00Z")).is_empty());
}

#[test]
fn periods_are_those_of_the_calendar() {
    let on = |period, start| {
        let limit = limit(period, Cap::Bookings(1), vec![counted(1, start, 60)]);
        let world = limited(daily("Europe/Berlin", "12:00-13:00"), limit);
        let offer = world.offer("2025-12-01T00:00Z", "2027-02-01T00:00Z");
        let open: Vec<_> = offer
            .slots
            .iter()
            .map(|slot| slot.start.to_string()[..10].to_owned())
            .collect();
        let all = World::one(60, daily("Europe/Berlin", "12:00-13:00"));
        let all = all.offer("2025-12-01T00:00Z", "2027-02-01T00:00Z");
        let missing = all
            .slots
            .iter()
            .map(|slot| slot.start.to_string()[..10].to_owned());
        let missing: Vec<_> = missing.filter(|day| !open.contains(day)).collect();
        format!(
            "{} {} {}",
            missing.len(),
            missing[0],
            missing[missing.len() - 1]
        )
    };
    // 22:30Z on 31 May is 1 June in Berlin, a Monday.
    let start = "2026-05-31T22:30Z";
    assert_eq!(on(Period::Day, start), "1 2026-06-01 2026-06-01");
    let week = |first| Period::Week { first };
    assert_eq!(on(week(Weekday::Monday), start), "7 2026-06-01 2026-06-07");
    assert_eq!(on(week(Weekday::Sunday), start), "7 2026-05-31 2026-06-06");
    assert_eq!(on(week(Weekday::Tuesday), start), "7 2026-05-26 2026-06-01");
    assert_eq!(on(Period::Month, start), "30 2026-06-01 2026-06-30");
    assert_eq!(on(Period::Year, start), "365 2026-01-01 2026-12-31");
    assert_eq!(on(Period::Ever, start), "427 2025-12-01 2027-01-31");
    // A booking that reaches into the next period counts where it starts.
    assert_eq!(
        on(Period::Month, "2026-05-31T21:30Z"),
        "31 2026-05-01 2026-05-31"
    );
}

#[test]
fn a_moved_booking_is_not_counted() {
    let taken = vec![counted(1, "2026-05-05T10:00Z", 60)];
    let world = limited(
        daily("UTC", "09:00-11:00"),
        limit(Period::Day, Cap::Bookings(1), taken),
    );
    assert!(world.utc("2026-05-05").is_empty());
    let moved = world.with(|world| world.visit.moves = Some(BookingId::from(1)));
    assert_eq!(moved.utc("2026-05-05").len(), 2);
}

#[test]
fn limits_of_a_host_take_only_that_host_away() {
    let hours = || daily("UTC", "09:00-11:00");
    let world = World::many(60, vec![hours(), hours()], Team::any([0, 1])).with(|world| {
        let taken = vec![counted(1, "2026-05-05T07:00Z", 60)];
        world.hosts[0].limits.push(Limit {
            scope: Scope::Host,
            ..limit(Period::Day, Cap::Bookings(1), taken)
        });
    });
    let offer = world.offer("2026-05-05T00:00Z", "2026-05-07T00:00Z");
    let hosts: Vec<Vec<usize>> = (0..4).map(|slot| offer.hosts(slot).collect()).collect();
    assert_eq!(hosts, [vec![1], vec![1], vec![0, 1], vec![0, 1]]);
    assert_eq!(world.utc("2026-05-05").len(), 2);
    let alone = world.with(|world| world.team = Team::single(0));
    assert!(alone.utc("2026-05-05").is_empty());
}

#[test]
fn notice_is_kept_to_the_second_and_a_start_at_its_end_is_offered() {
    let world = World::one(60, daily("UTC", "09:00-12:00"));
    let world = world.with(|world| world.meeting.notice_minutes = 60);
    let at_end = world.clone().now("2026-05-05T09:00Z");
    assert_eq!(
        at_end.utc("2026-05-05"),
        ["10:00", "11:00"],
        "case 52, with our rule"
    );
    let after = world.now("2026-05-05T09:00:01Z");
    assert_eq!(after.utc("2026-05-05"), ["11:00"]);
}

#[test]
fn windows_end_with_a_date_of_the_meeting() {
    let days = |window, now: &str, schedule: Schedule| -> String {
        let world = World::one(60, schedule)
            .now(now)
            .with(|world| world.meeting.window = window);
        let offer = world.offer("2026-04-01T00:00Z", "2026-09-01T00:00Z");
        for slot in &offer.slots {
            assert!(world.request().check(slot.start).is_ok());
        }
        let date = |index: usize| offer.slots[index].start.to_string()[..10].to_owned();
        match offer.slots.len() {
            0 => "none".to_owned(),
            count => format!("{count} {} {}", date(0), date(count - 1)),
        }
    };
    let noon = || daily("UTC", "12:00-13:00");
    // 2026-05-08 is a Friday.
    let friday = "2026-05-08T06:00Z";
    assert_eq!(
        days(Window::Days(0), friday, noon()),
        "1 2026-05-08 2026-05-08"
    );
    assert_eq!(
        days(Window::Days(3), friday, noon()),
        "4 2026-05-08 2026-05-11"
    );
    assert_eq!(
        days(Window::BusinessDays(0), friday, noon()),
        "1 2026-05-08 2026-05-08"
    );
    assert_eq!(
        days(Window::BusinessDays(1), friday, noon()),
        "4 2026-05-08 2026-05-11"
    );
    assert_eq!(
        days(Window::BusinessDays(6), friday, noon()),
        "11 2026-05-08 2026-05-18"
    );
    let saturday = "2026-05-09T06:00Z";
    assert_eq!(
        days(Window::BusinessDays(1), saturday, noon()),
        "3 2026-05-09 2026-05-11"
    );
    assert_eq!(
        days(Window::BusinessDays(5), saturday, noon()),
        "7 2026-05-09 2026-05-15"
    );
    let range = Window::Dates {
        first: date("2026-06-01"),
        last: date("2026-06-03"),
    };
    assert_eq!(days(range, friday, noon()), "3 2026-06-01 2026-06-03");
    // Days with a slot: on Tuesdays alone.
    let tuesdays = || weekly("UTC", [1], "12:00-13:00");
    assert_eq!(
        days(Window::BookableDays(3), friday, tuesdays()),
        "3 2026-05-12 2026-05-26"
    );
    assert_eq!(
        days(Window::BookableDays(3), friday, noon()),
        "3 2026-05-08 2026-05-10"
    );
    let late = "2026-05-08T12:01Z";
    assert_eq!(
        days(Window::BookableDays(3), late, noon()),
        "3 2026-05-09 2026-05-11"
    );
    assert_eq!(days(Window::BookableDays(0), friday, noon()), "none");
    // No further than 61 days, today among them: the last is 7 July, a Tuesday.
    assert_eq!(
        days(Window::BookableDays(30), friday, tuesdays()),
        "9 2026-05-12 2026-07-07"
    );
}

#[test]
fn today_is_that_of_the_meeting() {
    let world = World::one(60, daily("Pacific/Auckland", "00:00-24:00"))
        .now("2026-05-08T13:00Z")
        .with(|world| world.meeting.window = Window::Days(0));
    // In Auckland it is the 9th, 01:00, until noon UTC.
    let offer = world.offer("2026-05-01T00:00Z", "2026-06-01T00:00Z");
    assert_eq!(offer.slots.len(), 23);
    assert_eq!(offer.slots[22].start, at("2026-05-09T11:00Z"));
    assert_eq!(world.meeting.zone, zone("Pacific/Auckland"));
}

#[test]
fn a_busy_day_is_no_bookable_day() {
    let world = World::one(60, daily("UTC", "12:00-13:00")).now("2026-05-08T00:00Z");
    let world = world.with(|world| world.meeting.window = Window::BookableDays(2));
    let world = world.busy(0, booking("2026-05-09T12:00Z", "2026-05-09T13:00Z"));
    let offer = world.offer("2026-05-01T00:00Z", "2026-06-01T00:00Z");
    let starts: Vec<_> = offer.slots.iter().map(|slot| slot.start).collect();
    assert_eq!(starts, [at("2026-05-08T12:00Z"), at("2026-05-10T12:00Z")]);
    let reach = world.request().reach(Interval::new(starts[0], starts[1]));
    assert!(reach.covers(Interval::new(
        at("2026-05-08T00:00Z"),
        at("2026-07-08T00:00Z")
    )));
}
