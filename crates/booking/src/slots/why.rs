//! Each rule asked about one start.
//!
//! This is a second reading of the rules on purpose: no sets, no sweeps.

use jiff::civil::Date;
use kernel::{TimeZone, Timestamp};

use super::interval::{DAY, Interval, MINUTE, covers, plus};
use super::limits::{Limit, Scope};
use super::plan::{Plan, away_of};
use super::reason::{Closed, DateReport, HostReason, Reason};
use super::request::Request;
use super::sheet::{Obstacle, for_each_busy};
use super::window::Bounds;
use super::zone::{Clock, Day};

impl Request<'_> {
    /// Every rule that keeps a start away; none if it is offered.
    pub fn why(&self, start: Timestamp) -> Vec<Reason> {
        let bounds = self.bounds();
        let groups = self.groups(bounds);
        let near = Interval::new(start, plus(start, 1)).widened(DAY, DAY);
        let judge = Judge::new(self, &groups, bounds, near);
        let grid = judge.plan.starts(near);
        judge.reasons(start, Some(&grid))
    }

    /// How a date came to its slots, of all starts that the working hours would have.
    pub fn why_date(&self, date: Date, zone: &TimeZone) -> DateReport {
        let day = Day::of(date);
        let noon = Timestamp::from_micros(day.wall(12 * 60));
        let clock = Clock::new(zone, Interval::new(noon, noon));
        let during = Interval::new(clock.midnight(day), clock.midnight(day.plus(1)));
        let bounds = self.bounds();
        let groups = self.groups(bounds);
        let judge = Judge::new(self, &groups, bounds, during);
        let starts = judge.plan.starts_of_hours(during);
        let mut reasons: Vec<(Reason, usize)> = Vec::new();
        for &start in &starts {
            for reason in judge.reasons(start, None) {
                match reasons.iter_mut().find(|known| known.0 == reason) {
                    Some(known) => known.1 += 1,
                    None => reasons.push((reason, 1)),
                }
            }
        }
        if starts.is_empty() {
            let general = judge.reasons_of_date(during);
            reasons.extend(general.into_iter().map(|reason| (reason, 0)));
        }
        reasons.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        let offer = self.slots(during);
        DateReport {
            during,
            starts: starts.len(),
            offered: offer
                .slots
                .iter()
                .filter(|slot| slot.away.is_none())
                .count(),
            reasons,
        }
    }
}

struct Judge<'a> {
    request: &'a Request<'a>,
    groups: &'a [Vec<usize>],
    bounds: Bounds,
    plan: Plan<'a>,
    /// What each host has to do, with the gaps around.
    obstacles: Vec<Vec<(Interval, Obstacle)>>,
    /// Of the meeting's zone.
    clock: Clock,
}

impl<'a> Judge<'a> {
    fn new(
        request: &'a Request<'a>,
        groups: &'a [Vec<usize>],
        bounds: Bounds,
        range: Interval,
    ) -> Self {
        let plan = Plan::new(request, groups, range);
        let around = range.widened(DAY, DAY + i64::from(request.meeting.length()) * MINUTE);
        let sheets = plan.sheets.iter().enumerate();
        let obstacles = sheets
            .map(|(host, sheet)| {
                let mut found = Vec::new();
                if let Some(sheet) = sheet {
                    for_each_busy(request, host, &sheet.places, around, |time, what| {
                        found.push((time, what));
                    });
                }
                found
            })
            .collect();
        Self {
            request,
            groups,
            bounds,
            plan,
            obstacles,
            clock: Clock::new(&request.meeting.zone, range),
        }
    }

