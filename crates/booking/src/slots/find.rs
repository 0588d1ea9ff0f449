//! From the rules to slots.

use kernel::Timestamp;

use super::grid::Anchor;
use super::hours::Places;
use super::interval::{DAY, Interval, MINUTE, find, intersect, normalize, plus, subtract, union};
use super::limits::Scope;
use super::offer::{Offer, Slot};
use super::reason::Reason;
use super::request::{Host, Occurrence, Request};
use super::sheet::{Sheet, full_periods};
use super::window::{Bounds, MOST_DAYS_SCANNED, Window};
use super::zone::{Clock, Day};

/// How far around a range hours and calendars decide about its grid: a grid begins at the latest at the midnight after
/// a date that is free as a whole, and the date before may be 26 hours away in the zone of a host.
const MARGIN: i64 = 4 * DAY;

/// A start that can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The slot.
    pub slot: Slot,
    /// Who could host it: all fixed hosts, and of each group those who are free.
    pub hosts: Vec<usize>,
}

impl Request<'_> {
    /// The slots that start within a range, by start.
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
        let sheet = Sheet::new(self, host, during);
        let free = sheet.map_or_else(Vec::new, |sheet| intersect(&sheet.free, &[during]));
        let micros: i64 = free.into_iter().map(Interval::micros).sum();
        u32::try_from(micros / MINUTE).unwrap_or(u32::MAX)
    }

    /// The length of the meeting in microseconds.
    fn length(&self) -> i64 {
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
    fn words(&self) -> usize {
        self.hosts.len().div_ceil(64).max(1)
    }
}

