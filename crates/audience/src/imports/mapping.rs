//! Which column means what: from the header line to a [`Target`] for each column.

use std::collections::{HashMap, HashSet};

use kernel::{EmailAddress, Error, FieldError, fold};

use super::guess::looks_like_addresses;
use super::model::{Column, ColumnField, Destination, Options, Target, Wanted, shorten};
use crate::fields::{Catalog, FieldKind, Visibility, suggest_key};

/// The most columns a file may have.
pub(super) const MAX_COLUMNS: usize = 500;

/// What the standard attributes are called in other programs and languages, reduced to letters and digits. The first
/// name of each is ours.
const STANDARD: [(Target, &[&str]); 6] = [
    (
        Target::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "emails",
            "mailaddress",
            "emailadresse",
            "eaddress",
            "correo",
            "correoelectronico",
            "courriel",
            "adressemail",
            "adresseemail",
            "subscriber",
            "subscriberemail",
            "primaryemail",
            "email1",
            "email1value",
            "indirizzoemail",
        ],
    ),
    (
        Target::FirstName,
        &[
            "firstname",
            "fname",
            "givenname",
            "forename",
            "vorname",
            "prenom",
            "prénom",
            "nombre",
            "nome",
            "first",
        ],
    ),
    (
        Target::LastName,
        &[
            "lastname",
            "lname",
            "surname",
            "familyname",
            "nachname",
            "apellido",
            "apellidos",
            "cognome",
            "last",
        ],
    ),
    (
        Target::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "telefon",
            "telefono",
            "teléfono",
            "téléphone",
            "telephonenumber",
        ],
    ),
    (
        Target::Language,
        &["language", "lang", "locale", "sprache", "idioma", "langue"],
    ),
    (Target::TimeZone, &["timezone", "tz", "zeitzone"]),
];

/// The names that a mapping may use for the standard attributes.
const NAMES: [(&str, Target); 6] = [
    ("email", Target::Email),
    ("first_name", Target::FirstName),
    ("last_name", Target::LastName),
    ("phone", Target::Phone),
    ("language", Target::Language),
    ("time_zone", Target::TimeZone),
];

/// Decides for each column. Every fault names its column, and is found before anything is imported.
pub(super) fn map(
    headers: &[String],
    samples: &[Vec<String>],
    options: &Options,
    catalog: &Catalog,
) -> kernel::Result<Vec<Column>> {
    let (columns, errors) = suggest(headers, samples, options, catalog);
    if errors.is_empty() {
        Ok(columns)
    } else {
        Err(Error::Invalid(errors))
    }
}

/// The same, also of a file that cannot be imported like that: with what is wrong.
pub(super) fn suggest(
    headers: &[String],
    samples: &[Vec<String>],
    options: &Options,
    catalog: &Catalog,
) -> (Vec<Column>, Vec<FieldError>) {
    let mut errors = check_headers(headers);
    let explicit = explicit(headers, options, &mut errors);
    let broken = !errors.is_empty();
    let mut mapping = Mapping {
        catalog,
        create: options.create_fields,
        errors,
        taken: HashMap::new(),
        explicit,
    };
    mapping.take_explicit(headers);
    let mut columns: Vec<Column> = headers
        .iter()
        .enumerate()
        .map(|(index, header)| mapping.column(index, header))
        .collect();
    if !mapping.taken.contains_key("email") {
        mapping.find_addresses(&mut columns, samples);
    }
    if !broken {
        mapping.check_email(headers);
    }
    (columns, mapping.errors)
}

