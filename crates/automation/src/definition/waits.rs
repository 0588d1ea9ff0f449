//! The steps that wait.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Condition, Pattern, StepId, TimeOfDay};

/// A length of time. Days are 24 hours, unless a time of day is given beside them: then they are calendar days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AutomationDelay)]
pub struct Delay {
    #[serde(skip_serializing_if = "is_zero")]
    pub days: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub hours: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub minutes: u32,
}

impl Delay {
    /// The longest: ten years.
    pub const MAX_MINUTES: u64 = 3_653 * 24 * 60;

    /// In minutes, a day being 24 hours.
    pub fn total_minutes(self) -> u64 {
        (u64::from(self.days) * 24 + u64::from(self.hours)) * 60 + u64::from(self.minutes)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
pub(super) fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Whose clock a time of day is read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationZone)]
pub enum ZoneSource {
    /// The contact's; the account's for those whose zone is not known.
    #[default]
    Contact,
    Account,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationWeekday)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<Weekday> for jiff::civil::Weekday {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

/// Some hours of some days. With `from` after `to` it goes over midnight and belongs to the day on which it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationWindow)]
pub struct Window {
    /// On which days it begins; none are all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// From midnight if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<TimeOfDay>,
    /// Not including this minute; to the end of the day if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<TimeOfDay>,
    #[serde(default)]
    pub zone: ZoneSource,
}

/// For a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AutomationWait)]
pub struct Wait {
    #[serde(skip_serializing_if = "is_zero")]
    pub days: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub hours: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub minutes: u32,
    /// Not before this time of the day: with it, days are calendar days, and without days it is the next such time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
    pub zone: ZoneSource,
    /// Up to so many minutes more, by chance, so that not everybody goes on at once.
    #[serde(skip_serializing_if = "is_zero")]
    pub jitter_minutes: u32,
}

impl Wait {
    /// Without the time of day.
    pub const fn delay(self) -> Delay {
        Delay {
            days: self.days,
            hours: self.hours,
            minutes: self.minutes,
        }
    }
}

/// Until a time that is the same for all, on each contact's clock or the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationWaitUntilDate)]
pub struct WaitUntilDate {
    /// As clocks show it, without an offset: `2026-05-04T09:00`.
    #[schema(value_type = String, example = "2026-05-04T09:00:00")]
    pub at: DateTime,
    #[serde(default)]
    pub zone: ZoneSource,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jitter_minutes: u32,
}

/// Until a date of the contact, before or after it. A change of the date moves the wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationWaitUntilField)]
pub struct WaitUntilField {
    /// A date field, or an attribute that is a time, such as `created_at`.
    pub field: String,
    /// So long before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Delay>,
    /// So long after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Delay>,
    /// At this time of the day; midnight if left out and the field is a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
    #[serde(default)]
    pub zone: ZoneSource,
    /// Where those go who have no such date; like the others if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_missing: Option<StepId>,
    /// Where those go for whom it has passed when they come here; like the others if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_past: Option<StepId>,
}

/// Until certain hours of certain days. Who comes within them goes on at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationWaitForWindow)]
pub struct WaitForWindow {
    pub within: Window,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jitter_minutes: u32,
}

/// Until one of several things, or a time-out. The first to happen decides; of two at once, the one that stands first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationWaitForAny)]
pub struct WaitForAny {
    pub paths: Vec<Path>,
    pub timeout: Timeout,
    /// From when on events count.
    #[serde(default)]
    pub since: Since,
}

/// Something that is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationPath)]
pub struct Path {
    pub id: StepId,
    /// That this happens. One of `on` and `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Pattern>,
    /// That this holds; if it does already, there is no wait. What is true only at certain times is noticed when the
    /// day begins if it is about days, and otherwise within an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    pub next: StepId,
}

/// How long to wait at most. The step's `next` is where those go who waited so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationTimeout)]
pub struct Timeout {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub days: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hours: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes: u32,
}

impl Timeout {
    /// The same as a length of time.
    pub const fn delay(self) -> Delay {
        Delay {
            days: self.days,
            hours: self.hours,
            minutes: self.minutes,
        }
    }
}

/// From when on events count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationSince)]
pub enum Since {
    /// Since the run came to this step.
    #[default]
    Step,
    /// Since the run began.
    Run,
}
