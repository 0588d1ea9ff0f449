//! What one host can do in the time that is asked about.

use super::busy::{Buffers, blocked};
use super::hours::Places;
use super::interval::{Interval, MINUTE, covers, normalize, plus, subtract};
use super::limits::Full;
use super::request::{Host, Request};

/// The hours and the free time of one host, in normal form.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Working hours; of a single host also those of dates away.
    pub(super) hours: Vec<Interval>,
    /// Without dates away, where that is another set.
    pub(super) present: Option<Vec<Interval>>,
    /// The hours without what is busy and the gap to it. A meeting fits where one of these covers it.
    pub(super) free: Vec<Interval>,
    pub(super) places: Places,
}

impl Sheet {
    /// Only the hours, for the grid.
    pub(super) fn hours(host: &Host, within: Interval, keeps_away: bool) -> Self {
        let places = host.schedule.places(within);
        let present = host.schedule.hours(&places, &host.away, within);
        let (hours, present) = if keeps_away && !host.away.is_empty() {
            let all = host.schedule.hours(&places, &[], within);
            (all, Some(present))
        } else {
            (present, None)
        };
        Self {
            hours,
            present,
            free: Vec::new(),
            places,
        }
    }

    /// All of it.
    pub(super) fn new(request: &Request<'_>, index: usize, within: Interval) -> Option<Self> {
        let host = request.hosts.get(index)?;
        let mut sheet = Self::hours(host, within, request.team.is_single());
        let mut busy = Vec::with_capacity(host.busy.len());
        for_each_busy(request, index, &sheet.places, within, |time, _| {
            busy.push(time);
        });
        sheet.free = subtract(&sheet.hours, &normalize(busy));
        Some(sheet)
    }

    /// Whether the host is there for all of it.
    pub(super) fn is_present(&self, meeting: Interval) -> bool {
        self.present
            .as_ref()
            .is_none_or(|present| covers(present, meeting))
    }

    /// Where meetings of so many minutes can start, as inclusive bounds.
    pub(super) fn starts(&self, minutes: u32) -> impl Iterator<Item = Interval> + '_ {
        let length = i64::from(minutes) * MINUTE;
        let fits = move |free: &&Interval| free.micros() >= length;
        // The latest start is one that can be: one microsecond makes the interval half-open.
        self.free
            .iter()
            .filter(fits)
            .map(move |free| Interval::new(free.start, plus(free.end, 1 - length)))
    }
}

/// What stands in the way of new meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// By its index in the host's calendar, with the time itself.
    Busy(usize, Interval),
    /// By its index among the host's blocks, with the time itself.
    Block(usize, Interval),
    /// By its index among the occurrences, with the time itself.
    Occurrence(usize, Interval),
}

/// All that keeps a host from new meetings `within`, with the gaps around.
pub(super) fn for_each_busy(
    request: &Request<'_>,
    index: usize,
    places: &Places,
    within: Interval,
    mut add: impl FnMut(Interval, Obstacle),
) {
    let Some(host) = request.hosts.get(index) else {
        return;
    };
    let (new, gap) = (request.meeting.buffers, request.meeting.gap);
    let reader = request.visit.reader();
    for (i, one) in host.busy.iter().enumerate() {
        let time = blocked(one.time, one.buffers, new, gap);
        if time.overlaps(within) && reader.is_hindered_by(one.source) && !one.time.is_empty() {
            add(time, Obstacle::Busy(i, one.time));
        }
    }
    for (i, one) in host.blocks.iter().enumerate() {
        one.expand(places, within, |time| {
            let with_gap = blocked(time, Buffers::default(), new, gap);
            if !time.is_empty() {
                add(with_gap, Obstacle::Block(i, time));
            }
        });
    }
    for (i, one) in request.occurrences.iter().enumerate() {
        let time = blocked(one.time, new, new, gap);
        if time.overlaps(within) && one.hosts.contains(&index) && one.taken(request.visit) > 0 {
            add(time, Obstacle::Occurrence(i, one.time));
        }
    }
}

/// The starts that limits of a host leave no room for, in normal form.
pub(super) fn full_periods(request: &Request<'_>, host: &Host, within: Interval) -> Vec<Interval> {
    let limits = host.limits.iter().flat_map(|limit| {
        limit.full(
            &host.schedule.zone,
            request.meeting.length(),
            request.visit.moves,
            within,
        )
    });
    normalize(limits.map(|Full { during, .. }| during).collect())
}