fn check_headers(headers: &[String]) -> Vec<FieldError> {
    let fault = |code: &'static str, message| vec![FieldError::new("file", code, message)];
    if headers.len() > MAX_COLUMNS {
        return fault(
            "too_many_columns",
            format!(
                "the file has {} columns; the limit is {MAX_COLUMNS}",
                headers.len()
            ),
        );
    }
    if let Some(address) = headers
        .iter()
        .find(|header| EmailAddress::parse(header).is_ok())
    {
        return fault(
            "missing_header",
            format!(
                "the first line must name the columns, but it has the address {}; put a line such as \
                 \"email,first_name\" above it, or say that the file has no header",
                shorten(address)
            ),
        );
    }
    let mut seen = HashSet::new();
    let mut errors = Vec::new();
    for header in headers.iter().filter(|header| !header.is_empty()) {
        if !seen.insert(fold(header)) {
            errors.push(FieldError::new(
                "file",
                "duplicate_header",
                format!(
                    "two columns are called \"{}\"; rename one of them",
                    shorten(header)
                ),
            ));
        }
    }
    errors
}

/// The mapping that was asked for, by the index of the column.
fn explicit<'a>(
    headers: &[String],
    options: &'a Options,
    errors: &mut Vec<FieldError>,
) -> HashMap<usize, &'a Destination> {
    let mut found = HashMap::new();
    for (header, target) in &options.mapping {
        let wanted = fold(header.trim());
        match headers.iter().position(|header| fold(header) == wanted) {
            Some(index) => {
                found.insert(index, target);
            }
            None => errors.push(FieldError::new(
                format!("mapping.{}", shorten(header)),
                "unknown_column",
                format!("the file has no such column; it has {}", listed(headers)),
            )),
        }
    }
    found
}

struct Mapping<'a> {
    catalog: &'a Catalog,
    create: bool,
    explicit: HashMap<usize, &'a Destination>,
    /// Targets that have a column, and its header.
    taken: HashMap<String, String>,
    errors: Vec<FieldError>,
}

