//! Changes of the clock: known answers, and every zone against a reference that reads the clock minute by minute.

use jiff::civil::DateTime;
use kernel::{TimeZone, Timestamp};

use super::super::interval::{DAY, Interval, MINUTE, plus};
use super::super::zone::{Clock, Day};
use super::{World, at, daily, date, on, weekly, zone};
use crate::slots::{Schedule, WallRange};

#[test]
fn hours_on_days_when_the_clock_changes() {
    for (name, day, hours, expected) in [
        (
            "America/New_York",
            "2026-03-08",
            "13:00-18:00",
            "2026-03-08T17:00Z/2026-03-08T22:00Z",
        ),
        (
            "America/New_York",
            "2026-03-08",
            "01:00-05:00",
            "2026-03-08T06:00Z/2026-03-08T09:00Z",
        ),
        (
            "America/New_York",
            "2026-11-01",
            "00:00-05:00",
            "2026-11-01T04:00Z/2026-11-01T10:00Z",
        ),
        // Two hours in spring and four in autumn.
        (
            "America/New_York",
            "2026-03-08",
            "01:00-04:00",
            "2026-03-08T06:00Z/2026-03-08T08:00Z",
        ),
        (
            "America/New_York",
            "2026-11-01",
            "01:00-04:00",
            "2026-11-01T05:00Z/2026-11-01T09:00Z",
        ),
        // Both ends in the gap, one of them, and in the hour that comes twice.
        ("America/New_York", "2026-03-08", "02:15-02:45", ""),
        (
            "America/New_York",
            "2026-03-08",
            "02:45-03:15",
            "2026-03-08T07:00Z/2026-03-08T07:15Z",
        ),
        (
            "America/New_York",
            "2026-03-08",
            "01:30-02:30",
            "2026-03-08T06:30Z/2026-03-08T07:00Z",
        ),
        (
            "America/New_York",
            "2026-11-01",
            "01:15-01:45",
            "2026-11-01T05:15Z/2026-11-01T06:45Z",
        ),
        // An end at the time the clock is set back to is the first of the two.
        (
            "America/New_York",
            "2026-11-01",
            "00:00-01:00",
            "2026-11-01T04:00Z/2026-11-01T05:00Z",
        ),
        (
            "America/New_York",
            "2026-11-01",
            "00:00-02:00",
            "2026-11-01T04:00Z/2026-11-01T07:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-10-25",
            "14:00-18:00",
            "2026-10-25T13:00Z/2026-10-25T17:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04",
            "01:00-03:00",
            "2026-10-03T14:30Z/2026-10-03T16:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05",
            "01:00-03:00",
            "2026-04-04T14:00Z/2026-04-04T16:30Z",
        ),
        // Midnight does not exist, or comes twice; a night across it.
        (
            "Africa/Cairo",
            "2026-04-24",
            "00:00-02:00",
            "2026-04-23T22:00Z/2026-04-23T23:00Z",
        ),
        (
            "Africa/Cairo",
            "2026-04-23",
            "22:00-24:00",
            "2026-04-23T20:00Z/2026-04-23T22:00Z",
        ),
        (
            "Africa/Cairo",
            "2026-04-23",
            "22:00-26:00",
            "2026-04-23T20:00Z/2026-04-23T23:00Z",
        ),
        (
            "America/Havana",
            "2026-10-31",
            "22:00-24:00",
            "2026-11-01T02:00Z/2026-11-01T04:00Z",
        ),
        (
            "America/Havana",
            "2026-11-01",
            "00:00-01:00",
            "2026-11-01T04:00Z/2026-11-01T06:00Z",
        ),
        (
            "America/Santiago",
            "2026-04-04",
            "22:00-24:00",
            "2026-04-05T01:00Z/2026-04-05T04:00Z",
        ),
        // A date that a country skipped.
        ("Pacific/Apia", "2011-12-30", "00:00-24:00", ""),
        (
            "Pacific/Apia",
            "2011-12-29",
            "09:00-33:00",
            "2011-12-29T19:00Z/2011-12-30T10:00Z",
        ),
    ] {
        let schedule = on(name, &[(day, hours)]);
        let found = schedule.hours_between("2011-01-01T00:00Z", "2027-01-01T00:00Z");
        let expected: Vec<_> = expected.split_whitespace().collect();
        assert_eq!(found, expected, "{name} {day} {hours}");
    }
}

