//! From people to the lines of a file.

use std::collections::{BTreeSet, HashMap};

use kernel::{Error, FieldError, Result};
use serde_json::{Map, Value, json};

use super::model::Format;
use crate::cells::disarmed;
use crate::fields::Catalog;
use crate::subscribers::Profile;
use crate::{GroupId, TagId};

/// What a file can have of everybody.
const ATTRIBUTES: [&str; 25] = [
    "id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "language",
    "time_zone",
    "status",
    "status_reason",
    "status_changed_at",
    "source",
    "score",
    "owner_id",
    "groups",
    "tags",
    "consent_at",
    "consent_ip",
    "consent_source",
    "consent_text",
    "confirmed_at",
    "confirmed_ip",
    "created_at",
    "updated_at",
    "last_activity_at",
    "import_id",
];

const USUAL: [&str; 11] = [
    "email",
    "first_name",
    "last_name",
    "phone",
    "language",
    "time_zone",
    "status",
    "source",
    "groups",
    "tags",
    "created_at",
];

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Attribute(&'static str),
    /// By the key of a field; empty of everybody once the field is deleted.
    Field(String),
}

/// The columns of a file.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    list: Vec<Column>,
    format: Format,
}

/// The names of groups and tags, as far as they were needed.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) groups: HashMap<GroupId, String>,
    pub(super) tags: HashMap<TagId, String>,
}

/// The names of the columns that were asked for, or of the usual ones; all of them exist.
pub(super) fn checked(wanted: &[String], catalog: &Catalog) -> Result<Vec<String>> {
    if wanted.is_empty() {
        let fields = catalog.iter().map(|field| field.key.clone());
        return Ok(USUAL
            .iter()
            .map(|name| (*name).to_owned())
            .chain(fields)
            .collect());
    }
    let mut names: Vec<String> = Vec::with_capacity(wanted.len());
    let mut errors = Vec::new();
    for (i, name) in wanted.iter().enumerate() {
        let name = name.trim();
        let key = name.strip_prefix("fields.").unwrap_or(name);
        let at = || format!("columns[{i}]");
        if !ATTRIBUTES.contains(&name) && catalog.by_key(key).is_none() {
            let message = format!(
                "there is no such field; use one of {}, or the key of a custom field",
                ATTRIBUTES.join(", ")
            );
            errors.push(FieldError::new(at(), "unknown", message));
        } else if names.iter().any(|known| known == key) {
            errors.push(FieldError::new(at(), "taken", "is there twice; remove one"));
        } else {
            names.push(key.to_owned());
        }
    }
    if errors.is_empty() {
        Ok(names)
    } else {
        Err(Error::Invalid(errors))
    }
}

impl Columns {
    /// From [`checked`] names.
    pub(super) fn new(names: &[String], format: Format) -> Self {
        let list = names
            .iter()
            .map(|name| {
                let attribute = ATTRIBUTES.iter().find(|known| *known == name);
                attribute.map_or_else(
                    || Column::Field(name.clone()),
                    |name| Column::Attribute(name),
                )
            })
            .collect();
        Self { list, format }
    }

    /// What stands above the first person.
    pub(super) fn head(&self) -> Result<Vec<u8>> {
        match self.format {
            Format::Csv => csv_lines([self.list.iter().map(|column| match column {
                Column::Attribute(name) => (*name).to_owned(),
                Column::Field(key) => key.clone(),
            })]),
            Format::Jsonl => Ok(Vec::new()),
        }
    }

    /// The lines of these people.
    pub(super) fn lines(&self, people: &[Profile], names: &Names) -> Result<Vec<u8>> {
        match self.format {
            Format::Csv => csv_lines(people.iter().map(|person| {
                self.list
                    .iter()
                    .map(|column| cell(&value(person, column, names)))
            })),
            Format::Jsonl => {
                let mut lines = Vec::new();
                for person in people {
                    serde_json::to_writer(&mut lines, &self.object(person, names))
                        .map_err(Error::internal)?;
                    lines.push(b'\n');
                }
                Ok(lines)
            }
        }
    }

    /// Custom fields apart, as in the API.
    fn object(&self, person: &Profile, names: &Names) -> Map<String, Value> {
        let mut object = Map::new();
        let mut fields = Map::new();
        for column in &self.list {
            let value = value(person, column, names);
            match column {
                Column::Attribute(name) => object.insert((*name).to_owned(), value),
                Column::Field(key) => fields.insert(key.clone(), value),
            };
        }
        if !fields.is_empty() {
            object.insert("fields".to_owned(), fields.into());
        }
        object
    }

    /// Whether the names of groups and tags are needed.
    pub(super) fn has_labels(&self) -> bool {
        let named = |name| self.list.contains(&Column::Attribute(name));
        named("groups") || named("tags")
    }
}

fn value(person: &Profile, column: &Column, names: &Names) -> Value {
    let who = &person.subscriber;
    let consent = who.consent.as_ref();
    let name = match column {
        Column::Attribute(name) => *name,
        Column::Field(key) => {
            let found = person.fields.iter().find(|(known, _)| known == key);
            return found.map_or(Value::Null, |(_, value)| value.to_json());
        }
    };
    match name {
        "id" => json!(who.id),
        "email" => json!(who.email),
        "first_name" => json!(who.first_name),
        "last_name" => json!(who.last_name),
        "phone" => json!(who.phone),
        "language" => json!(who.language),
        "time_zone" => json!(who.time_zone),
        "status" => json!(who.status),
        "status_reason" => json!(who.status_reason),
        "status_changed_at" => json!(who.status_changed_at),
        "source" => json!(who.source),
        "score" => json!(who.score),
        "owner_id" => json!(who.owner),
        "groups" => named(&person.groups, &names.groups),
        "tags" => named(&person.tags, &names.tags),
        "consent_at" => json!(consent.map(|it| it.at)),
        "consent_ip" => json!(consent.and_then(|it| it.ip.as_ref())),
        "consent_source" => json!(consent.and_then(|it| it.source.as_ref())),
        "consent_text" => json!(consent.and_then(|it| it.text.as_ref())),
        "confirmed_at" => json!(who.confirmed_at),
        "confirmed_ip" => json!(who.confirmed_ip),
        "created_at" => json!(who.created_at),
        "updated_at" => json!(who.updated_at),
        "last_activity_at" => json!(who.last_activity_at),
        "import_id" => json!(who.import),
        _ => Value::Null,
    }
}

fn named<Id: Eq + std::hash::Hash>(ids: &[Id], names: &HashMap<Id, String>) -> Value {
    let sorted: BTreeSet<&str> = ids
        .iter()
        .filter_map(|id| Some(names.get(id)?.as_str()))
        .collect();
    sorted.into_iter().collect()
}

/// A value as text; lists with a semicolon between. What somebody else wrote is never a formula; numbers are numbers.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => disarmed(text).into_owned(),
        Value::Array(list) => {
            let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            disarmed(&texts.join("; ")).into_owned()
        }
        other => other.to_string(),
    }
}

fn csv_lines<R, C>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = C>,
    C: AsRef<[u8]>,
{
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(Error::internal)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))
}
