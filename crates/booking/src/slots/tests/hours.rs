//! Cases 24 to 32 and 49: schedules, overrides, travel, dates away.

use super::{World, at, daily, date, ist, on, weekly, zone};
use crate::slots::{Away, Team, Travel};

#[test]
fn case_24_imported_hours_that_end_before_they_begin_are_none() {
    let legacy = weekly("UTC", 0..7, "22:00:00-02:00:00 10:00:00-10:00:00");
    assert!(
        legacy
            .hours_between("2026-05-04T00:00Z", "2026-05-08T00:00Z")
            .is_empty()
    );
    // Here they are written beyond 24:00.
    let night = weekly("UTC", [1], "22:00-26:00");
    assert_eq!(
        night.hours_between("2026-05-04T00:00Z", "2026-05-08T00:00Z"),
        ["2026-05-05T22:00Z/2026-05-06T02:00Z"]
    );
}

#[test]
fn case_25_weekdays_after_the_clock_changed() {
    let schedule = weekly("America/New_York", 0..5, "09:00-17:00");
    let hours = schedule.hours_between("2023-11-06T00:00Z", "2023-11-13T00:00Z");
    let expected: Vec<_> = (6..=10)
        .map(|day| format!("2023-11-{day:02}T14:00Z/2023-11-{day:02}T22:00Z"))
        .collect();
    assert_eq!(hours, expected);
}

#[test]
fn case_27_days_that_touch_are_one_range() {
    let expected = ["2023-06-11T23:00Z/2023-06-13T23:00Z"];
    let schedule = weekly("Europe/London", [0, 1], "00:00:00-23:59:00");
    assert_eq!(
        schedule.hours_between("2023-06-11T00:00Z", "2023-06-18T00:00Z"),
        expected
    );
    let whole = "00:00-24:00";
    let schedule = on(
        "Europe/London",
        &[("2023-06-12", whole), ("2023-06-13", whole)],
    );
    assert_eq!(
        schedule.hours_between("2023-06-11T00:00Z", "2023-06-18T00:00Z"),
        expected
    );
}

#[test]
fn case_28_ranges_that_overlap_are_one() {
    let schedule = weekly("UTC", [0], "06:00-10:00 08:00-10:00");
    assert_eq!(
        schedule.hours_between("2023-06-12T00:00Z", "2023-06-13T00:00Z"),
        ["2023-06-12T06:00Z/2023-06-12T10:00Z"]
    );
}

#[test]
fn cases_29_and_31_an_override_replaces_its_date() {
    let week = weekly("America/New_York", 0..5, "08:00-17:00");
    let day = week.clone().overriding(&[("2023-06-13", "10:00-15:00")]);
    assert_eq!(
        day.hours_between("2023-06-13T00:00Z", "2023-06-15T00:00Z"),
        [
            "2023-06-13T14:00Z/2023-06-13T19:00Z",
            "2023-06-14T12:00Z/2023-06-14T21:00Z"
        ]
    );
    let evening = week.overriding(&[("2023-06-13", "22:00-23:00")]);
    assert_eq!(
        evening.hours_between("2023-06-13T00:00Z", "2023-06-15T00:00Z"),
        [
            "2023-06-14T02:00Z/2023-06-14T03:00Z",
            "2023-06-14T12:00Z/2023-06-14T21:00Z"
        ]
    );
}

#[test]
fn case_32_a_team_goes_on_without_who_is_away_and_one_host_is_shown_away() {
    let schedule = weekly("America/New_York", 0..5, "08:00-17:00")
        .overriding(&[("2023-06-13", "10:00-15:00")]);
    let single = World::one(60, schedule).with(|world| {
        world.hosts[0].away.push(Away {
            first: date("2023-06-13"),
            last: date("2023-06-13"),
        });
    });
    let team = single.clone().with(|world| world.team = Team::any([0]));
    let offer = team.offer("2023-06-13T00:00Z", "2023-06-15T00:00Z");
    assert_eq!(offer.slots.len(), 9);
    assert_eq!(offer.slots[0].start, at("2023-06-14T12:00Z"));

    let offer = single.offer("2023-06-13T00:00Z", "2023-06-15T00:00Z");
    assert_eq!(offer.slots.len(), 5 + 9);
    assert_eq!(offer.slots[0].start, at("2023-06-13T14:00Z"));
    assert!(offer.slots[..5].iter().all(|slot| slot.away == Some(0)));
    assert!(offer.slots[5..].iter().all(|slot| slot.away.is_none()));
    assert!(single.request().check(at("2023-06-13T14:00Z")).is_err());
    assert!(single.utc("2023-06-13").is_empty());
}

