//! When a host works: weekly hours, overrides of dates, travel, time away.
//!
//! All of it is wall time, in the zone where the host is on the date. Hours belong to the date they begin on, also
//! those that cross midnight.

use jiff::civil::{Date, Time};
use kernel::{TimeZone, Timestamp};

use super::interval::{Interval, normalize};
use super::zone::{Clock, Day, days_around};

/// Minutes of a day without a change of the clock.
const DAY_MINUTES: u32 = 1440;

/// From one wall time to another, in minutes after the midnight of the date it belongs to.
///
/// 24:00 is 1440, and 02:00 of the next day is 1560: a night shift is `WallRange::new(22 * 60, 26 * 60)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallRange {
    start: u16,
    end: u16,
}

impl WallRange {
    /// From 00:00 to 24:00.
    pub const WHOLE_DAY: Self = Self {
        start: 0,
        end: DAY_MINUTES as u16,
    };

    /// `None` unless it starts before 24:00, ends after its start, and lasts no more than 24 hours.
    pub fn new(start_minute: u32, end_minute: u32) -> Option<Self> {
        let fits = start_minute < DAY_MINUTES
            && start_minute < end_minute
            && end_minute - start_minute <= DAY_MINUTES;
        fits.then_some(Self {
            start: start_minute as u16,
            end: end_minute as u16,
        })
    }

    /// Hours of another program, which cannot write 24:00 and do not cross midnight: an end of 23:59 is 24:00, other
    /// seconds count as the whole minute they are in (20:59:59 is 21:00), and an end before the start, or at it, is no
    /// hours at all, as it was there.
    pub fn imported(from: Time, to: Time) -> Option<Self> {
        let minute = |time: Time| time.hour() as u32 * 60 + time.minute() as u32;
        let partial = u32::from(to.second() > 0 || to.subsec_nanosecond() > 0);
        let end = match minute(to) {
            1439 => DAY_MINUTES,
            whole => whole + partial,
        };
        Self::new(minute(from), end)
    }

    /// Minutes after the midnight of its date.
    pub fn start_minute(self) -> u32 {
        self.start.into()
    }

    /// Minutes after the midnight of its date; beyond 1440, on the next date.
    pub fn end_minute(self) -> u32 {
        self.end.into()
    }

    /// Which instants these are on a date.
    pub(super) fn on(self, day: Day, clock: &Clock) -> Interval {
        Interval::new(
            clock.begin(day.wall(self.start.into())),
            clock.end(day.wall(self.end.into())),
        )
    }

    /// Without what lies beyond midnight.
    fn until_midnight(self) -> Self {
        Self {
            end: self.end.min(DAY_MINUTES as u16),
            ..self
        }
    }
}

/// The hours of one date instead of the weekly ones. Several for one date add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The local date.
    pub date: Date,
    /// None: closed.
    pub ranges: Vec<WallRange>,
}

/// Where the host is from one date to another: the zone in which the hours of these dates are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Travel {
    /// The first date.
    pub first: Date,
    /// The last date; `None`: until further notice.
    pub last: Option<Date>,
    /// The zone there.
    pub zone: TimeZone,
}

/// Vacation and other dates on which the host is out of office. What to tell visitors is kept by the caller, who finds
/// it by the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// The first date.
    pub first: Date,
    /// The last date.
    pub last: Date,
}

/// When somebody can be met in an ordinary week, and the exceptions.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The zone of all wall times, but on dates of travel.
    pub zone: TimeZone,
    /// Monday first.
    pub weekly: [Vec<WallRange>; 7],
    /// In any order.
    pub overrides: Vec<Override>,
    /// The first that has a date wins.
    pub travel: Vec<Travel>,
}

impl Schedule {
    /// No hours at all.
    pub fn closed(zone: TimeZone) -> Self {
        Self {
            zone,
            weekly: Default::default(),
            overrides: Vec::new(),
            travel: Vec::new(),
        }
    }

