//! Where in free time meetings start.
//!
//! Free time is cut from its beginning on. The first start is rounded to the clock of the host, never to the clock of
//! who asks nor to the beginning of what is asked, so everybody is offered the same instants.
//!
//! Time that goes on for days has no beginning to count from. Its grid begins anew at each midnight that follows a
//! date which is free as a whole, so that the answer for a day depends on no more than the two days around it.

use kernel::Timestamp;

use super::hours::Places;
use super::interval::{Interval, MINUTE, plus};

/// How starts are laid into free time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// Minutes from one start to the next; `None`: the length of the meeting.
    pub step_minutes: Option<u32>,
    /// What begins a new grid.
    pub anchor: Anchor,
    /// How the first start is rounded.
    pub rounding: Rounding,
}

/// What begins a new grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// Working hours alone: a booking takes starts away and never moves others.
    #[default]
    Hours,
    /// Also the end of what is busy, with its buffer: denser, but a booking moves the starts that follow it.
    AfterBusy,
    /// Also the end of the minimum notice: the first start is as soon as can be, but what is offered now may not be a
    /// minute later.
    AfterNotice,
}

/// How the first start is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Up to a multiple of the largest of 60, 30, 20, 15, 10, 5 minutes that divides the step, if one does.
    #[default]
    Clock,
    /// The same, then to 15, then to 5 minutes, but only so far that no start is lost by it.
    Fitting,
}

impl Grid {
    fn step(self, minutes: u32) -> i64 {
        i64::from(self.step_minutes.unwrap_or(minutes).max(1))
    }

    /// Minutes to which the first start is rounded.
    fn unit(self, minutes: u32) -> i64 {
        let step = self.step(minutes);
        let units = [60, 30, 20, 15, 10, 5];
        units.into_iter().find(|unit| step % unit == 0).unwrap_or(1)
    }

    /// The starts of meetings of so many minutes in free time, as far as they are `within`, in order.
    ///
    /// `free` is in normal form; it and `midnights` reach far enough around `within`.
    pub(super) fn starts(
        self,
        minutes: u32,
        free: &[Interval],
        places: &Places,
        midnights: &[Timestamp],
        within: Interval,
    ) -> Vec<Timestamp> {
        let cut = Cut {
            grid: self,
            minutes,
            places,
            within,
        };
        let mut starts = Vec::new();
        let first = free.partition_point(|run| run.end <= within.start);
        let runs = free[first..].iter();
        for run in runs.take_while(|run| run.start < within.end) {
            let latest = plus(run.end, -i64::from(minutes) * MINUTE);
            let mut begin = run.start;
            let mut next = midnights.partition_point(|&midnight| midnight <= run.start);
            while begin <= latest && begin < within.end {
                // The next midnight with a whole free date before it.
                while midnights
                    .get(next)
                    .is_some_and(|&it| it <= begin || midnights[next.max(1) - 1] < run.start)
                {
                    next += 1;
                }
                let restart = midnights.get(next).copied().filter(|&at| at < run.end);
                let last = restart.map_or(latest, |at| latest.min(plus(at, -1)));
                if within.start <= last {
                    cut.segment(begin, last, &mut starts);
                }
                match restart {
                    Some(at) => begin = at,
                    None => break,
                }
            }
        }
        starts
    }
}

struct Cut<'a> {
    grid: Grid,
    minutes: u32,
    places: &'a Places,
    within: Interval,
}

impl Cut<'_> {
    /// Adds the starts of a grid that begins at `begin` and whose last start is at `last` or before.
    fn segment(&self, begin: Timestamp, last: Timestamp, starts: &mut Vec<Timestamp>) {
        let step = self.grid.step(self.minutes) * MINUTE;
        let first = self.first(begin, last, step);
        let missed = (self.within.start.as_micros() - first.as_micros()).max(0);
        let mut at = plus(first, (missed + step - 1) / step * step);
        let until = last.min(plus(self.within.end, -1));
        while at <= until {
            starts.push(at);
            at = plus(at, step);
        }
    }

    fn first(&self, begin: Timestamp, last: Timestamp, step: i64) -> Timestamp {
        let clock = self.places.clock(self.places.day(begin));
        let unit = self.grid.unit(self.minutes);
        match self.grid.rounding {
            Rounding::Clock => clock.round_up(begin, unit),
            Rounding::Fitting => {
                let spare = (last.as_micros() - begin.as_micros()) % step;
                [unit, 15, 5]
                    .into_iter()
                    .filter(|&one| one <= unit)
                    .map(|one| clock.round_up(begin, one))
                    .find(|first| first.as_micros() - begin.as_micros() <= spare)
                    .unwrap_or(begin)
            }
        }
    }
}
