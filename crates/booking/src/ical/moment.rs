//! Dates, times and durations as they stand in a calendar.
//!
//! A wall time is the number of seconds since 1970-01-01T00:00 as if every day had 86,400 of them; which instant that
//! is, is the zone's to say.

use super::line::Line;

pub(super) const DAY: i64 = 86_400;

/// A date or a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// A day, as its midnight.
    Date(i64),
    /// A wall time in whatever zone the reader is in.
    Floating(i64),
    /// An instant, in seconds.
    Utc(i64),
    /// A wall time in the zone of this name.
    Zoned(i64, String),
}

impl Moment {
    /// The value of a line that has one moment.
    pub(super) fn of(line: &Line) -> Option<Self> {
        Self::parse(line.value.trim(), line.param("TZID"))
    }

    pub(super) fn parse(text: &str, zone: Option<&str>) -> Option<Self> {
        let (date, time) = match text.split_once(['T', 't']) {
            None => return date(text).map(|day| Self::Date(day * DAY)),
            Some((day, time)) => (date(day)?, time),
        };
        let (time, utc) = match time.strip_suffix(['Z', 'z']) {
            Some(time) => (time, true),
            None => (time, false),
        };
        let wall = date * DAY + clock(time)?;
        Some(match zone {
            _ if utc => Self::Utc(wall),
            Some(zone) => Self::Zoned(wall, zone.to_owned()),
            None => Self::Floating(wall),
        })
    }

    /// The wall time, or of an instant that of UTC.
    pub(super) fn wall(&self) -> i64 {
        match self {
            Self::Date(wall) | Self::Floating(wall) | Self::Utc(wall) | Self::Zoned(wall, _) => {
                *wall
            }
        }
    }

    pub(super) fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }
}

/// `20261130` as the number of days since 1970-01-01.
fn date(text: &str) -> Option<i64> {
    let year = number(text.get(..4)?)?;
    let month = number(text.get(4..6)?)?;
    let day = number(text.get(6..)?)?;
    let good = text.len() == 8
        && (1..=9998).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day);
    good.then(|| days_from_civil(year, month, day))
}

/// `090000`, and `0900` as some programs write it.
fn clock(text: &str) -> Option<i64> {
    let hour = number(text.get(..2)?)?;
    let minute = number(text.get(2..4)?)?;
    let second = match text.get(4..)? {
        "" => 0,
        rest if rest.len() == 2 => number(rest)?,
        _ => return None,
    };
    // A leap second is the one before it: no calendar keeps those.
    (hour < 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second.min(59))
}

pub(super) fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `+0130` or `-053015`, in seconds.
pub(super) fn offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    clock(digits).map(|seconds| sign * seconds)
}

/// How long something lasts: days of the calendar, then exact seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) days: i64,
    pub(super) seconds: i64,
}

impl Span {
    /// `P1DT2H30M`, `P2W`, `-PT15M`
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let mut rest = rest.strip_prefix(['P', 'p'])?;
        let mut span = Self::default();
        let mut in_time = false;
        let mut any = false;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(['T', 't']) {
                in_time = true;
                rest = after;
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            // Six digits are 1900 years of days; more is nonsense.
            let amount = number(rest.get(..end)?).filter(|n| *n <= 99_999_999)?;
            match (rest.as_bytes()[end].to_ascii_uppercase(), in_time) {
                (b'W', false) => span.days += amount.min(999_999) * 7,
                (b'D', false) => span.days += amount.min(999_999),
                (b'H', true) => span.seconds += amount * 3600,
                (b'M', true) => span.seconds += amount * 60,
                (b'S', true) => span.seconds += amount,
                _ => return None,
            }
            any = true;
            rest = &rest[end + 1..];
        }
        any.then_some(Self {
            days: span.days * sign,
            seconds: span.seconds * sign,
        })
    }

    /// At least so many seconds, for deciding how far to look back.
    pub(super) fn at_most(self) -> i64 {
        (self.days + 1) * DAY + self.seconds
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
pub(super) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // Years that begin in March, in eras of 400 of them: a leap day is then the last of its year.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era =
        (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096).div_euclid(365);
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The other way round.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

pub(super) fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// 0 is Monday. 1970-01-01 was a Thursday.
pub(super) fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}
