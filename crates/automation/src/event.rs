//! Events as this crate sees them, and which of them a pattern means.

use kernel::{Timestamp, fold};
use rules::{Decimal, References};
use serde_json::Value;

use crate::definition::{Condition, Id, Pattern, VarOp, VarTest};
use crate::ids::{AutomationId, RunId};
use crate::kinds::{At, Kinds};

/// Something that happened to a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// In the order of commits.
    pub id: i64,
    pub kind: String,
    pub contact: i64,
    pub subject: Option<i64>,
    pub at: Timestamp,
    /// An object.
    pub body: Value,
    /// The run and the `seq` whose change it tells of, if it was one; not of what came of a message later.
    pub cause: Option<(RunId, i64)>,
    /// The automations whose runs began one another without a rest, up to it.
    pub chain: Vec<AutomationId>,
}

/// What a wait is found by, when an event comes: events give rise to signals, and waits are kept by them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal {
    /// The kind of an event, or `changed` for what conditions read.
    pub kind: String,
    /// Narrows it: the subject's id, or what has changed (`field:city`, `group:12`). Empty for any.
    pub key: String,
}

impl Signal {
    fn new(kind: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            key: key.into(),
        }
    }

    /// That an attribute or field of the contact may have changed.
    pub(crate) fn field(name: &str) -> Self {
        Self::new(CHANGED, format!("field:{name}"))
    }
}

const CHANGED: &str = "changed";
/// What changes with everything that happens to a booking.
const BOOKINGS: &str = "bookings";

impl Event {
    /// What it may wake. Few and sorted: a store looks each of them up.
    pub fn signals(&self) -> Vec<Signal> {
        let mut signals = vec![Signal::new(&*self.kind, "")];
        let subject = self.subject.map(|id| id.to_string());
        if let Some(subject) = &subject {
            signals.push(Signal::new(&*self.kind, subject.clone()));
        }
        let noun = self.kind.split('.').next().unwrap_or_default();
        match (noun, &subject) {
            ("group" | "tag" | "segment", Some(subject)) => {
                signals.push(Signal::new(CHANGED, format!("{noun}:{subject}")));
            }
            ("message", _) => {
                signals.push(Signal::new(CHANGED, format!("event:{}", self.kind)));
                signals.push(Signal::field("last_activity_at"));
            }
            ("subscriber", _) => {
                let changed = self.body.get("changed").and_then(Value::as_array);
                for name in changed.into_iter().flatten().filter_map(Value::as_str) {
                    signals.push(match name {
                        BOOKINGS => Signal::new(CHANGED, BOOKINGS),
                        name => Signal::field(name),
                    });
                }
                if self.kind == "subscriber.status_changed" {
                    signals.push(Signal::field("status"));
                }
                signals.push(Signal::field("updated_at"));
            }
            ("booking", _) => signals.push(Signal::new(CHANGED, BOOKINGS)),
            ("consent", _) => signals.push(Signal::field("consent_at")),
            _ => {}
        }
        signals.sort();
        signals.dedup();
        signals
    }
}

impl Pattern {
    /// The signal of the events that it can mean.
    pub fn signal(&self, kinds: &Kinds) -> Signal {
        let subject = kinds.event(&self.event).and_then(|kind| {
            let param = kind.params.iter().find(|param| param.at == At::Subject)?;
            self.with.get(param.name)?.as_str()
        });
        Signal::new(&*self.event, subject.unwrap_or_default())
    }

    /// Whether it means this event. `run` is the run that asks, for events of the messages that it sent.
    pub fn means(&self, event: &Event, kinds: &Kinds, run: Option<RunId>) -> bool {
        let Some(kind) = kinds.event(&self.event) else {
            return false;
        };
        self.event == event.kind
            && self.with.iter().all(|(name, wanted)| {
                kind.params
                    .iter()
                    .find(|param| param.name == name)
                    .is_some_and(|param| is_at(param.at, wanted, event, run))
            })
            && self
                .tests
                .iter()
                .all(|test| test.holds(lookup(&event.body, &test.var)))
    }
}

