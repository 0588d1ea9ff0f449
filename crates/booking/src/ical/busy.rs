//! What somebody's calendar says is taken.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;
use kernel::Timestamp;

use super::component::{Component, parse};
use super::expand::Budget;
use super::set::{Event, Incomplete, Shows, instances, period};
use super::zone::Zones;
use crate::slots::Interval;

/// How a calendar is read.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// The zone of whose calendar it is: of whole days, and of times without a zone.
    pub zone: TimeZone,
    /// What is asked for.
    pub within: Interval,
    /// Addresses of the owner: what they declined is free.
    pub mine: &'a [&'a str],
    /// Whether what is tentative takes time.
    pub tentative: bool,
    /// Most events; what is behind them is not read.
    pub most_events: usize,
    /// Most steps of all rules together. A rule takes about one for each of its repetitions within the window, and those
    /// that are counted take them from their beginning.
    pub most_steps: u64,
}

impl Reading<'_> {
    /// Everything that was accepted or is tentative, of up to 20,000 events.
    pub fn new(zone: TimeZone, within: Interval) -> Self {
        Self {
            zone,
            within,
            mine: &[],
            tentative: true,
            most_events: 20_000,
            most_steps: 500_000,
        }
    }
}

/// An interval that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// From when until when.
    pub interval: Interval,
    /// Whose: the event's.
    pub uid: String,
    /// What the event is called; for its owner only.
    pub summary: String,
    /// Whether it is whole days.
    pub all_day: bool,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// What is taken, by time.
    pub busy: Vec<Busy>,
    /// Events of which not everything could be read: the calendar may be busier than it seems.
    pub unreadable: usize,
    /// Whether there was more than a reading may take.
    pub truncated: bool,
}

/// A text without a calendar in it: an error page, a sign-in form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no calendar")]
pub struct NotACalendar;

/// Reads a calendar. Events that cannot be read are counted; the others are taken all the same.
pub fn busy(text: &str, reading: &Reading<'_>) -> Result<Read, NotACalendar> {
    let (parts, mut truncated) = parse(text, reading.most_events).ok_or(NotACalendar)?;
    let window = (
        reading.within.start.as_micros().div_euclid(1_000_000),
        -(-reading.within.end.as_micros()).div_euclid(1_000_000),
    );
    let mut budget = Budget::new(reading.most_steps);
    let mut zones = Zones::new(reading.zone.clone(), &parts, window);
    let mine: HashSet<String> = reading.mine.iter().map(|it| it.to_lowercase()).collect();
    let mut read = Read::default();

    let mut events = Vec::new();
    for part in parts.iter().filter(|part| part.name == "VEVENT") {
        match Event::read(part, &mine, &mut zones, &mut budget) {
            Some(event) => events.push(event),
            None => read.unreadable += 1,
        }
        read.unreadable += usize::from(part.broken);
    }
    for group in by_uid(&events) {
        match instances(&group, window, &mut zones, &mut budget) {
            Ok(all) => read.busy.extend(
                all.into_iter()
                    .filter(|it| match it.of.shows {
                        Shows::Free => false,
                        Shows::Tentative => reading.tentative,
                        Shows::Busy => true,
                    })
                    .map(|it| Busy {
                        interval: interval(it.start, it.end),
                        uid: it.of.uid.clone(),
                        summary: it.of.summary.clone(),
                        all_day: it.of.start.is_date(),
                    }),
            ),
            Err(Incomplete::UsedUp) => truncated = true,
            Err(Incomplete::Unreadable) => read.unreadable += 1,
        }
    }
    for part in parts.iter().filter(|part| part.name == "VFREEBUSY") {
        free_busy(part, window, reading, (&mut zones, &mut budget), &mut read);
    }
    read.unreadable += usize::from(zones.unknown);
    read.truncated = truncated;
    read.busy
        .sort_by(|a, b| (a.interval, &a.uid).cmp(&(b.interval, &b.uid)));
    Ok(read)
}

/// The events that belong together, in the order of the calendar. One without a UID is on its own.
fn by_uid(events: &[Event]) -> Vec<Vec<&Event>> {
    let mut groups: Vec<Vec<&Event>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for event in events {
        match places.get(event.uid.as_str()) {
            Some(&at) if !event.uid.is_empty() => groups[at].push(event),
            _ => {
                places.insert(&event.uid, groups.len());
                groups.push(vec![event]);
            }
        }
    }
    groups
}

/// What a calendar tells that shows its times only.
fn free_busy(
    part: &Component,
    window: (i64, i64),
    reading: &Reading<'_>,
    (zones, budget): (&mut Zones<'_>, &mut Budget),
    read: &mut Read,
) {
    for line in part.all("FREEBUSY") {
        let kind = line.param("FBTYPE").unwrap_or("BUSY").to_ascii_uppercase();
        if kind == "FREE" || (kind == "BUSY-TENTATIVE" && !reading.tentative) {
            continue;
        }
        for value in line.value.split(',') {
            let known = budget.take(1).is_ok();
            let Some((start, Some(span))) = period(value.trim(), None, zones, budget) else {
                read.unreadable += 1;
                continue;
            };
            let start = start.wall();
            let end = start + span.days * super::moment::DAY + span.seconds;
            if known && start < end && start < window.1 && end > window.0 {
                read.busy.push(Busy {
                    interval: interval(start, end),
                    uid: String::new(),
                    summary: String::new(),
                    all_day: false,
                });
            }
        }
    }
}

fn interval(start: i64, end: i64) -> Interval {
    let at = |seconds: i64| Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    Interval::new(at(start), at(end))
}
