//! What a schedule is.

use jiff::civil::Date;
use kernel::{AccountId, FieldError, TimeZone, Timestamp, text};
use serde::{Deserialize, Serialize};

use crate::hosts::Host;
use crate::slots;
use crate::wall::{Hours, WallTime, check_dates, check_hours, ranges};
use crate::{HostId, ScheduleId};

/// The hours of a week, Monday first: seven lists, an empty one for a day without hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<Vec<Hours>>, min_items = 7, max_items = 7)]
pub struct Week(pub [Vec<Hours>; 7]);

/// Where somebody is from one date to another: the zone in which the hours of these dates are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Travel {
    /// The first date.
    #[schema(value_type = String, format = Date)]
    pub first: Date,
    /// The last date; without it, until further notice.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub last: Option<Date>,
    /// The zone there.
    pub time_zone: TimeZone,
}

/// Other hours on one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ScheduleOverride)]
pub struct Override {
    /// The date.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Its hours; none: closed.
    pub hours: Vec<Hours>,
    /// For whoever plans.
    #[schema(required)]
    pub note: Option<String>,
}

/// Weekly hours with their exceptions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "361240977588224001",
    "host_id": "361240977588224000",
    "name": "Working hours",
    "time_zone": "Europe/Berlin",
    "weekly": [
        [{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}], [{"from": "09:00", "to": "17:00"}], [],
        [{"from": "09:00", "to": "17:00"}], [{"from": "22:00", "to": "02:00"}], [], [],
    ],
    "travel": [{"first": "2026-06-01", "last": "2026-06-12", "time_zone": "America/New_York"}],
    "overrides": [{"date": "2026-12-24", "hours": [], "note": "Closed"}],
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
pub struct Schedule {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: ScheduleId,
    /// The host whose own it is; shared by all when absent.
    #[schema(required)]
    pub host_id: Option<HostId>,
    /// What it is called.
    pub name: String,
    /// The zone of its hours.
    pub time_zone: TimeZone,
    /// The hours, Monday first.
    pub weekly: Week,
    /// Where the host is on some dates. The first that has a date wins.
    pub travel: Vec<Travel>,
    /// Other hours on some dates, by date.
    pub overrides: Vec<Override>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
}

/// What a schedule is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSchedule {
    /// What it is called.
    pub name: String,
    /// The host whose own it is; shared by all when absent.
    #[serde(default)]
    pub host_id: Option<HostId>,
    /// The host's or, of a shared one, the account's unless given.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// Monday to Friday, 09:00 to 17:00, unless given.
    #[serde(default)]
    pub weekly: Option<Week>,
    /// Where the host is on some dates.
    #[serde(default)]
    pub travel: Vec<Travel>,
}

/// A change of a schedule: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchedulePatch {
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// The zone of its hours.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// The hours, Monday first.
    #[serde(default)]
    pub weekly: Option<Week>,
    /// Where the host is on some dates.
    #[serde(default)]
    pub travel: Option<Vec<Travel>>,
}

/// The hours of a date, as they are set.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideHours {
    /// Its hours; none: closed.
    pub hours: Vec<Hours>,
    /// For whoever plans.
    #[serde(default)]
    pub note: Option<String>,
}

const MAX_NAME: usize = 200;
const MAX_NOTE: usize = 500;
const MAX_TRAVEL: usize = 200;
/// Most overrides of one schedule.
pub(super) const MAX_OVERRIDES: i64 = 2_000;

impl Week {
    /// Monday to Friday, 09:00 to 17:00.
    pub fn usual() -> Self {
        let at = |minute| WallTime::of_minute(minute).unwrap_or_default();
        let hours = Hours {
            from: at(9 * 60),
            to: at(17 * 60),
        };
        let mut week = Self::default();
        for day in &mut week.0[..5] {
            day.push(hours);
        }
        week
    }

    fn check(&self, errors: &mut Vec<FieldError>) {
        for (day, hours) in self.0.iter().enumerate() {
            check_hours(hours, &format!("weekly[{day}]"), errors);
        }
    }
}

impl Schedule {
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        errors.extend(text::name(&self.name, MAX_NAME).err());
        self.weekly.check(&mut errors);
        if self.travel.len() > MAX_TRAVEL {
            errors.push(FieldError::new(
                "travel",
                "too_many",
                format!("give at most {MAX_TRAVEL}"),
            ));
        }
        for (index, one) in self.travel.iter().enumerate() {
            let field = format!("travel[{index}].last");
            check_dates(one.first, one.last, &field, &mut errors);
        }
        errors
    }

    /// For the slots.
    pub(crate) fn to_slots(&self) -> slots::Schedule {
        slots::Schedule {
            zone: self.time_zone.clone(),
            weekly: std::array::from_fn(|day| ranges(&self.weekly.0[day])),
            overrides: (self.overrides.iter())
                .map(|one| slots::Override {
                    date: one.date,
                    ranges: ranges(&one.hours),
                })
                .collect(),
            travel: (self.travel.iter())
                .map(|one| slots::Travel {
                    first: one.first,
                    last: one.last,
                    zone: one.time_zone.clone(),
                })
                .collect(),
        }
    }
}

impl OverrideHours {
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_hours(&self.hours, "hours", &mut errors);
        if let Some(note) = &self.note
            && let Err(fault) = text::several_lines(note, MAX_NOTE)
        {
            errors.push(fault.at("note"));
        }
        errors
    }
}

/// What a new host begins with. The ids and times are the host's, whose first it is.
pub(crate) fn first_of(ctx: &ctx::Ctx, host: &Host) -> Schedule {
    Schedule {
        account: host.account,
        id: ctx.ids.next(),
        host_id: Some(host.id),
        name: "Working hours".to_owned(),
        time_zone: host.time_zone.clone(),
        weekly: Week::usual(),
        travel: Vec::new(),
        overrides: Vec::new(),
        created_at: host.created_at,
        updated_at: host.updated_at,
    }
}
