//! What a visitor sent: the query of an address, or a form.

use std::fmt::Write as _;

use kernel::TimeZone;

/// What stays in the address from page to page.
const KEPT: &[&str] = &[
    "tz",
    "minutes",
    "host",
    "lang",
    "theme",
    "embed",
    "embed_origin",
    "name",
    "email",
    "for",
    "waiting",
];
/// Tokens by which a page knows who comes. With one, what it stands for is in no address.
const PERSON: &[&str] = &["for", "waiting"];

/// Names and values, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The first value of this name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The zone that the visitor chose, if there is one of this name.
    pub(super) fn zone(&self) -> Option<TimeZone> {
        self.get("tz").and_then(|name| TimeZone::parse(name).ok())
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// An instant in RFC 3339.
    pub(super) fn instant(&self, name: &str) -> Option<kernel::Timestamp> {
        let at: jiff::Timestamp = self.get(name)?.parse().ok()?;
        Some(kernel::Timestamp::from_micros(at.as_microsecond()))
    }

    /// The site around the frame that this page is in, if it says so.
    pub(super) fn embedded(&self) -> bool {
        self.has("embed")
    }

    /// What stays, as hidden fields would have it.
    pub(super) fn kept(&self) -> std::vec::IntoIter<(&str, &str)> {
        let known = PERSON.iter().any(|name| self.has(name));
        let kept = KEPT
            .iter()
            .filter(|name| !known || !matches!(**name, "name" | "email"))
            .filter_map(|name| self.get(name).map(|value| (*name, value)));
        kept.collect::<Vec<_>>().into_iter()
    }

    /// An address with what stays but who comes, and this.
    pub(super) fn link_onward(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let nobody = ["name", "email", "for", "waiting"].map(|name| (name, ""));
        let changes: Vec<(&str, &str)> = nobody.iter().chain(changes).copied().collect();
        self.link(path, &changes)
    }

    /// An address with what stays, and this.
    pub(super) fn link(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let kept = self
            .kept()
            .filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
        let changed = changes.iter().filter(|(_, value)| !value.is_empty());
        let mut out = path.to_owned();
        for (name, value) in kept.chain(changed.copied()) {
            out.push(if out.contains('?') { '&' } else { '?' });
            out.push_str(name);
            out.push('=');
            encode(&mut out, value);
        }
        out
    }
}

/// Percent-encodes all but what needs none anywhere (RFC 3986, section 2.3).
pub(super) fn encode(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// The same, as a text of its own.
pub(crate) fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    encode(&mut out, value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_in_the_address_stays_once() {
        let fields = Fields(
            [
                ("tz", "Europe/Berlin"),
                ("month", "2026-12"),
                ("name", "Ä & B"),
                ("email", ""),
                ("tz", "Asia/Tokyo"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        );
        assert_eq!(
            fields.link("/book/a/b", &[("date", "2026-12-01")]),
            "/book/a/b?tz=Europe%2FBerlin&name=%C3%84%20%26%20B&date=2026-12-01"
        );
        assert_eq!(
            fields.link("/book/a/b", &[("tz", "UTC"), ("name", "")]),
            "/book/a/b?tz=UTC"
        );
        let known = Fields(
            [
                ("email", "ada@example.com"),
                ("for", "TOKEN"),
                ("tz", "UTC"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        );
        assert_eq!(known.link("/a", &[]), "/a?tz=UTC&for=TOKEN");
        assert_eq!(known.link_onward("/a", &[("x", "1")]), "/a?tz=UTC&x=1");
        assert_eq!(fields.zone().unwrap().name(), "Europe/Berlin");
    }
}
