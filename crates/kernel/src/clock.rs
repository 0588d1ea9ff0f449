//! Instants and the clock that tells them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in UTC, in microseconds since 1970, as both databases store it. RFC 3339 in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The instants that RFC 3339 can write: years 0000 to 9999.
const MIN_MICROS: i64 = -62_167_219_200_000_000;
const MAX_MICROS: i64 = 253_402_207_200_000_000;

impl Timestamp {
    /// From microseconds since 1970, clamped to the years RFC 3339 can write.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < MIN_MICROS {
            Self(MIN_MICROS)
        } else if micros > MAX_MICROS {
            Self(MAX_MICROS)
        } else {
            Self(micros)
        }
    }

    /// Microseconds since 1970.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// For calendar arithmetic.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).expect("a Timestamp is within jiff's range")
    }

    /// The time from `earlier` to `self`, zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(value: jiff::Timestamp) -> Self {
        Self::from_micros(value.as_microsecond())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        Self::from_micros(
            self.0
                .saturating_add(i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, rhs: Duration) -> Self {
        Self::from_micros(
            self.0
                .saturating_sub(i64::try_from(rhs.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_jiff(), f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(s.parse::<jiff::Timestamp>()?))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(|_| {
            serde::de::Error::custom("expected a time in RFC 3339, such as 2026-05-04T09:30:00Z")
        })
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}
impl utoipa::ToSchema for Timestamp {}

/// Where "now" comes from: the system, or a test that moves it by hand.
///
/// On PostgreSQL the node's heartbeat sets the offset to the database's clock, so that all nodes agree.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
enum Inner {
    System { offset_micros: AtomicI64 },
    Manual { now_micros: AtomicI64 },
}

impl Clock {
    /// The computer's clock.
    pub fn system() -> Self {
        Self(Arc::new(Inner::System {
            offset_micros: AtomicI64::new(0),
        }))
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Self {
        Self(Arc::new(Inner::Manual {
            now_micros: AtomicI64::new(start.0),
        }))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Inner::System { offset_micros } => Timestamp::from_micros(
                Self::machine_now().0 + offset_micros.load(Ordering::Relaxed),
            ),
            Inner::Manual { now_micros } => {
                Timestamp::from_micros(now_micros.load(Ordering::SeqCst))
            }
        }
    }

    /// Moves a manual clock forward. A system clock ignores it.
    pub fn advance(&self, by: Duration) {
        if let Inner::Manual { now_micros } = &*self.0 {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            now_micros.fetch_add(by, Ordering::SeqCst);
        }
    }

    /// Tells a system clock what the database believes the time to be. A manual clock ignores it.
    pub fn follow(&self, authority: Timestamp) {
        if let Inner::System { offset_micros } = &*self.0 {
            offset_micros.store(authority.0 - Self::machine_now().0, Ordering::Relaxed);
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn machine_now() -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_rfc_3339_and_round_trips() {
        let at: Timestamp = serde_json::from_str("\"2026-05-04T09:30:00.123456Z\"").unwrap();
        assert_eq!(at.as_micros(), 1_777_887_000_123_456);
        assert_eq!(
            serde_json::to_string(&at).unwrap(),
            "\"2026-05-04T09:30:00.123456Z\""
        );
        let error = serde_json::from_str::<Timestamp>("\"tomorrow\"").unwrap_err();
        assert!(error.to_string().contains("RFC 3339"), "{error}");
    }

    #[test]
    fn arithmetic_saturates_instead_of_overflowing() {
        let end = Timestamp::from_micros(i64::MAX) + Duration::from_secs(1);
        assert_eq!(end, Timestamp::from_micros(i64::MAX));
        assert!(end.to_string().starts_with("9999-"));
        assert_eq!(
            Timestamp::from_micros(5).since(Timestamp::from_micros(9)),
            Duration::ZERO
        );
    }
}
