//! Time that a host blocks: once, or again and again.
//!
//! Whether a date has a block is asked of the date alone, so a block that has repeated for years costs no more than a
//! new one and never stops blocking.

use jiff::civil::{Date, DateTime, Weekday};

use super::hours::{Places, WallRange};
use super::interval::Interval;
use super::zone::{Day, days_around};

/// Time that the host has for nobody. It is busy like a meeting in another calendar: buffers are kept to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// From one wall time to another, over any number of days.
    Once {
        /// In the zone where the host is on that date.
        from: DateTime,
        /// In the zone where the host is on that date.
        to: DateTime,
    },
    /// The same hours on many dates.
    Repeated {
        /// The hours; they may cross midnight.
        range: WallRange,
        /// On which dates.
        pattern: Pattern,
        /// The first date that may have it; repetitions are counted from there.
        first: Date,
        /// The last date that may have it.
        last: Option<Date>,
        /// Dates that do not.
        except: Vec<Date>,
    },
}

/// On which dates something repeats. `every` is 1 for each time, 2 for each second time, and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Every so many days.
    Days {
        /// How many days from one to the next.
        every: u32,
    },
    /// On some weekdays of every so many weeks, which begin on Monday.
    Weeks {
        /// How many weeks from one to the next.
        every: u32,
        /// The days of such a week.
        weekdays: Vec<Weekday>,
    },
    /// On a day of every so many months; months without this day are left out.
    MonthDay {
        /// How many months from one to the next.
        every: u32,
        /// 1 to 31.
        day: i8,
    },
    /// On a weekday of every so many months, such as the second Tuesday.
    MonthWeekday {
        /// How many months from one to the next.
        every: u32,
        /// 1 is the first in the month, -1 the last.
        nth: i8,
        /// Which weekday.
        weekday: Weekday,
    },
}

impl Pattern {
    /// Whether a date has it, if the dates are counted from `first`.
    fn has(&self, day: Day, first: Day) -> bool {
        let is_turn = |passed: i64, every: u32| passed % i64::from(every.max(1)) == 0;
        match self {
            Self::Days { every } => is_turn(day.0 - first.0, *every),
            Self::Weeks { every, weekdays } => {
                let monday = |day: Day| day.0 - day.weekday() as i64;
                is_turn((monday(day) - monday(first)) / 7, *every)
                    && (weekdays.iter())
                        .any(|one| one.to_monday_zero_offset() as usize == day.weekday())
            }
            Self::MonthDay { every, day: of } => {
                day.date().day() == *of && is_turn(months(day, first), *every)
            }
            Self::MonthWeekday {
                every,
                nth,
                weekday,
            } => {
                let date = day.date();
                let rank = if *nth < 0 {
                    -((date.days_in_month() - date.day()) / 7 + 1)
                } else {
                    (date.day() - 1) / 7 + 1
                };
                date.weekday() == *weekday && rank == *nth && is_turn(months(day, first), *every)
            }
        }
    }
}

/// How many months lie between two dates, whatever their days.
fn months(day: Day, first: Day) -> i64 {
    let number = |day: Day| {
        let date = day.date();
        i64::from(date.year()) * 12 + i64::from(date.month())
    };
    number(day) - number(first)
}

impl Block {
    /// Adds what is blocked `within`, and perhaps some of what is around, with the index of the block.
    pub(super) fn expand(&self, places: &Places, within: Interval, mut add: impl FnMut(Interval)) {
        match self {
            Self::Once { from, to } => {
                let instant = |wall: &DateTime| {
                    let day = Day::of(wall.date());
                    let micros = wall.time().duration_since(jiff::civil::Time::midnight());
                    (places.clock(day), day.wall(0) + micros.as_micros() as i64)
                };
                let ((start, from), (end, to)) = (instant(from), instant(to));
                let blocked = Interval::new(start.begin(from), end.end(to));
                if blocked.overlaps(within) {
                    add(blocked);
                }
            }
            Self::Repeated {
                range,
                pattern,
                first,
                last,
                except,
            } => {
                let (from, to) = days_around(within);
                let first = Day::of(*first);
                let last = last.map_or(to, Day::of).min(to);
                let mut day = first.max(from.plus(-1));
                while day <= last {
                    if pattern.has(day, first) && !except.iter().any(|one| Day::of(*one) == day) {
                        add(range.on(day, places.clock(day)));
                    }
                    day = day.plus(1);
                }
            }
        }
    }
}