#[test]
fn meetings_last_as_long_as_ever_when_the_clock_changes() {
    // 09:00 stays 09:00 on both sides of the change.
    let world = World::one(60, weekly("Europe/Berlin", 0..7, "09:00-10:00"));
    let offer = world.offer("2026-03-28T00:00Z", "2026-03-31T00:00Z");
    let starts: Vec<_> = offer.slots.iter().map(|slot| slot.start).collect();
    assert_eq!(
        starts,
        [
            "2026-03-28T08:00Z",
            "2026-03-29T07:00Z",
            "2026-03-30T07:00Z"
        ]
        .map(at)
    );
    let night = World::one(60, daily("America/New_York", "00:00-05:00"));
    assert_eq!(
        night.local("2026-03-08", "America/New_York"),
        ["00:00", "01:00", "03:00", "04:00"]
    );
    assert_eq!(
        night.local("2026-11-01", "America/New_York"),
        ["00:00", "01:00", "01:00", "02:00", "03:00", "04:00"]
    );
    // The clock of Lord Howe moves by half an hour; the grid is right again after midnight.
    let always = World::one(60, daily("Australia/Lord_Howe", "00:00-24:00"));
    let spring = always.local("2026-10-04", "Australia/Lord_Howe");
    assert_eq!(spring[..4], ["00:00", "01:00", "02:30", "03:30"]);
    assert_eq!(
        always.local("2026-10-05", "Australia/Lord_Howe")[0],
        "00:00"
    );
}

/// What the clock showed at each minute around a change, and nothing else: whatever is asked is counted.
struct Minutes {
    start: Timestamp,
    walls: Vec<DateTime>,
}

impl Minutes {
    fn around(zone: &TimeZone, change: Timestamp, hours: i64) -> Self {
        let jiff = zone.to_jiff();
        // From a whole minute on, also where an offset has seconds.
        let start = plus(change, -hours * 60 * MINUTE);
        let walls = (0..2 * hours * 60)
            .map(|minute| jiff.to_datetime(plus(start, minute * MINUTE).to_jiff()))
            .collect();
        Self { start, walls }
    }

    fn at(&self, minute: usize) -> Timestamp {
        plus(self.start, minute as i64 * MINUTE)
    }

    /// The first minute at which the wall time is this or later.
    fn begin(&self, wall: DateTime) -> Timestamp {
        self.at(self.walls.iter().position(|&it| it >= wall).unwrap())
    }

    /// The minute after the last at which the wall time is before this.
    fn end(&self, wall: DateTime) -> Timestamp {
        self.at(self.walls.iter().rposition(|&it| it < wall).unwrap() + 1)
    }
}

/// A wall time as minutes after the midnight of a date.
fn minutes_after(midnight: Day, wall: DateTime) -> i64 {
    (Day::of(wall.date()).0 - midnight.0) * 1440
        + i64::from(wall.hour()) * 60
        + i64::from(wall.minute())
}

#[test]
fn every_zone_is_right_minute_by_minute_around_its_changes() {
    let (first, last) = (at("2025-01-01T00:00Z"), at("2031-01-01T00:00Z"));
    let mut changes = 0;
    let mut zones = 0;
    for name in jiff::tz::db().available() {
        let Ok(zone) = TimeZone::parse(name.as_str()) else {
            continue;
        };
        zones += 1;
        let jiff = zone.to_jiff();
        let within = jiff.following(first.to_jiff());
        let within = within.take_while(|change| change.timestamp() < last.to_jiff());
        for change in within.map(|change| Timestamp::from(change.timestamp())) {
            changes += 1;
            compare(&zone, change);
        }
    }
    assert!(
        zones > 400 && changes > 1000,
        "{changes} changes in {zones} zones"
    );
}

