//! IANA time zones, checked when they are set.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a zone in the IANA database, such as `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(jiff::tz::TimeZone, String);

impl TimeZone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC, "UTC".to_owned())
    }

    /// Looks the name up. The error completes "the time zone ...".
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        let name = name.trim();
        let zone = jiff::tz::TimeZone::get(name)
            .map_err(|_| "is not in the IANA database (an example: Europe/Berlin)")?;
        let canonical = zone.iana_name().unwrap_or("UTC").to_owned();
        Ok(Self(zone, canonical))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.1
    }

    /// For calendar arithmetic.
    pub fn to_jiff(&self) -> jiff::tz::TimeZone {
        self.0.clone()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.1)
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).map_err(|why| serde::de::Error::custom(format!("the time zone {why}")))
    }
}

impl utoipa::PartialSchema for TimeZone {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("An IANA time zone"))
            .examples(["Europe/Berlin"])
            .into()
    }
}
impl utoipa::ToSchema for TimeZone {}