impl Mapping<'_> {
    fn column(&mut self, index: usize, header: &str) -> Column {
        let decision = match self.explicit.get(&index).copied() {
            Some(Destination::Name(name)) => self.named(header, name.trim()),
            Some(Destination::New { new_field }) => self.made(header, new_field),
            None => self.matched(header),
        };
        Column {
            header: header.to_owned(),
            target: decision.target,
            reason: decision.reason.map(str::to_owned),
            note: decision.note,
            wanted: decision.wanted,
            to: decision.to,
        }
    }

    fn named(&mut self, header: &str, name: &str) -> Decision {
        if name == "ignore" {
            return Decision::default();
        }
        if let Some((name, to)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Decision::to(name, *to, ASKED);
        }
        if let Some(field) = self.catalog.by_key(name) {
            return Decision::to(&field.key, Target::Field(field.id), ASKED);
        }
        if self.create && suggest_key(name).as_deref() == Some(name) {
            return Decision::make(text_field(name.to_owned(), header), ASKED);
        }
        let standard: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        self.refuse(
            header,
            "unknown_field",
            format!(
                "there is no field \"{}\"; use one of {}, ignore, or the key of a custom field",
                shorten(name),
                standard.join(", ")
            ),
        )
    }

    /// For a field that is to be made. One that is there already is fine if it is of that kind, so that a file can be
    /// imported again.
    fn made(&mut self, header: &str, new: &ColumnField) -> Decision {
        let Some(key) = new.key.clone().or_else(|| suggest_key(header)) else {
            let message = "no key can be made from the header; give one, such as favorite_color";
            return self.refuse(header, "required", message.to_owned());
        };
        if let Some(field) = self.catalog.by_key(&key) {
            if field.kind == new.kind {
                return Decision::to(&field.key, Target::Field(field.id), ASKED);
            }
            let message = format!(
                "there is a field {key} of another kind ({}); choose another key",
                field.kind.as_str()
            );
            return self.refuse(header, "taken", message);
        }
        if suggest_key(&key).as_deref() != Some(&key) {
            let message = format!(
                "\"{}\" cannot be the key of a field; use a letter, then lower-case letters, digits and underscores",
                shorten(&key)
            );
            return self.refuse(header, "invalid", message);
        }
        if (new.kind == FieldKind::Dropdown) == new.options.is_empty() {
            let message = "a dropdown needs options, and other kinds have none";
            return self.refuse(header, "options", message.to_owned());
        }
        let name = new.name.clone().filter(|name| !name.trim().is_empty());
        let wanted = Wanted {
            name: name.unwrap_or_else(|| name_from(header, &key)),
            kind: new.kind,
            options: new.options.clone(),
            key,
        };
        Decision::make(wanted, ASKED)
    }

    fn refuse(&mut self, header: &str, code: &'static str, message: String) -> Decision {
        let at = format!("mapping.{}", shorten(header));
        self.errors.push(FieldError::new(at, code, message));
        Decision::default()
    }

    fn matched(&mut self, header: &str) -> Decision {
        if header.is_empty() {
            return left_out("the column has no name".to_owned());
        }
        let reduced = reduce(header);
        let standard = STANDARD
            .iter()
            .find(|(_, names)| names.contains(&reduced.as_str()));
        if let Some((to, _)) = standard {
            let reason = "the header is a usual name for it";
            return self.take(header, Decision::to(name_of(*to), *to, reason));
        }
        let catalog = self.catalog;
        let field = catalog.by_key(header).or_else(|| {
            catalog
                .iter()
                .find(|field| reduce(&field.key) == reduced || reduce(&field.name) == reduced)
        });
        if let Some(field) = field {
            if field.visibility == Visibility::ApiOnly {
                return left_out(format!(
                    "the field {} is written by programs only; map the column to it if it should be imported",
                    field.key
                ));
            }
            let reason = "the header is the key or name of this field";
            let to = Target::Field(field.id);
            return self.take(header, Decision::to(&field.key, to, reason));
        }
        match suggest_key(header) {
            Some(key) if self.create => {
                let reason = "there was no such field";
                self.take(header, Decision::make(text_field(key, header), reason))
            }
            Some(key) => left_out(format!(
                "there is no such field; make a field {key}, or let the import create fields"
            )),
            None => {
                left_out("there is no such field; make one and map the column to it".to_owned())
            }
        }
    }

    /// Gives a target to a column that was matched by its header, unless it has one.
    fn take(&mut self, header: &str, decision: Decision) -> Decision {
        let target = decision.target.clone().unwrap_or_default();
        if let Some(other) = self.taken.get(&target) {
            return left_out(format!(
                "{target} is filled by the column \"{}\"",
                shorten(other)
            ));
        }
        self.taken.insert(target, header.to_owned());
        decision
    }

    /// The column whose cells are addresses, when no header says which it is.
    fn find_addresses(&mut self, columns: &mut [Column], samples: &[Vec<String>]) {
        let free = |index: usize, column: &Column| {
            !self.explicit.contains_key(&index) && matches!(column.to, Target::Ignore | Target::New)
        };
        let mut found = columns
            .iter()
            .enumerate()
            .filter(|(index, column)| free(*index, column) && looks_like_addresses(samples, *index))
            .map(|(index, _)| index);
        // With two of them, nobody knows which.
        let (Some(index), None) = (found.next(), found.next()) else {
            return;
        };
        let column = &mut columns[index];
        column.target = Some("email".to_owned());
        column.to = Target::Email;
        column.reason = Some("its cells are email addresses".to_owned());
        column.note = None;
        column.wanted = None;
        self.taken.insert("email".to_owned(), column.header.clone());
    }

    /// What the mapping asks for comes first.
    fn take_explicit(&mut self, headers: &[String]) {
        for (index, header) in headers.iter().enumerate() {
            let target = match self.explicit.get(&index) {
                Some(Destination::Name(name)) => Some(name.trim().to_owned()),
                Some(Destination::New { new_field }) => {
                    new_field.key.clone().or_else(|| suggest_key(header))
                }
                None => None,
            };
            let Some(target) = target.filter(|target| target != "ignore") else {
                continue;
            };
            if let Some(other) = self.taken.insert(target.clone(), header.clone()) {
                self.errors.push(FieldError::new(
                    format!("mapping.{}", shorten(header)),
                    "duplicate_target",
                    format!(
                        "the columns \"{}\" and \"{}\" would both fill {}; map one of them to ignore",
                        shorten(&other),
                        shorten(header),
                        shorten(&target)
                    ),
                ));
            }
        }
    }

    fn check_email(&mut self, headers: &[String]) {
        if self.errors.is_empty() && !self.taken.contains_key("email") {
            self.errors.push(FieldError::new(
                "file",
                "no_email_column",
                format!(
                    "no column has email addresses; the file has {}: name one of them email, or map it",
                    listed(headers)
                ),
            ));
        }
    }
}

