//! Email addresses, parsed once.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fold::fold;

/// An address that SMTP can carry (RFC 5321, without quoted local parts, comments and address literals).
///
/// The local part is kept as typed; the domain is lower case and, where it is international, in its ASCII form
/// (RFC 5891). Two addresses are the same person when their [`EmailAddress::folded`] forms are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress {
    text: String,
    at: usize,
}

impl EmailAddress {
    /// How a message of its `Deserialize` begins, by which the code of the fault is known.
    pub const FAULT: &str = "the email address";

    /// Parses and normalizes. The error completes "the address ...".
    pub fn parse(input: &str) -> Result<Self, &'static str> {
        let input = input.trim();
        let (local, domain) = input.rsplit_once('@').ok_or("has no @")?;
        if local.is_empty() {
            return Err("has nothing before the @");
        }
        if domain.is_empty() {
            return Err("has nothing after the @");
        }
        if local.len() > 64 {
            return Err("has more than 64 characters before the @");
        }
        if !local.split('.').all(is_atom) {
            return Err("has characters before the @ that addresses cannot have");
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| "has an invalid domain")?;
        if !domain.contains('.') {
            return Err("has a domain without a dot");
        }
        if domain.len() > 253 || !domain.split('.').all(is_label) {
            return Err("has an invalid domain");
        }
        let last = domain.rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|b| b.is_ascii_digit()) {
            return Err("has a number instead of a domain");
        }
        let text = format!("{local}@{domain}");
        if text.len() > 254 {
            return Err("is longer than 254 characters");
        }
        Ok(Self {
            at: local.len(),
            text,
        })
    }

    /// The address as it is sent to.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What comes before the @.
    pub fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// The domain, in lower case and ASCII.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The domain as people write it: international names in their own letters.
    pub fn unicode_domain(&self) -> String {
        let (domain, outcome) = idna::domain_to_unicode(self.domain());
        if outcome.is_ok() {
            domain
        } else {
            self.domain().to_owned()
        }
    }

    /// The form that decides whether two addresses are the same.
    pub fn folded(&self) -> String {
        fold(&self.text)
    }

    /// Whether the local part needs a relay with SMTPUTF8 (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        !self.local_part().is_ascii()
    }
}

/// RFC 5321 `Atom`, with the non-ASCII characters of RFC 6531 but no controls, spaces or separators.
fn is_atom(part: &str) -> bool {
    !part.is_empty()
        && part.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || "!#$%&'*+-/=?^_`{|}~".contains(c)
                || (!c.is_ascii() && c.is_alphanumeric())
        })
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl Serialize for EmailAddress {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).map_err(|why| serde::de::Error::custom(format!("{} {why}", Self::FAULT)))
    }
}

impl utoipa::PartialSchema for EmailAddress {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::Custom(
                "email".to_owned(),
            )))
            .examples(["ada@example.com"])
            .into()
    }
}
impl utoipa::ToSchema for EmailAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_people_have() {
        for (input, wanted) in [
            ("ada@example.com", "ada@example.com"),
            (" Ada.L+news@Example.COM ", "Ada.L+news@example.com"),
            ("o'brien@mail.example", "o'brien@mail.example"),
            ("info@münchen.example", "info@xn--mnchen-3ya.example"),
            ("用户@example.com", "用户@example.com"),
        ] {
            assert_eq!(EmailAddress::parse(input).unwrap().as_str(), wanted);
        }
    }

    #[test]
    fn refuses_what_could_break_a_header_or_a_command() {
        for input in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@exa mple.com",
            "a b@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada\0@example.com",
            "ada\u{2028}x@example.com",
            "<ada@example.com>",
            "ada..l@example.com",
            ".ada@example.com",
            "ada@-example.com",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "\"a b\"@example.com",
            "ada,eve@example.com",
        ] {
            assert!(EmailAddress::parse(input).is_err(), "{input:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
    }

    #[test]
    fn the_same_person_folds_to_the_same_text() {
        let a = EmailAddress::parse("Ada@MÜNCHEN.example").unwrap();
        let b = EmailAddress::parse("ada@xn--mnchen-3ya.example").unwrap();
        assert_eq!(a.folded(), b.folded());
        assert_eq!(b.unicode_domain(), "münchen.example");
        let c = EmailAddress::parse("ada@straße.example").unwrap();
        assert_eq!(c.unicode_domain(), "straße.example");
        // What one provider takes for the same is not the same elsewhere.
        for (a, b) in [
            ("a.d.a@example.com", "ada@example.com"),
            ("ada+news@example.com", "ada@example.com"),
        ] {
            let [a, b] = [a, b].map(|it| EmailAddress::parse(it).unwrap().folded());
            assert_ne!(a, b);
        }
        // A full stop of another script, a fullwidth letter, a trailing case difference.
        for other in [
            "ada@MÜNCHEN。example",
            "ada@mu\u{308}nchen.example",
            "ADA@ｍünchen.example",
        ] {
            assert_eq!(
                EmailAddress::parse(other).unwrap().folded(),
                a.folded(),
                "{other}"
            );
        }
    }
}
