//! Which column means what: from the header line to a [`Target`] for each column.

use std::collections::{HashMap, HashSet};

use kernel::{EmailAddress, Error, FieldError, fold};

use super::model::{Column, Options, Target, shorten};
use crate::fields::{Catalog, Visibility, suggest_key};

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

/// What the columns become, and the fields that have to be made first.
#[derive(Debug)]
pub(super) struct Mapped {
    pub(super) columns: Vec<Column>,
    /// The index of a column, and the key and name of the text field it needs.
    pub(super) new_fields: Vec<(usize, String, String)>,
}

/// Decides for each column. Every fault names its column, and is found before anything is imported.
pub(super) fn map(
    headers: &[String],
    options: &Options,
    catalog: &Catalog,
) -> kernel::Result<Mapped> {
    check_headers(headers)?;
    let mut mapping = Mapping {
        catalog,
        create: options.create_fields,
        errors: Vec::new(),
        new_fields: Vec::new(),
        taken: HashMap::new(),
        explicit: explicit(headers, options)?,
    };
    mapping.take_explicit(headers);
    let columns: Vec<Column> = headers
        .iter()
        .enumerate()
        .map(|(index, header)| mapping.column(index, header))
        .collect();
    mapping.check_email(headers);
    if mapping.errors.is_empty() {
        Ok(Mapped {
            columns,
            new_fields: mapping.new_fields,
        })
    } else {
        Err(Error::Invalid(mapping.errors))
    }
}

fn check_headers(headers: &[String]) -> kernel::Result<()> {
    if headers.len() > MAX_COLUMNS {
        return Err(Error::invalid(
            "file",
            "too_many_columns",
            format!(
                "the file has {} columns; the limit is {MAX_COLUMNS}",
                headers.len()
            ),
        ));
    }
    if let Some(address) = headers
        .iter()
        .find(|header| EmailAddress::parse(header).is_ok())
    {
        return Err(Error::invalid(
            "file",
            "missing_header",
            format!(
                "the first line must name the columns, but it has the address {}; put a line such as \
                 \"email,first_name\" above it",
                shorten(address)
            ),
        ));
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
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

/// The mapping that was asked for, by the index of the column.
fn explicit<'a>(
    headers: &[String],
    options: &'a Options,
) -> kernel::Result<HashMap<usize, &'a str>> {
    let mut found = HashMap::new();
    let mut errors = Vec::new();
    for (header, target) in &options.mapping {
        let wanted = fold(header.trim());
        match headers.iter().position(|header| fold(header) == wanted) {
            Some(index) => {
                found.insert(index, target.trim());
            }
            None => errors.push(FieldError::new(
                format!("mapping.{}", shorten(header)),
                "unknown_column",
                format!("the file has no such column; it has {}", listed(headers)),
            )),
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(Error::Invalid(errors))
    }
}

struct Mapping<'a> {
    catalog: &'a Catalog,
    create: bool,
    explicit: HashMap<usize, &'a str>,
    /// Targets that have a column, and its header.
    taken: HashMap<String, String>,
    errors: Vec<FieldError>,
    new_fields: Vec<(usize, String, String)>,
}

impl Mapping<'_> {
    fn column(&mut self, index: usize, header: &str) -> Column {
        let (target, to, note) = match self.explicit.get(&index).copied() {
            Some("ignore") => (None, Target::Ignore, None),
            Some(name) => self.named(index, header, name),
            None => self.matched(index, header),
        };
        Column {
            header: header.to_owned(),
            target,
            note,
            to,
        }
    }

    fn named(&mut self, index: usize, header: &str, name: &str) -> Decision {
        if let Some((name, to)) = NAMES.iter().find(|(known, _)| *known == name) {
            return (Some((*name).to_owned()), *to, None);
        }
        if let Some(field) = self.catalog.by_key(name) {
            return (Some(field.key.clone()), Target::Field(field.id), None);
        }
        if self.create && suggest_key(name).as_deref() == Some(name) {
            return self.create(index, header, name.to_owned());
        }
        let standard: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        self.errors.push(FieldError::new(
            format!("mapping.{}", shorten(header)),
            "unknown_field",
            format!(
                "there is no field \"{}\"; use one of {}, ignore, or the key of a custom field",
                shorten(name),
                standard.join(", ")
            ),
        ));
        (None, Target::Ignore, None)
    }

    fn matched(&mut self, index: usize, header: &str) -> Decision {
        if header.is_empty() {
            return left_out("the column has no name".to_owned());
        }
        let reduced = reduce(header);
        let standard = STANDARD
            .iter()
            .find(|(_, names)| names.contains(&reduced.as_str()));
        if let Some((to, _)) = standard {
            return self.take(header, name_of(*to), *to, None);
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
            return self.take(header, &field.key, Target::Field(field.id), None);
        }
        match suggest_key(header) {
            Some(key) if self.create => self.create(index, header, key),
            Some(key) => left_out(format!(
                "there is no such field; make a field {key}, or let the import create fields"
            )),
            None => {
                left_out("there is no such field; make one and map the column to it".to_owned())
            }
        }
    }

    fn create(&mut self, index: usize, header: &str, key: String) -> Decision {
        let note = "a text field was made for it".to_owned();
        let explicit = self.explicit.contains_key(&index);
        let decision = if explicit {
            (Some(key.clone()), Target::Ignore, Some(note))
        } else {
            self.take(header, &key, Target::Ignore, Some(note))
        };
        if decision.0.is_some() {
            self.new_fields.push((index, key, header.to_owned()));
        }
        decision
    }

    /// Gives a target to a column that was matched by its header, unless it has one.
    fn take(&mut self, header: &str, target: &str, to: Target, note: Option<String>) -> Decision {
        if let Some(other) = self.taken.get(target) {
            return left_out(format!(
                "{target} is filled by the column \"{}\"",
                shorten(other)
            ));
        }
        self.taken.insert(target.to_owned(), header.to_owned());
        (Some(target.to_owned()), to, note)
    }

    /// What the mapping asks for comes first.
    fn take_explicit(&mut self, headers: &[String]) {
        for (index, header) in headers.iter().enumerate() {
            let Some(target) = self
                .explicit
                .get(&index)
                .filter(|target| **target != "ignore")
            else {
                continue;
            };
            if let Some(other) = self.taken.insert((*target).to_owned(), header.clone()) {
                self.errors.push(FieldError::new(
                    format!("mapping.{}", shorten(header)),
                    "duplicate_target",
                    format!(
                        "the columns \"{}\" and \"{}\" would both fill {}; map one of them to ignore",
                        shorten(&other),
                        shorten(header),
                        shorten(target)
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

/// The name of the target, the target, and a note.
type Decision = (Option<String>, Target, Option<String>);

fn left_out(note: String) -> Decision {
    (None, Target::Ignore, Some(note))
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
                .map(|(header, target)| ((*header).to_owned(), (*target).to_owned()))
                .collect(),
            create_fields,
            ..Options::default()
        }
    }

    fn targets(list: &str, options: &Options) -> Vec<String> {
        map(&headers(list), options, &Catalog::default())
            .unwrap()
            .columns
            .into_iter()
            .map(|column| column.target.unwrap_or_else(|| "-".to_owned()))
            .collect()
    }

    fn codes(list: &str, options: &Options) -> Vec<(String, String)> {
        let Err(Error::Invalid(errors)) = map(&headers(list), options, &Catalog::default()) else {
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
