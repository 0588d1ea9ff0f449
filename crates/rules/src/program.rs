//! The checked form: names resolved, texts folded, times absolute. It becomes SQL ([`Compiled::sql`]) or is run on one
//! contact ([`Compiled::matches`]); both are short, because every comparison has been reduced to a few shapes.

use std::collections::BTreeSet;

use crate::moment::place_in_year;
use crate::rule::EventKind;
use crate::schema::{Attribute, FieldKind};
use crate::view::{Value, View};

/// A rule that fits its account, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub(crate) root: Node,
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
        /// Not before this instant.
        since: Option<i64>,
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
    /// Events before this instant (in microseconds) need not be loaded; `None` if all are needed.
    pub events_since: Option<i64>,
}

impl Compiled {
    /// Whether the rule selects this contact.
    pub fn matches(&self, view: &View) -> bool {
        matches(&self.root, view)
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
        Node::Event { kind, since, .. } => {
            needs.events.insert(*kind);
            needs.events_since = needs.events_since.min(Some(since.unwrap_or(i64::MIN)));
        }
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
            kind,
            campaign,
            since,
            at_least,
        } => {
            let counts = |event: &&crate::view::Event| {
                event.kind == *kind
                    && campaign.is_none_or(|id| event.campaign == Some(id))
                    && since.is_none_or(|since| event.at.as_micros() >= since)
            };
            let enough = *at_least as usize;
            view.events.iter().filter(counts).take(enough).count() == enough
        }
        Node::Sample {
            below,
            factor,
            offset,
        } => sample_part(view.id, *factor, *offset) < *below,
    }
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
