//! Fields, their values, and which keys and options are allowed.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use jiff::civil::Date;
use kernel::{FieldError, Timestamp, fold};
use rules::{Attribute, Decimal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::FieldId;
use crate::input::{Fault, MAX_NAME, line};

/// Most fields of an account: the slots that a row of `subscriber` has, see docs/adr/0006.
pub(super) const MAX_FIELDS: u8 = 100;
/// Most options of a dropdown.
pub(super) const MAX_OPTIONS: usize = 500;
/// Most characters of a key.
pub(super) const MAX_KEY: usize = 50;

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Up to 2,000 characters.
    Text,
    /// Up to six decimals, exact.
    Number,
    /// A calendar day.
    Date,
    /// True or false.
    Boolean,
    /// One of the field's options.
    Dropdown,
}

impl FieldKind {
    pub(super) const ALL: [Self; 5] = [
        Self::Text,
        Self::Number,
        Self::Date,
        Self::Boolean,
        Self::Dropdown,
    ];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Boolean => "boolean",
            Self::Dropdown => "dropdown",
        }
    }

    /// What rules know it as.
    pub const fn to_rules(self) -> rules::FieldKind {
        match self {
            Self::Text | Self::Dropdown => rules::FieldKind::Text,
            Self::Number => rules::FieldKind::Number,
            Self::Date => rules::FieldKind::Date,
            Self::Boolean => rules::FieldKind::Boolean,
        }
    }
}

/// Where a field is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everywhere.
    #[default]
    Visible,
    /// Not where people choose fields.
    Hidden,
    /// Shown to people, written by programs only.
    ApiOnly,
}

impl Visibility {
    pub(super) const ALL: [Self; 3] = [Self::Visible, Self::Hidden, Self::ApiOnly];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Visible => "visible",
            Self::Hidden => "hidden",
            Self::ApiOnly => "api_only",
        }
    }
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Field {
    /// Its id.
    pub id: FieldId,
    /// What templates, rules and the API call it. Never changes.
    #[schema(examples("favorite_color"))]
    pub key: String,
    /// What people call it.
    #[schema(examples("Favorite color"))]
    pub name: String,
    /// The type of its values. Never changes.
    pub kind: FieldKind,
    /// Where it is offered.
    pub visibility: Visibility,
    /// What a dropdown offers; empty for the other kinds.
    pub options: Vec<String>,
    /// Which columns of `subscriber` hold its values.
    #[serde(skip)]
    pub(crate) slot: u8,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The value that a person has in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// Of a text or dropdown field; never empty.
    Text(String),
    /// Of a number field.
    Number(Decimal),
    /// Of a date field.
    Date(Date),
    /// Of a boolean field.
    Boolean(bool),
}

/// What happens to a value: it is set or removed. To leave it alone, do not mention the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldInput {
    /// Becomes this.
    Set(FieldValue),
    /// Is removed.
    Clear,
}

impl FieldValue {
    /// As the API writes it: numbers as JSON numbers where those are exact, else as text; dates as `1990-05-04`.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => number.to_json(),
            Self::Date(date) => date.to_string().into(),
            Self::Boolean(value) => (*value).into(),
        }
    }
}

/// For people: as merge fields and exports write it.
impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Boolean(value) => value.fmt(f),
        }
    }
}

/// The fields of an account, in the order they were made.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    fields: Vec<Field>,
    by_key: HashMap<String, usize>,
    by_id: HashMap<FieldId, usize>,
}

impl Catalog {
    pub(super) fn new(fields: Vec<Field>) -> Self {
        let index = |f: &dyn Fn(&Field) -> String| {
            fields
                .iter()
                .enumerate()
                .map(|(i, field)| (f(field), i))
                .collect()
        };
        Self {
            by_key: index(&|field| field.key.clone()),
            by_id: fields
                .iter()
                .enumerate()
                .map(|(i, field)| (field.id, i))
                .collect(),
            fields,
        }
    }

    /// By its key.
    pub fn by_key(&self, key: &str) -> Option<&Field> {
        self.by_key.get(key).map(|i| &self.fields[*i])
    }

