//! A contact in a session: what the interpreter asks, and what it changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use audience::fields::{Catalog as Fields, FieldInput, FieldValue, parse_json};
use audience::subscribers::{Attributes, Change as StatusChange, MergeValues, PersonChange};
use audience::{GroupId, Patch, TagId};
use kernel::{TimeZone, Timestamp, UserId};
use rules::{Attribute, Decimal, View};
use sending::automated::{Prepared, Wanted};
use serde_json::Value;

use super::catalog::Walkable;
use super::store::Letter;
use crate::definition::{Body, Id, SendEmail};
use crate::event::Event;
use crate::ids::AutomationId;
use crate::interpret::{Change, Contact, Effect};
use crate::time::FieldTime;

/// How often one step may write to one person within a day: whatever goes wrong stops there.
const MOST_OF_ONE_STEP: usize = 5;
const A_DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// What all contacts of a session have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) fields: Fields,
    pub(super) groups: BTreeSet<i64>,
    pub(super) tags: BTreeSet<i64>,
    /// Automations that let people in.
    pub(super) automations: BTreeSet<AutomationId>,
    pub(super) letters: HashMap<Wanted, Result<Prepared, String>>,
}

/// A contact as it is now, in this transaction.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) known: MergeValues,
    pub(super) view: View,
    pub(super) zone: Option<TimeZone>,
    pub(super) last_event: i64,
    /// Of the kinds that are waited for, in order.
    pub(super) events: Vec<Event>,
    pub(super) letters: Vec<Letter>,
    pub(super) shared: Arc<Shared>,
    /// What is walked at this moment.
    pub(super) walking: Option<Arc<Walkable>>,
    /// What it asked for and is not written yet, in order.
    pub(super) changes: Vec<Change>,
}

/// Which letter a step sends.
pub(super) fn wanted(email: &SendEmail) -> Option<Wanted> {
    Some(Wanted {
        template: email.template?.0.into(),
        revision: email.revision.map(|id| id.0.into()),
        subject: email.subject.clone(),
        sender: email.sender.map(|id| id.0.into()),
        transactional: email.transactional,
    })
}

pub(super) fn compared(value: &FieldValue) -> rules::Value {
    match value {
        FieldValue::Text(text) => rules::Value::text(text),
        FieldValue::Number(number) => rules::Value::number(*number),
        FieldValue::Date(date) => rules::Value::date(*date),
        FieldValue::Boolean(value) => rules::Value::boolean(*value),
    }
}

