//! A wall time, and when it is that time where.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;
use kernel::{TimeZone, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A time as a clock on the wall shows it, of no time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(DateTime);

/// Where a day begins first.
const FIRST_ZONE_HOURS: u64 = 14;

impl LocalTime {
    /// Such as `2026-06-01T09:00`. The error completes "the time ...".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "must be a wall time such as 2026-06-01T09:00, without a zone";
        // jiff would also read a zone, and drop it.
        if !(16..=19).contains(&text.len()) || text.bytes().any(|b| b == b'Z' || b == b'[') {
            return Err(WRONG);
        }
        text.parse().map(Self).map_err(|_| WRONG)
    }

    /// When it is this time in the zone; in a gap of its clock as much later as the gap is long, and in a fold the first
    /// time. When that is past, the same time on the first day on which it is not.
    pub(crate) fn in_zone(self, zone: &TimeZone, not_before: Timestamp) -> Timestamp {
        let zone = zone.to_jiff();
        let at = |days: i64| -> Option<Timestamp> {
            let civil = self.0.checked_add(jiff::Span::new().days(days)).ok()?;
            Some(civil.to_zoned(zone.clone()).ok()?.timestamp().into())
        };
        let Some(first) = at(0) else {
            return not_before;
        };
        if first >= not_before {
            return first;
        }
        let days = i64::try_from(not_before.since(first).as_secs() / 86_400).unwrap_or(0);
        (days.max(1) - 1..days + 3)
            .filter_map(at)
            .find(|at| *at >= not_before)
            .unwrap_or(not_before)
    }

    /// The first moment at which it is this time anywhere.
    pub(crate) fn first(self) -> Timestamp {
        let utc = self.in_zone(&TimeZone::utc(), Timestamp::from_micros(i64::MIN / 2));
        utc - Duration::from_hours(FIRST_ZONE_HOURS)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&text).map_err(|why| serde::de::Error::custom(format!("the time {why}")))
    }
}

impl utoipa::PartialSchema for LocalTime {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A wall time without a zone"))
            .examples(["2026-06-01T09:00:00"])
            .into()
    }
}
impl utoipa::ToSchema for LocalTime {}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    #[test]
    fn a_wall_time_is_another_moment_in_each_zone() {
        let nine = LocalTime::parse("2026-06-01T09:00").unwrap();
        let long_ago = time("2026-01-01T00:00:00Z");
        for (name, moment) in [
            ("Pacific/Kiritimati", "2026-05-31T19:00:00Z"),
            ("Asia/Kolkata", "2026-06-01T03:30:00Z"),
            ("Europe/Berlin", "2026-06-01T07:00:00Z"),
            ("Pacific/Pago_Pago", "2026-06-01T20:00:00Z"),
        ] {
            assert_eq!(nine.in_zone(&zone(name), long_ago), time(moment), "{name}");
        }
        assert_eq!(nine.first(), time("2026-05-31T19:00:00Z"));
        assert_eq!(nine.to_string(), "2026-06-01T09:00:00");
    }

    #[test]
    fn a_time_that_is_past_comes_the_next_day_also_over_a_change_of_the_clock() {
        let berlin = zone("Europe/Berlin");
        let early = LocalTime::parse("2026-03-28T02:30").unwrap();
        // 02:30 does not exist on the 29th.
        let later = early.in_zone(&berlin, time("2026-03-28T05:00:00Z"));
        assert_eq!(later, time("2026-03-29T01:30:00Z"));
        let week_late = early.in_zone(&berlin, time("2026-04-07T12:00:00Z"));
        assert_eq!(week_late, time("2026-04-08T00:30:00Z"));
        let exactly = time("2026-03-28T01:30:00Z");
        assert_eq!(early.in_zone(&berlin, exactly), exactly);
    }

    #[test]
    fn what_is_no_wall_time_is_refused() {
        for text in [
            "",
            "2026-06-01",
            "09:00",
            "2026-06-01T09:00Z",
            "2026-06-01T09:00+02:00",
            "2026-13-01T09:00",
        ] {
            assert!(LocalTime::parse(text).is_err(), "{text}");
        }
    }
}