    /// The hours as instants, complete for all that lies `within`, in normal form.
    ///
    /// Dates of `away` are as if they were overridden by nothing.
    pub(super) fn hours(&self, places: &Places, away: &[Away], within: Interval) -> Vec<Interval> {
        let (first, last) = days_around(within);
        let special = self.special(away, first, last);
        // Hours of the day before may reach into the first.
        let mut day = first.plus(-1);
        let mut special = special.as_slice();
        let mut hours = Vec::with_capacity((last.0 - day.0 + 1) as usize);
        while day <= last {
            let clock = places.clock(day);
            while special.first().is_some_and(|next| next.0 < day) {
                special = &special[1..];
            }
            let here = special.iter().take_while(|next| next.0 == day).count();
            // A date with hours of its own begins at midnight with nothing left of the day before.
            let is_next_special = special.get(here).is_some_and(|next| next.0 == day.plus(1));
            let mut add = |range: WallRange| {
                let range = if is_next_special {
                    range.until_midnight()
                } else {
                    range
                };
                hours.push(range.on(day, clock));
            };
            if here == 0 {
                self.weekly[day.weekday()]
                    .iter()
                    .copied()
                    .for_each(&mut add);
            } else if special[..here].iter().all(|one| one.1.is_some()) {
                let own = special[..here].iter().filter_map(|one| one.1);
                own.flat_map(|index| &self.overrides[index].ranges)
                    .copied()
                    .for_each(&mut add);
            }
            day = day.plus(1);
        }
        normalize(hours)
    }

    /// The dates that do not follow the week, by date: an override by its index, or away.
    fn special(&self, away: &[Away], first: Day, last: Day) -> Vec<(Day, Option<usize>)> {
        let overrides = (self.overrides.iter().enumerate())
            .map(|(index, one)| (Day::of(one.date), Some(index)))
            .filter(|(day, _)| (first.plus(-1)..=last.plus(1)).contains(day));
        let away = away.iter().flat_map(|one| {
            let from = Day::of(one.first).max(first.plus(-1));
            let to = Day::of(one.last).min(last.plus(1));
            (from.0..=to.0).map(|day| (Day(day), None))
        });
        let mut special: Vec<_> = overrides.chain(away).collect();
        special.sort_unstable();
        special
    }

    /// Whether the date has hours of its own, or no hours, by an override.
    pub(super) fn is_overridden(&self, day: Day) -> bool {
        self.overrides.iter().any(|one| Day::of(one.date) == day)
    }

    /// The clocks of all places where the host is on dates around `within`.
    pub(super) fn places(&self, within: Interval) -> Places {
        let (first, last) = days_around(within);
        let trips = self.travel.iter().filter_map(|trip| {
            let (from, to) = (
                Day::of(trip.first),
                trip.last.map_or(Day(i64::MAX), Day::of),
            );
            let is_near = from <= last && to >= first.plus(-1);
            is_near.then(|| Trip {
                first: from,
                last: to,
                clock: Clock::new(&trip.zone, within),
            })
        });
        Places {
            home: Clock::new(&self.zone, within),
            trips: trips.collect(),
        }
    }
}

/// Which clock is meant on which date.
#[derive(Clone, Debug)]
pub(super) struct Places {
    home: Clock,
    trips: Vec<Trip>,
}

#[derive(Clone, Debug)]
struct Trip {
    first: Day,
    last: Day,
    clock: Clock,
}

impl Places {
    /// Where it is always this clock.
    pub(super) fn settled(home: Clock) -> Self {
        Self {
            home,
            trips: Vec::new(),
        }
    }

    pub(super) fn clock(&self, day: Day) -> &Clock {
        let trip = self
            .trips
            .iter()
            .find(|trip| trip.first <= day && day <= trip.last);
        trip.map_or(&self.home, |trip| &trip.clock)
    }

    /// The local date at an instant. Where a journey leaves a time without a date, or with two, it is the first of
    /// the dates that have begun and not ended.
    pub(super) fn day(&self, at: Timestamp) -> Day {
        let home = self.home.day(at);
        if self.trips.is_empty() {
            return home;
        }
        (-1..=1)
            .map(|days| home.plus(days))
            .find(|&day| self.clock(day).day(at) == day)
            .unwrap_or(home)
    }

    /// When each date around `within` begins, by date.
    pub(super) fn midnights(&self, within: Interval) -> Vec<Timestamp> {
        let (first, last) = days_around(within);
        let days = (first.0..=last.0).map(Day);
        let mut midnights: Vec<_> = days.map(|day| self.clock(day).midnight(day)).collect();
        // A date that a journey skips begins when the next does.
        for i in (1..midnights.len()).rev() {
            midnights[i - 1] = midnights[i - 1].min(midnights[i]);
        }
        midnights
    }
}
