//! From the rules to slots.

use kernel::Timestamp;

use super::grid::Anchor;
use super::interval::{DAY, Interval, MINUTE, find, intersect, normalize, plus};
use super::limits::Scope;
use super::offer::{Offer, Slot};
use super::plan::{MARGIN, Plan, mask};
use super::reason::Reason;
use super::request::{Occurrence, Request};
use super::sheet::Sheet;
use super::window::{Bounds, MOST_DAYS_SCANNED, Window};
use super::zone::{Clock, Day};

/// A start that can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The slot.
    pub slot: Slot,
    /// Who could host it: all fixed hosts, and of each group those who are free.
    pub hosts: Vec<usize>,
}

impl Request<'_> {
    /// The slots that start within a range, by start. The work grows with the range, which the caller keeps small.
    pub fn slots(&self, range: Interval) -> Offer {
        let bounds = self.bounds();
        self.offer(range, &self.groups(bounds), bounds)
    }

    /// Whether a meeting can be booked at this very start: the slot that [`Request::slots`] offers, or every rule that
    /// keeps it away.
    pub fn check(&self, start: Timestamp) -> Result<Accepted, Vec<Reason>> {
        let offer = self.slots(Interval::new(start, plus(start, 1)));
        match offer.slots.first() {
            Some(&slot) if slot.away.is_none() => Ok(Accepted {
                slot,
                hosts: offer.hosts(0).collect(),
            }),
            _ => Err(self.why(start)),
        }
    }

    /// Of which time the calendars, holds and occurrences must be in the request for an exact answer about a range, if
    /// no buffer is longer than a day.
    pub fn reach(&self, range: Interval) -> Interval {
        let now = self.visit.now;
        let mut hull = range;
        let mut include = |days: i64| {
            hull.start = hull.start.min(now);
            hull.end = hull.end.max(plus(now, days * DAY));
        };
        if let Some(preferred) = self.visit.preferred {
            include(preferred.days.into());
        }
        if let Window::BookableDays(_) = self.meeting.window {
            include(MOST_DAYS_SCANNED + 1);
        }
        let margin = match self.meeting.grid.anchor {
            Anchor::Hours => DAY,
            Anchor::AfterBusy | Anchor::AfterNotice => DAY + MARGIN,
        };
        hull.widened(margin, margin + self.length())
    }

    /// How much of an interval a host is free, in whole minutes: for [`Criterion::MostFree`](super::choose::Criterion).
    pub fn free_minutes(&self, host: usize, during: Interval) -> u32 {
        let sheet = Sheet::new(self, host, during.widened(DAY, DAY));
        let free = sheet.map_or_else(Vec::new, |sheet| intersect(&sheet.free, &[during]));
        let micros: i64 = free.into_iter().map(Interval::micros).sum();
        u32::try_from(micros / MINUTE).unwrap_or(u32::MAX)
    }

    /// The length of the meeting in microseconds.
    pub(super) fn length(&self) -> i64 {
        i64::from(self.meeting.length()) * MINUTE
    }

    /// The first instant that is not too soon.
    pub(super) fn earliest(&self) -> Timestamp {
        plus(
            self.visit.now,
            i64::from(self.meeting.notice_minutes) * MINUTE,
        )
    }

    /// The dates of the booking window.
    pub(super) fn bounds(&self) -> Bounds {
        let now = Interval::new(self.visit.now, self.visit.now);
        let today = Clock::new(&self.meeting.zone, now).day(now.start);
        self.meeting
            .window
            .bounds(today, || self.bookable_days(today))
    }

    /// The dates from today on that have a slot, as far as they are looked for.
    fn bookable_days(&self, today: Day) -> Vec<Day> {
        let now = self.visit.now;
        let furthest = plus(now, (MOST_DAYS_SCANNED + 1) * DAY);
        let clock = Clock::new(&self.meeting.zone, Interval::new(now, furthest));
        let scanned = Interval::new(
            clock.midnight(today),
            clock.midnight(today.plus(MOST_DAYS_SCANNED)),
        );
        let offer = self.offer(scanned, &self.team.groups, Bounds::default());
        let open = offer.slots.iter().filter(|slot| slot.away.is_none());
        let mut days: Vec<Day> = open.map(|slot| clock.day(slot.start)).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The groups with those who may be chosen for this visit.
    pub(super) fn groups(&self, bounds: Bounds) -> Vec<Vec<usize>> {
        let mut groups = self.team.groups.clone();
        if let Some(only) = &self.visit.only {
            for group in &mut groups {
                group.retain(|host| only.contains(host));
            }
        }
        let Some(preferred) = self.visit.preferred else {
            return groups;
        };
        let mut theirs = groups.clone();
        for group in &mut theirs {
            if group.contains(&preferred.host) {
                group.retain(|&host| host == preferred.host);
            }
        }
        if theirs == groups {
            return groups;
        }
        let now = self.visit.now;
        let soon = Interval::new(now, plus(now, i64::from(preferred.days) * DAY));
        if self.offer(soon, &theirs, bounds).slots.is_empty() {
            groups
        } else {
            theirs
        }
    }

    /// The slots of these groups, on these dates.
    fn offer(&self, range: Interval, groups: &[Vec<usize>], bounds: Bounds) -> Offer {
        let clock = Clock::new(&self.meeting.zone, range);
        let dates = bounds.starts(&clock);
        let allowed = Interval::new(
            range.start.max(dates.start).max(self.earliest()),
            range.end.min(dates.end),
        );
        if allowed.is_empty() {
            return Offer::default();
        }
        let plan = Plan::new(self, groups, allowed);
        let mut starts = plan.starts(allowed);
        let full = self.full(allowed, |_| true);
        starts.retain(|&start| find(&full, start).is_none());
        let mut offer = plan.offer(&starts);
        self.add_occurrences(&mut offer, groups, allowed);
        offer
    }

    /// When limits of the meeting leave no room, in normal form.
    fn full(&self, within: Interval, counts: impl Fn(Scope) -> bool) -> Vec<Interval> {
        let limits = self
            .meeting
            .limits
            .iter()
            .filter(|limit| counts(limit.scope));
        let full = limits.flat_map(|limit| {
            limit.full(
                &self.meeting.zone,
                self.meeting.length(),
                self.visit.moves,
                within,
            )
        });
        normalize(full.map(|full| full.during).collect())
    }

    /// Adds the occurrences with seats left, which go before new meetings at the same time.
    fn add_occurrences(&self, offer: &mut Offer, groups: &[Vec<usize>], allowed: Interval) {
        if self.occurrences.is_empty() {
            return;
        }
        let full = self.full(allowed, |scope| scope == Scope::Invitee);
        for (index, one) in self.occurrences.iter().enumerate() {
            let start = one.time.start;
            let is_open = allowed.contains(start) && find(&full, start).is_none();
            let left = self.seats_left(one, groups);
            if !is_open || left.is_none_or(|left| left < self.visit.seats) {
                continue;
            }
            let slot = Slot {
                start,
                end: one.time.end,
                away: None,
                occurrence: Some(index),
                seats_left: left,
            };
            let at = offer.slots.partition_point(|slot| slot.start < start);
            let words = self.words();
            offer.words = words;
            match offer.slots.get_mut(at).filter(|slot| slot.start == start) {
                // Of two occurrences at the same time the first is filled.
                Some(same) if same.occurrence.is_some() => continue,
                Some(same) => *same = slot,
                None => {
                    offer.slots.insert(at, slot);
                    let zeros = std::iter::repeat_n(0, words);
                    offer.free.splice(at * words..at * words, zeros);
                }
            }
            let row = &mut offer.free[at * words..(at + 1) * words];
            row.copy_from_slice(&mask(&one.hosts, words));
        }
    }

    /// How many seats are left, if the occurrence is of this meeting, takes place, and is hosted by who may be chosen.
    pub(super) fn seats_left(&self, one: &Occurrence, groups: &[Vec<usize>]) -> Option<u32> {
        let capacity = self.meeting.capacity?;
        let is_this = one.time.end == plus(one.time.start, self.length());
        let may_host = |host| {
            self.team.fixed.contains(host) || groups.iter().any(|group| group.contains(host))
        };
        let taken = one.taken(self.visit);
        (is_this && taken > 0 && one.hosts.iter().all(may_host))
            .then(|| capacity.saturating_sub(taken))
    }

    /// How many words have a bit for each host.
    pub(super) fn words(&self) -> usize {
        self.hosts.len().div_ceil(64).max(1)
    }
}
