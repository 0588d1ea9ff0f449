//! What a series is, and when it comes round.

use jiff::civil::{Date, Time};
use kernel::{AccountId, FieldError, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaigns::CampaignId;

kernel::define_id!(
    /// A series of campaigns.
    SeriesId
);

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    Day,
    Week,
    Month,
}

/// When a series comes round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SeriesRule)]
pub struct Rule {
    pub every: Every,
    /// The time of day, in the zone of the series.
    #[schema(example = "09:00")]
    pub at: String,
    /// For `week`: 1 (Monday) to 7.
    #[serde(default)]
    #[schema(example = json!([1]))]
    pub weekdays: Vec<i8>,
    /// For `month`: 1 to 31; in a shorter month, its last day.
    #[serde(default)]
    pub day: Option<i8>,
}

/// Where a series is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SeriesState {
    /// Comes round.
    Active,
    /// Does not.
    Paused,
}

impl SeriesState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }

    pub(super) fn from_stored(text: &str) -> Self {
        if text == "active" {
            Self::Active
        } else {
            Self::Paused
        }
    }
}

/// A series.
#[derive(Clone, Debug)]
pub struct Series {
    pub account: AccountId,
    pub id: SeriesId,
    pub name: String,
    pub state: SeriesState,
    /// The draft that is sent.
    pub campaign: CampaignId,
    pub rule: Rule,
    pub time_zone: TimeZone,
    pub next_at: Timestamp,
    /// Why it is paused, or what was left out.
    pub note: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a new series is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSeries {
    #[schema(example = "Monday news")]
    pub name: String,
    /// A draft: what is sent each time, as it is then.
    pub campaign_id: CampaignId,
    pub rule: Rule,
    /// The account's when absent.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
}

/// A change of a series: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeriesPatch {
    pub name: Option<String>,
    pub rule: Option<Rule>,
    pub time_zone: Option<TimeZone>,
    /// Resuming it leaves out what came round meanwhile.
    pub state: Option<SeriesState>,
}

impl Rule {
    fn time(&self) -> Option<Time> {
        (self.at.len() == 5).then(|| self.at.parse().ok()).flatten()
    }

    pub(crate) fn check(&self, errors: &mut Vec<FieldError>) {
        let mut wrong = |field: &'static str, message: &'static str| {
            errors.push(FieldError::new(field, "invalid", message));
        };
        if self.time().is_none() {
            wrong("rule.at", "give a time of day such as 09:00");
        }
        let weekdays = self.weekdays.iter().all(|day| (1..=7).contains(day));
        match self.every {
            Every::Week if self.weekdays.is_empty() || !weekdays || self.weekdays.len() > 7 => {
                wrong("rule.weekdays", "give days of the week, 1 (Monday) to 7");
            }
            Every::Day | Every::Month if !self.weekdays.is_empty() => {
                wrong("rule.weekdays", "leave it out: it is for every week");
            }
            _ => {}
        }
        match (self.every, self.day) {
            (Every::Month, Some(1..=31)) | (Every::Day | Every::Week, None) => {}
            (Every::Month, _) => wrong("rule.day", "give a day of the month, 1 to 31"),
            _ => wrong("rule.day", "leave it out: it is for every month"),
        }
    }

    fn is_on(&self, date: Date) -> bool {
        match self.every {
            Every::Day => true,
            Every::Week => self
                .weekdays
                .contains(&date.weekday().to_monday_one_offset()),
            Every::Month => {
                let day = self.day.unwrap_or(1).min(date.days_in_month());
                date.day() == day
            }
        }
    }

    /// The first time after a moment. In a gap of the clock it is as much later as the gap is long; in a fold, the first
    /// of the two.
    pub(crate) fn next(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let (zone, time) = (zone.to_jiff(), self.time()?);
        let mut date = after.to_jiff().to_zoned(zone.clone()).date();
        for _ in 0..64 {
            if self.is_on(date) {
                let at = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
                let at = Timestamp::from(at.timestamp());
                if at > after {
                    return Some(at);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(every: Every, weekdays: &[i8], day: Option<i8>) -> Rule {
        Rule {
            every,
            at: "02:30".to_owned(),
            weekdays: weekdays.to_vec(),
            day,
        }
    }

    /// The first few times from a moment on.
    fn times(rule: &Rule, from: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::parse("Europe/Berlin").unwrap();
        let mut at: Timestamp = from.parse().unwrap();
        (0..count)
            .map(|_| {
                at = rule.next(&zone, at).unwrap();
                at.to_string()[..16].to_owned()
            })
            .collect()
    }

    #[test]
    fn a_day_comes_once_also_when_the_clock_changes() {
        let daily = rule(Every::Day, &[], None);
        // On 29 March there is no 02:30; on 25 October there are two.
        assert_eq!(
            times(&daily, "2026-03-28T00:00:00Z", 3),
            ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]
        );
        assert_eq!(
            times(&daily, "2026-10-24T02:00:00Z", 2),
            ["2026-10-25T00:30", "2026-10-26T01:30"]
        );
    }

    #[test]
    fn weeks_and_months_come_round() {
        let weekly = rule(Every::Week, &[1, 4], None);
        assert_eq!(
            times(&weekly, "2026-06-01T00:30:00Z", 3),
            ["2026-06-04T00:30", "2026-06-08T00:30", "2026-06-11T00:30"]
        );
        let monthly = rule(Every::Month, &[], Some(31));
        assert_eq!(
            times(&monthly, "2026-01-31T02:00:00Z", 3),
            ["2026-02-28T01:30", "2026-03-31T00:30", "2026-04-30T00:30"]
        );
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_said() {
        let wrong = |rule: Rule| {
            let mut errors = Vec::new();
            rule.check(&mut errors);
            errors
                .into_iter()
                .map(|error| error.field.clone())
                .collect::<Vec<_>>()
        };
        assert!(wrong(rule(Every::Week, &[1, 7], None)).is_empty());
        assert_eq!(wrong(rule(Every::Week, &[], None)), ["rule.weekdays"]);
        assert_eq!(
            wrong(rule(Every::Week, &[8], Some(1))),
            ["rule.weekdays", "rule.day"]
        );
        assert_eq!(wrong(rule(Every::Month, &[], Some(32))), ["rule.day"]);
        assert_eq!(wrong(rule(Every::Day, &[1], None)), ["rule.weekdays"]);
        for at in ["9:00", "24:00", "09:00:00", "noon!"] {
            let at = at.to_owned();
            assert_eq!(
                wrong(Rule {
                    at,
                    ..rule(Every::Day, &[], None)
                }),
                ["rule.at"]
            );
        }
    }
}
