//! One contact, loaded for the in-memory program.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Timestamp, fold};

use crate::decimal::Decimal;
use crate::rule::EventKind;
use crate::schema::{Attribute, Kind};

/// What is known of one contact. Load at least what [`crate::Compiled::needs`] names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub id: i64,
    attributes: [Option<Value>; Attribute::COUNT],
    fields: BTreeMap<i64, Value>,
    pub groups: BTreeSet<i64>,
    pub tags: BTreeSet<i64>,
    pub events: Vec<Event>,
    pub bookings: Vec<Booking>,
}

/// Something that the contact booked, as its row of the table `booking` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub event_type: i64,
    pub status: String,
    /// Of a meeting to which somebody did not come: who.
    pub no_show_by: Option<String>,
    pub start: Timestamp,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub kind: EventKind,
    pub at: Timestamp,
    /// The column `subject_id`.
    pub campaign: Option<i64>,
    /// The address of the link, of a click.
    pub link: Option<Value>,
}

/// A value as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// What people wrote is folded, what programs wrote is not.
    Text(String),
    /// A number in millionths, a score, an id, days since 1970, 0 or 1, microseconds since 1970.
    Int(i64),
}

impl Value {
    /// A text that people wrote.
    pub fn text(raw: &str) -> Self {
        Self::Text(fold(raw))
    }

    /// A number of a custom field.
    pub const fn number(number: Decimal) -> Self {
        Self::Int(number.micros())
    }

    /// A calendar day.
    pub fn date(date: jiff::civil::Date) -> Self {
        Self::Int(crate::moment::days_since_epoch(date))
    }

    /// True or false.
    pub fn boolean(value: bool) -> Self {
        Self::Int(value.into())
    }
}

impl View {
    /// A contact of whom nothing else is known yet.
    pub fn new(id: impl Into<i64>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Sets a textual attribute from what the contact's row holds, folding it where rules compare folded text.
    /// Absent is `None`; an empty text counts as absent, since the database holds none.
    pub fn set_text(&mut self, attribute: Attribute, raw: Option<&str>) {
        let value = raw.filter(|raw| !raw.is_empty()).map(|raw| {
            if attribute.kind() == Kind::Text {
                Value::text(raw)
            } else {
                Value::Text(raw.to_owned())
            }
        });
        self.attributes[attribute as usize] = value;
    }

    /// Sets the score or the owner.
    pub fn set_int(&mut self, attribute: Attribute, value: Option<i64>) {
        self.attributes[attribute as usize] = value.map(Value::Int);
    }

    /// Sets a time.
    pub fn set_time(&mut self, attribute: Attribute, at: Option<Timestamp>) {
        self.set_int(attribute, at.map(Timestamp::as_micros));
    }

    /// Sets a custom field.
    pub fn set_field(&mut self, field: impl Into<i64>, value: Option<Value>) {
        let field = field.into();
        match value {
            Some(Value::Text(text)) if text.is_empty() => drop(self.fields.remove(&field)),
            Some(value) => drop(self.fields.insert(field, value)),
            None => drop(self.fields.remove(&field)),
        }
    }

    pub(crate) fn attribute(&self, attribute: Attribute) -> Option<&Value> {
        self.attributes[attribute as usize].as_ref()
    }

    pub(crate) fn field(&self, id: i64) -> Option<&Value> {
        self.fields.get(&id)
    }
}