/// What is known of everybody for one range.
pub(super) struct Plan<'a> {
    request: &'a Request<'a>,
    /// Those who may be chosen.
    groups: &'a [Vec<usize>],
    /// By the index of the host; `None` for who has no part in it.
    pub(super) sheets: Vec<Option<Sheet>>,
    /// Whose clock the grid follows: a single host's, wherever they are, or the meeting's.
    places: Places,
    midnights: Vec<Timestamp>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(request: &'a Request<'a>, groups: &'a [Vec<usize>], range: Interval) -> Self {
        let within = range.widened(MARGIN, MARGIN + request.length());
        let team = request.team;
        let hosts = request.hosts.iter().enumerate();
        let sheets: Vec<_> = hosts
            .map(|(index, host)| {
                let has = |group: &Vec<usize>| group.contains(&index);
                if team.fixed.contains(&index) || groups.iter().any(has) {
                    Sheet::new(request, index, within)
                } else {
                    let is_grid = team.groups.iter().any(has);
                    is_grid.then(|| Sheet::hours(host, within, false))
                }
            })
            .collect();
        let single = team.fixed.first().filter(|_| team.is_single());
        let places = match single.and_then(|&host| sheets.get(host)?.as_ref()) {
            Some(sheet) => sheet.places.clone(),
            None => Places::settled(Clock::new(&request.meeting.zone, within)),
        };
        let midnights = places.midnights(within);
        Self {
            request,
            groups,
            sheets,
            places,
            midnights,
        }
    }

    /// The starts that the grid has within a range.
    pub(super) fn starts(&self, range: Interval) -> Vec<Timestamp> {
        match self.request.meeting.grid.anchor {
            Anchor::Hours => self.starts_of_hours(range),
            Anchor::AfterBusy => self.cut(&self.combine(self.groups, |sheet| &sheet.free), range),
            Anchor::AfterNotice => {
                let free = self.combine(self.groups, |sheet| &sheet.free);
                let past = Interval::new(Timestamp::from_micros(i64::MIN), self.request.earliest());
                self.cut(&subtract(&free, &[past]), range)
            }
        }
    }

    /// The starts that the working hours have. They are of the whole team, whoever of it is asked for, so that all
    /// visitors see the same.
    pub(super) fn starts_of_hours(&self, range: Interval) -> Vec<Timestamp> {
        let hours = self.combine(&self.request.team.groups, |sheet| &sheet.hours);
        self.cut(&hours, range)
    }

    fn cut(&self, free: &[Interval], range: Interval) -> Vec<Timestamp> {
        let meeting = self.request.meeting;
        meeting
            .grid
            .starts(meeting.length(), free, &self.places, &self.midnights, range)
    }

    /// The time that all fixed hosts and one of each group have.
    fn combine(
        &self,
        groups: &[Vec<usize>],
        time: impl Fn(&Sheet) -> &Vec<Interval>,
    ) -> Vec<Interval> {
        let of = |host: &usize| -> &[Interval] {
            let sheet = self.sheets.get(*host).and_then(Option::as_ref);
            sheet.map_or(&[], |sheet| time(sheet))
        };
        let fixed = self.request.team.fixed.iter().map(|host| of(host).to_vec());
        let groups = groups.iter().map(|group| union(group.iter().map(of)));
        fixed
            .chain(groups)
            .reduce(|all, next| intersect(&all, &next))
            .unwrap_or_default()
    }

    /// Those of the starts for which the hosts are free.
    fn offer(&self, starts: &[Timestamp]) -> Offer {
        let meeting = self.request.meeting;
        let words = self.request.words();
        if (meeting.capacity).is_some_and(|capacity| capacity < self.request.visit.seats) {
            return Offer::default();
        }
        let mut free = self.free_hosts(starts, words);
        let fixed = mask(&self.request.team.fixed, words);
        let groups: Vec<_> = (self.groups.iter())
            .map(|group| mask(group, words))
            .collect();
        let mut slots = Vec::with_capacity(starts.len());
        for (i, &start) in starts.iter().enumerate() {
            let row = &free[i * words..(i + 1) * words];
            let all = |mask: &[u64]| row.iter().zip(mask).all(|(row, mask)| row & mask == *mask);
            let any = |mask: &Vec<u64>| row.iter().zip(mask).any(|(row, mask)| row & mask != 0);
            if !all(&fixed) || !groups.iter().all(any) {
                continue;
            }
            let kept = slots.len() * words;
            free.copy_within(i * words..(i + 1) * words, kept);
            let time = Interval::lasting(start, meeting.length());
            slots.push(Slot {
                start,
                end: time.end,
                away: self.away(time),
                occurrence: None,
                seats_left: meeting.capacity,
            });
        }
        free.truncate(slots.len() * words);
        Offer { slots, free, words }
    }

    /// A row of bits for each start: which of the hosts who may be chosen are free.
    fn free_hosts(&self, starts: &[Timestamp], words: usize) -> Vec<u64> {
        let mut rows = vec![0_u64; starts.len() * words];
        let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else {
            return rows;
        };
        for (index, (host, sheet)) in self.request.hosts.iter().zip(&self.sheets).enumerate() {
            let Some(sheet) = sheet else { continue };
            let (word, bit) = (index / 64, 1_u64 << (index % 64));
            let full = full_periods(self.request, host, Interval::new(first, last));
            let mut from = 0;
            let mut mark = |possible: Interval| {
                from += starts[from..].partition_point(|&start| start < possible.start);
                let until = from + starts[from..].partition_point(|&start| start < possible.end);
                for row in from..until {
                    rows[row * words + word] |= bit;
                }
                from = until;
            };
            let possible = sheet.starts(self.request.meeting.length());
            if full.is_empty() {
                possible.for_each(&mut mark);
            } else {
                let possible: Vec<_> = possible.collect();
                subtract(&possible, &full).into_iter().for_each(&mut mark);
            }
        }
        rows
    }

    /// What keeps a single host from coming, though the hours are there.
    fn away(&self, meeting: Interval) -> Option<usize> {
        let &host = self.request.team.fixed.first()?;
        let sheet = self.sheets.get(host)?.as_ref()?;
        let host = self.request.hosts.get(host)?;
        (!sheet.is_present(meeting)).then(|| away_of(host, &sheet.places, meeting).unwrap_or(0))
    }
}

/// Which time away a meeting falls into: by the date on which it starts, then by the date before, to which its hours
/// may belong, then by that on which it ends.
pub(super) fn away_of(host: &Host, places: &Places, meeting: Interval) -> Option<usize> {
    let day = places.day(meeting.start);
    let end = places.day(plus(meeting.end, -1));
    [day, day.plus(-1), end].into_iter().find_map(|day| {
        (host.away.iter()).position(|one| Day::of(one.first) <= day && day <= Day::of(one.last))
    })
}

/// The bits of some hosts.
fn mask(hosts: &[usize], words: usize) -> Vec<u64> {
    let mut mask = vec![0; words];
    for host in hosts {
        if let Some(word) = mask.get_mut(host / 64) {
            *word |= 1_u64 << (host % 64);
        }
    }
    mask
}
