//! What belongs to an account as a whole, and what limits its teams.

use kernel::{Error, FieldError, Result, TimeZone};
use serde::{Deserialize, Serialize};

use crate::blocks::Weekday;
use crate::event_types::{MAX_LIMITS, Period, cap, check_cap};
use crate::{slots, slug};

/// What belongs to the booking pages of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = BookingSettings, example = json!({
    "page": "analytical-engines",
    "team_limits": [{"period": "day", "bookings": 8, "minutes": null}],
    "week_starts_on": "monday",
}))]
pub struct Settings {
    /// The account in the addresses of its booking pages; unique on this server.
    pub page: String,
    /// How much there may be of all event types with several hosts together.
    pub team_limits: Vec<TeamLimit>,
    /// The first day of the week, for these limits.
    pub week_starts_on: Weekday,
}

/// What of it is changed; what is not given is as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BookingSettingsInput)]
pub struct SettingsInput {
    /// The account in the addresses of its booking pages; unique on this server.
    #[serde(default)]
    pub page: Option<String>,
    /// How much there may be of all event types with several hosts together.
    #[serde(default)]
    pub team_limits: Option<Vec<TeamLimit>>,
    /// The first day of the week, for these limits.
    #[serde(default)]
    pub week_starts_on: Option<Weekday>,
}

/// No more than so much in a period, of all event types with several hosts together: `bookings` or `minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamLimit {
    /// The period, by the days of the account.
    pub period: Period,
    /// Most bookings.
    #[serde(default)]
    pub bookings: Option<u32>,
    /// Most minutes.
    #[serde(default)]
    pub minutes: Option<u32>,
}

/// What limits the teams of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TeamRules {
    pub(crate) limits: Vec<TeamLimit>,
    pub(crate) week_starts_on: Weekday,
}

impl Default for TeamRules {
    fn default() -> Self {
        Self {
            limits: Vec::new(),
            week_starts_on: Weekday::Monday,
        }
    }
}

impl TeamRules {
    /// A limit with what it counts, by the days of the account.
    pub(crate) fn limit(
        &self,
        rule: &TeamLimit,
        zone: TimeZone,
        counted: Vec<slots::Counted>,
    ) -> slots::Limit {
        slots::Limit {
            scope: slots::Scope::Team,
            period: rule.period.to_slots(self.week_starts_on),
            // Event types may have zones of their own. A day that is full must be the same one for all of them.
            zone: Some(zone),
            cap: cap(rule.bookings, rule.minutes),
            counted,
        }
    }
}

impl SettingsInput {
    /// Fails with all that is wrong, but for what only the database knows.
    pub(super) fn check(&self) -> Result<()> {
        let mut errors = Vec::new();
        if let Some(page) = &self.page {
            errors.extend(slug::check(page, "page").err());
        }
        let limits = self.team_limits.as_deref().unwrap_or_default();
        if limits.len() > MAX_LIMITS {
            errors.push(FieldError::new(
                "team_limits",
                "too_many",
                format!("give 0 to {MAX_LIMITS}"),
            ));
        }
        for (index, one) in limits.iter().enumerate() {
            let field = format!("team_limits[{index}]");
            errors.extend(check_cap(&field, one.bookings, one.minutes).err());
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(errors))
        }
    }
}