    /// By its id.
    pub fn by_id(&self, id: FieldId) -> Option<&Field> {
        self.by_id.get(&id).map(|i| &self.fields[*i])
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// For rules.
    pub fn add_to(&self, schema: rules::Schema) -> rules::Schema {
        self.fields.iter().fold(schema, |schema, field| {
            schema.with_field(
                field.key.clone(),
                rules::Field {
                    id: field.id.get(),
                    slot: field.slot,
                    kind: field.kind.to_rules(),
                    options: field.options.clone(),
                },
            )
        })
    }
}

/// Names that templates, rules or the API use for something else, and the words of the template language.
const RESERVED: [&str; 41] = [
    "account",
    "and",
    "campaign",
    "confirmed_at",
    "consent",
    "elif",
    "else",
    "endfor",
    "endif",
    "false",
    "fields",
    "for",
    "group",
    "groups",
    "id",
    "if",
    "import_id",
    "in",
    "is",
    "loop",
    "name",
    "none",
    "not",
    "now",
    "or",
    "owner_id",
    "preferences_url",
    "segment",
    "segments",
    "self",
    "sender",
    "set",
    "status_changed_at",
    "status_reason",
    "subscriber",
    "tag",
    "tags",
    "true",
    "unsubscribe_url",
    "view_url",
    "web_version_url",
];

/// Whether `key` may be the key of a custom field.
pub(super) fn check_key(key: &str) -> Result<(), Fault> {
    let first_is_letter = key.starts_with(|c: char| c.is_ascii_lowercase());
    let rest_fits = key
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if key.is_empty() || !first_is_letter || !rest_fits || key.len() > MAX_KEY {
        return Err(Fault::new(
            "invalid",
            format!(
                "a key begins with a letter and has only lower-case letters, digits and underscores, at most {MAX_KEY}, \
                 such as favorite_color"
            ),
        ));
    }
    if Attribute::from_name(key).is_some() || RESERVED.contains(&key) {
        return Err(Fault::new(
            "reserved",
            format!("`{key}` means something else in templates and rules; choose another key"),
        ));
    }
    Ok(())
}

/// A key made from a name: what an importer or the app suggests. `None` when nothing usable is left.
pub fn suggest_key(name: &str) -> Option<String> {
    let mut key = String::with_capacity(name.len());
    for c in fold(name).chars() {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
        if key.len() == MAX_KEY {
            break;
        }
    }
    let key = key.trim_matches('_');
    let key = key.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    check_key(key).ok().map(|()| key.to_owned())
}

/// The options of a field of this kind, checked and trimmed.
pub(super) fn check_options(
    kind: FieldKind,
    options: &[String],
) -> Result<Vec<String>, Vec<FieldError>> {
    let refuse =
        |code: &'static str, message: String| Err(vec![FieldError::new("options", code, message)]);
    if kind != FieldKind::Dropdown {
        return if options.is_empty() {
            Ok(Vec::new())
        } else {
            refuse(
                "not_allowed",
                "only a dropdown field has options; leave them out".to_owned(),
            )
        };
    }
    if options.is_empty() {
        return refuse(
            "required",
            "a dropdown field needs at least one option".to_owned(),
        );
    }
    if options.len() > MAX_OPTIONS {
        return refuse("too_many", format!("the limit is {MAX_OPTIONS} options"));
    }
    let mut checked = Vec::with_capacity(options.len());
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for (i, option) in options.iter().enumerate() {
        let at = format!("options[{i}]");
        match line(option, MAX_NAME) {
            Ok(Some(option)) if seen.insert(fold(&option)) => checked.push(option),
            Ok(Some(_)) => errors.push(FieldError::new(at, "taken", "is there twice; remove one")),
            Ok(None) => errors.push(FieldError::new(at, "required", "is empty; remove it")),
            Err(fault) => errors.push(fault.at(at)),
        }
    }
    if errors.is_empty() {
        Ok(checked)
    } else {
        Err(errors)
    }
}