impl Person {
    fn field(&self, key: &str) -> Option<&FieldValue> {
        let found = self.known.fields.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value)
    }

    /// The letter of the step that is walked; why it cannot be sent.
    pub(super) fn letter(&self, step: &crate::definition::StepId) -> Result<&Prepared, String> {
        let step = self
            .walking
            .as_ref()
            .and_then(|walking| walking.program.step(step))
            .ok_or_else(|| "the step is no more".to_owned())?;
        let Body::SendEmail(email) = &step.body else {
            return Err("the step sends no mail".to_owned());
        };
        let wanted = wanted(email).ok_or_else(|| "it has no template: choose one".to_owned())?;
        match self.shared.letters.get(&wanted) {
            Some(Ok(prepared)) => Ok(prepared),
            Some(Err(why)) => Err(why.clone()),
            None => Err("its content is not ready".to_owned()),
        }
    }

    fn write_to(&mut self, effect: &Effect, now: Timestamp) -> Result<(), String> {
        let Effect::Outbox { step, outgoing, .. } = effect else {
            return Ok(());
        };
        if !outgoing.is_message {
            return Ok(());
        }
        self.letter(step)?;
        let automation = self
            .walking
            .as_ref()
            .map_or(AutomationId::from(0), |walking| walking.program.automation);
        let lately = self.letters.iter().filter(|letter| {
            letter.automation == automation
                && letter.step == step.as_str()
                && letter.at + A_DAY > now
        });
        if lately.count() >= MOST_OF_ONE_STEP {
            return Err(format!(
                "this step wrote to the contact {MOST_OF_ONE_STEP} times within a day: something leads in a circle"
            ));
        }
        self.wrote(step, now);
        Ok(())
    }

    /// A mail of the step that is walked goes to the contact.
    pub(super) fn wrote(&mut self, step: &crate::definition::StepId, now: Timestamp) {
        let automation = self
            .walking
            .as_ref()
            .map_or(AutomationId::from(0), |walking| walking.program.automation);
        self.letters.push(Letter {
            at: now,
            automation,
            step: step.to_string(),
            kept_back: false,
        });
    }

    fn set_field(&mut self, name: &str, value: &Value) -> Result<(), String> {
        if let Some(attribute) = Attribute::from_name(name) {
            let attributes = attributes(attribute, value)?;
            let known = &mut self.known.subscriber;
            let patch = |patch: &Patch<String>, target: &mut Option<String>| match patch {
                Patch::Set(text) => *target = Some(text.clone()),
                Patch::Clear => *target = None,
                Patch::Keep => {}
            };
            patch(&attributes.first_name, &mut known.first_name);
            patch(&attributes.last_name, &mut known.last_name);
            patch(&attributes.phone, &mut known.phone);
            patch(&attributes.language, &mut known.language);
            patch(&attributes.time_zone, &mut known.time_zone);
            match attributes.owner {
                Patch::Set(owner) => known.owner = Some(owner),
                Patch::Clear => known.owner = None,
                Patch::Keep => {}
            }
            if let Some(score) = attributes.score {
                known.score = score;
            }
            let (known, view) = (&self.known.subscriber, &mut self.view);
            match attribute {
                Attribute::FirstName => view.set_text(attribute, known.first_name.as_deref()),
                Attribute::LastName => view.set_text(attribute, known.last_name.as_deref()),
                Attribute::Phone => view.set_text(attribute, known.phone.as_deref()),
                Attribute::Language => view.set_text(attribute, known.language.as_deref()),
                Attribute::TimeZone => {
                    view.set_text(attribute, known.time_zone.as_deref());
                    self.zone = zone(known.time_zone.as_deref());
                }
                Attribute::Score => view.set_int(attribute, Some(known.score)),
                Attribute::Owner => view.set_int(attribute, known.owner.map(UserId::get)),
                _ => {}
            }
            return Ok(());
        }
        let shared = self.shared.clone();
        let field = shared
            .fields
            .by_key(name)
            .ok_or_else(|| format!("there is no field {name} any more"))?;
        let input = parse_json(field, value).map_err(|fault| format!("{name}: {fault}"))?;
        self.known.fields.retain(|(key, _)| key != name);
        match input {
            FieldInput::Set(value) => {
                self.view.set_field(field.id, Some(compared(&value)));
                self.known.fields.push((name.to_owned(), value));
            }
            FieldInput::Clear => self.view.set_field(field.id, None),
        }
        Ok(())
    }

    fn increment(&mut self, name: &str, by: i64) -> Result<Value, String> {
        let too_large = || format!("{name} would be larger than a number can be");
        if name == Attribute::Score.name() {
            let score = self.known.subscriber.score.checked_add(by);
            let score = Value::from(score.ok_or_else(too_large)?);
            self.set_field(name, &score)?;
            return Ok(score);
        }
        let old = match self.field(name) {
            Some(FieldValue::Number(number)) => number.micros(),
            Some(_) => return Err(format!("{name} is no number")),
            None => 0,
        };
        let sum = by
            .checked_mul(Decimal::SCALE)
            .and_then(|by| old.checked_add(by))
            .ok_or_else(too_large)?;
        let sum = Value::from(Decimal::from_micros(sum).to_string());
        self.set_field(name, &sum)?;
        Ok(sum)
    }

    fn set_status(&mut self, status: &str, now: Timestamp) -> Result<(), String> {
        let change = status_change(status)?;
        let after = self.known.subscriber.status.after(change).map_err(|_| {
            "the address is on the suppression list, or its owner has to confirm it".to_owned()
        })?;
        if after != self.known.subscriber.status {
            self.known.subscriber.status = after;
            self.known.subscriber.status_changed_at = now;
            self.view.set_text(Attribute::Status, Some(after.as_str()));
            self.view.set_time(Attribute::StatusChangedAt, Some(now));
        }
        Ok(())
    }

    fn member(&mut self, group: bool, id: Id, is_in: bool) -> Result<(), String> {
        let (known, member, what) = if group {
            (&self.shared.groups, &mut self.view.groups, "group")
        } else {
            (&self.shared.tags, &mut self.view.tags, "tag")
        };
        if !known.contains(&id.0) {
            return Err(format!("there is no {what} {id} any more"));
        }
        if is_in {
            member.insert(id.0);
        } else {
            member.remove(&id.0);
        }
        Ok(())
    }
}

