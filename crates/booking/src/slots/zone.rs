//! Wall times of one time zone, and which instants they are.
//!
//! The clock of a zone is a list of spans with one offset each, looked up once per request. Everything else is
//! arithmetic on microseconds, so an hour of a weekly schedule costs nanoseconds.
//!
//! Two definitions decide what a wall time means where the clock changes. For hours from A to B:
//!
//! - they begin at the first instant whose wall time is A or later;
//! - they end at the first instant from which on the wall time is never before B again.
//!
//! So a time in a gap (it does not exist) is the instant of the change, and of a time that occurs twice a start takes
//! the first, an end the second: 01:00 to 04:00 is two hours in spring and four in autumn. An end at the very time the
//! clock is set back to is the first of the two, because all before it has passed by then: in Havana, where midnight
//! occurs twice, a Saturday ends before the first hour of Sunday. Gaps are clipped rather than shifted
//! (02:30 to 03:30 in RFC 5545), because shifting turns 02:45 to 03:15 around.

use jiff::civil::{Date, Time};
use kernel::{TimeZone, Timestamp};

use super::interval::{DAY, Interval, MINUTE};

/// No offset is larger: RFC 9636 allows less than 26 hours.
const MAX_OFFSET: i64 = 26 * 60 * MINUTE;

/// A date as the number of days since 1970-01-01, in no zone: for arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Day(pub(super) i64);

impl Day {
    pub(super) fn of(date: Date) -> Self {
        // Any date fits a timestamp at offset zero but the very last, which stands for "far away" then.
        let midnight = jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(Time::midnight()));
        Self(midnight.map_or(i64::from(i32::MAX), |at| at.as_second().div_euclid(86_400)))
    }

    /// The date, or the nearest that jiff can write.
    pub(super) fn date(self) -> Date {
        let second = self.0.saturating_mul(86_400);
        jiff::Timestamp::from_second(second)
            .map_or(if self.0 < 0 { Date::MIN } else { Date::MAX }, |at| {
                jiff::tz::Offset::UTC.to_datetime(at).date()
            })
    }

    pub(super) fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// 0 is Monday. 1970-01-01 was a Thursday.
    pub(super) fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// The wall time so many minutes after midnight, in microseconds.
    pub(super) fn wall(self, minutes: u32) -> i64 {
        self.0
            .saturating_mul(DAY)
            .saturating_add(i64::from(minutes) * MINUTE)
    }
}

#[derive(Clone, Copy, Debug)]
struct Span {
    /// The first instant of the span, in microseconds.
    from: i64,
    /// What is added to an instant to get the wall time, in microseconds.
    offset: i64,
}

/// The clock of a zone, exact for instants within what it was made for and five days around.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// By time; the first has no beginning.
    spans: Vec<Span>,
}

impl Clock {
    pub(super) fn new(zone: &TimeZone, within: Interval) -> Self {
        let zone = zone.to_jiff();
        let within = within.widened(5 * DAY, 5 * DAY);
        let (begin, end) = (within.start.to_jiff(), within.end.to_jiff());
        let micros = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1_000_000;
        let mut spans = vec![Span {
            from: i64::MIN,
            offset: micros(zone.to_offset(begin)),
        }];
        let changes = zone.following(begin);
        spans.extend(
            changes
                .take_while(|change| change.timestamp() <= end)
                .map(|change| Span {
                    from: change.timestamp().as_microsecond(),
                    offset: micros(change.offset()),
                }),
        );
        Self { spans }
    }

    /// What is added to this instant to get the wall time, in microseconds.
    fn offset(&self, at: i64) -> i64 {
        let before = self.spans.partition_point(|span| span.from <= at);
        self.spans[before.saturating_sub(1)].offset
    }

    /// The wall time at an instant, in microseconds.
    pub(super) fn wall(&self, at: Timestamp) -> i64 {
        at.as_micros() + self.offset(at.as_micros())
    }

    /// The local date at an instant.
    pub(super) fn day(&self, at: Timestamp) -> Day {
        Day(self.wall(at).div_euclid(DAY))
    }

    /// The first instant whose wall time is this or later: where hours begin.
    pub(super) fn begin(&self, wall: i64) -> Timestamp {
        let at = self.spans.iter().enumerate().find_map(|(i, span)| {
            let next = self.spans.get(i + 1).map_or(i64::MAX, |next| next.from);
            let at = wall.saturating_sub(span.offset).max(span.from);
            (at < next).then_some(at)
        });
        Timestamp::from_micros(at.unwrap_or(i64::MAX))
    }

    /// The first instant from which on the wall time is never before this again: where hours end.
    pub(super) fn end(&self, wall: i64) -> Timestamp {
        let mut next = i64::MAX;
        for span in self.spans.iter().rev() {
            let at = wall.saturating_sub(span.offset);
            if at > span.from {
                return Timestamp::from_micros(at.min(next));
            }
            next = span.from;
        }
        Timestamp::from_micros(next)
    }

    /// When the date begins.
    pub(super) fn midnight(&self, day: Day) -> Timestamp {
        self.begin(day.wall(0))
    }

    /// The first instant at or after `at` whose wall time is a multiple of so many minutes, which divide an hour.
    pub(super) fn round_up(&self, at: Timestamp, minutes: i64) -> Timestamp {
        let unit = minutes * MINUTE;
        let mut at = at.as_micros();
        // Twice, because the clock may change between an instant and the round time that follows.
        for _ in 0..3 {
            let wall = at + self.offset(at);
            let round = at + (unit - wall.rem_euclid(unit)) % unit;
            if round == at {
                break;
            }
            // What is round by the old offset is at the latest the change.
            let change = self.spans.iter().map(|span| span.from).find(|&it| it > at);
            at = change.map_or(round, |change| round.min(change));
        }
        Timestamp::from_micros(at)
    }
}

/// The dates that may be "today" somewhere within an interval, with one to spare at both ends.
pub(super) fn days_around(within: Interval) -> (Day, Day) {
    let day = |at: Timestamp, shift: i64| Day((at.as_micros() + shift).div_euclid(DAY));
    (
        day(within.start, -MAX_OFFSET).plus(-1),
        day(within.end, MAX_OFFSET).plus(1),
    )
}