const ASKED: &str = "the mapping says so";

/// What becomes of a column.
#[derive(Debug)]
struct Decision {
    target: Option<String>,
    to: Target,
    reason: Option<&'static str>,
    note: Option<String>,
    wanted: Option<Wanted>,
}

impl Default for Decision {
    fn default() -> Self {
        Self {
            target: None,
            to: Target::Ignore,
            reason: None,
            note: None,
            wanted: None,
        }
    }
}

impl Decision {
    fn to(name: &str, to: Target, reason: &'static str) -> Self {
        Self {
            target: Some(name.to_owned()),
            to,
            reason: Some(reason),
            ..Self::default()
        }
    }

    fn make(wanted: Wanted, reason: &'static str) -> Self {
        Self {
            target: Some(wanted.key.clone()),
            to: Target::New,
            reason: Some(reason),
            note: Some(format!("a {} field is made for it", wanted.kind.as_str())),
            wanted: Some(wanted),
        }
    }
}

fn left_out(note: String) -> Decision {
    Decision {
        note: Some(note),
        ..Decision::default()
    }
}

fn text_field(key: String, header: &str) -> Wanted {
    Wanted {
        name: name_from(header, &key),
        key,
        kind: FieldKind::Text,
        options: Vec::new(),
    }
}

fn name_from(header: &str, key: &str) -> String {
    if header.is_empty() { key } else { header }.to_owned()
}

fn name_of(to: Target) -> &'static str {
    NAMES
        .iter()
        .find(|(_, target)| *target == to)
        .map_or("", |(name, _)| *name)
}

