use jiff::civil::DateTime;

use super::*;
use crate::definition::{TimeOfDay, Weekday};

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn here(zone: &TimeZone) -> Zones<'_> {
    Zones {
        account: zone,
        contact: None,
    }
}

fn o_clock(hour: i8, minute: i8) -> Option<TimeOfDay> {
    TimeOfDay::new(hour, minute)
}

const NEW_YORK: &str = "America/New_York";
const BERLIN: &str = "Europe/Berlin";
const LORD_HOWE: &str = "Australia/Lord_Howe";

fn weekdays_at_nine() -> WaitForWindow {
    WaitForWindow {
        within: Window {
            weekdays: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
            ],
            from: o_clock(9, 0),
            to: o_clock(17, 0),
            zone: ZoneSource::Contact,
        },
        jitter_minutes: 0,
    }
}

#[test]
fn wall_times_around_changes_of_the_clock() {
    for (name, wall, expected) in [
        // New York skips 02:00 to 03:00 on 8 March, and has 01:00 to 02:00 twice on 1 November.
        (NEW_YORK, "2026-03-08T01:59:00", "2026-03-08T06:59:00Z"),
        (NEW_YORK, "2026-03-08T02:00:00", "2026-03-08T07:00:00Z"),
        (NEW_YORK, "2026-03-08T02:30:00", "2026-03-08T07:00:00Z"),
        (NEW_YORK, "2026-03-08T03:00:00", "2026-03-08T07:00:00Z"),
        (NEW_YORK, "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
        (NEW_YORK, "2026-11-01T02:00:00", "2026-11-01T07:00:00Z"),
        // Berlin skips 02:00 to 03:00 on 29 March, and has 02:00 to 03:00 twice on 25 October.
        (BERLIN, "2026-03-29T02:15:00", "2026-03-29T01:00:00Z"),
        (BERLIN, "2026-03-29T03:00:00", "2026-03-29T01:00:00Z"),
        (BERLIN, "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        (BERLIN, "2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
        // Lord Howe Island changes by half an hour: 02:00 to 02:30 is skipped on 4 October, 01:30 to 02:00 is there
        // twice on 5 April.
        (LORD_HOWE, "2026-10-04T02:15:00", "2026-10-03T15:30:00Z"),
        (LORD_HOWE, "2026-10-04T02:30:00", "2026-10-03T15:30:00Z"),
        (LORD_HOWE, "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"),
        (LORD_HOWE, "2026-04-05T02:00:00", "2026-04-04T15:30:00Z"),
        // Samoa skipped a whole day.
        (
            "Pacific/Apia",
            "2011-12-30T09:00:00",
            "2011-12-30T10:00:00Z",
        ),
    ] {
        let wall: DateTime = wall.parse().unwrap();
        assert_eq!(instant(wall, &zone(name)), at(expected), "{name} {wall}");
    }
}

#[test]
fn nine_on_weekdays_is_nine_on_the_clock_of_the_place_across_both_changes() {
    for (name, from, expected) in [
        (NEW_YORK, "2026-03-06T23:00:00Z", "2026-03-09T13:00:00Z"),
        (NEW_YORK, "2026-10-30T23:00:00Z", "2026-11-02T14:00:00Z"),
        (BERLIN, "2026-03-27T18:00:00Z", "2026-03-30T07:00:00Z"),
        (BERLIN, "2026-10-23T18:00:00Z", "2026-10-26T08:00:00Z"),
        (LORD_HOWE, "2026-10-02T10:00:00Z", "2026-10-04T22:00:00Z"),
        (LORD_HOWE, "2026-04-03T10:00:00Z", "2026-04-05T22:30:00Z"),
    ] {
        let place = zone(name);
        let timer = window_open(&weekdays_at_nine(), at(from), here(&place), 7).unwrap();
        assert_eq!(timer.due, at(expected), "{name} from {from}");
        let wall = timer.intent.unwrap().wall;
        assert_eq!(wall.time(), o_clock(9, 0).unwrap().time());
    }
}

/// Steps the clock minute by minute, and reads it on the wall.
#[test]
fn windows_open_at_the_first_minute_that_lies_in_them() {
    let nights = Window {
        weekdays: vec![Weekday::Saturday, Weekday::Sunday],
        from: o_clock(22, 0),
        to: o_clock(6, 30),
        zone: ZoneSource::Contact,
    };
    for (name, start) in [
        (NEW_YORK, "2026-03-06T00:00:00Z"),
        (NEW_YORK, "2026-10-30T00:00:00Z"),
        (BERLIN, "2026-03-27T00:00:00Z"),
        (BERLIN, "2026-10-23T00:00:00Z"),
        (LORD_HOWE, "2026-10-02T00:00:00Z"),
        (LORD_HOWE, "2026-04-03T00:00:00Z"),
    ] {
        let place = zone(name);
        for window in [weekdays_at_nine().within, nights.clone()] {
            let (from, to) = (window.from.unwrap().time(), window.to.unwrap().time());
            let wanted = |date: Date| {
                window
                    .weekdays
                    .iter()
                    .any(|day| date.weekday() == (*day).into())
            };
            let minute = Duration::from_mins(1);
            let open = |at: Timestamp| {
                let wall = wall(at, &place);
                let (date, time) = (wall.date(), wall.time());
                if from < to {
                    wanted(date) && from <= time && time < to
                } else {
                    (wanted(date) && time >= from)
                        || (wanted(date.yesterday().unwrap()) && time < to)
                }
            };
            let wait = WaitForWindow {
                within: window.clone(),
                jitter_minutes: 0,
            };
            for step in 0..96 {
                let start = at(start) + minute * 61 * step;
                let mut first = start;
                while !open(first) {
                    first = first + minute;
                }
                // Instants within a minute: the start has seconds of zero.
                let timer = window_open(&wait, start, here(&place), 7).unwrap();
                assert_eq!(timer.due, first, "{name} from {start}");
                assert_eq!(
                    is_within(&window, start, here(&place)),
                    open(start),
                    "{start}"
                );
                let mut closed = start;
                while open(closed) {
                    closed = closed + minute;
                }
                assert_eq!(
                    first_outside(&window, start, here(&place)),
                    Some(closed),
                    "{start}"
                );
            }
        }
    }
}

#[test]
fn a_window_in_a_gap_opens_when_the_gap_ends() {
    let place = zone(BERLIN);
    let wait = WaitForWindow {
        within: Window {
            weekdays: Vec::new(),
            from: o_clock(2, 15),
            to: o_clock(2, 45),
            zone: ZoneSource::Contact,
        },
        jitter_minutes: 20,
    };
    let timer = window_open(&wait, at("2026-03-28T12:00:00Z"), here(&place), 7).unwrap();
    assert_eq!(timer.due, at("2026-03-29T01:00:00Z"));
}

#[test]
fn days_are_calendar_days_with_a_time_of_day_and_24_hours_without() {
    let place = zone(NEW_YORK);
    let day = |at| Wait {
        days: 1,
        at,
        ..Wait::default()
    };
    let from = at("2026-03-07T17:00:00Z");
    let exact = wait_over(&day(None), from, here(&place), 7);
    assert_eq!(exact.due, at("2026-03-08T17:00:00Z"));
    let calendar = wait_over(&day(o_clock(12, 0)), from, here(&place), 7);
    assert_eq!(calendar.due, at("2026-03-08T16:00:00Z"));
    // The next such time: today if it is still to come.
    let next = |hour| {
        let wait = Wait {
            at: o_clock(hour, 0),
            ..Wait::default()
        };
        wait_over(&wait, from, here(&place), 7).due
    };
    assert_eq!(next(13), at("2026-03-07T18:00:00Z"));
    assert_eq!(next(12), from);
    assert_eq!(next(11), at("2026-03-08T15:00:00Z"));
}

#[test]
fn a_contact_who_moves_keeps_the_wall_time_and_not_the_instant() {
    let (berlin, new_york) = (zone(BERLIN), zone(NEW_YORK));
    let wait = Wait {
        days: 1,
        at: o_clock(9, 0),
        ..Wait::default()
    };
    let zones = Zones {
        account: &zone("UTC"),
        contact: Some(&berlin),
    };
    let timer = wait_over(&wait, at("2026-06-01T12:00:00Z"), zones, 7);
    assert_eq!(timer.due, at("2026-06-02T07:00:00Z"));
    assert_eq!(timer.in_zone(&new_york).due, at("2026-06-02T13:00:00Z"));
    let account = Wait {
        zone: ZoneSource::Account,
        ..wait
    };
    let timer = wait_over(&account, at("2026-06-01T12:00:00Z"), zones, 7);
    assert_eq!(timer.in_zone(&new_york), timer);
    // What is stored is read back.
    let json = serde_json::to_string(&timer).unwrap();
    assert_eq!(serde_json::from_str::<Timer>(&json).unwrap(), timer);
}

#[test]
fn dates_of_contacts_are_met_before_at_and_after() {
    let place = zone(BERLIN);
    let wait = |before, after, at| WaitUntilField {
        field: "birthday".to_owned(),
        before,
        after,
        at,
        zone: ZoneSource::Contact,
        if_missing: None,
        if_past: None,
    };
    let delay = |days, hours| {
        Some(Delay {
            days,
            hours,
            minutes: 0,
        })
    };
    let day = FieldTime::Day("2026-03-30".parse().unwrap());
    let made = FieldTime::Instant(at("2026-03-28T10:00:00Z"));
    for (wait, time, expected) in [
        (wait(None, None, None), day, "2026-03-29T22:00:00Z"),
        (wait(None, None, o_clock(9, 0)), day, "2026-03-30T07:00:00Z"),
        (
            wait(delay(1, 0), None, o_clock(9, 0)),
            day,
            "2026-03-29T07:00:00Z",
        ),
        (
            wait(delay(2, 0), None, o_clock(9, 0)),
            day,
            "2026-03-28T08:00:00Z",
        ),
        (wait(None, delay(0, 3), None), day, "2026-03-30T01:00:00Z"),
        (wait(None, delay(1, 0), None), made, "2026-03-29T10:00:00Z"),
        (
            wait(None, delay(1, 0), o_clock(11, 0)),
            made,
            "2026-03-29T09:00:00Z",
        ),
    ] {
        let timer = field_reached(&wait, time, here(&place));
        assert_eq!(timer.due, at(expected), "{wait:?}");
    }
}

#[test]
fn jitter_spreads_and_never_makes_early() {
    let place = zone("UTC");
    let wait = Wait {
        minutes: 1,
        jitter_minutes: 10,
        ..Wait::default()
    };
    let from = at("2026-06-01T12:00:00Z");
    let due: Vec<u64> = (0..1_000)
        .map(|seed| {
            wait_over(&wait, from, here(&place), seed)
                .due
                .since(from)
                .as_secs()
        })
        .collect();
    assert!(due.iter().all(|due| (60..660).contains(due)));
    for tenth in 0..10 {
        let range = 60 + tenth * 60..120 + tenth * 60;
        let count = due.iter().filter(|due| range.contains(*due)).count();
        assert!((60..140).contains(&count), "{count} in {range:?}");
    }
}

#[test]
fn days_and_weeks_of_caps_are_those_of_the_place() {
    let place = zone(NEW_YORK);
    // A Sunday of 23 hours.
    let now = at("2026-03-08T16:00:00Z");
    let (start, end) = cap_period(CapPeriod::Day, now, &place);
    assert_eq!(
        (start, end),
        (at("2026-03-08T05:00:00Z"), at("2026-03-09T04:00:00Z"))
    );
    let (start, end) = cap_period(CapPeriod::Week, now, &place);
    assert_eq!(
        (start, end),
        (at("2026-03-02T05:00:00Z"), at("2026-03-09T04:00:00Z"))
    );
    assert_eq!(next_midnight(now, &place), at("2026-03-09T04:00:00Z"));
}
