//! An event with all its repetitions and exceptions.

use std::collections::HashSet;

use super::component::Component;
use super::expand::{Budget, UsedUp, walls};
use super::line::unescaped;
use super::moment::{DAY, Moment, Span};
use super::rule::{Rule, Until};
use super::zone::Zones;

/// Whether an event takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Free,
    Tentative,
    Busy,
}

/// A VEVENT.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) uid: String,
    pub(super) sequence: i64,
    pub(super) start: Moment,
    pub(super) span: Span,
    pub(super) rules: Vec<Rule>,
    /// Further starts, some with a length of their own.
    pub(super) added: Vec<(Moment, Option<Span>)>,
    pub(super) left_out: Vec<Moment>,
    /// Which repetition this is instead of, and whether all behind it are like it.
    pub(super) instead_of: Option<(Moment, bool)>,
    pub(super) shows: Shows,
    pub(super) summary: String,
}

impl Event {
    /// Reads one. `mine` are the owner's addresses, folded: what they declined is free.
    pub(super) fn read(
        part: &Component,
        mine: &HashSet<String>,
        zones: &mut Zones<'_>,
        budget: &mut Budget,
    ) -> Option<Self> {
        let start = Moment::of(part.find("DTSTART")?)?;
        let span = match (part.find("DTEND"), part.find("DURATION")) {
            (Some(line), _) => between(&start, &Moment::of(line)?, zones, budget)?,
            (None, Some(line)) => Span::parse(&line.value)?,
            (None, None) if start.is_date() => Span {
                days: 1,
                seconds: 0,
            },
            (None, None) => Span::default(),
        };
        // An end before the start: whatever it means, it is not that nothing is there.
        if span.days < 0 || span.seconds < 0 {
            return None;
        }
        let rules = part
            .all("RRULE")
            .map(|line| Some(Rule::parse(&line.value)?.completed(start.wall())))
            .collect::<Option<Vec<_>>>()?;
        let mut added = Vec::new();
        for line in part.all("RDATE") {
            for value in line.value.split(',') {
                added.push(period(value.trim(), line.param("TZID"), zones, budget)?);
            }
        }
        let mut left_out = Vec::new();
        for line in part.all("EXDATE") {
            for value in line.value.split(',').filter(|it| !it.trim().is_empty()) {
                left_out.push(Moment::parse(value.trim(), line.param("TZID"))?);
            }
        }
        let instead_of = match part.find("RECURRENCE-ID") {
            Some(line) => {
                let range = line.param("RANGE");
                let behind = range.is_some_and(|it| it.eq_ignore_ascii_case("THISANDFUTURE"));
                Some((Moment::of(line)?, behind))
            }
            None => None,
        };
        let text = |name| part.find(name).map(|line| unescaped(&line.value));
        Some(Self {
            uid: text("UID").unwrap_or_default(),
            sequence: part
                .find("SEQUENCE")
                .and_then(|line| line.value.trim().parse().ok())
                .unwrap_or(0),
            start,
            span,
            rules,
            added,
            left_out,
            instead_of,
            shows: shows(part, mine),
            summary: text("SUMMARY")
                .unwrap_or_default()
                .chars()
                .take(200)
                .collect(),
        })
    }

    /// Which repetition it is instead of, or none: then it is the series.
    fn place(&self) -> Option<&Moment> {
        self.instead_of.as_ref().map(|(moment, _)| moment)
    }
}

fn shows(part: &Component, mine: &HashSet<String>) -> Shows {
    let is = |name: &str, value: &str| {
        part.find(name)
            .is_some_and(|line| line.value.trim().eq_ignore_ascii_case(value))
    };
    let declined = part.all("ATTENDEE").any(|line| {
        let address = line.value.trim().to_lowercase();
        let address = address.strip_prefix("mailto:").unwrap_or(&address).trim();
        mine.contains(address)
            && line
                .param("PARTSTAT")
                .is_some_and(|it| it.eq_ignore_ascii_case("DECLINED"))
    });
    if declined
        || is("TRANSP", "TRANSPARENT")
        || is("STATUS", "CANCELLED")
        || is("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
    {
        Shows::Free
    } else if is("STATUS", "TENTATIVE") || is("X-MICROSOFT-CDO-BUSYSTATUS", "TENTATIVE") {
        Shows::Tentative
    } else {
        Shows::Busy
    }
}

fn between(
    start: &Moment,
    end: &Moment,
    zones: &mut Zones<'_>,
    budget: &mut Budget,
) -> Option<Span> {
    if start.is_date() && end.is_date() {
        return Some(Span {
            days: (end.wall() - start.wall()) / DAY,
            seconds: 0,
        });
    }
    let seconds = zones.instant(end, budget)? - zones.instant(start, budget)?;
    Some(Span { days: 0, seconds })
}

/// A start, or a start with its end or its length behind a slash.
pub(super) fn period(
    text: &str,
    zone: Option<&str>,
    zones: &mut Zones<'_>,
    budget: &mut Budget,
) -> Option<(Moment, Option<Span>)> {
    let Some((start, end)) = text.split_once('/') else {
        return Some((Moment::parse(text, zone)?, None));
    };
    let start = Moment::parse(start, zone)?;
    let span = if end.starts_with(['P', 'p', '+', '-']) {
        Span::parse(end)?
    } else {
        between(&start, &Moment::parse(end, zone)?, zones, budget)?
    };
    Some((start, Some(span)))
}

/// A repetition of an event: from one instant to another, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance<'a> {
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) of: &'a Event,
}

/// Why not all of an event is known.
#[derive(Debug)]
pub(super) enum Incomplete {
    /// It would take too long.
    UsedUp,
    /// A time of it is outside of what can be reckoned with.
    Unreadable,
}

