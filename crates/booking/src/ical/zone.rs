//! Which instant a wall time is: by the IANA database, by the names of Windows, or by what the calendar itself writes
//! about a zone.

use std::collections::HashMap;
use std::rc::Rc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::component::Component;
use super::expand::{Budget, walls};
use super::moment::{DAY, Moment, civil_from_days, offset};
use super::rule::{Rule, Until};
use super::windows;

/// A zone of events.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Utc,
    Known(TimeZone),
    /// Offsets from the instants on, in seconds; the first has no beginning.
    Written(Vec<(i64, i64)>),
}

impl Zone {
    /// The instant of a wall time, in seconds. What occurs twice is the first; what does not occur is as long after the
    /// change as it would be without it (RFC 5545, section 3.3.5).
    pub(super) fn instant(&self, wall: i64) -> Option<i64> {
        match self {
            Self::Utc => Some(wall),
            Self::Known(zone) => {
                let at = zone.to_ambiguous_timestamp(civil(wall)?).compatible();
                at.ok().map(jiff::Timestamp::as_second)
            }
            Self::Written(spans) => {
                let mut before = spans.first()?.1;
                for (i, &(from, offset)) in spans.iter().enumerate() {
                    let until = spans.get(i + 1).map_or(i64::MAX, |next| next.0);
                    let at = wall - offset;
                    if at < from {
                        // In the gap before this span.
                        return Some(wall - before);
                    }
                    if at < until {
                        return Some(at);
                    }
                    before = offset;
                }
                None
            }
        }
    }

    /// The wall time of an instant.
    pub(super) fn wall(&self, at: i64) -> i64 {
        match self {
            Self::Utc => at,
            Self::Known(zone) => jiff::Timestamp::from_second(at).map_or(at, |moment| {
                at + i64::from(zone.to_offset(moment).seconds())
            }),
            Self::Written(spans) => {
                let next = spans.partition_point(|(from, _)| *from <= at);
                at + spans.get(next.saturating_sub(1)).map_or(0, |span| span.1)
            }
        }
    }
}

fn civil(wall: i64) -> Option<DateTime> {
    let (year, month, day) = civil_from_days(wall.div_euclid(DAY));
    let of_day = wall.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    DateTime::new(
        i16::try_from(year).ok()?,
        month as i8,
        day as i8,
        hour as i8,
        minute as i8,
        second as i8,
        0,
    )
    .ok()
}

/// The zones of one calendar.
pub(super) struct Zones<'a> {
    owner: Rc<Zone>,
    utc: Rc<Zone>,
    written: HashMap<String, &'a Component>,
    known: HashMap<String, Option<Rc<Zone>>>,
    /// Around which instants a written zone is worked out.
    around: (i64, i64),
    /// Whether a name was met that says nothing; its events are taken to be in the owner's zone.
    pub(super) unknown: bool,
}

impl<'a> Zones<'a> {
    pub(super) fn new(owner: TimeZone, parts: &'a [Component], around: (i64, i64)) -> Self {
        let written = parts
            .iter()
            .filter(|part| part.name == "VTIMEZONE")
            .filter_map(|part| Some((part.find("TZID")?.value.clone(), part)))
            .collect();
        Self {
            owner: Rc::new(Zone::Known(owner)),
            utc: Rc::new(Zone::Utc),
            written,
            known: HashMap::new(),
            around,
            unknown: false,
        }
    }

    pub(super) fn owner(&self) -> Rc<Zone> {
        Rc::clone(&self.owner)
    }

    /// The zone of a moment: dates and times without one are the owner's.
    pub(super) fn of(&mut self, moment: &Moment, budget: &mut Budget) -> Rc<Zone> {
        match moment {
            Moment::Date(_) | Moment::Floating(_) => self.owner(),
            Moment::Utc(_) => Rc::clone(&self.utc),
            Moment::Zoned(_, name) => self.named(name, budget),
        }
    }

    fn named(&mut self, name: &str, budget: &mut Budget) -> Rc<Zone> {
        if !self.known.contains_key(name) {
            let found = self.look_up(name, budget).map(Rc::new);
            self.known.insert(name.to_owned(), found);
        }
        if let Some(Some(zone)) = self.known.get(name) {
            Rc::clone(zone)
        } else {
            self.unknown = true;
            self.owner()
        }
    }

    fn look_up(&self, name: &str, budget: &mut Budget) -> Option<Zone> {
        if let Some(zone) = iana(name) {
            return Some(Zone::Known(zone));
        }
        let part = self.written.get(name)?;
        let location = part
            .find("X-LIC-LOCATION")
            .and_then(|line| iana(&line.value));
        match location {
            Some(zone) => Some(Zone::Known(zone)),
            None => written(part, self.around, budget),
        }
    }

    /// The instant of a moment, in seconds.
    pub(super) fn instant(&mut self, moment: &Moment, budget: &mut Budget) -> Option<i64> {
        self.of(moment, budget).instant(moment.wall())
    }
}

/// A zone by its name, also below a prefix: `/freeassociation.sourceforge.net/Europe/Berlin`.
fn iana(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"');
    let name = windows::iana(name).unwrap_or(name);
    let mut rest = name.trim_start_matches('/');
    loop {
        if let Ok(zone) = TimeZone::get(rest) {
            return Some(zone);
        }
        rest = rest.split_once('/')?.1;
    }
}

/// A zone as its STANDARD and DAYLIGHT parts describe it.
fn written(part: &Component, around: (i64, i64), budget: &mut Budget) -> Option<Zone> {
    // An offset holds from a change on, so the last one before has to be known too: they are years apart at most.
    let from = around.0 - 5 * 366 * DAY;
    let to = around.1 + 366 * DAY;
    let mut changes = Vec::new();
    for observance in &part.children {
        let start = Moment::of(observance.find("DTSTART")?)?.wall();
        let before = offset(&observance.find("TZOFFSETFROM")?.value)?;
        let after = offset(&observance.find("TZOFFSETTO")?.value)?;
        let mut add = |wall: i64| changes.push((wall - before, before, after));
        add(start);
        for line in observance.all("RRULE") {
            let rule = Rule::parse(&line.value)?.completed(start);
            let until = rule.until;
            let ended = |wall: i64| match until {
                Some(Until::Instant(at)) => wall - before > at,
                Some(Until::Wall(last)) => wall > last,
                None => false,
            };
            walls(&rule, start, (from, to), ended, budget)
                .ok()?
                .into_iter()
                .for_each(&mut add);
            // A rule that ended before all of that: its last change is the one that counts.
            if let Some(last) = until.map(|until| match until {
                Until::Instant(at) => at + before,
                Until::Wall(wall) => wall,
            }) && last < from
            {
                walls(&rule, start, (last - 5 * 366 * DAY, last), ended, budget)
                    .ok()?
                    .into_iter()
                    .for_each(&mut add);
            }
        }
        for line in observance.all("RDATE") {
            for value in line.value.split(',') {
                add(Moment::parse(value.trim(), None)?.wall());
            }
        }
    }
    changes.sort_unstable();
    changes.dedup();
    let (_, first, _) = *changes.first()?;
    let mut spans = vec![(i64::MIN, first)];
    spans.extend(changes.into_iter().map(|(at, _, after)| (at, after)));
    Some(Zone::Written(spans))
}
