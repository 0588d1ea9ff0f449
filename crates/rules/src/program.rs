//! The checked form: names resolved, texts folded, times absolute. It becomes SQL ([`Compiled::sql`]) or is run on one
//! contact ([`Compiled::matches`]); both are short, because every comparison has been reduced to a few shapes.

use std::collections::BTreeSet;

use crate::moment::place_in_year;
use crate::rule::{BookingState, EventKind};
use crate::schema::{Attribute, FieldKind};
use crate::view::{Booking, Event, Value, View};
use crate::weekday::Weekdays;

/// A rule that fits its account, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub(crate) root: Node,
    pub(crate) tempo: Tempo,
    /// When it was compiled, in microseconds, and the zone's offset then.
    pub(crate) now: i64,
    pub(crate) offset: i64,
}

/// When whom a rule selects can change by the mere passing of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tempo {
    /// Never.
    #[default]
    Still,
    /// When a day begins in the account's zone.
    Daily,
    /// At any moment.
    Continuous,
}

/// Two-valued logic: every node is true or false for every contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Attribute(Attribute, Check),
    Field {
        id: i64,
        slot: u8,
        kind: FieldKind,
        check: Check,
    },
    /// In one of these groups.
    Group(Vec<i64>),
    /// With one of these tags.
    Tag(Vec<i64>),
    Event {
        kind: EventKind,
        campaign: Option<i64>,
        /// What the folded address of its link must meet.
        link: Option<Check>,
        /// Not before this instant.
        since: Option<i64>,
        /// Not after this instant.
        until: Option<i64>,
        /// From 1.
        at_least: u32,
        at_most: Option<u32>,
    },
    Booking {
        state: BookingState,
        event_type: Option<i64>,
        /// Not beginning before this instant.
        since: Option<i64>,
        /// Not beginning after this instant.
        until: Option<i64>,
        /// From 1.
        at_least: u32,
    },
    Sample {
        /// Of [`SAMPLE_PARTS`].
        below: i64,
        factor: i64,
        offset: i64,
    },
}

impl Node {
    pub(crate) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// What a present value must meet; a missing value meets nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Set,
    /// Nothing meets it, such as less than the least number.
    Never,
    /// Equal to one of these. Never empty.
    Texts(Vec<String>),
    Contains(String),
    StartsWith(String),
    EndsWith(String),
    /// Equal to one of these. Never empty.
    Ints(Vec<i64>),
    /// Both inclusive.
    Range(Option<i64>, Option<i64>),
    /// A day whose place in the year lies from the first to the second, around the end if that is smaller.
    Anniversary(i64, i64),
    /// On one of these days of the week.
    Weekday(Weekdays),
}

/// What must be in a [`View`] for [`Compiled::matches`] to be right about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    pub attributes: BTreeSet<Attribute>,
    /// Ids of custom fields.
    pub fields: BTreeSet<i64>,
    pub groups: BTreeSet<i64>,
    pub tags: BTreeSet<i64>,
    pub events: BTreeSet<EventKind>,
    /// Whether bookings are needed, all of them.
    pub bookings: bool,
    /// Whether the addresses of clicked links are needed.
    pub links: bool,
    /// Events before this instant (in microseconds) need not be loaded; `None` if all are needed.
    pub events_since: Option<i64>,
}

impl Needs {
    /// Adds those of another rule, so that one view serves both.
    pub fn extend(&mut self, other: Self) {
        if self.events.is_empty() {
            self.events_since = other.events_since;
        } else if !other.events.is_empty() {
            self.events_since = self
                .events_since
                .zip(other.events_since)
                .map(|(one, other)| one.min(other));
        }
        self.attributes.extend(other.attributes);
        self.fields.extend(other.fields);
        self.groups.extend(other.groups);
        self.tags.extend(other.tags);
        self.events.extend(other.events);
        self.bookings |= other.bookings;
        self.links |= other.links;
    }
}

impl Compiled {
    /// Whether the rule selects this contact.
    pub fn matches(&self, view: &View) -> bool {
        matches(&self.root, view)
    }

    /// If the rule is one condition on bookings: how many such bookings this contact has, and when the last of them
    /// begins. How many there should be is left out of account.
    pub fn bookings(&self, view: &View) -> Option<(usize, Option<kernel::Timestamp>)> {
        let mut node = &self.root;
        while let Node::Not(child) = node {
            node = child;
        }
        let Node::Booking { .. } = node else {
            return None;
        };
        let starts: Vec<_> = booked(node, view).map(|booking| booking.start).collect();
        Some((starts.len(), starts.into_iter().max()))
    }

    /// If the rule is one condition on events: how often such an event happened to this contact, and when last. How
    /// often it should have is left out of account.
    pub fn occurrences(&self, view: &View) -> Option<(usize, Option<kernel::Timestamp>)> {
        let mut node = &self.root;
        while let Node::Not(child) = node {
            node = child;
        }
        let Node::Event { .. } = node else {
            return None;
        };
        let times: Vec<_> = happened(node, view).map(|event| event.at).collect();
        Some((times.len(), times.into_iter().max()))
    }

    /// When whom it selects can change by the mere passing of time.
    pub fn tempo(&self) -> Tempo {
        self.tempo
    }

    /// What must be loaded before [`Compiled::matches`].
    pub fn needs(&self) -> Needs {
        let mut needs = Needs {
            events_since: Some(i64::MAX),
            ..Needs::default()
        };
        collect(&self.root, &mut needs);
        needs.events_since = needs.events_since.filter(|since| *since != i64::MIN);
        needs
    }
}