fn status_change(status: &str) -> Result<StatusChange, String> {
    match status {
        "active" => Ok(StatusChange::Resubscribe),
        "unsubscribed" => Ok(StatusChange::Unsubscribe),
        _ => Err(format!("the status cannot be set to {status}")),
    }
}

/// A change of one attribute.
fn attributes(attribute: Attribute, value: &Value) -> Result<Attributes, String> {
    let text = || -> Result<Patch<String>, String> {
        match value {
            Value::Null => Ok(Patch::Clear),
            Value::String(text) => Ok(Patch::Set(text.clone())),
            Value::Number(number) => Ok(Patch::Set(number.to_string())),
            _ => Err(format!("{} must be a text", attribute.name())),
        }
    };
    let mut all = Attributes::default();
    match attribute {
        Attribute::FirstName => all.first_name = text()?,
        Attribute::LastName => all.last_name = text()?,
        Attribute::Phone => all.phone = text()?,
        Attribute::Language => all.language = text()?,
        Attribute::TimeZone => all.time_zone = text()?,
        Attribute::Score => {
            let number = match value {
                Value::Null => Some(0),
                Value::Number(number) => number.as_i64(),
                Value::String(text) => text.parse().ok(),
                _ => None,
            };
            all.score = Some(number.ok_or("score must be a whole number")?);
        }
        Attribute::Owner => {
            all.owner = match value {
                Value::Null => Patch::Clear,
                value => Patch::Set(
                    value
                        .as_str()
                        .and_then(|text| text.parse::<i64>().ok())
                        .map(UserId::from)
                        .ok_or("owner must be the id of a user")?,
                ),
            }
        }
        other => return Err(format!("{} cannot be changed", other.name())),
    }
    all.checked(str::to_owned).map_err(|errors| {
        errors.first().map_or_else(
            || "the value is refused".to_owned(),
            |error| format!("{}: {}", error.field, error.message),
        )
    })
}

pub(super) fn zone(name: Option<&str>) -> Option<TimeZone> {
    TimeZone::parse(name?).ok()
}

impl Contact for Person {
    fn id(&self) -> i64 {
        self.known.subscriber.id.get()
    }

    fn view(&self) -> &View {
        &self.view
    }

    fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    fn status(&self) -> &str {
        self.known.subscriber.status.as_str()
    }

    fn time(&self, field: &str) -> Option<FieldTime> {
        let known = &self.known.subscriber;
        let at = match Attribute::from_name(field) {
            Some(Attribute::CreatedAt) => Some(known.created_at),
            Some(Attribute::UpdatedAt) => Some(known.updated_at),
            Some(Attribute::LastActivityAt) => known.last_activity_at,
            Some(Attribute::StatusChangedAt) => Some(known.status_changed_at),
            Some(Attribute::ConsentAt) => known.consent.as_ref().map(|consent| consent.at),
            Some(Attribute::ConfirmedAt) => known.confirmed_at,
            Some(_) => None,
            None => match self.field(field) {
                Some(FieldValue::Date(date)) => return Some(FieldTime::Day(*date)),
                _ => None,
            },
        };
        at.map(FieldTime::Instant)
    }

