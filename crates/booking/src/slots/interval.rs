//! Half-open intervals of time and sets of them.
//!
//! A set is a `Vec<Interval>` in *normal form*: sorted, none empty, none touching the next. [`normalize`] makes it,
//! and everything else here expects and keeps it, in one pass over both operands.

use kernel::Timestamp;

/// Microseconds in a minute, in which all rules are written.
pub(crate) const MINUTE: i64 = 60_000_000;
/// Microseconds in a day of 24 hours.
pub(crate) const DAY: i64 = 1440 * MINUTE;

/// From `start` until just before `end`: what begins where another ends does not overlap it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant that is not inside any more.
    pub end: Timestamp,
}

impl Interval {
    /// An interval; one that ends where it starts, or before, is empty.
    pub const fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    /// What begins at `start` and lasts so many minutes.
    pub fn lasting(start: Timestamp, minutes: u32) -> Self {
        Self::new(start, plus(start, i64::from(minutes) * MINUTE))
    }

    /// Whether no instant is inside.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the instant is inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether all of the other is inside.
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether an instant is inside both.
    pub fn overlaps(self, other: Self) -> bool {
        self.start.max(other.start) < self.end.min(other.end)
    }

    /// The length in microseconds, none of which is negative.
    pub(super) fn micros(self) -> i64 {
        (self.end.as_micros() - self.start.as_micros()).max(0)
    }

    /// Made longer at both ends, by microseconds.
    pub(crate) fn widened(self, before: i64, after: i64) -> Self {
        Self::new(plus(self.start, -before), plus(self.end, after))
    }
}

/// The instant so many microseconds later, or earlier.
pub(crate) fn plus(at: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_add(micros))
}

/// Sorts intervals, drops empty ones, and merges those that overlap or touch.
pub fn normalize(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    intervals.retain(|one| !one.is_empty());
    intervals.dedup_by(|next, kept| {
        let joins = next.start <= kept.end;
        if joins {
            kept.end = kept.end.max(next.end);
        }
        joins
    });
    intervals
}

/// What is in both sets. Where two only touch, nothing is.
pub fn intersect(one: &[Interval], other: &[Interval]) -> Vec<Interval> {
    let mut both = Vec::with_capacity(one.len().max(other.len()));
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        let common = Interval::new(a.start.max(b.start), a.end.min(b.end));
        if !common.is_empty() {
            both.push(common);
        }
        if a.end < b.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    both
}

/// What is in the first set and not in the second.
pub fn subtract(from: &[Interval], taken: &[Interval]) -> Vec<Interval> {
    let mut left = Vec::with_capacity(from.len() + taken.len());
    let mut next = 0;
    for one in from {
        let mut start = one.start;
        while taken.get(next).is_some_and(|it| it.end <= start) {
            next += 1;
        }
        // Something taken may reach into the next interval of `from`, so `next` stays.
        for it in taken[next..].iter().take_while(|it| it.start < one.end) {
            if start < it.start {
                left.push(Interval::new(start, it.start));
            }
            start = it.end;
        }
        if start < one.end {
            left.push(Interval::new(start, one.end));
        }
    }
    left
}

/// What is in any of the sets.
pub fn union<'a>(sets: impl IntoIterator<Item = &'a [Interval]>) -> Vec<Interval> {
    normalize(sets.into_iter().flatten().copied().collect())
}

/// The interval of the set in which the instant lies.
pub fn find(set: &[Interval], at: Timestamp) -> Option<Interval> {
    let index = set.partition_point(|one| one.end <= at);
    set.get(index).copied().filter(|one| one.start <= at)
}

/// Whether one interval of the set has all of `inner` inside.
pub fn covers(set: &[Interval], inner: Interval) -> bool {
    find(set, inner.start).is_some_and(|one| inner.end <= one.end)
}
