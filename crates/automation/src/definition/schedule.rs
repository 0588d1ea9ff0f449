//! Times that come again: `monday,thursday 09:00`, `daily 18:30`, `1,15 08:00`, `last 17:00`.
//!
//! A text, so that an event can say which schedule it is of, and a trigger which it means.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use kernel::{TimeZone, Timestamp};

use super::Weekday;
use crate::time::{instant, wall};

/// How far a schedule looks ahead. Each comes within this: the 31st within two months, whatever day it is.
const AHEAD: i32 = 62;

/// Days and a time of day, read in the zone of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    days: Days,
    at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    Daily,
    OfWeek(BTreeSet<Weekday>),
    /// 32 is the last day of a month.
    OfMonth(BTreeSet<i8>),
}

const LAST: i8 = 32;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Schedule {
    /// What a text must be, for whoever wrote another.
    pub const FORM: &'static str = "must be days and a time of day, such as `daily 09:00`, `monday,thursday 09:00`, \
         `1,15 09:00` or `last 09:00` (the last day of each month)";

    /// `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (days, at) = text.split_once(' ')?;
        let (hour, minute) = at.split_once(':')?;
        let two = |part: &str| -> Option<i8> {
            let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse().ok())?
        };
        let at = Time::new(two(hour)?, two(minute)?, 0, 0).ok()?;
        let parts: Vec<&str> = days.split(',').collect();
        let days = if days == "daily" {
            Days::Daily
        } else if let Some(all) = each(&parts, weekday) {
            Days::OfWeek(all)
        } else {
            Days::OfMonth(each(&parts, day_of_month)?)
        };
        Some(Self { days, at })
    }

    /// The first time after an instant; with the rules for changes of the clock that waits have.
    pub fn next_after(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // Where a day is skipped by a zone, the wall may be ahead of its own date.
        let today = wall(now, zone).date();
        (-1..=AHEAD)
            .filter_map(|days| today.checked_add(days.days()).ok())
            .filter(|date| self.is_on(*date))
            .map(|date| instant(date.to_datetime(self.at), zone))
            .find(|at| *at > now)
    }

    fn is_on(&self, date: Date) -> bool {
        match &self.days {
            Days::Daily => true,
            Days::OfWeek(days) => days
                .iter()
                .any(|day| jiff::civil::Weekday::from(*day) == date.weekday()),
            Days::OfMonth(days) => {
                days.contains(&date.day())
                    || (days.contains(&LAST) && date.day() == date.days_in_month())
            }
        }
    }
}

fn each<T: Ord>(parts: &[&str], parse: impl Fn(&str) -> Option<T>) -> Option<BTreeSet<T>> {
    parts.iter().map(|part| parse(part)).collect()
}

fn weekday(name: &str) -> Option<Weekday> {
    let found = WEEKDAYS.iter().find(|(known, _)| *known == name);
    found.map(|(_, day)| *day)
}

fn day_of_month(text: &str) -> Option<i8> {
    if text == "last" {
        return Some(LAST);
    }
    let is_plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let day: i8 = text.parse().ok()?;
    (is_plain && (1..=31).contains(&day)).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn only_days_with_a_time_of_day_are_a_schedule() {
        for text in [
            "daily 09:00",
            "monday 00:00",
            "friday,monday 23:59",
            "15,1 08:30",
            "last 17:00",
            "31,last,2 17:00",
        ] {
            assert!(Schedule::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "daily",
            "09:00",
            "daily 9:00",
            "daily 24:00",
            "daily 09:60",
            "monday, friday 09:00",
            "Monday 09:00",
            "monday,1 09:00",
            "0 09:00",
            "32 09:00",
            "01 09:00",
            "+1 09:00",
            "daily,monday 09:00",
            "daily 09:00 ",
            ", 09:00",
        ] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_next_time_is_right_around_changes_of_the_clock_and_short_months() {
        let cases = [
            (
                "monday 09:00",
                "Europe/Berlin",
                "2026-05-04T06:59:59Z",
                "2026-05-04T07:00:00Z",
            ),
            (
                "monday 09:00",
                "Europe/Berlin",
                "2026-05-04T07:00:00Z",
                "2026-05-11T07:00:00Z",
            ),
            // The clock goes forward on 29 March: 02:30 is skipped, and the first instant after the gap is 03:00.
            (
                "daily 02:30",
                "Europe/Berlin",
                "2026-03-28T12:00:00Z",
                "2026-03-29T01:00:00Z",
            ),
            // It goes back on 25 October: 02:30 comes twice, and the first counts.
            (
                "daily 02:30",
                "Europe/Berlin",
                "2026-10-24T12:00:00Z",
                "2026-10-25T00:30:00Z",
            ),
            (
                "daily 02:30",
                "Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ),
            (
                "monday 09:00",
                "America/New_York",
                "2026-10-31T12:00:00Z",
                "2026-11-02T14:00:00Z",
            ),
            (
                "daily 02:15",
                "Australia/Lord_Howe",
                "2026-10-03T00:00:00Z",
                "2026-10-03T15:30:00Z",
            ),
            (
                "31 09:00",
                "UTC",
                "2026-05-31T09:00:00Z",
                "2026-07-31T09:00:00Z",
            ),
            (
                "31 09:00",
                "UTC",
                "2025-12-31T09:00:00Z",
                "2026-01-31T09:00:00Z",
            ),
            (
                "31 09:00",
                "UTC",
                "2026-01-31T09:00:00Z",
                "2026-03-31T09:00:00Z",
            ),
            (
                "last 09:00",
                "UTC",
                "2026-02-01T00:00:00Z",
                "2026-02-28T09:00:00Z",
            ),
            (
                "last,28 09:00",
                "UTC",
                "2028-02-28T09:00:00Z",
                "2028-02-29T09:00:00Z",
            ),
        ];
        for (text, name, now, next) in cases {
            let schedule = Schedule::parse(text).unwrap();
            assert_eq!(
                schedule.next_after(at(now), &zone(name)),
                Some(at(next)),
                "{text} in {name} after {now}"
            );
        }
    }

    #[test]
    fn no_schedule_ever_has_no_next_time_and_times_rise() {
        for text in [
            "daily 02:30",
            "31 00:00",
            "last 23:59",
            "sunday 02:30",
            "29,30 12:00",
        ] {
            let schedule = Schedule::parse(text).unwrap();
            for name in [
                "Europe/Berlin",
                "Australia/Lord_Howe",
                "Pacific/Apia",
                "America/New_York",
            ] {
                let (zone, mut now) = (zone(name), at("2011-11-20T00:00:00Z"));
                for _ in 0..400 {
                    let next = schedule.next_after(now, &zone).unwrap();
                    assert!(next > now);
                    now = next;
                }
            }
        }
    }
}