fn collect(node: &Node, needs: &mut Needs) {
    match node {
        Node::All(children) | Node::Any(children) => {
            for child in children {
                collect(child, needs);
            }
        }
        Node::Not(child) => collect(child, needs),
        Node::Attribute(attribute, _) => {
            needs.attributes.insert(*attribute);
        }
        Node::Field { id, .. } => {
            needs.fields.insert(*id);
        }
        Node::Group(ids) => needs.groups.extend(ids),
        Node::Tag(ids) => needs.tags.extend(ids),
        Node::Event {
            kind, since, link, ..
        } => {
            needs.events.insert(*kind);
            needs.links |= link.is_some();
            needs.events_since = needs.events_since.min(Some(since.unwrap_or(i64::MIN)));
        }
        Node::Booking { .. } => needs.bookings = true,
        Node::Sample { .. } => {}
    }
}

fn matches(node: &Node, view: &View) -> bool {
    match node {
        Node::All(children) => children.iter().all(|child| matches(child, view)),
        Node::Any(children) => children.iter().any(|child| matches(child, view)),
        Node::Not(child) => !matches(child, view),
        Node::Attribute(attribute, check) => view
            .attribute(*attribute)
            .is_some_and(|value| meets(value, check)),
        Node::Field { id, check, .. } => view.field(*id).is_some_and(|value| meets(value, check)),
        Node::Group(ids) => ids.iter().any(|id| view.groups.contains(id)),
        Node::Tag(ids) => ids.iter().any(|id| view.tags.contains(id)),
        Node::Event {
            at_least, at_most, ..
        } => {
            let least = *at_least as usize;
            let happened = happened(node, view);
            match at_most {
                None => happened.take(least).count() == least,
                Some(most) => {
                    let times = happened.take(*most as usize + 1).count();
                    (least..=*most as usize).contains(&times)
                }
            }
        }
        Node::Booking { at_least, .. } => {
            let least = *at_least as usize;
            booked(node, view).take(least).count() == least
        }
        Node::Sample {
            below,
            factor,
            offset,
        } => sample_part(view.id, *factor, *offset) < *below,
    }
}

/// The events that a condition on events counts.
fn happened<'v>(node: &'v Node, view: &'v View) -> impl Iterator<Item = &'v Event> {
    view.events.iter().filter(move |event| match node {
        Node::Event {
            kind,
            campaign,
            link,
            since,
            until,
            ..
        } => {
            event.kind == *kind
                && campaign.is_none_or(|id| event.campaign == Some(id))
                && since.is_none_or(|since| event.at.as_micros() >= since)
                && until.is_none_or(|until| event.at.as_micros() <= until)
                && link
                    .as_ref()
                    .is_none_or(|check| event.link.as_ref().is_some_and(|url| meets(url, check)))
        }
        _ => false,
    })
}

/// The bookings that a condition on bookings counts.
fn booked<'v>(node: &'v Node, view: &'v View) -> impl Iterator<Item = &'v Booking> {
    view.bookings.iter().filter(move |booking| match node {
        Node::Booking {
            state,
            event_type,
            since,
            until,
            ..
        } => {
            let start = booking.start.as_micros();
            state.statuses().contains(&booking.status.as_str())
                && (state.no_show_by()).is_none_or(|by| booking.no_show_by.as_deref() == Some(by))
                && event_type.is_none_or(|id| booking.event_type == id)
                && since.is_none_or(|since| start >= since)
                && until.is_none_or(|until| start <= until)
        }
        _ => false,
    })
}

fn meets(value: &Value, check: &Check) -> bool {
    match (value, check) {
        (_, Check::Set) => true,
        (Value::Text(text), Check::Texts(wanted)) => wanted.iter().any(|it| it == text),
        (Value::Text(text), Check::Contains(part)) => text.contains(part.as_str()),
        (Value::Text(text), Check::StartsWith(part)) => text.starts_with(part.as_str()),
        (Value::Text(text), Check::EndsWith(part)) => text.ends_with(part.as_str()),
        (Value::Int(int), Check::Ints(wanted)) => wanted.contains(int),
        (Value::Int(int), Check::Range(from, to)) => {
            from.is_none_or(|from| *int >= from) && to.is_none_or(|to| *int <= to)
        }
        (Value::Int(int), Check::Anniversary(from, to)) => {
            let place = place_in_year(*int);
            if from <= to {
                (*from..=*to).contains(&place)
            } else {
                place >= *from || place <= *to
            }
        }
        (Value::Int(int), Check::Weekday(days)) => days.contain(*int),
        // Also a value of another type than the field has: it is no value.
        _ => false,
    }
}

/// Samples are drawn in hundredths of a percent.
pub(crate) const SAMPLE_PARTS: i64 = 10_000;
/// A prime below 2^31, so that the square of a rest fits an `i64`.
pub(crate) const SAMPLE_PRIME: i64 = 2_147_483_647;

/// In which of the parts a contact falls. Ids rise evenly, so they are scattered by a line and a square modulo a prime:
/// arithmetic that both databases compute in the same way for every `i64` (see `sql.rs`).
pub(crate) fn sample_part(id: i64, factor: i64, offset: i64) -> i64 {
    let on_line = (id % SAMPLE_PRIME * factor + offset) % SAMPLE_PRIME;
    on_line * on_line % SAMPLE_PRIME % SAMPLE_PARTS
}

/// The line that a salt stands for: factor and offset below [`SAMPLE_PRIME`].
pub(crate) fn sample_line(salt: &str) -> (i64, i64) {
    // FNV-1a: it need not resist anybody, only be the same for ever.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in salt.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let prime = SAMPLE_PRIME.unsigned_abs();
    let factor = 1 + (hash >> 32) % (prime - 1);
    let offset = hash % prime;
    (factor as i64, offset as i64)
}