    /// `grid`: the starts around, if it matters whether this is one.
    fn reasons(&self, start: Timestamp, grid: Option<&[Timestamp]>) -> Vec<Reason> {
        let request = self.request;
        let mut reasons = self.when(start);
        let mut full = None;
        for (index, one) in request.occurrences.iter().enumerate() {
            if one.time.start != start {
                continue;
            }
            if let Some(left) = request.seats_left(one, self.groups) {
                if left >= request.visit.seats {
                    self.limits(start, |scope| scope == Scope::Invitee, &mut reasons);
                    return reasons;
                }
                full = full.or(Some(Reason::Seats {
                    occurrence: Some(index),
                    left,
                }));
            }
        }
        self.limits(start, |_| true, &mut reasons);
        let left = request.meeting.capacity.unwrap_or(u32::MAX);
        if left < request.visit.seats {
            let occurrence = None;
            reasons.push(Reason::Seats { occurrence, left });
        }
        let hosts = self.hosts(start);
        match full {
            Some(full) if !hosts.is_empty() => reasons.push(full),
            _ => {}
        }
        // Where nobody can, it does not matter what the grid would be.
        if let Some(grid) = grid.filter(|_| hosts.is_empty()) {
            reasons.extend(off_grid(start, grid));
        }
        reasons.extend(hosts);
        reasons
    }

