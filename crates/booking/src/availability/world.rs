//! All that decides about one event type in one range.

use std::collections::HashMap;

use db::Tx;
use kernel::{AccountId, EmailAddress, Result, TimeZone, Timestamp};

use super::store::{self, Whose};
use crate::blocks::{Block, TimeOff};
use crate::event_types::{EventType, LimitScope, Mode, Period};
use crate::hosts::Host;
use crate::slots::interval::DAY;
use crate::slots::{
    self, Buffers, Busy, Counted, Interval, Meeting, Occurrence, Request, Source, Team, Visit,
};
use crate::{
    BookingId, CalendarId, HoldId, HostId, OccurrenceId, ScheduleId, blocks, calendars, hosts,
    schedules, settings,
};

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) now: Timestamp,
    pub(crate) minutes: u32,
    pub(crate) seats: u32,
    /// The visitor's own hold.
    pub(crate) hold: Option<HoldId>,
    /// The booking that is moved.
    pub(crate) moves: Option<BookingId>,
    /// Only with these hosts, where one is chosen.
    pub(crate) only: Option<Vec<HostId>>,
    /// For limits per invitee.
    pub(crate) email: Option<EmailAddress>,
}

/// All that decides about one event type in one range.
pub(crate) struct World {
    pub(crate) event_type: EventType,
    /// In the order of the event type; `None` for one who was deleted.
    pub(crate) people: Vec<Option<Host>>,
    pub(crate) meeting: Meeting,
    pub(crate) team: Team,
    pub(crate) visit: Visit,
    pub(crate) occurrence_ids: Vec<OccurrenceId>,
    /// What the indices of reasons mean.
    pub(crate) blocks: Vec<Vec<Block>>,
    pub(crate) time_off: Vec<Vec<TimeOff>>,
    /// By host and place among what is busy there: the calendar elsewhere that says so.
    pub(crate) elsewhere: HashMap<(usize, usize), Elsewhere>,
    pub(crate) hosts: Vec<slots::Host>,
    pub(crate) occurrences: Vec<Occurrence>,
}

impl World {
    /// Reads all that decides about a range.
    pub(crate) async fn load(
        tx: &mut Tx,
        account: AccountId,
        event_type: EventType,
        asked: &Asked,
        range: Interval,
    ) -> Result<Self> {
        let ids = event_type.host_ids();
        let mut world = Self::of_rules(tx, account, event_type, asked).await?;
        let reach = world.request().reach(range);
        world.add_times(tx, account, &ids, reach, asked.now).await?;
        world.add_limits(tx, account, &ids, asked, reach).await?;
        Ok(world)
    }