fn compare(zone: &TimeZone, change: Timestamp) {
    let reference = Minutes::around(zone, change, 5);
    let clock = Clock::new(zone, Interval::new(change, change));
    for (minute, wall) in reference.walls.iter().enumerate().step_by(5) {
        let now = reference.at(minute);
        let day = clock.day(now);
        assert_eq!(day, Day::of(wall.date()), "{zone} {now}");
        // No clock of these years goes back to the date before, so dates are intervals.
        let date = Interval::new(clock.midnight(day), clock.midnight(day.plus(1)));
        assert!(date.contains(now), "{zone} {now} is not in its date");
    }

    // Each quarter of an hour from an hour before the earlier of the two wall times on.
    let middle = reference.walls.len() / 2;
    let before = reference.walls[middle - 1];
    let after = reference.walls[middle];
    let day = Day::of(before.min(after).date());
    let from = minutes_after(day, before.min(after)) / 15 * 15 - 60;
    let to = minutes_after(day, before.max(after)) + 90;
    let ends: Vec<i64> = (from..to).step_by(15).collect();
    let wall = |minutes: i64| {
        let midnight = day.date().to_datetime(jiff::civil::Time::midnight());
        midnight + jiff::Span::new().minutes(minutes)
    };
    for &minutes in &ends {
        let micros = day.0 * DAY + minutes * MINUTE;
        let text = wall(minutes);
        assert_eq!(
            clock.begin(micros),
            reference.begin(text),
            "{zone} from {text}"
        );
        assert_eq!(clock.end(micros), reference.end(text), "{zone} to {text}");
    }

    // The same through a schedule: hours of this date, or a night of the date before.
    let (day, shift) = if from < 0 {
        (day.plus(-1), 1440)
    } else {
        (day, 0)
    };
    let mut schedule = Schedule::closed(zone.clone());
    for (i, &start) in ends.iter().enumerate() {
        let Some(&end) = ends.get(i + 1 + i % 7) else {
            continue;
        };
        let (Ok(first), Ok(last)) = (u32::try_from(start + shift), u32::try_from(end + shift))
        else {
            continue;
        };
        let Some(range) = WallRange::new(first, last) else {
            continue;
        };
        schedule.weekly = Default::default();
        schedule.weekly[day.weekday()].push(range);
        let query = Interval::new(change, change).widened(DAY, DAY);
        let hours = schedule.hours(&schedule.places(query), &[], query);
        let hours: Vec<_> = hours.into_iter().filter(|it| it.overlaps(query)).collect();
        let expected = Interval::new(reference.begin(wall(start)), reference.end(wall(end)));
        let expected: Vec<_> = [expected].into_iter().filter(|it| !it.is_empty()).collect();
        assert_eq!(hours, expected, "{zone} {range:?} on {}", day.date());
    }
}

#[test]
fn dates_are_counted_from_1970() {
    for (text, number, weekday) in [
        ("1970-01-01", 0, 3),
        ("1969-12-31", -1, 2),
        ("2000-03-01", 11_017, 2),
        ("2026-05-04", 20_577, 0),
    ] {
        let day = Day::of(date(text));
        assert_eq!((day, day.weekday()), (Day(number), weekday));
        assert_eq!(day.date(), date(text));
    }
    // Far away there are no dates, and nothing panics.
    assert_eq!(Day(i64::MAX).date(), jiff::civil::Date::MAX);
    assert_eq!(Day(i64::MIN).date(), jiff::civil::Date::MIN);
    let clock = Clock::new(
        &zone("Europe/Berlin"),
        super::between("9999-01-01T00:00Z", "9999-12-30T00:00Z"),
    );
    assert!(clock.end(Day::of(jiff::civil::Date::MAX).wall(1440)) > clock.begin(0));
    assert!(clock.begin(Day(i64::MAX).wall(0)) >= clock.begin(Day(i64::MIN).wall(0)));
}
