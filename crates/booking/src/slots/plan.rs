//! Everybody's time and the grid, put together for one range.

use kernel::Timestamp;

use super::grid::Anchor;
use super::hours::Places;
use super::interval::{DAY, Interval, intersect, plus, subtract, union};
use super::offer::{Offer, Slot};
use super::request::{Host, Request};
use super::sheet::{Sheet, full_periods};
use super::zone::{Clock, Day};

/// How far around a range hours and calendars decide about its grid: a grid begins at the latest at the midnight after
/// a date that is free as a whole, and the date before may be 26 hours away in the zone of a host.
pub(super) const MARGIN: i64 = 4 * DAY;

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
    pub(super) fn offer(&self, starts: &[Timestamp]) -> Offer {
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
pub(super) fn mask(hosts: &[usize], words: usize) -> Vec<u64> {
    let mut mask = vec![0; words];
    for host in hosts {
        if let Some(word) = mask.get_mut(host / 64) {
            *word |= 1_u64 << (host % 64);
        }
    }
    mask
}