    /// The request that it stands for.
    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            meeting: &self.meeting,
            hosts: &self.hosts,
            team: &self.team,
            occurrences: &self.occurrences,
            visit: &self.visit,
        }
    }

    /// The host with this index.
    pub(crate) fn host_id(&self, index: usize) -> Option<HostId> {
        self.event_type.hosts.get(index).map(|one| one.host_id)
    }

    /// Hosts and hours, with nothing in any calendar.
    async fn of_rules(
        tx: &mut Tx,
        account: AccountId,
        event_type: EventType,
        asked: &Asked,
    ) -> Result<Self> {
        let ids = event_type.host_ids();
        let found = hosts::find_many(tx, account, &ids).await?;
        let mut by_id: HashMap<HostId, Host> = found.into_iter().map(|it| (it.id, it)).collect();
        let people: Vec<Option<Host>> = ids.iter().map(|id| by_id.remove(id)).collect();
        let own = event_type.settings.schedule_id;
        let mut wanted: Vec<ScheduleId> = match own {
            Some(id) => vec![id],
            None => (people.iter().flatten())
                .filter_map(|host| host.schedule_id)
                .collect(),
        };
        wanted.sort_unstable();
        wanted.dedup();
        let mut schedules = schedules::find_many(tx, account, &wanted).await?;
        for (id, one) in schedules::overrides_of(tx, account, &wanted).await? {
            if let Some(schedule) = schedules.iter_mut().find(|it| it.id == id) {
                schedule.overrides.push(one);
            }
        }
        let schedules: HashMap<ScheduleId, slots::Schedule> = (schedules.iter())
            .map(|one| (one.id, one.to_slots()))
            .collect();
        let hours = |host: &Option<Host>| {
            let host = host.as_ref().filter(|host| host.enabled);
            let zone = host.map_or_else(TimeZone::utc, |host| host.time_zone.clone());
            let schedule = host.and_then(|host| schedules.get(&own.or(host.schedule_id)?));
            slots::Host::new(match schedule {
                Some(schedule) => schedule.clone(),
                None => slots::Schedule::closed(zone),
            })
        };
        let slot_hosts: Vec<slots::Host> = people.iter().map(hours).collect();
        let settings = &event_type.settings;
        let zone = match (&settings.time_zone, settings.mode) {
            (Some(zone), _) => zone.clone(),
            (None, Mode::Single) if slot_hosts.len() == 1 => slot_hosts[0].schedule.zone.clone(),
            (None, _) => identity::accounts::get(tx, account).await?.time_zone,
        };
        let is_there = |id| {
            let mut there = people.iter().flatten();
            there.any(|host: &Host| host.id == id && host.enabled)
        };
        let only = asked.only.as_ref().map(|only| {
            let all = ids.iter().enumerate();
            all.filter(|(_, id)| only.contains(id))
                .map(|(index, _)| index)
                .collect()
        });
        Ok(Self {
            meeting: settings.meeting(asked.minutes, zone),
            team: event_type.team(is_there),
            visit: Visit {
                now: asked.now,
                seats: asked.seats,
                hold: asked.hold,
                moves: asked.moves,
                only,
                preferred: None,
            },
            people,
            occurrence_ids: Vec::new(),
            blocks: Vec::new(),
            time_off: Vec::new(),
            elsewhere: HashMap::new(),
            hosts: slot_hosts,
            occurrences: Vec::new(),
            event_type,
        })
    }

    /// What hosts have to do.
    async fn add_times(
        &mut self,
        tx: &mut Tx,
        account: AccountId,
        ids: &[HostId],
        reach: Interval,
        now: Timestamp,
    ) -> Result<()> {
        let place: HashMap<HostId, usize> = (ids.iter().enumerate())
            .map(|(index, id)| (*id, index))
            .collect();
        let seated = match self.meeting.capacity {
            None => Vec::new(),
            Some(_) => store::occurrences(tx, account, self.event_type.id, reach, now).await?,
        };
        for claim in store::claims(tx, account, ids, reach, now).await? {
            let ours = claim
                .occurrence
                .is_some_and(|id| seated.iter().any(|one| one.id == id));
            // Occurrences of this event type stand apart, since they can be joined.
            if let Some(&index) = place.get(&claim.host)
                && !ours
            {
                self.hosts[index].busy.push(claim.busy);
            }
        }
        self.add_elsewhere(tx, account, ids, &place, reach).await?;
        for one in seated {
            self.occurrence_ids.push(one.id);
            self.occurrences.push(Occurrence {
                time: one.time,
                hosts: (one.hosts.iter())
                    .map(|id| place.get(id).copied().unwrap_or(usize::MAX))
                    .collect(),
                seats: one.seats,
            });
        }
        self.blocks = vec![Vec::new(); ids.len()];
        for block in blocks::blocks_of(tx, account, ids).await? {
            if let Some(&index) = place.get(&block.host_id)
                && let Some(times) = block.when.to_slots()
            {
                self.hosts[index].blocks.push(times);
                self.blocks[index].push(block);
            }
        }
        self.time_off = vec![Vec::new(); ids.len()];
        for time in blocks::time_off_of(tx, account, ids).await? {
            if let Some(&index) = place.get(&time.host_id) {
                self.hosts[index].away.push(slots::Away {
                    first: time.first,
                    last: time.last,
                });
                self.time_off[index].push(time);
            }
        }
        Ok(())
    }

    /// What calendars elsewhere say of hosts, as it was when they were last read. Nobody is asked now.
    async fn add_elsewhere(
        &mut self,
        tx: &mut Tx,
        account: AccountId,
        ids: &[HostId],
        place: &HashMap<HostId, usize>,
        reach: Interval,
    ) -> Result<()> {
        let named = calendars::blocking(tx, account, ids).await?;
        if named.is_empty() {
            return Ok(());
        }
        let busy = |time| Busy {
            time,
            buffers: Buffers::default(),
            // Copies of our own bookings are left out when calendars are read.
            source: Source::External { copy_of: None },
        };
        for (host, calendar, time) in calendars::times(tx, account, ids, reach).await? {
            let named = named.iter().find(|it| it.id == calendar);
            if let (Some(&index), Some(named)) = (place.get(&host), named) {
                let at = (index, self.hosts[index].busy.len());
                self.elsewhere.insert(at, Elsewhere::of(named));
                self.hosts[index].busy.push(busy(time));
            }
        }
        for named in named.iter().filter(|it| it.stops) {
            if let Some(&index) = place.get(&named.host) {
                let at = (index, self.hosts[index].busy.len());
                self.elsewhere.insert(at, Elsewhere::of(named));
                self.hosts[index].busy.push(busy(reach));
            }
        }
        Ok(())
    }

    /// What limits count.
    async fn add_limits(
        &mut self,
        tx: &mut Tx,
        account: AccountId,
        ids: &[HostId],
        asked: &Asked,
        reach: Interval,
    ) -> Result<()> {
        let settings = &self.event_type.settings;
        let hull = |scope: LimitScope| {
            let rules = settings.limits.iter().filter(|one| one.scope == scope);
            hull(rules.map(|one| one.period), reach, asked.now)
        };
        let event_type = self.event_type.id;
        let mut of_type: Vec<Counted> = Vec::new();
        let mut of_invitee: Vec<Counted> = Vec::new();
        let mut of_hosts = Vec::new();
        if let Some(during) = hull(LimitScope::EventType) {
            let whose = Whose::EventType(event_type);
            of_type = store::counted(tx, account, whose, "", during, asked.now).await?;
        }
        if let Some(during) = hull(LimitScope::Invitee)
            && let Some(email) = &asked.email
        {
            let whose = Whose::Invitee(event_type);
            let folded = email.folded();
            of_invitee = store::counted(tx, account, whose, &folded, during, asked.now).await?;
        }
        if let Some(during) = hull(LimitScope::Host) {
            of_hosts = store::counted_of_hosts(tx, account, ids, during, asked.now).await?;
        }
        for rule in &settings.limits {
            let counts = |one: &Counted| counts(one, rule.period, asked.now);
            let chosen = |all: &[Counted]| all.iter().copied().filter(|one| counts(one)).collect();
            match rule.scope {
                LimitScope::EventType => {
                    let limit = settings.limit(rule, chosen(&of_type));
                    self.meeting.limits.push(limit);
                }
                LimitScope::Invitee => {
                    let limit = settings.limit(rule, chosen(&of_invitee));
                    self.meeting.limits.push(limit);
                }
                LimitScope::Host => {
                    for (index, id) in ids.iter().enumerate() {
                        let theirs = of_hosts.iter().filter(|(host, _)| host == id);
                        let theirs: Vec<Counted> = theirs.map(|(_, one)| *one).collect();
                        let limit = settings.limit(rule, chosen(&theirs));
                        self.hosts[index].limits.push(limit);
                    }
                }
            }
        }
        self.add_team_limits(tx, account, asked, reach).await
    }

    /// What all event types with several hosts may have together. Behind the limits of the event type itself.
    async fn add_team_limits(
        &mut self,
        tx: &mut Tx,
        account: AccountId,
        asked: &Asked,
        reach: Interval,
    ) -> Result<()> {
        if !self.event_type.is_team() {
            return Ok(());
        }
        let rules = settings::team_rules_in(tx, account).await?;
        let Some(during) = hull(rules.limits.iter().map(|one| one.period), reach, asked.now) else {
            return Ok(());
        };
        let zone = identity::accounts::get(tx, account).await?.time_zone;
        let all = store::counted_of_teams(tx, account, during, asked.now).await?;
        for rule in &rules.limits {
            let counted = all
                .iter()
                .copied()
                .filter(|one| counts(one, rule.period, asked.now));
            let limit = rules.limit(rule, zone.clone(), counted.collect());
            self.meeting.limits.push(limit);
        }
        Ok(())
    }
}

