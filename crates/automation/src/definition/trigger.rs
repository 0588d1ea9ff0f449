//! What lets people in, what lets them out, and the settings of the whole automation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Condition, Pattern, StepId, Window};

/// Lets a contact in when an event happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationTrigger)]
pub struct Trigger {
    pub id: StepId,
    /// What must happen.
    pub on: Pattern,
    /// What must hold of the contact then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    /// Whether somebody who was here before may come again.
    #[serde(default)]
    pub reentry: Reentry,
    /// The property of the event whose value tells runs apart, such as `order_id`: each value is a run of its own, to
    /// which the rule of re-entry applies by itself. Without it, one contact has one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The step where a run begins.
    pub start: StepId,
}

/// Whether somebody who was here before may come again. Each rule counts by contact and key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "policy", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = AutomationReentry)]
pub enum Reentry {
    /// Never again.
    #[default]
    Once,
    /// Again when so many hours have passed since they last came in, and no run is going on.
    OncePer {
        /// 1 to 87,600.
        hours: u32,
    },
    /// Whenever no run is going on.
    AfterEnd,
    /// Every time, also beside a run that is going on.
    Always,
}

/// What the automation is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationGoal)]
pub struct Goal {
    /// Reached when this happens. One of `on` and `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Pattern>,
    /// Reached when this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Where those who reach it go from anywhere; without it their run is over. Who is there already stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<StepId>,
}

/// What ends a run wherever it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationExit)]
pub struct Exit {
    pub id: StepId,
    /// When this happens. One of `on` and `when`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Pattern>,
    /// When this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// Settings of the whole automation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = AutomationSettings)]
pub struct Settings {
    /// How many messages a contact gets at most, from all automations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// When no messages are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Whether runs go on when the contact unsubscribes, bounces or is suppressed. Messages are skipped then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stay_when_unsubscribed: bool,
}

/// A limit to how often one contact is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationCap)]
pub struct Cap {
    /// 1 to 1,000.
    pub messages: u32,
    pub per: CapPeriod,
    #[serde(default)]
    pub then: Held,
}

/// Calendar days and weeks (from Monday) in the contact's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationCapPeriod)]
pub enum CapPeriod {
    Day,
    Week,
}

/// What becomes of a message that may not be sent now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationHeld)]
pub enum Held {
    /// The run waits at the step until it may be sent.
    #[default]
    Hold,
    /// The run goes on without it.
    Skip,
}

/// When no messages are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationQuietHours)]
pub struct QuietHours {
    pub during: Window,
    #[serde(default)]
    pub then: Held,
}