impl From<UsedUp> for Incomplete {
    fn from(_: UsedUp) -> Self {
        Self::UsedUp
    }
}

/// All repetitions of the events of one UID that have something within a window, in seconds.
pub(super) fn instances<'a>(
    events: &[&'a Event],
    window: (i64, i64),
    zones: &mut Zones<'_>,
    budget: &mut Budget,
) -> Result<Vec<Instance<'a>>, Incomplete> {
    // Of two that are the same repetition, or both the series, the one with the higher sequence counts.
    let newest = |one: &&&Event| {
        !events
            .iter()
            .any(|other| other.place() == one.place() && other.sequence > one.sequence)
    };
    let current: Vec<&'a Event> = events.iter().filter(newest).copied().collect();
    let mut replaced = Vec::new();
    for one in &current {
        if let Some((moment, behind)) = &one.instead_of {
            let at = zones
                .instant(moment, budget)
                .ok_or(Incomplete::Unreadable)?;
            replaced.push((at, moment, *behind, *one));
        }
    }
    replaced.sort_by_key(|(at, ..)| *at);
    let mut found = Vec::new();
    for event in current {
        if event.instead_of.is_some() {
            one(
                event,
                event.start.wall(),
                event.span,
                zones,
                budget,
                &mut found,
            )?;
        } else {
            series(event, &replaced, window, zones, budget, &mut found)?;
        }
    }
    found.retain(|it| it.start < window.1 && it.end > window.0 && it.start < it.end);
    Ok(found)
}

fn one<'a>(
    event: &'a Event,
    wall: i64,
    span: Span,
    zones: &mut Zones<'_>,
    budget: &mut Budget,
    found: &mut Vec<Instance<'a>>,
) -> Result<(), Incomplete> {
    let zone = zones.of(&event.start, budget);
    let start = zone.instant(wall).ok_or(Incomplete::Unreadable)?;
    let end = zone
        .instant(wall + span.days * DAY)
        .ok_or(Incomplete::Unreadable)?
        + span.seconds;
    found.push(Instance {
        start,
        end,
        of: event,
    });
    Ok(())
}

type Replaced<'m, 'a> = (i64, &'m Moment, bool, &'a Event);

fn series<'a>(
    event: &'a Event,
    replaced: &[Replaced<'_, 'a>],
    window: (i64, i64),
    zones: &mut Zones<'_>,
    budget: &mut Budget,
    found: &mut Vec<Instance<'a>>,
) -> Result<(), Incomplete> {
    let zone = zones.of(&event.start, budget);
    // What was moved may come into the window from elsewhere, and what is long begins before it.
    let mut margin = event.span.at_most().max(DAY) + 2 * DAY;
    for (at, _, behind, other) in replaced {
        if *behind {
            let start = zones
                .instant(&other.start, budget)
                .ok_or(Incomplete::Unreadable)?;
            margin = margin.max((start - at).abs() + other.span.at_most() + 2 * DAY);
        }
    }
    let around = (window.0 - margin, window.1 + margin);

    let mut starts: Vec<(i64, i64, Span)> = Vec::new();
    let mut add = |wall: i64, at: i64, span: Span| starts.push((at, wall, span));
    if event.rules.is_empty() {
        let wall = event.start.wall();
        add(
            wall,
            zone.instant(wall).ok_or(Incomplete::Unreadable)?,
            event.span,
        );
    }
    for rule in &event.rules {
        let until = match rule.until {
            // A last instant of a series of days names a day.
            Some(Until::Instant(at)) if event.start.is_date() => {
                Some(Until::Wall(at.div_euclid(DAY) * DAY + DAY - 1))
            }
            other => other,
        };
        let ended = |wall: i64| match until {
            Some(Until::Instant(last)) => zone.instant(wall).is_none_or(|at| at > last),
            Some(Until::Wall(last)) => wall > last,
            None => false,
        };
        for wall in walls(rule, event.start.wall(), around, ended, budget)? {
            add(
                wall,
                zone.instant(wall).ok_or(Incomplete::Unreadable)?,
                event.span,
            );
        }
    }
    for (moment, span) in &event.added {
        let at = zones
            .instant(moment, budget)
            .ok_or(Incomplete::Unreadable)?;
        add(zone.wall(at), at, span.unwrap_or(event.span));
    }
    starts.sort_by_key(|(at, ..)| *at);
    starts.dedup_by_key(|(at, ..)| *at);

    let mut left_out: HashSet<i64> = HashSet::new();
    let mut days_out: HashSet<i64> = HashSet::new();
    let named = replaced.iter().map(|(_, moment, ..)| *moment);
    for moment in event.left_out.iter().chain(named) {
        if moment.is_date() && !event.start.is_date() {
            days_out.insert(moment.wall());
        } else if event.start.is_date() {
            // Days are compared as days, even where a program wrote midnight somewhere.
            days_out.insert(moment.wall().div_euclid(DAY) * DAY);
        } else {
            left_out.insert(
                zones
                    .instant(moment, budget)
                    .ok_or(Incomplete::Unreadable)?,
            );
        }
    }
    for (at, wall, span) in starts {
        if left_out.contains(&at) || days_out.contains(&(wall.div_euclid(DAY) * DAY)) {
            continue;
        }
        let from_here = replaced
            .iter()
            .rfind(|(from, _, behind, _)| *behind && *from <= at);
        match from_here {
            Some((from, _, _, other)) => {
                let own = zones.of(&other.start, budget);
                let moved = other.start.wall() - own.wall(*from);
                one(
                    other,
                    own.wall(at) + moved,
                    other.span,
                    zones,
                    budget,
                    found,
                )?;
            }
            None => one(event, wall, span, zones, budget, found)?,
        }
    }
    Ok(())
}
