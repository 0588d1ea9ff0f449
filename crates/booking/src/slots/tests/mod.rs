//! The cases of the design by their number, properties, and every zone against a reference that counts minutes.

mod busy;
mod choose;
mod dst;
mod grid;
mod hours;
mod limits;
mod properties;
mod teams;
mod why;

use jiff::civil::Date;
use kernel::{TimeZone, Timestamp};

use super::busy::{Buffers, Busy, Source, Standing};
use super::interval::{Interval, intersect};
use super::{
    Anchor, Gap, Host, Meeting, Occurrence, Offer, Override, Request, Schedule, Team, Visit,
    WallRange,
};
use crate::{BookingId, HoldId};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn between(from: &str, to: &str) -> Interval {
    Interval::new(at(from), at(to))
}

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// `09:00-12:00 22:00-26:00`; with seconds, as another program would have written it.
fn ranges(text: &str) -> Vec<WallRange> {
    let minute = |time: &str| {
        let (hour, minute) = time.split_once(':').unwrap();
        hour.parse::<u32>().unwrap() * 60 + minute.parse::<u32>().unwrap()
    };
    let range = |text: &str| {
        let (from, to) = text.split_once('-').unwrap();
        if to.matches(':').count() == 2 {
            return WallRange::imported(from.parse().unwrap(), to.parse().unwrap());
        }
        Some(WallRange::new(minute(from), minute(to)).unwrap())
    };
    text.split_whitespace().filter_map(range).collect()
}

/// The same hours on each weekday of `days` (0 is Monday).
fn weekly(zone_name: &str, days: impl IntoIterator<Item = usize>, hours: &str) -> Schedule {
    let mut schedule = Schedule::closed(zone(zone_name));
    for day in days {
        schedule.weekly[day] = ranges(hours);
    }
    schedule
}

fn daily(zone_name: &str, hours: &str) -> Schedule {
    weekly(zone_name, 0..7, hours)
}

/// Hours on some dates alone.
fn on(zone_name: &str, dates: &[(&str, &str)]) -> Schedule {
    Schedule::closed(zone(zone_name)).overriding(dates)
}

impl Schedule {
    fn overriding(mut self, dates: &[(&str, &str)]) -> Self {
        self.overrides
            .extend(dates.iter().map(|(day, hours)| Override {
                date: date(day),
                ranges: ranges(hours),
            }));
        self
    }

    /// The hours within a query, as `from/to`.
    fn hours_between(&self, from: &str, to: &str) -> Vec<String> {
        let query = between(from, to);
        let hours = self.hours(&self.places(query), &[], query);
        let hours = intersect(&hours, &[query]);
        hours.into_iter().map(written).collect()
    }
}

fn written(interval: Interval) -> String {
    let text = format!("{}/{}", interval.start, interval.end);
    text.replace(":00Z", "Z")
}

/// 09:30 to 18:00 each day in Kolkata, which is 04:00Z to 12:30Z.
fn ist() -> Schedule {
    daily("Asia/Kolkata", "09:30-18:00")
}

fn booking(from: &str, to: &str) -> Busy {
    Busy {
        time: between(from, to),
        buffers: Buffers::default(),
        source: Source::Booking {
            id: BookingId::from(1),
            standing: Standing::Confirmed,
        },
    }
}

fn external(from: &str, to: &str) -> Busy {
    Busy {
        source: Source::External { copy_of: None },
        ..booking(from, to)
    }
}

fn held(from: &str, to: &str, id: i64, expires_at: &str) -> Busy {
    Busy {
        source: Source::Hold {
            id: HoldId::from(id),
            expires_at: at(expires_at),
        },
        ..booking(from, to)
    }
}

/// A request that owns what it asks about.
#[derive(Clone, Debug)]
struct World {
    meeting: Meeting,
    hosts: Vec<Host>,
    team: Team,
    occurrences: Vec<Occurrence>,
    visit: Visit,
}