fn is_at(at: At, wanted: &Value, event: &Event, run: Option<RunId>) -> bool {
    match at {
        At::Subject => wanted
            .as_str()
            .and_then(Id::parse)
            .is_some_and(|id| event.subject == Some(id.0)),
        At::Body(key) => event
            .body
            .get(key)
            .is_some_and(|found| is_same(found, wanted)),
        At::Listed(key) => event
            .body
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(|list| list.contains(wanted)),
        At::SentBy => {
            let sender = event.body.get("run").and_then(Value::as_str);
            event.body.get("step") == Some(wanted)
                && run.is_some_and(|run| sender == Some(run.to_string().as_str()))
        }
    }
}

/// The value at a path such as `order.total`.
pub(crate) fn lookup<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let found = path.split('.').try_fold(value, |value, part| match value {
        Value::Object(object) => object.get(part),
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => None,
    })?;
    (!found.is_null()).then_some(found)
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Decimal::from_json(number).ok(),
        Value::String(text) => Decimal::parse(text).ok(),
        _ => None,
    }
}

/// Texts are compared folded, numbers to six places, also when one of them is written as a text.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => fold(one) == fold(other),
        _ => match (number(one), number(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        },
    }
}

impl VarTest {
    /// Whether a value meets it. A missing value meets `is_not_set` and what begins with "not".
    pub(crate) fn holds(&self, found: Option<&Value>) -> bool {
        let compared = |wanted: fn(std::cmp::Ordering) -> bool| {
            let (Some(one), Some(other)) =
                (found.and_then(number), self.value.as_ref().and_then(number))
            else {
                return false;
            };
            wanted(one.cmp(&other))
        };
        let is_same = || {
            found
                .zip(self.value.as_ref())
                .is_some_and(|(one, other)| is_same(one, other))
        };
        let contains = || match (found, &self.value) {
            (Some(Value::String(text)), Some(Value::String(part))) => {
                fold(text).contains(&fold(part))
            }
            (Some(Value::Array(list)), Some(wanted)) => {
                list.iter().any(|item| self::is_same(item, wanted))
            }
            _ => false,
        };
        match self.op {
            VarOp::IsSet => found.is_some(),
            VarOp::IsNotSet => found.is_none(),
            VarOp::Equals => is_same(),
            VarOp::NotEquals => !is_same(),
            VarOp::Contains => contains(),
            VarOp::NotContains => !contains(),
            VarOp::Less => compared(std::cmp::Ordering::is_lt),
            VarOp::LessOrEqual => compared(std::cmp::Ordering::is_le),
            VarOp::Greater => compared(std::cmp::Ordering::is_gt),
            VarOp::GreaterOrEqual => compared(std::cmp::Ordering::is_ge),
        }
    }
}

/// The signals after which a condition may have another answer. Segments that it names are those of their own rules too,
/// so the caller passes what they refer to along with what it refers to itself.
pub fn signals_of(condition: &Condition, expand: &dyn Fn(References) -> References) -> Vec<Signal> {
    let mut signals = Vec::new();
    for rule in condition.rules() {
        let references = expand(rule.references());
        let mut add = |key: String| signals.push(Signal::new(CHANGED, key));
        for attribute in &references.attributes {
            add(format!("field:{}", attribute.name()));
        }
        references
            .fields
            .iter()
            .for_each(|key| add(format!("field:{key}")));
        references
            .groups
            .iter()
            .for_each(|id| add(format!("group:{id}")));
        references
            .tags
            .iter()
            .for_each(|id| add(format!("tag:{id}")));
        references
            .segments
            .iter()
            .for_each(|id| add(format!("segment:{id}")));
        if references.bookings {
            add(BOOKINGS.to_owned());
        }
        for kind in &references.events {
            add(format!("event:{}", kind.stored()));
        }
    }
    signals.sort();
    signals.dedup();
    signals
}