#[test]
fn case_49_an_override_where_there_are_no_weekly_hours() {
    let world = World::one(60, on("Asia/Kolkata", &[("2026-05-05", "09:00-12:00")]));
    assert_eq!(world.utc("2026-05-05"), ["03:30", "04:30", "05:30"]);
    assert_eq!(
        world
            .offer("2026-04-01T00:00Z", "2026-07-01T00:00Z")
            .slots
            .len(),
        3
    );
}

#[test]
fn overrides_of_a_date_add_up_and_one_without_hours_closes() {
    let schedule = daily("UTC", "09:00-17:00").overriding(&[
        ("2026-05-05", "14:00-15:00"),
        ("2026-05-05", "08:00-10:00 09:00-11:00"),
        ("2026-05-06", ""),
    ]);
    assert_eq!(
        schedule.hours_between("2026-05-05T00:00Z", "2026-05-08T00:00Z"),
        [
            "2026-05-05T08:00Z/2026-05-05T11:00Z",
            "2026-05-05T14:00Z/2026-05-05T15:00Z",
            "2026-05-07T09:00Z/2026-05-07T17:00Z"
        ]
    );
}

#[test]
fn a_night_ends_at_the_midnight_of_a_date_with_hours_of_its_own() {
    let nights = daily("Europe/Berlin", "22:00-26:00");
    let schedule = nights.overriding(&[("2026-05-05", ""), ("2026-05-07", "10:00-11:00")]);
    assert_eq!(
        schedule.hours_between("2026-05-04T10:00Z", "2026-05-07T23:00Z"),
        [
            "2026-05-04T20:00Z/2026-05-04T22:00Z",
            "2026-05-06T20:00Z/2026-05-06T22:00Z",
            "2026-05-07T08:00Z/2026-05-07T09:00Z"
        ]
    );
}

#[test]
fn a_night_is_away_with_the_date_it_begins_on() {
    let world = World::one(60, daily("UTC", "22:00-26:00")).with(|world| {
        world.hosts[0].away.push(Away {
            first: date("2026-05-05"),
            last: date("2026-05-05"),
        });
    });
    let offer = world.offer("2026-05-04T12:00Z", "2026-05-06T12:00Z");
    let away: Vec<_> = offer.slots.iter().map(|slot| slot.away.is_some()).collect();
    assert_eq!(away, [false, false, true, true, true, true, true, true]);
    let team = world.with(|world| world.team = Team::any([0]));
    assert_eq!(
        team.offer("2026-05-04T12:00Z", "2026-05-06T12:00Z")
            .slots
            .len(),
        2
    );
}

#[test]
fn hours_travel_with_the_host() {
    let mut schedule = ist();
    let travel = |first: &str, last: Option<&str>, name: &str| Travel {
        first: date(first),
        last: last.map(date),
        zone: zone(name),
    };
    schedule.travel = vec![
        travel("2026-05-06", Some("2026-05-06"), "America/New_York"),
        travel("2026-05-06", Some("2026-05-07"), "Europe/London"),
        travel("2026-05-09", None, "Pacific/Kiritimati"),
    ];
    assert_eq!(
        schedule.hours_between("2026-05-05T00:00Z", "2026-05-10T12:00Z"),
        [
            "2026-05-05T04:00Z/2026-05-05T12:30Z",
            // The first of two journeys wins.
            "2026-05-06T13:30Z/2026-05-06T22:00Z",
            "2026-05-07T08:30Z/2026-05-07T17:00Z",
            "2026-05-08T04:00Z/2026-05-08T12:30Z",
            // Kiritimati is 14 hours ahead: its 9 May begins while Kolkata still has the 8th.
            "2026-05-08T19:30Z/2026-05-09T04:00Z",
            "2026-05-09T19:30Z/2026-05-10T04:00Z"
        ]
    );
    // The grid is that of the place: Kolkata's is at half past an hour of UTC.
    let world = World::one(60, schedule);
    assert_eq!(world.utc("2026-05-05")[0], "04:30");
    assert_eq!(world.utc("2026-05-07")[0], "09:00");
}