/// Letters and digits only, folded: `E-Mail address` and `email_address` are the same.
fn reduce(header: &str) -> String {
    fold(header)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Headers for an error, a few of them.
fn listed(headers: &[String]) -> String {
    const SHOWN: usize = 10;
    let mut list: Vec<String> = headers
        .iter()
        .take(SHOWN)
        .map(|header| format!("\"{}\"", shorten(header)))
        .collect();
    if headers.len() > SHOWN {
        list.push(format!("{} more", headers.len() - SHOWN));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &str) -> Vec<String> {
        list.split('|').map(str::to_owned).collect()
    }

    fn options(mapping: &[(&str, &str)], create_fields: bool) -> Options {
        Options {
            mapping: mapping
                .iter()
                .map(|(header, target)| ((*header).to_owned(), Destination::from(*target)))
                .collect(),
            create_fields,
            ..Options::default()
        }
    }

    fn targets(list: &str, options: &Options) -> Vec<String> {
        map(&headers(list), &[], options, &Catalog::default())
            .unwrap()
            .into_iter()
            .map(|column| column.target.unwrap_or_else(|| "-".to_owned()))
            .collect()
    }

    fn codes(list: &str, options: &Options) -> Vec<(String, String)> {
        let Err(Error::Invalid(errors)) = map(&headers(list), &[], options, &Catalog::default())
        else {
            panic!("{list} is taken");
        };
        errors
            .into_iter()
            .map(|error| (error.field, error.code.into_owned()))
            .collect()
    }

    #[test]
    fn headers_are_recognized() {
        let none = options(&[], false);
        assert_eq!(
            targets("E-Mail|First Name|NACHNAME|Phone number|Prénom|City", &none),
            ["email", "first_name", "last_name", "phone", "-", "-"]
        );
        assert_eq!(
            targets("Email|Favorite Color|Favorite-color|", &options(&[], true)),
            ["email", "favorite_color", "-", "-"]
        );
        assert_eq!(
            targets(
                "Email|Work mail|City|Note",
                &options(
                    &[
                        ("work MAIL", "email"),
                        ("City", "ignore"),
                        ("Note", "remark")
                    ],
                    true
                )
            ),
            ["-", "email", "-", "remark"]
        );
    }

    #[test]
    fn a_column_of_addresses_needs_no_name() {
        let samples: Vec<Vec<String>> = [
            ["Ada", "ada@example.com", "=1"],
            ["Bob", "bob@example.com", ""],
            ["Eve", "?", "eve@example.com"],
        ]
        .iter()
        .map(|row| row.iter().map(|cell| (*cell).to_owned()).collect())
        .collect();
        let none = options(&[], false);
        let columns = map(
            &headers("Who|Where|Why"),
            &samples,
            &none,
            &Catalog::default(),
        )
        .unwrap();
        assert_eq!(columns[1].target.as_deref(), Some("email"));
        assert_eq!(
            columns[1].reason.as_deref(),
            Some("its cells are email addresses")
        );
        assert_eq!(columns[0].target, None);
    }

    #[test]
    fn a_column_may_ask_for_a_field() {
        let catalog = Catalog::default();
        let with = |json: serde_json::Value| -> Options { serde_json::from_value(json).unwrap() };
        let wanted = |json: serde_json::Value| {
            let options = with(serde_json::json!({ "mapping": json }));
            map(&headers("email|Shoe size"), &[], &options, &catalog).map(|mut columns| {
                let column = columns.remove(1);
                assert_eq!(column.to, Target::New);
                column.wanted.unwrap()
            })
        };
        let made = wanted(serde_json::json!({"Shoe size": {"new_field": {"kind": "number"}}}));
        let made = made.unwrap();
        assert_eq!(
            (made.key.as_str(), made.kind),
            ("shoe_size", FieldKind::Number)
        );
        assert_eq!(made.name, "Shoe size");
        for (new, code) in [
            (
                serde_json::json!({"kind": "number", "key": "Not a key"}),
                "invalid",
            ),
            (
                serde_json::json!({"kind": "number", "key": "email"}),
                "invalid",
            ),
            (serde_json::json!({"kind": "dropdown"}), "options"),
            (
                serde_json::json!({"kind": "text", "options": ["a"]}),
                "options",
            ),
        ] {
            let refused = wanted(serde_json::json!({"Shoe size": {"new_field": new}}));
            let Err(Error::Invalid(errors)) = refused else {
                panic!("{new} is taken");
            };
            assert_eq!(errors[0].code, code, "{new}");
            assert_eq!(errors[0].field, "mapping.Shoe size");
        }
        let error = serde_json::from_str::<Options>(
            r#"{"mapping": {"a": {"new_field": {"kind": "colour"}}}}"#,
        );
        assert!(error.unwrap_err().to_string().contains("colour"));
    }

    #[test]
    fn faults_name_the_column() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let none = options(&[], false);
        assert_eq!(
            codes("ada@example.com|Ada", &none),
            [pair("file", "missing_header")]
        );
        assert_eq!(codes("name|city", &none), [pair("file", "no_email_column")]);
        assert_eq!(
            codes("email|City|CITY", &none),
            [pair("file", "duplicate_header")]
        );
        assert_eq!(
            codes("email|a", &options(&[("b", "first_name")], false)),
            [pair("mapping.b", "unknown_column")]
        );
        assert_eq!(
            codes("email|a", &options(&[("a", "nope")], false)),
            [pair("mapping.a", "unknown_field")]
        );
        assert_eq!(
            codes("a|b", &options(&[("a", "email"), ("b", "email")], false)),
            [pair("mapping.b", "duplicate_target")]
        );
        assert_eq!(
            codes(&"x|".repeat(600), &none),
            [pair("file", "too_many_columns")]
        );
    }
}
