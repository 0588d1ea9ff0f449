//! One person's values, as templates see them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Object, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::names::{
    BOOKING, BOOKING_INVITEE, BOOKING_PAGE, PREFERENCES_URL, STANDARD_NAMES, UNSUBSCRIBE_URL,
    WEB_VERSION_URL,
};

/// A millionth: the unit of number fields.
const NUMBER_SCALE: i64 = 1_000_000;

/// What every message to a person knows of that person. Text that is absent or blank counts as missing.
#[derive(Clone, Debug, Default)]
pub struct Person<'a> {
    pub email: &'a str,
    pub first_name: Option<&'a str>,
    pub last_name: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub language: Option<&'a str>,
    pub time_zone: Option<&'a str>,
    pub source: Option<&'a str>,
    pub score: Option<i64>,
    /// Days since 1970-01-01.
    pub created_on: Option<i64>,
}

impl<'a> Person<'a> {
    /// Somebody of whom nothing but the address is known.
    pub fn nobody(email: &'a str) -> Self {
        Self {
            email,
            ..Self::default()
        }
    }
}

/// What is the same for every recipient.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub account_name: String,
    /// The postal address that commercial mail must carry.
    pub account_address: String,
    pub campaign_name: String,
}

/// The value of an account's own field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldValue<'a> {
    Text(&'a str),
    /// In millionths.
    Number(i64),
    /// Days since 1970-01-01.
    Date(i64),
    Boolean(bool),
}

/// One person's values. Cheap to clone. As JSON it is a flat object, fit to be kept beside a message.
#[derive(Clone, Debug, Default)]
pub struct Values(Arc<Entries>);

/// The group of names that tell which blocks are shown. No field has such a key.
pub(crate) const SHOWN: &str = "__shown";

pub(crate) fn condition_name(number: usize) -> String {
    format!("c{number}")
}

/// Under their full paths: `first_name`, `account.name`, `fields.city`.
#[derive(Clone, Debug, Default)]
struct Entries(Vec<(Cow<'static, str>, Value)>);

impl Values {
    pub fn new(person: &Person<'_>, around: &Surroundings) -> Self {
        let texts = [
            ("email", Some(person.email)),
            ("first_name", person.first_name),
            ("last_name", person.last_name),
            ("phone", person.phone),
            ("language", person.language),
            ("time_zone", person.time_zone),
            ("source", person.source),
            ("account.name", Some(&*around.account_name)),
            ("account.address", Some(&*around.account_address)),
            ("campaign.name", Some(&*around.campaign_name)),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text_value(text?)?)));
        let score = person.score.map(|score| ("score", Value::from(score)));
        let created = person.created_on.and_then(date_value);
        let created = created.map(|date| ("created_at", date));
        // Room for a few fields of the account's own.
        let mut entries = Vec::with_capacity(16);
        entries.extend(
            texts
                .chain(score)
                .chain(created)
                .map(|(name, value)| (Cow::Borrowed(name), value)),
        );
        Self(Arc::new(Entries(entries)))
    }

    /// Adds the value of an account's own field, which templates reach as `KEY` and as `fields.KEY`.
    #[must_use]
    pub fn with_field(mut self, key: &str, value: FieldValue<'_>) -> Self {
        self.set_field(key, value);
        self
    }

    /// See [`Values::with_field`].
    pub fn set_field(&mut self, key: &str, value: FieldValue<'_>) {
        let value = match value {
            FieldValue::Text(text) => text_value(text),
            FieldValue::Number(units) => Some(number_value(units)),
            FieldValue::Date(days) => date_value(days),
            FieldValue::Boolean(flag) => Some(Value::from(flag)),
        };
        self.put(Cow::Owned(format!("fields.{key}")), value);
    }

    /// Adds a value of any shape under a name of its own, which wins over what is known of the person: what a program
    /// gave to a message, or a feed to a campaign. `null` takes the name away.
    pub fn set_variable<'de>(&mut self, name: &str, value: impl Deserializer<'de>) {
        let value = Value::deserialize(value).ok();
        let value = value.filter(|value| !value.is_none() && !value.is_undefined());
        let path = if STANDARD_NAMES.iter().any(|(standard, _)| *standard == name) {
            name.to_owned()
        } else {
            format!("fields.{name}")
        };
        self.put(Cow::Owned(path), value);
    }

    /// Adds all values of another one, which win over those of the same name.
    pub fn extend(&mut self, other: &Self) {
        for (path, value) in &other.0.0 {
            self.put(path.clone(), Some(value.clone()));
        }
    }

    /// Whether the person is one to whom the blocks under condition `number` of [`crate::Compiled::conditions`] are
    /// shown.
    pub fn set_shown(&mut self, number: usize, shown: bool) {
        let path = format!("{SHOWN}.{}", condition_name(number));
        self.put(Cow::Owned(path), Some(Value::from(shown)));
    }

    /// Where booking blocks lead: `page` is where the account's booking pages begin, `invitee` a token that tells them
    /// who comes, if that is known.
    pub fn set_booking(&mut self, page: &str, invitee: Option<&str>) {
        self.put(Cow::Borrowed(BOOKING_PAGE), text_value(page));
        let invitee = invitee.and_then(text_value);
        self.put(Cow::Borrowed(BOOKING_INVITEE), invitee);
    }

    /// Only the values under these paths: what [`crate::Compiled::names`] says a message needs.
    pub fn only<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut kept = Self::default();
        for name in names {
            let entry = self.0.0.iter().find(|(path, _)| {
                path == name || path.strip_prefix("fields.").is_some_and(|key| key == name)
            });
            if let Some((path, value)) = entry {
                kept.put(path.clone(), Some(value.clone()));
            }
        }
        kept
    }

    fn put(&mut self, path: Cow<'static, str>, value: Option<Value>) {
        let entries = &mut Arc::make_mut(&mut self.0).0;
        entries.retain(|(known, _)| *known != path);
        entries.extend(value.map(|value| (path, value)));
    }
}

