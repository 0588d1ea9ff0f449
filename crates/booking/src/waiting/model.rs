//! What waiting is.

use kernel::{AccountId, EmailAddress, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{EventTypeId, WaitingId};

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Waiting {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: WaitingId,
    /// For what.
    pub event_type_id: EventTypeId,
    /// The person among the subscribers, if they are one.
    #[schema(required, value_type = Option<String>)]
    pub subscriber_id: Option<audience::SubscriberId>,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their zone.
    pub time_zone: TimeZone,
    /// Their language.
    #[schema(required)]
    pub language: Option<String>,
    /// They would not come before.
    #[schema(required)]
    pub from: Option<Timestamp>,
    /// They would not come then or later.
    #[schema(required)]
    pub until: Option<Timestamp>,
    /// Which of the lengths.
    pub minutes: u32,
    /// How many seats.
    pub seats: u32,
    /// When they were told of a free place.
    #[schema(required)]
    pub told_at: Option<Timestamp>,
    /// When they began to wait.
    pub created_at: Timestamp,
}

/// Who wants to wait.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWaiting {
    /// What they are called.
    pub name: String,
    /// Their address.
    #[schema(value_type = String, example = "ada@example.com")]
    pub email: EmailAddress,
    /// Their zone; the account's unless given.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// Their language.
    #[serde(default)]
    pub language: Option<String>,
    /// They would not come before.
    #[serde(default)]
    pub from: Option<Timestamp>,
    /// They would not come then or later.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// Which of the lengths; the first unless given.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// How many seats; 1 unless given.
    #[serde(default)]
    pub seats: Option<u32>,
}