/// A calendar elsewhere that says that its owner is busy.
#[derive(Clone, Debug)]
pub(crate) struct Elsewhere {
    pub(crate) calendar: CalendarId,
    pub(crate) name: String,
    /// It cannot be read, and until it can its owner is offered to nobody.
    pub(crate) unreachable: bool,
}

impl Elsewhere {
    fn of(named: &calendars::Named) -> Self {
        Self {
            calendar: named.id,
            name: named.name.clone(),
            unreachable: named.stops,
        }
    }
}

/// Whether a booking counts in the periods of a limit: what is still to come begins now.
fn counts(one: &Counted, period: Period, now: Timestamp) -> bool {
    period != Period::Future || one.start >= now
}

/// All of the periods of some limits that an interval touches.
fn hull(all: impl Iterator<Item = Period>, reach: Interval, now: Timestamp) -> Option<Interval> {
    all.map(|one| periods(one, reach, now))
        .reduce(|a, b| Interval::new(a.start.min(b.start), a.end.max(b.end)))
}

/// All of the periods that an interval touches, in whatever zone.
fn periods(period: Period, reach: Interval, now: Timestamp) -> Interval {
    let around = |days: i64| reach.widened(days * DAY, days * DAY);
    match period {
        Period::Day => around(2),
        Period::Week => around(9),
        Period::Month => around(33),
        Period::Year => around(368),
        Period::Future => Interval::new(now, Timestamp::from_micros(i64::MAX)),
    }
}