fn text_value(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| Value::from(text))
}

fn number_value(units: i64) -> Value {
    if units % NUMBER_SCALE == 0 {
        Value::from(units / NUMBER_SCALE)
    } else {
        // The nearest float shows the same digits up to 15 of them, which is as far as people read.
        Value::from(units as f64 / NUMBER_SCALE as f64)
    }
}

fn date_value(days: i64) -> Option<Value> {
    let days = jiff::Span::new().try_days(days).ok()?;
    let date = jiff::civil::date(1970, 1, 1).checked_add(days).ok()?;
    Some(Value::from(date.to_string()))
}

impl Entries {
    fn find(&self, path: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(known, _)| known == path)
            .map(|(_, value)| value)
    }

    fn find_under(&self, group: &str, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(path, _)| {
                path.strip_prefix(group)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(|rest| rest == name)
            })
            .map(|(_, value)| value)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.0.iter().map(|(path, value)| (path, value)))
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Scalar {
            Boolean(bool),
            Whole(i64),
            Fraction(f64),
            Text(String),
        }
        let map = BTreeMap::<String, Scalar>::deserialize(deserializer)?;
        let entries = map.into_iter().map(|(path, scalar)| {
            let value = match scalar {
                Scalar::Boolean(flag) => Value::from(flag),
                Scalar::Whole(number) => Value::from(number),
                Scalar::Fraction(number) => Value::from(number),
                Scalar::Text(text) => Value::from(text),
            };
            (Cow::Owned(path), value)
        });
        Ok(Self(Arc::new(Entries(entries.collect()))))
    }
}

/// Addresses of our own pages for this message.
#[derive(Clone, Debug, Default)]
pub(crate) struct PageUrls {
    pub(crate) unsubscribe: String,
    pub(crate) web_version: String,
    pub(crate) preferences: String,
}

/// What a template is rendered with.
#[derive(Debug)]
struct Scope {
    values: Arc<Entries>,
    pages: PageUrls,
}

pub(crate) fn scope(values: &Values, pages: PageUrls) -> Value {
    Value::from_object(Scope {
        values: Arc::clone(&values.0),
        pages,
    })
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let group = |group: &'static str| {
            Some(Value::from_object(Group {
                values: Arc::clone(&self.values),
                group,
            }))
        };
        match name {
            "account" => group("account"),
            "campaign" => group("campaign"),
            "fields" => group("fields"),
            SHOWN => group(SHOWN),
            BOOKING => group(BOOKING),
            UNSUBSCRIBE_URL => Some(Value::from(&*self.pages.unsubscribe)),
            WEB_VERSION_URL => Some(Value::from(&*self.pages.web_version)),
            PREFERENCES_URL => Some(Value::from(&*self.pages.preferences)),
            _ if STANDARD_NAMES.iter().any(|(standard, _)| *standard == name) => {
                self.values.find(name).cloned()
            }
            _ => self.values.find_under("fields", name).cloned(),
        }
    }
}

/// `account`, `campaign`, `fields`.
#[derive(Debug)]
struct Group {
    values: Arc<Entries>,
    group: &'static str,
}

impl Object for Group {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        self.values.find_under(self.group, name).cloned()
    }
}
