//! How much is taken in a period: of an event type, by a host, a team, or an invitee.
//!
//! A booking belongs to the period in which it starts. A full period has no more starts.

use jiff::civil::{Date, Weekday};
use kernel::{TimeZone, Timestamp};

use super::interval::Interval;
use super::zone::{Clock, Day};
use crate::BookingId;

/// No more than so much in a period.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Over what is counted: for the answer to why there is no slot. What is counted is what the caller puts in.
    pub scope: Scope,
    /// The length of a period.
    pub period: Period,
    /// Whose days they are, if not those of the meeting, or of the host whose limit it is.
    pub zone: Option<TimeZone>,
    /// What must not be exceeded.
    pub cap: Cap,
    /// The bookings that count, of all periods that are asked about.
    pub counted: Vec<Counted>,
}

/// Over what a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The bookings of this event type.
    EventType,
    /// The bookings of this host; the limit is among those of the [`Host`](super::Host).
    Host,
    /// The bookings of all event types of a team.
    Team,
    /// The bookings of this invitee. It also holds for who joins a meeting with seats left, which adds no meeting and so
    /// is free of the others.
    Invitee,
}

/// The periods of a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// Seven dates.
    Week {
        /// The first of them.
        first: Weekday,
    },
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// All that is counted, whenever it is: for "so many future bookings".
    Ever,
}

/// What must not be exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// So many bookings.
    Bookings(u32),
    /// So many minutes of meetings, with the new one.
    Minutes(u32),
}

/// A booking that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which one: a booking that is moved does not count.
    pub booking: BookingId,
    /// When it starts.
    pub start: Timestamp,
    /// How long it lasts.
    pub minutes: u32,
}

/// A period with no room for the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full {
    pub(super) during: Interval,
    /// Bookings or minutes, whichever are limited.
    pub(super) used: u32,
}

/// All of time.
const ALWAYS: Interval = Interval::new(
    Timestamp::from_micros(i64::MIN),
    Timestamp::from_micros(i64::MAX),
);

impl Limit {
    /// Whose days they are: those of `usual` unless the limit has its own.
    pub(super) fn zone<'a>(&'a self, usual: &'a TimeZone) -> &'a TimeZone {
        self.zone.as_ref().unwrap_or(usual)
    }

    /// The periods around `within` that are full for a meeting of so many minutes, in any order.
    pub(super) fn full(
        &self,
        zone: &TimeZone,
        minutes: u32,
        moves: Option<BookingId>,
        within: Interval,
    ) -> Vec<Full> {
        if self.is_full(0, minutes) {
            let used = 0;
            return vec![Full {
                during: ALWAYS,
                used,
            }];
        }
        let counted = || (self.counted.iter()).filter(|one| moves != Some(one.booking));
        if counted().next().is_none() {
            return Vec::new();
        }
        let hull = counted().fold(within, |hull, one| {
            Interval::new(hull.start.min(one.start), hull.end.max(one.start))
        });
        let clock = Clock::new(self.zone(zone), hull);
        let mut periods: Vec<(Day, Day, u32)> = Vec::new();
        for one in counted() {
            let (first, next) = self.period.around(clock.day(one.start));
            let amount = self.amount(one.minutes);
            match periods.iter_mut().rev().find(|period| period.0 == first) {
                Some(period) => period.2 = period.2.saturating_add(amount),
                None => periods.push((first, next, amount)),
            }
        }
        let full = periods
            .into_iter()
            .filter(|period| self.is_full(period.2, minutes));
        full.map(|(first, next, used)| Full {
            during: match self.period {
                Period::Ever => ALWAYS,
                _ => Interval::new(clock.midnight(first), clock.midnight(next)),
            },
            used,
        })
        .collect()
    }

    /// What a meeting of so many minutes counts.
    pub(super) fn amount(&self, minutes: u32) -> u32 {
        match self.cap {
            Cap::Bookings(_) => 1,
            Cap::Minutes(_) => minutes,
        }
    }

    /// Whether a new meeting of so many minutes would be too much.
    pub(super) fn is_full(&self, used: u32, minutes: u32) -> bool {
        let (Cap::Bookings(most) | Cap::Minutes(most)) = self.cap;
        used.saturating_add(self.amount(minutes)) > most
    }
}

impl Period {
    /// The first date of the period that has this date, and the first of the next.
    pub(super) fn around(self, day: Day) -> (Day, Day) {
        match self {
            Self::Day => (day, day.plus(1)),
            Self::Week { first } => {
                let since = day.weekday() as i64 - i64::from(first.to_monday_zero_offset());
                let begin = day.plus(-since.rem_euclid(7));
                (begin, begin.plus(7))
            }
            Self::Month => {
                let date = day.date();
                let begin = day.plus(1 - i64::from(date.day()));
                (begin, begin.plus(date.days_in_month().into()))
            }
            Self::Year => {
                let year = day.date().year();
                let begin = |year| Date::new(year, 1, 1).map_or(Day(i64::MAX), Day::of);
                (begin(year), begin(year + 1))
            }
            Self::Ever => (Day(i64::MIN), Day(i64::MAX)),
        }
    }
}