impl World {
    /// One host, the zone of whose schedule is that of the meeting.
    fn one(minutes: u32, schedule: Schedule) -> Self {
        Self {
            meeting: Meeting::new(minutes, schedule.zone.clone()),
            hosts: vec![Host::new(schedule)],
            team: Team::single(0),
            occurrences: Vec::new(),
            visit: Visit::at(at("2000-01-01T00:00Z")),
        }
    }

    fn many(minutes: u32, schedules: Vec<Schedule>, team: Team) -> Self {
        Self {
            meeting: Meeting::new(minutes, schedules[0].zone.clone()),
            hosts: schedules.into_iter().map(Host::new).collect(),
            team,
            occurrences: Vec::new(),
            visit: Visit::at(at("2000-01-01T00:00Z")),
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn busy(self, host: usize, busy: Busy) -> Self {
        self.with(|world| world.hosts[host].busy.push(busy))
    }

    fn step(self, minutes: u32) -> Self {
        self.with(|world| world.meeting.grid.step_minutes = Some(minutes))
    }

    fn anchor(self, anchor: Anchor) -> Self {
        self.with(|world| world.meeting.grid.anchor = anchor)
    }

    fn buffers(self, before_minutes: u32, after_minutes: u32, gap: Gap) -> Self {
        self.with(|world| {
            world.meeting.gap = gap;
            world.meeting.buffers = Buffers {
                before_minutes,
                after_minutes,
            };
        })
    }

    fn now(self, now: &str) -> Self {
        self.with(|world| world.visit.now = at(now))
    }

    fn request(&self) -> Request<'_> {
        Request {
            meeting: &self.meeting,
            hosts: &self.hosts,
            team: &self.team,
            occurrences: &self.occurrences,
            visit: &self.visit,
        }
    }

    fn offer(&self, from: &str, to: &str) -> Offer {
        self.request().slots(between(from, to))
    }

    /// The starts of one UTC date, as `HH:MM`, after checking each of them and the minutes between.
    fn utc(&self, day: &str) -> Vec<String> {
        self.local(day, "UTC")
    }

    /// The starts of one date in a zone, as `HH:MM`.
    fn local(&self, day: &str, zone_name: &str) -> Vec<String> {
        let jiff = zone(zone_name).to_jiff();
        let midnight = |date: Date| date.to_zoned(jiff.clone()).unwrap().timestamp().into();
        let range = Interval::new(midnight(date(day)), midnight(date(day).tomorrow().unwrap()));
        let offer = self.request().slots(range);
        self.agree(&offer, range);
        let open = offer.slots.iter().filter(|slot| slot.away.is_none());
        open.map(|slot| {
            let local = jiff.to_datetime(slot.start.to_jiff());
            format!("{:02}:{:02}", local.hour(), local.minute())
        })
        .collect()
    }

    /// What is offered is accepted, and what is not has a reason: at each start, and at some other instants.
    fn agree(&self, offer: &Offer, range: Interval) {
        let request = self.request();
        for slot in &offer.slots {
            match request.check(slot.start) {
                Ok(accepted) => {
                    assert_eq!(accepted.slot, *slot);
                    assert_eq!(request.why(slot.start), []);
                }
                Err(reasons) => assert!(slot.away.is_some() && !reasons.is_empty(), "{slot:?}"),
            }
        }
        let minutes = (range.end.as_micros() - range.start.as_micros()) / 60_000_000;
        for minute in (0..minutes).step_by(35) {
            let start = Interval::lasting(range.start, minute as u32).end;
            if offer.find(start).is_none() {
                let reasons = request
                    .check(start)
                    .expect_err("a start that is not offered");
                assert!(!reasons.is_empty(), "{start} has no slot and no reason");
            }
        }
    }
}

/// From one time to another, so many minutes apart, as `HH:MM`.
fn every(minutes: usize, from: &str, to: &str) -> Vec<String> {
    let minute = |time: &str| {
        let (hour, minute) = time.split_once(':').unwrap();
        hour.parse::<usize>().unwrap() * 60 + minute.parse::<usize>().unwrap()
    };
    (minute(from)..=minute(to))
        .step_by(minutes)
        .map(|at| format!("{:02}:{:02}", at / 60, at % 60))
        .collect()
}
