//! From what people mean ("at nine on weekdays, on their clock") to instants.
//!
//! A meaning is kept as a wall time with the zone it is read in ([`Intent`]), beside the instant it comes to, so that a
//! contact who moves, or a change of a zone's rules, gives it a new instant. Three rules, everywhere the same:
//!
//! - A wall time that the clock skips is the first instant after the gap.
//! - A wall time that the clock shows twice is the first of the two.
//! - Days are calendar days where a time of day is given, and 24 hours otherwise.
//!
//! When a timer fires it is only compared with now: nothing is computed again and put off, because around a change of
//! the clock that might never end.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::AmbiguousOffset;
use jiff::{Span, ToSpan};
use kernel::{TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::definition::{
    CapPeriod, Delay, TimeOfDay, Wait, WaitForWindow, WaitUntilDate, WaitUntilField, Window,
    ZoneSource,
};

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// The instant.
    pub due: Timestamp,
    /// What was meant, if it was meant as a wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
}

impl Timer {
    /// At an instant, wherever the contact is.
    pub const fn at(due: Timestamp) -> Self {
        Self { due, intent: None }
    }

    /// The same meaning in the contact's new zone.
    #[must_use]
    pub fn in_zone(&self, zone: &TimeZone) -> Self {
        match &self.intent {
            Some(intent) if intent.source == ZoneSource::Contact => Intent {
                zone: zone.clone(),
                ..intent.clone()
            }
            .timer(),
            _ => self.clone(),
        }
    }
}

/// A wall time in a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    pub wall: DateTime,
    pub zone: TimeZone,
    /// Whose zone it is: a contact's can change.
    pub source: ZoneSource,
    /// So much later (or earlier) than the wall time, exactly.
    #[serde(default)]
    pub shift_micros: i64,
}

impl Intent {
    /// With the instant it comes to.
    pub fn timer(self) -> Timer {
        let due = shift(instant(self.wall, &self.zone), self.shift_micros);
        Timer {
            due,
            intent: Some(self),
        }
    }
}

/// The zones that times of one contact are read in.
#[derive(Clone, Copy, Debug)]
pub struct Zones<'a> {
    pub account: &'a TimeZone,
    /// `None` if it is not known.
    pub contact: Option<&'a TimeZone>,
}

impl<'a> Zones<'a> {
    /// The one that is meant.
    pub fn of(self, source: ZoneSource) -> &'a TimeZone {
        match source {
            ZoneSource::Contact => self.contact.unwrap_or(self.account),
            ZoneSource::Account => self.account,
        }
    }
}

/// A date of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldTime {
    /// A calendar day, such as a birthday.
    Day(Date),
    /// An instant, such as when the contact came to be.
    Instant(Timestamp),
}

/// The instant of a wall time: in a gap the first after it, of two the first.
pub fn instant(wall: DateTime, zone: &TimeZone) -> Timestamp {
    let zone = zone.to_jiff();
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    if let AmbiguousOffset::Gap { after, .. } = ambiguous.offset()
        // With the offset that holds afterwards, a time in the gap lies before the change.
        && let Ok(before_change) = after.to_timestamp(wall)
        && let Some(change) = zone.following(before_change).next()
    {
        return change.timestamp().into();
    }
    ambiguous
        .compatible()
        .map_or(Timestamp::from_micros(i64::MAX), Timestamp::from)
}

/// What the clock shows.
pub fn wall(at: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_jiff().to_datetime(at.to_jiff())
}

/// The length of a delay whose days are 24 hours.
pub fn length(delay: Delay) -> Duration {
    Duration::from_secs(delay.total_minutes() * 60)
}

fn shift(at: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_add(micros))
}

fn days_after(date: Date, days: i64) -> Date {
    Span::new()
        .try_days(days)
        .and_then(|span| date.checked_add(span))
        .unwrap_or(if days < 0 { Date::MIN } else { Date::MAX })
}

fn micros_of(hours: u32, minutes: u32) -> i64 {
    (i64::from(hours) * 60 + i64::from(minutes)) * 60_000_000
}

/// When a wait that began at `from` is over. `seed` decides the jitter.
pub fn wait_over(wait: &Wait, from: Timestamp, zones: Zones<'_>, seed: u64) -> Timer {
    let jitter = jitter_micros(wait.jitter_minutes, seed);
    let Some(at) = wait.at else {
        return Timer::at(shift(from + length(wait.delay()), jitter));
    };
    let zone = zones.of(wait.zone);
    let base = shift(from, micros_of(wait.hours, wait.minutes));
    let mut date = days_after(wall(base, zone).date(), wait.days.into());
    if wait.days == 0 && instant(date.to_datetime(at.time()), zone) < base {
        date = days_after(date, 1);
    }
    Intent {
        wall: date.to_datetime(at.time()),
        zone: zone.clone(),
        source: wait.zone,
        shift_micros: jitter,
    }
    .timer()
}

/// When a date that is the same for all has come.
pub fn date_reached(wait: &WaitUntilDate, zones: Zones<'_>, seed: u64) -> Timer {
    Intent {
        wall: wait.at,
        zone: zones.of(wait.zone).clone(),
        source: wait.zone,
        shift_micros: jitter_micros(wait.jitter_minutes, seed),
    }
    .timer()
}

