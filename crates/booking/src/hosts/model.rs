//! What a host is.

use kernel::{AccountId, FieldError, TimeZone, Timestamp, UserId, text};
use serde::{Deserialize, Serialize};

use crate::slug;
use crate::{HostId, ScheduleId};

/// Somebody who can be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Host {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: HostId,
    /// The user who it is.
    pub user_id: UserId,
    /// The name in addresses.
    pub slug: String,
    /// What visitors read.
    pub name: String,
    /// Where the host is, unless a schedule says otherwise.
    pub time_zone: TimeZone,
    /// What visitors read about the host.
    #[schema(required)]
    pub about: Option<String>,
    /// When the host works, unless an event type has a schedule of its own. Without one, never.
    #[schema(required)]
    pub schedule_id: Option<ScheduleId>,
    /// Whether the host is offered at all.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// What a host is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHost {
    /// A member of the account.
    pub user_id: UserId,
    /// What visitors read; the user's name unless given.
    #[serde(default)]
    pub name: Option<String>,
    /// The name in addresses; made of the name unless given.
    #[serde(default)]
    pub slug: Option<String>,
    /// The account's unless given.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// What visitors read about the host.
    #[serde(default)]
    pub about: Option<String>,
    /// Unless given, the host gets a schedule of their own: Monday to Friday, 09:00 to 17:00.
    #[serde(default)]
    pub schedule_id: Option<ScheduleId>,
}

/// A change of a host: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HostPatch {
    /// What visitors read.
    #[serde(default)]
    pub name: Option<String>,
    /// The name in addresses.
    #[serde(default)]
    pub slug: Option<String>,
    /// Where the host is.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// `null`: nothing.
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<String>)]
    pub about: Option<Option<String>>,
    /// `null`: never works.
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<ScheduleId>)]
    pub schedule_id: Option<Option<ScheduleId>>,
    /// Whether the host is offered at all.
    #[serde(default)]
    pub enabled: Option<bool>,
}

const MAX_NAME: usize = 200;
const MAX_ABOUT: usize = 5_000;

impl Host {
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        errors.extend(text::name(&self.name, MAX_NAME).err());
        errors.extend(slug::check(&self.slug, "slug").err());
        if let Some(about) = &self.about
            && let Err(fault) = text::several_lines(about, MAX_ABOUT)
        {
            errors.push(fault.at("about"));
        }
        errors
    }
}
