//! The names a template may use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Number,
    Date,
    Boolean,
}

/// What every subscriber has, whatever the account's own fields are.
pub const STANDARD_NAMES: [(&str, FieldKind); 9] = [
    ("email", FieldKind::Text),
    ("first_name", FieldKind::Text),
    ("last_name", FieldKind::Text),
    ("phone", FieldKind::Text),
    ("language", FieldKind::Text),
    ("time_zone", FieldKind::Text),
    ("source", FieldKind::Text),
    ("score", FieldKind::Number),
    ("created_at", FieldKind::Date),
];

/// What the account, the campaign and the message itself provide.
const SURROUNDING_NAMES: [&str; 6] = [
    "account.name",
    "account.address",
    "campaign.name",
    UNSUBSCRIBE_URL,
    WEB_VERSION_URL,
    PREFERENCES_URL,
];

/// What a campaign has that is sent because of a feed.
const FEED_NAMES: [&str; 10] = [
    "items",
    "item",
    "item.title",
    "item.link",
    "item.summary",
    "item.published",
    "item.image",
    "feed",
    "feed.title",
    "feed.link",
];

pub(crate) const UNSUBSCRIBE_URL: &str = "unsubscribe_url";
pub(crate) const WEB_VERSION_URL: &str = "web_version_url";
pub(crate) const PREFERENCES_URL: &str = "preferences_url";

/// Where the booking pages of the account begin, and who of its subscribers is meant. Only booking blocks ask for them: no
/// field has such a key.
pub(crate) const BOOKING: &str = "__booking";
pub(crate) const BOOKING_PAGE: &str = "__booking.page";
pub(crate) const BOOKING_INVITEE: &str = "__booking.invitee";

/// Why a variable cannot have this name, if so. The sentence begins with "the name".
pub fn refused_variable_name(name: &str) -> Option<&'static str> {
    let shape = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !shape || name.len() > 60 {
        Some(
            "the name has to be of small letters, digits and _, begin with a letter and have at most 60",
        )
    } else if is_page_url(name) || ["account", "campaign", "fields", "email"].contains(&name) {
        Some("the name is one that every message has already")
    } else {
        None
    }
}

/// Addresses of our own pages: never tracked, never encoded.
pub(crate) fn is_page_url(name: &str) -> bool {
    [UNSUBSCRIBE_URL, WEB_VERSION_URL, PREFERENCES_URL].contains(&name)
}

/// The names an account's templates may use: the standard ones and its own fields.
#[derive(Clone, Debug, Default)]
pub struct KnownNames {
    fields: BTreeMap<String, FieldKind>,
    /// Values that a program gives with each message; what they hold, and which parts they have, nobody knows before.
    variables: Vec<String>,
}

impl KnownNames {
    /// With the keys of the account's own fields.
    pub fn new(fields: impl IntoIterator<Item = (String, FieldKind)>) -> Self {
        Self {
            fields: fields.into_iter().collect(),
            variables: Vec::new(),
        }
    }

    /// With the variables of a template that programs send.
    #[must_use]
    pub fn and_variables(mut self, names: &[String]) -> Self {
        self.variables.extend_from_slice(names);
        self
    }

    /// What `path` holds, or `None` when there is no such name. Standard names win over an account's field of the same
    /// key, which `fields.KEY` still reaches.
    pub fn kind(&self, path: &str) -> Option<FieldKind> {
        let standard = STANDARD_NAMES.iter().find(|(name, _)| *name == path);
        standard.map(|(_, kind)| *kind).or_else(|| {
            if SURROUNDING_NAMES.contains(&path) || path == BOOKING_PAGE || path == BOOKING_INVITEE
            {
                return Some(FieldKind::Text);
            }
            let key = path.strip_prefix("fields.").unwrap_or(path);
            let of_feed = FEED_NAMES.contains(&path).then_some(FieldKind::Text);
            let root = path.split('.').next().unwrap_or_default();
            let given = self.variables.iter().any(|name| name == root);
            let of_program = given.then_some(FieldKind::Text);
            self.fields.get(key).copied().or(of_feed).or(of_program)
        })
    }

    /// Whether a subscriber may lack it.
    pub(crate) fn can_be_empty(path: &str) -> bool {
        !matches!(
            path,
            "email" | "created_at" | "account.name" | "campaign.name"
        ) && !is_page_url(path)
            && path != BOOKING_PAGE
            && path != BOOKING_INVITEE
            && !FEED_NAMES.contains(&path)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (String, FieldKind)> {
        let standard = STANDARD_NAMES
            .iter()
            .map(|(name, kind)| ((*name).to_owned(), *kind));
        let surrounding = SURROUNDING_NAMES
            .iter()
            .map(|name| ((*name).to_owned(), FieldKind::Text));
        let fields = self
            .fields
            .iter()
            .map(|(key, kind)| (format!("fields.{key}"), *kind));
        standard.chain(surrounding).chain(fields)
    }

    /// The name that was probably meant.
    pub(crate) fn nearest(&self, path: &str) -> Option<String> {
        let candidates = self.all().map(|(name, _)| {
            let short = name.strip_prefix("fields.").map(str::to_owned);
            short
                .filter(|_| !path.starts_with("fields."))
                .unwrap_or(name)
        });
        nearest(path, candidates.chain(self.variables.iter().cloned()))
    }
}

/// The candidate with the fewest edits, if they are few.
pub(crate) fn nearest(word: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-', '.'], "");
    let wanted = plain(word);
    if wanted.len() > 64 {
        return None;
    }
    candidates
        .map(|candidate| (distance(&wanted, &plain(&candidate)), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 1 + wanted.len() / 4)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replace = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
