//! Days of the week, by arithmetic that both databases compute in the same way as Rust: truncating division and
//! nested `case`, with the offsets of the zone written into the text.

use std::fmt::Write as _;

use jiff::civil::date;
use kernel::TimeZone;

const DAY: i64 = 86_400_000_000;

/// Some days of the week, of calendar days or of instants in a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Weekdays {
    /// Monday first.
    wanted: [bool; 7],
    /// From when which offset holds, in microseconds, in order; the first holds before, too. Empty for calendar days.
    offsets: Vec<(i64, i64)>,
}

impl Weekdays {
    pub(crate) fn of_dates(wanted: [bool; 7]) -> Self {
        Self {
            wanted,
            offsets: Vec::new(),
        }
    }

    /// With the zone's offsets from 1970 to 2069, which is where the times of contacts lie.
    pub(crate) fn of_instants(wanted: [bool; 7], zone: &TimeZone) -> Self {
        let zone = zone.to_jiff();
        let utc = |year: i16| {
            date(year, 1, 1)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .map_or(jiff::Timestamp::UNIX_EPOCH, |at| at.timestamp())
        };
        let (from, to) = (utc(1970), utc(2070));
        let micros = |offset: jiff::tz::Offset| i64::from(offset.seconds()) * 1_000_000;
        let mut offsets = vec![(from.as_microsecond(), micros(zone.to_offset(from)))];
        for transition in zone.following(from).take_while(|it| it.timestamp() < to) {
            let offset = micros(transition.offset());
            // Some transitions change only what the time is called.
            if offsets.last().is_none_or(|(_, last)| *last != offset) {
                offsets.push((transition.timestamp().as_microsecond(), offset));
            }
        }
        Self { wanted, offsets }
    }

    pub(crate) fn contain(&self, value: i64) -> bool {
        let place = if self.offsets.is_empty() {
            // 1970-01-01 was a Thursday.
            (value % 7 + 10) % 7
        } else {
            let holds = self.offsets.partition_point(|(from, _)| *from <= value);
            let (_, offset) = self.offsets[holds.saturating_sub(1)];
            (value / DAY % 7 + (value % DAY + offset + 3 * DAY) / DAY + 7) % 7
        };
        usize::try_from(place).is_ok_and(|place| self.wanted[place])
    }

    /// The same as a condition on a column that is not null.
    pub(crate) fn sql(&self, column: &str) -> String {
        let wanted: Vec<String> = (0..7)
            .filter(|place| self.wanted[*place])
            .map(|place| place.to_string())
            .collect();
        let place = if self.offsets.is_empty() {
            format!("({column} % 7 + 10) % 7")
        } else {
            let mut offset = String::new();
            choose(column, &self.offsets, &mut offset);
            format!(
                "({column} / {DAY} % 7 + ({column} % {DAY} + {offset} + {}) / {DAY} + 7) % 7",
                3 * DAY
            )
        };
        format!("{place} in ({})", wanted.join(", "))
    }
}

/// The offset that holds, found by halving.
fn choose(column: &str, offsets: &[(i64, i64)], text: &mut String) {
    if let [(_, offset)] = offsets {
        let _ = write!(text, "{offset}");
        return;
    }
    let (before, after) = offsets.split_at(offsets.len() / 2);
    let _ = write!(text, "case when {column} < {} then ", after[0].0);
    choose(column, before, text);
    text.push_str(" else ");
    choose(column, after, text);
    text.push_str(" end");
}
