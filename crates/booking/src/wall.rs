//! Dates and times of the clock on the wall, as the API writes them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use kernel::FieldError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::slots::WallRange;

/// Minutes of a day without a change of the clock.
const DAY: u32 = 1440;

/// A time of day as `09:00`; the end of a day is `24:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime(u16);

impl WallTime {
    /// So many minutes after midnight, up to 1440.
    pub fn of_minute(minute: u32) -> Option<Self> {
        (minute <= DAY).then_some(Self(minute as u16))
    }

    /// Minutes after midnight.
    pub fn minute(self) -> u32 {
        self.0.into()
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for WallTime {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected a time of day such as 09:00, at most 24:00";
        let (hour, minute) = text.split_once(':').ok_or(FORM)?;
        let number = |text: &str| {
            let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse::<u32>().ok()).flatten()
        };
        let (hour, minute) = number(hour).zip(number(minute)).ok_or(FORM)?;
        if minute > 59 {
            return Err(FORM);
        }
        Self::of_minute(hour * 60 + minute).ok_or(FORM)
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for WallTime {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A time of day; the end of a day is 24:00"))
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"))
            .examples(["09:00"])
            .into()
    }
}
impl utoipa::ToSchema for WallTime {}

/// Hours of a day. An end that is not after the start is on the next day: `22:00` to `06:00` is a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// When they begin.
    #[schema(value_type = String, example = "09:00")]
    pub from: WallTime,
    /// When they end; at or before `from`: on the next day. `00:00` is `24:00`.
    #[schema(value_type = String, example = "17:00")]
    pub to: WallTime,
}

impl Hours {
    /// For the slots; `None` for what is no hours, such as from 24:00.
    pub fn range(self) -> Option<WallRange> {
        let (from, to) = (self.from.minute(), self.to.minute());
        let end = if to <= from { to + DAY } else { to };
        WallRange::new(from, end)
    }
}

/// Most ranges of one day.
const MAX_RANGES: usize = 24;

/// Faults of the hours of one day.
pub(crate) fn check_hours(hours: &[Hours], field: &str, errors: &mut Vec<FieldError>) {
    if hours.len() > MAX_RANGES {
        errors.push(FieldError::new(
            field,
            "too_many",
            format!("give at most {MAX_RANGES} ranges a day"),
        ));
    }
    for (index, one) in hours.iter().enumerate() {
        if one.range().is_none() {
            errors.push(FieldError::new(
                format!("{field}[{index}].from"),
                "out_of_range",
                "hours begin before 24:00",
            ));
        }
    }
}

/// The ranges of one day, for the slots.
pub(crate) fn ranges(hours: &[Hours]) -> Vec<WallRange> {
    hours.iter().filter_map(|one| one.range()).collect()
}

/// Faults of dates from one to another.
pub(crate) fn check_dates(
    first: Date,
    last: Option<Date>,
    field: &str,
    errors: &mut Vec<FieldError>,
) {
    if last.is_some_and(|last| last < first) {
        errors.push(FieldError::new(
            field,
            "out_of_range",
            "the last date is before the first",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        for text in ["00:00", "09:05", "23:59", "24:00"] {
            assert_eq!(text.parse::<WallTime>().unwrap().to_string(), text);
        }
        for text in [
            "", "9:00", "24:01", "12:60", "12-00", "aa:bb", "+1:00", "012:00",
        ] {
            assert!(text.parse::<WallTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_end_at_or_before_the_start_is_on_the_next_day() {
        let range = |from: &str, to: &str| {
            let hours = Hours {
                from: from.parse().unwrap(),
                to: to.parse().unwrap(),
            };
            hours.range().map(|it| (it.start_minute(), it.end_minute()))
        };
        assert_eq!(range("09:00", "17:00"), Some((540, 1020)));
        assert_eq!(range("22:00", "06:00"), Some((1320, 1800)));
        assert_eq!(range("18:00", "00:00"), Some((1080, 1440)));
        assert_eq!(range("00:00", "24:00"), Some((0, 1440)));
        assert_eq!(range("00:00", "00:00"), Some((0, 1440)));
        assert_eq!(range("24:00", "24:00"), None);
    }
}