    /// For a date whose working hours have no start at all.
    fn reasons_of_date(&self, during: Interval) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let earliest = self.request.earliest();
        if during.end <= earliest {
            reasons.push(Reason::Notice { earliest });
        }
        let last = plus(during.end, -1);
        if !self.bounds.has(self.clock.day(during.start)) && !self.bounds.has(self.clock.day(last))
        {
            reasons.push(self.window());
        }
        let meeting = Interval::lasting(during.start, self.request.meeting.length());
        let team = self.request.team;
        for &host in team.fixed.iter().chain(team.groups.iter().flatten()) {
            match self.hours(host, meeting, during) {
                Some(reason) => reasons.push(Reason::Host { host, reason }),
                None => reasons.push(Reason::Host {
                    host,
                    reason: HostReason::OutsideHours,
                }),
            }
        }
        if self.has_empty_group() {
            reasons.push(Reason::NoHost);
        }
        reasons
    }

    /// Notice and window.
    fn when(&self, start: Timestamp) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let earliest = self.request.earliest();
        if start < earliest {
            reasons.push(Reason::Notice { earliest });
        }
        if !self.bounds.has(self.clock.day(start)) {
            reasons.push(self.window());
        }
        reasons
    }

    fn window(&self) -> Reason {
        Reason::Window {
            first: self.bounds.first.map(Day::date),
            last: self.bounds.last.map(Day::date),
        }
    }

    fn limits(&self, start: Timestamp, counts: impl Fn(Scope) -> bool, reasons: &mut Vec<Reason>) {
        for (limit, one) in self.request.meeting.limits.iter().enumerate() {
            let used = self.used(one, &self.request.meeting.zone, start);
            if counts(one.scope) && one.is_full(used, self.request.meeting.length()) {
                reasons.push(Reason::Limit { limit, used });
            }
        }
    }

    /// What is counted in the period of a start.
    fn used(&self, limit: &Limit, zone: &TimeZone, start: Timestamp) -> u32 {
        let zone = limit.zone(zone).to_jiff();
        let period = |at: Timestamp| {
            let date = zone.to_datetime(at.to_jiff()).date();
            limit.period.around(Day::of(date))
        };
        let asked = period(start);
        let counted = limit.counted.iter().filter(|one| {
            self.request.visit.moves != Some(one.booking) && period(one.start) == asked
        });
        let amounts = counted.map(|one| limit.amount(one.minutes));
        amounts.fold(0, u32::saturating_add)
    }

    /// Why the fixed hosts cannot, and all of a group where none of it can.
    fn hosts(&self, start: Timestamp) -> Vec<Reason> {
        let team = self.request.team;
        let of = |&host: &usize| {
            let found = self.host(host, start).into_iter();
            let found: Vec<_> = found.map(|reason| Reason::Host { host, reason }).collect();
            found
        };
        let mut reasons: Vec<Reason> = team.fixed.iter().flat_map(of).collect();
        for (all, asked) in team.groups.iter().zip(self.groups) {
            if asked.iter().any(|host| of(host).is_empty()) {
                continue;
            }
            for host in all {
                if asked.contains(host) {
                    reasons.extend(of(host));
                } else {
                    reasons.push(Reason::Host {
                        host: *host,
                        reason: HostReason::NotAsked,
                    });
                }
            }
        }
        if self.has_empty_group() {
            reasons.push(Reason::NoHost);
        }
        reasons
    }

    fn has_empty_group(&self) -> bool {
        let team = self.request.team;
        let is_empty = team.fixed.is_empty() && team.groups.is_empty();
        let is_unknown = |host: &usize| *host >= self.request.hosts.len();
        is_empty
            || team.fixed.iter().any(is_unknown)
            || team.groups.iter().any(|group| group.iter().all(is_unknown))
    }

    /// Why a host cannot.
    fn host(&self, index: usize, start: Timestamp) -> Vec<HostReason> {
        let Some(host) = self.request.hosts.get(index) else {
            return Vec::new();
        };
        let length = self.request.meeting.length();
        let meeting = Interval::lasting(start, length);
        let around = Interval::new(start, start);
        let mut reasons: Vec<_> = self.hours(index, meeting, around).into_iter().collect();
        for (limit, one) in host.limits.iter().enumerate() {
            let used = self.used(one, &host.schedule.zone, start);
            if one.is_full(used, length) {
                reasons.push(HostReason::Limit { limit, used });
            }
        }
        let obstacles = self.obstacles.get(index).into_iter().flatten();
        for (_, what) in obstacles.filter(|(with_gap, _)| with_gap.overlaps(meeting)) {
            reasons.push(match *what {
                Obstacle::Busy(busy, time) => HostReason::Busy {
                    busy,
                    by_buffer: !time.overlaps(meeting),
                },
                Obstacle::Block(block, time) => HostReason::Blocked {
                    block,
                    by_buffer: !time.overlaps(meeting),
                },
                Obstacle::Occurrence(occurrence, time) => HostReason::Hosting {
                    occurrence,
                    by_buffer: !time.overlaps(meeting),
                },
            });
        }
        reasons
    }

    /// Why a meeting is not within the hours of a host. They are open on the date if they are at any time of it, or of
    /// `around`.
    fn hours(&self, index: usize, meeting: Interval, around: Interval) -> Option<HostReason> {
        let sheet = self.plan.sheets.get(index)?.as_ref()?;
        let host = self.request.hosts.get(index)?;
        let present = sheet.present.as_ref().unwrap_or(&sheet.hours);
        if covers(present, meeting) {
            return None;
        }
        let day = sheet.places.day(meeting.start);
        let is_away = host
            .away
            .iter()
            .any(|one| Day::of(one.first) <= day && day <= Day::of(one.last));
        if is_away || covers(&sheet.hours, meeting) {
            let away = away_of(host, &sheet.places, meeting).unwrap_or(0);
            return Some(HostReason::Away { away });
        }
        let clock = sheet.places.clock(day);
        let date = Interval::new(
            clock.midnight(day).min(around.start),
            clock.midnight(day.plus(1)).max(around.end),
        );
        let is_open = sheet.hours.iter().any(|hours| hours.overlaps(date));
        Some(if is_open {
            HostReason::OutsideHours
        } else {
            HostReason::Closed {
                date: day.date(),
                by: if host.schedule.is_overridden(day) {
                    Closed::Override
                } else {
                    Closed::Week
                },
            }
        })
    }
}

/// If a start is not one of the grid.
fn off_grid(start: Timestamp, grid: &[Timestamp]) -> Option<Reason> {
    match grid.binary_search(&start) {
        Ok(_) => None,
        Err(next) => Some(Reason::Grid {
            before: next.checked_sub(1).map(|last| grid[last]),
            after: grid.get(next).copied(),
        }),
    }
}
