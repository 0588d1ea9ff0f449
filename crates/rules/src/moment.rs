//! When a rule is asked. Whatever is relative ("today", "in the last 7 days") becomes absolute here, once, so that
//! both databases and the in-memory program compare with the same numbers.
//!
//! - A day is a calendar day of the account's zone, from its first instant to the last before the next day's, also
//!   where the clock skips midnight or a whole day.
//! - "N days ago" is the same time of day N calendar days earlier, so that a day in which the clock changes counts as one.

use jiff::civil::Date;
use jiff::{Span, Zoned};
use kernel::{TimeZone, Timestamp};

/// The instant and the zone in which a rule is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub now: Timestamp,
    pub zone: TimeZone,
}

impl Moment {
    /// See the fields.
    pub fn new(now: Timestamp, zone: TimeZone) -> Self {
        Self { now, zone }
    }

    /// The calendar day it is, in days since 1970-01-01.
    pub fn today(&self) -> i64 {
        days_since_epoch(self.date())
    }

    /// The zone's offset, in microseconds.
    pub(crate) fn offset(&self) -> i64 {
        i64::from(self.zoned().offset().seconds()) * 1_000_000
    }

    pub(crate) fn date(&self) -> Date {
        self.zoned().date()
    }

    fn zoned(&self) -> Zoned {
        self.now.to_jiff().to_zoned(self.zone.to_jiff())
    }

    /// The same time of day so many calendar days away, in microseconds.
    pub(crate) fn days_away(&self, days: i64) -> i64 {
        Span::new()
            .try_days(days)
            .and_then(|span| self.zoned().checked_add(span))
            .map_or_else(|_| beyond(days), |zoned| zoned.timestamp().as_microsecond())
    }

    /// The first instant of a calendar day, in microseconds.
    pub(crate) fn start_of(&self, date: Date) -> i64 {
        // From noon, because midnight itself need not exist; a day that was skipped whole gives that of the next.
        // Of the last day of all, noon may lie behind the end of time.
        date.at(12, 0, 0, 0)
            .to_zoned(self.zone.to_jiff())
            .and_then(|noon| noon.start_of_day())
            .or_else(|_| date.at(0, 0, 0, 0).to_zoned(self.zone.to_jiff()))
            .map_or_else(
                |_| beyond(i64::from(date.year())),
                |start| start.timestamp().as_microsecond(),
            )
    }

    /// The last instant of a calendar day, in microseconds. Earlier than the first if the zone skipped the day.
    pub(crate) fn end_of(&self, date: Date) -> i64 {
        date.tomorrow()
            .map_or(i64::MAX, |next| self.start_of(next).saturating_sub(1))
    }
}

/// Outside of the years that can be written: before or after everything.
fn beyond(direction: i64) -> i64 {
    if direction < 0 { i64::MIN } else { i64::MAX }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// A calendar day as the database stores it.
pub fn days_since_epoch(date: Date) -> i64 {
    date.since(EPOCH)
        .map_or(0, |span| i64::from(span.get_days()))
}

/// The calendar day that the database's number means; `None` outside the years -9999 to 9999.
pub fn date_from_days(days: i64) -> Option<Date> {
    Span::new()
        .try_days(days)
        .and_then(|span| EPOCH.checked_add(span))
        .ok()
}

/// A calendar day from its only accepted form, `2026-05-04`, in the years 0001 to 9999.
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<i16> {
        let part = text.get(range)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    if year == 0 {
        return None;
    }
    Date::new(year, month as i8, day as i8).ok()
}

/// The days whose anniversaries fall on today and the `days` following ones, as places in a year that begins on
/// 1 March (0 to 365, where 365 is 29 February): from the first to the second, around the end if that is smaller.
/// In common years 29 February is celebrated on the 28th.
pub(crate) fn anniversaries(today: i64, days: u32) -> (i64, i64) {
    // 366 days in a row contain every anniversary.
    if days >= 365 {
        return (0, 365);
    }
    let last = today.saturating_add(i64::from(days));
    let to = match place_in_year(last) {
        364 if place_in_year(last.saturating_add(1)) == 0 => 365,
        place => place,
    };
    (place_in_year(today), to)
}

/// The place of a day in a year that begins on 1 March, so that the leap day is the last: 0 to 365. Defined for every
/// `i64` and made of operations that both databases compute in the same way (see `sql.rs`).
pub(crate) fn place_in_year(days: i64) -> i64 {
    // The Gregorian calendar repeats every 146,097 days; 719,468 days lie between 0000-03-01 and 1970-01-01.
    let in_era = (days % 146_097 + 719_468) % 146_097;
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    in_era - (365 * year + year / 4 - year / 100)
}