/// When a date of the contact has come, or will have in so long.
pub fn field_reached(wait: &WaitUntilField, time: FieldTime, zones: Zones<'_>) -> Timer {
    let (days, micros) = match (wait.before, wait.after) {
        (Some(before), _) => (
            -i64::from(before.days),
            -micros_of(before.hours, before.minutes),
        ),
        (None, Some(after)) => (after.days.into(), micros_of(after.hours, after.minutes)),
        (None, None) => (0, 0),
    };
    let zone = zones.of(wait.zone);
    let date = match (time, wait.at) {
        (FieldTime::Instant(at), None) => {
            return Timer::at(shift(shift(at, days * 86_400_000_000), micros));
        }
        (FieldTime::Instant(at), Some(_)) => wall(at, zone).date(),
        (FieldTime::Day(date), _) => date,
    };
    Intent {
        wall: days_after(date, days).to_datetime(wait.at.map_or(Time::midnight(), TimeOfDay::time)),
        zone: zone.clone(),
        source: wait.zone,
        shift_micros: micros,
    }
    .timer()
}

/// When a window is next open, from `from` on; `None` if it never is.
pub fn window_open(
    wait: &WaitForWindow,
    from: Timestamp,
    zones: Zones<'_>,
    seed: u64,
) -> Option<Timer> {
    let zone = zones.of(wait.within.zone);
    let (start, opens) = next_opening(&wait.within, from, zone)?;
    if opens <= from {
        return Some(Timer::at(from));
    }
    // Nobody is spread beyond the window's end.
    let mut jitter = jitter_micros(wait.jitter_minutes, seed);
    if let Some((_, end)) = interval(&wait.within, start.date(), zone) {
        jitter = jitter.min((end.as_micros() - opens.as_micros() - 1).max(0));
    }
    Some(
        Intent {
            wall: start,
            zone: zone.clone(),
            source: wait.within.zone,
            shift_micros: jitter,
        }
        .timer(),
    )
}

/// Whether it is within the window.
pub fn is_within(window: &Window, at: Timestamp, zones: Zones<'_>) -> bool {
    containing(window, at, zones.of(window.zone)).is_some()
}

/// The first instant from `at` on that is outside of the window; `None` if none is within weeks.
pub fn first_outside(window: &Window, at: Timestamp, zones: Zones<'_>) -> Option<Timestamp> {
    let zone = zones.of(window.zone);
    let mut at = at;
    // Adjoining windows, such as nights between days: no more than two weeks of them.
    for _ in 0..16 {
        match containing(window, at, zone) {
            None => return Some(at),
            Some((_, end)) => at = end,
        }
    }
    None
}

/// When the window is next open and which wall time that is; now, if it is open.
fn next_opening(
    window: &Window,
    from: Timestamp,
    zone: &TimeZone,
) -> Option<(DateTime, Timestamp)> {
    let today = wall(from, zone).date();
    (-1..=8).find_map(|days| {
        let date = days_after(today, days);
        let (start, end) = interval(window, date, zone)?;
        let wall = date.to_datetime(start_time(window));
        // A window that lies in a gap as a whole still opens, at the end of the gap.
        (from < end || from <= start).then(|| (wall, start.max(from)))
    })
}

/// The opening that `at` lies in.
fn containing(window: &Window, at: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let today = wall(at, zone).date();
    // Also the day before and the day after, where the clock jumps over midnight.
    (-1..=1).find_map(|days| {
        let (start, end) = interval(window, days_after(today, days), zone)?;
        (start <= at && at < end).then_some((start, end))
    })
}

fn start_time(window: &Window) -> Time {
    window.from.map_or(Time::midnight(), TimeOfDay::time)
}

/// From when to when the window that begins on this day is open.
fn interval(window: &Window, date: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let wanted = window.weekdays.is_empty()
        || (window.weekdays.iter()).any(|day| date.weekday() == (*day).into());
    if !wanted {
        return None;
    }
    let from = start_time(window);
    let end = match window.to {
        None => days_after(date, 1).to_datetime(Time::midnight()),
        Some(to) if from < to.time() => date.to_datetime(to.time()),
        Some(to) => days_after(date, 1).to_datetime(to.time()),
    };
    Some((instant(date.to_datetime(from), zone), instant(end, zone)))
}

/// When the period of a cap began, and when the next begins.
pub fn cap_period(period: CapPeriod, at: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let today = wall(at, zone).date();
    let (first, days) = match period {
        CapPeriod::Day => (today, 1),
        CapPeriod::Week => {
            let since_monday = today.weekday().to_monday_zero_offset();
            (days_after(today, -i64::from(since_monday)), 7)
        }
    };
    let start = |date: Date| instant(date.to_datetime(Time::midnight()), zone);
    (start(first), start(days_after(first, days)))
}

/// When the next day begins.
pub fn next_midnight(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let next = wall(at, zone)
        .date()
        .checked_add(1.day())
        .unwrap_or(Date::MAX);
    instant(next.to_datetime(Time::midnight()), zone)
}

/// A part of the jitter, by chance that the seed decides.
fn jitter_micros(minutes: u32, seed: u64) -> i64 {
    let whole = u64::from(minutes) * 60_000_000;
    crate::chance::mix(seed ^ 0x6a69_7474_6572)
        .checked_rem(whole)
        .unwrap_or(0) as i64
}

#[cfg(test)]
mod tests;
