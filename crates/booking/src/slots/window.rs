//! How far ahead somebody can book.

use jiff::civil::Date;
use kernel::Timestamp;

use super::interval::Interval;
use super::zone::{Clock, Day};

/// A window with so many bookable days is looked for in no more days than this.
pub(super) const MOST_DAYS_SCANNED: i64 = 61;

/// The dates on which a meeting may start. Days are counted in the zone of the meeting, and today is the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// Any.
    #[default]
    Always,
    /// Until so many days after today, inclusive.
    Days(u32),
    /// Until so many business days after today, inclusive. Saturdays and Sundays are not counted; those in between
    /// can be booked.
    BusinessDays(u32),
    /// As many days as it takes to have so many with a slot left, but no more than 61.
    BookableDays(u32),
    /// From one date to another, inclusive.
    Dates {
        /// The first date.
        first: Date,
        /// The last date.
        last: Date,
    },
}

/// The first and the last date, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) first: Option<Day>,
    pub(super) last: Option<Day>,
}

impl Bounds {
    /// The starts that are inside.
    pub(super) fn starts(self, clock: &Clock) -> Interval {
        let (first, last) = (self.first, self.last);
        Interval::new(
            first.map_or(Timestamp::from_micros(i64::MIN), |day| clock.midnight(day)),
            last.map_or(Timestamp::from_micros(i64::MAX), |day| {
                clock.midnight(day.plus(1))
            }),
        )
    }

    pub(super) fn has(self, day: Day) -> bool {
        self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last)
    }
}

impl Window {
    /// The dates of the window. `bookable` lists the days from today on that have a slot, by date; it is asked only
    /// where they are counted.
    pub(super) fn bounds(self, today: Day, bookable: impl FnOnce() -> Vec<Day>) -> Bounds {
        let until = |last| Bounds {
            first: None,
            last: Some(last),
        };
        match self {
            Self::Always => Bounds::default(),
            Self::Days(days) => until(today.plus(days.into())),
            Self::BusinessDays(days) => until(business_day(today, days.into())),
            Self::BookableDays(0) => until(today.plus(-1)),
            Self::BookableDays(days) => {
                let furthest = today.plus(MOST_DAYS_SCANNED - 1);
                let nth = bookable().get(days as usize - 1).copied();
                until(nth.unwrap_or(furthest))
            }
            Self::Dates { first, last } => Bounds {
                first: Some(Day::of(first)),
                last: Some(Day::of(last)),
            },
        }
    }
}

/// The business day so many of them after today; today itself for zero.
fn business_day(today: Day, days: i64) -> Day {
    const FRIDAY: i64 = 4;
    // From a weekend, counting begins at its Friday: the first business day is Monday.
    let weekday = (today.weekday() as i64).min(FRIDAY);
    let counted = weekday + days;
    match days {
        0 => today,
        _ => today.plus(weekday - today.weekday() as i64 + counted / 5 * 7 + counted % 5 - weekday),
    }
}