    fn last_event(&self) -> i64 {
        self.last_event
    }

    fn events_after(&self, kind: &str, after: i64) -> Vec<&Event> {
        self.events
            .iter()
            .filter(|event| event.id > after && event.kind == kind)
            .collect()
    }

    fn messages_since(&self, since: Timestamp) -> u32 {
        let letters = self.letters.iter();
        let recent = letters.filter(|letter| letter.at >= since && !letter.kept_back);
        u32::try_from(recent.count()).unwrap_or(u32::MAX)
    }

    fn apply(&mut self, effect: &Effect, now: Timestamp) -> Result<(), String> {
        let change = match effect {
            Effect::Outbox { .. } => return self.write_to(effect, now),
            Effect::Change { change, .. } => change,
        };
        let made = match change {
            Change::SetField { field, value } => {
                self.set_field(field, value)?;
                change.clone()
            }
            Change::ClearField { field } => {
                self.set_field(field, &Value::Null)?;
                change.clone()
            }
            Change::IncrementField { field, by } => Change::SetField {
                value: self.increment(field, *by)?,
                field: field.clone(),
            },
            Change::AddGroup(id) => {
                self.member(true, *id, true)?;
                change.clone()
            }
            Change::RemoveGroup(id) => {
                self.member(true, *id, false)?;
                change.clone()
            }
            Change::AddTag(id) => {
                self.member(false, *id, true)?;
                change.clone()
            }
            Change::RemoveTag(id) => {
                self.member(false, *id, false)?;
                change.clone()
            }
            Change::SetStatus(status) => {
                self.set_status(status, now)?;
                change.clone()
            }
            Change::StartAutomation(id) => {
                if !self.shared.automations.contains(&AutomationId::from(id.0)) {
                    return Err(format!("the automation {id} lets nobody in"));
                }
                change.clone()
            }
        };
        self.changes.push(made);
        Ok(())
    }
}

/// Changes of one contact, as audience takes them; and the automations that the contact is sent into.
pub(super) fn collect(changes: &[Change], fields: &Fields) -> (PersonChange, Vec<AutomationId>) {
    let mut all = PersonChange::default();
    let mut started = Vec::new();
    for change in changes {
        match change {
            Change::SetField { field, value } => put(&mut all, fields, field, value),
            Change::ClearField { field } => put(&mut all, fields, field, &Value::Null),
            // The person has made a value of it.
            Change::IncrementField { .. } => {}
            Change::AddGroup(id) => drop(all.groups.insert(GroupId::from(id.0), true)),
            Change::RemoveGroup(id) => drop(all.groups.insert(GroupId::from(id.0), false)),
            Change::AddTag(id) => drop(all.tags.insert(TagId::from(id.0), true)),
            Change::RemoveTag(id) => drop(all.tags.insert(TagId::from(id.0), false)),
            Change::SetStatus(status) => all.status = status_change(status).ok(),
            Change::StartAutomation(id) => started.push(AutomationId::from(id.0)),
        }
    }
    (all, started)
}

fn put(all: &mut PersonChange, fields: &Fields, name: &str, value: &Value) {
    if let Some(attribute) = Attribute::from_name(name) {
        if let Ok(one) = attributes(attribute, value) {
            let target = &mut all.attributes;
            match attribute {
                Attribute::FirstName => target.first_name = one.first_name,
                Attribute::LastName => target.last_name = one.last_name,
                Attribute::Phone => target.phone = one.phone,
                Attribute::Language => target.language = one.language,
                Attribute::TimeZone => target.time_zone = one.time_zone,
                Attribute::Owner => target.owner = one.owner,
                _ => target.score = one.score,
            }
        }
    } else if let Some(field) = fields.by_key(name)
        && let Ok(input) = parse_json(field, value)
    {
        all.fields.insert(field.id, input);
    }
}

/// By contact.
pub(super) type People = BTreeMap<i64, Person>;
