//! A contact of the simulation.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::{TimeZone, Timestamp};
use rules::{Attribute, Decimal, Field, FieldKind, Schema, View};
use serde_json::{Value, json};

use crate::event::Event;
use crate::interpret::{Change, Contact, Effect};
use crate::time::FieldTime;

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) zone: Option<TimeZone>,
    pub(crate) status: String,
    pub(crate) view: View,
    pub(crate) fields: BTreeMap<String, Value>,
    pub(crate) events: Vec<Event>,
    pub(crate) sent: Vec<Timestamp>,
    /// Of these, the ones that are not transactional.
    pub(crate) plain: Vec<Timestamp>,
    /// What this transaction changed, as it is to be recorded.
    pub(crate) changed: Vec<Happened>,
}

/// An event before it is recorded.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) seq: i64,
    pub(crate) kind: &'static str,
    pub(crate) subject: Option<i64>,
    pub(crate) body: Value,
}

/// The fields `n` (a number), `t` (a text) and `d` (a date), groups 1 to 3 and tags 1 to 2.
pub(crate) fn schema() -> Schema {
    let field = |id, kind| Field {
        id,
        slot: id as u8,
        kind,
        options: Vec::new(),
    };
    Schema::new(
        [
            "active",
            "unconfirmed",
            "unsubscribed",
            "bounced",
            "suppressed",
        ],
        ["api"],
    )
    .with_field("n", field(1, FieldKind::Number))
    .with_field("t", field(2, FieldKind::Text))
    .with_field("d", field(3, FieldKind::Date))
    .with_groups([1, 2, 3])
    .with_tags([1, 2])
}

impl Person {
    pub(crate) fn new(id: i64, zone: Option<TimeZone>) -> Self {
        let mut view = View::new(id);
        view.set_text(Attribute::Status, Some("active"));
        Self {
            id,
            zone,
            status: "active".to_owned(),
            view,
            fields: BTreeMap::new(),
            events: Vec::new(),
            sent: Vec::new(),
            plain: Vec::new(),
            changed: Vec::new(),
        }
    }

    pub(crate) fn set(&mut self, field: &str, value: Option<Value>) {
        let (id, known) = match (field, &value) {
            ("n", Some(value)) => (
                1,
                value
                    .as_i64()
                    .map(|n| rules::Value::number(Decimal::from_micros(n * Decimal::SCALE))),
            ),
            ("t", Some(value)) => (2, value.as_str().map(rules::Value::text)),
            ("d", Some(value)) => (
                3,
                value
                    .as_str()
                    .and_then(rules::parse_date)
                    .map(rules::Value::date),
            ),
            ("n", None) => (1, None),
            ("t", None) => (2, None),
            _ => (3, None),
        };
        self.view.set_field(id, known);
        match value {
            Some(value) => drop(self.fields.insert(field.to_owned(), value)),
            None => drop(self.fields.remove(field)),
        }
    }

    pub(crate) fn set_status(&mut self, status: &str) {
        status.clone_into(&mut self.status);
        self.view.set_text(Attribute::Status, Some(status));
    }
}

impl Contact for Person {
    fn id(&self) -> i64 {
        self.id
    }

    fn view(&self) -> &View {
        &self.view
    }

    fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    fn status(&self) -> &str {
        &self.status
    }

    fn time(&self, field: &str) -> Option<FieldTime> {
        let date: Date = rules::parse_date(self.fields.get(field)?.as_str()?)?;
        Some(FieldTime::Day(date))
    }

    fn last_event(&self) -> i64 {
        self.events.last().map_or(0, |event| event.id)
    }

    fn events_after(&self, kind: &str, after: i64) -> Vec<&Event> {
        self.events
            .iter()
            .filter(|event| event.id > after && event.kind == kind)
            .collect()
    }

    fn messages_since(&self, since: Timestamp) -> u32 {
        self.sent.iter().filter(|at| **at >= since).count() as u32
    }

    fn apply(&mut self, effect: &Effect, now: Timestamp) -> Result<(), String> {
        let seq = effect.seq();
        let change = match effect {
            Effect::Outbox { outgoing, .. } => {
                if outgoing.is_message {
                    self.sent.push(now);
                    if !outgoing.transactional {
                        self.plain.push(now);
                    }
                }
                return Ok(());
            }
            Effect::Change { change, .. } => change,
        };
        let happened = match change {
            Change::SetField { field, value } => self.field(field, Some(value.clone())),
            Change::ClearField { field } => self.field(field, None),
            Change::IncrementField { field, by } => {
                let old = self.fields.get(field).and_then(Value::as_i64).unwrap_or(0);
                self.field(field, Some((old + by).into()))
            }
            Change::AddGroup(id) if id.0 > 3 => return Err("there is no such group".to_owned()),
            Change::AddGroup(id) => {
                (self.view.groups.insert(id.0)).then(|| ("group.joined", Some(id.0), json!({})))
            }
            Change::RemoveGroup(id) => {
                (self.view.groups.remove(&id.0)).then(|| ("group.left", Some(id.0), json!({})))
            }
            Change::AddTag(id) => {
                (self.view.tags.insert(id.0)).then(|| ("tag.added", Some(id.0), json!({})))
            }
            Change::RemoveTag(id) => {
                (self.view.tags.remove(&id.0)).then(|| ("tag.removed", Some(id.0), json!({})))
            }
            Change::SetStatus(status) if *status == self.status => None,
            Change::SetStatus(status) => {
                self.set_status(status);
                Some(("subscriber.status_changed", None, json!({"to": status})))
            }
            Change::StartAutomation(id) => Some(("automation.started", Some(id.0), json!({}))),
        };
        if let Some((kind, subject, body)) = happened {
            self.changed.push(Happened {
                seq,
                kind,
                subject,
                body,
            });
        }
        Ok(())
    }
}

impl Person {
    fn field(
        &mut self,
        field: &str,
        value: Option<Value>,
    ) -> Option<(&'static str, Option<i64>, Value)> {
        if self.fields.get(field) == value.as_ref() {
            return None;
        }
        self.set(field, value);
        Some(("subscriber.updated", None, json!({"changed": [field]})))
    }
}
