//! Blocks and time off.

use jiff::civil::{Date, DateTime};
use kernel::{AccountId, FieldError, Timestamp, text};
use serde::{Deserialize, Serialize};

use crate::slots;
use crate::wall::{Hours, check_dates, check_hours};
use crate::{BlockId, HostId, TimeOffId};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are called what they are")]
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

/// On which dates a block repeats, counted from its first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Repeat {
    /// Every so many days.
    Days {
        /// 1: each day.
        every: u32,
    },
    /// On some days of every so many weeks, which begin on Monday.
    Weeks {
        /// 1: each week.
        every: u32,
        /// Which days.
        weekdays: Vec<Weekday>,
    },
    /// On a day of every so many months; months without it are left out.
    MonthDay {
        /// 1: each month.
        every: u32,
        /// 1 to 31.
        day: i8,
    },
    /// Such as on the second Tuesday of every so many months.
    MonthWeekday {
        /// 1: each month.
        every: u32,
        /// 1 to 5, or -1 for the last of the month.
        nth: i8,
        /// Which day.
        weekday: Weekday,
    },
}

/// When a host is blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BlockSpec {
    /// From one wall time to another.
    Once {
        /// Such as 2026-05-04T09:00, where the host is.
        #[schema(value_type = String, example = "2026-05-04T09:00")]
        from: DateTime,
        /// Where the host is then.
        #[schema(value_type = String, example = "2026-05-04T12:30")]
        to: DateTime,
    },
    /// The same hours on many dates.
    Repeated {
        /// The hours.
        hours: Hours,
        /// On which dates.
        repeat: Repeat,
        /// The first date that may have it.
        #[schema(value_type = String, format = Date)]
        first: Date,
        /// The last date that may have it.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = Date)]
        last: Option<Date>,
        /// Dates that do not.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        except: Vec<Date>,
    },
}

/// Time that a host has for nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = HostBlock, example = json!({
    "id": "361240977588224002",
    "host_id": "361240977588224000",
    "title": "Dentist",
    "when": {"kind": "once", "from": "2026-05-04T09:00:00", "to": "2026-05-04T12:30:00"},
    "created_at": "2026-05-04T09:30:00Z",
}))]
pub struct Block {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: BlockId,
    /// Whose time it is.
    pub host_id: HostId,
    /// What for; visitors do not read it.
    #[schema(required)]
    pub title: Option<String>,
    /// When.
    pub when: BlockSpec,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a block is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlock {
    /// What for; visitors do not read it.
    #[serde(default)]
    pub title: Option<String>,
    /// When.
    pub when: BlockSpec,
}

/// Dates on which a host is out of office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TimeOff {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: TimeOffId,
    /// Who is away.
    pub host_id: HostId,
    /// The first date.
    #[schema(value_type = String, format = Date)]
    pub first: Date,
    /// The last date.
    #[schema(value_type = String, format = Date)]
    pub last: Date,
    /// What visitors of the host's page may read.
    #[schema(required)]
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What time off is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTimeOff {
    /// The first date.
    #[schema(value_type = String, format = Date)]
    pub first: Date,
    /// The last date.
    #[schema(value_type = String, format = Date)]
    pub last: Date,
    /// What visitors of the host's page may read.
    #[serde(default)]
    pub note: Option<String>,
}

const MAX_TITLE: usize = 200;
const MAX_NOTE: usize = 1_000;
const MAX_EXCEPT: usize = 1_000;

impl NewBlock {
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(title) = &self.title
            && let Err(fault) = text::one_line(title, MAX_TITLE)
        {
            errors.push(fault.at("title"));
        }
        match &self.when {
            BlockSpec::Once { from, to } => {
                if to <= from {
                    errors.push(FieldError::new(
                        "when.to",
                        "out_of_range",
                        "choose a time after `from`",
                    ));
                }
            }
            BlockSpec::Repeated {
                hours,
                repeat,
                first,
                last,
                except,
            } => {
                check_hours(std::slice::from_ref(hours), "when.hours", &mut errors);
                check_dates(*first, *last, "when.last", &mut errors);
                if except.len() > MAX_EXCEPT {
                    errors.push(FieldError::new(
                        "when.except",
                        "too_many",
                        format!("give at most {MAX_EXCEPT} dates"),
                    ));
                }
                repeat.check(&mut errors);
            }
        }
        errors
    }
}

impl Repeat {
    fn check(&self, errors: &mut Vec<FieldError>) {
        let mut refuse = |field: &str, message: &str| {
            errors.push(FieldError::new(
                format!("when.repeat.{field}"),
                "out_of_range",
                message,
            ));
        };
        let (Self::Days { every }
        | Self::Weeks { every, .. }
        | Self::MonthDay { every, .. }
        | Self::MonthWeekday { every, .. }) = self;
        if !(1..=1000).contains(every) {
            refuse("every", "choose 1 to 1000");
        }
        match self {
            Self::Weeks { weekdays, .. } if weekdays.is_empty() => {
                refuse("weekdays", "choose at least one day");
            }
            Self::MonthDay { day, .. } if !(1..=31).contains(day) => {
                refuse("day", "choose 1 to 31");
            }
            Self::MonthWeekday { nth, .. } if *nth != -1 && !(1..=5).contains(nth) => {
                refuse("nth", "choose 1 to 5, or -1 for the last");
            }
            _ => {}
        }
    }

    fn pattern(&self) -> slots::Pattern {
        match self {
            Self::Days { every } => slots::Pattern::Days { every: *every },
            Self::Weeks { every, weekdays } => slots::Pattern::Weeks {
                every: *every,
                weekdays: weekdays.iter().map(|day| (*day).into()).collect(),
            },
            Self::MonthDay { every, day } => slots::Pattern::MonthDay {
                every: *every,
                day: *day,
            },
            Self::MonthWeekday {
                every,
                nth,
                weekday,
            } => slots::Pattern::MonthWeekday {
                every: *every,
                nth: *nth,
                weekday: (*weekday).into(),
            },
        }
    }
}

impl BlockSpec {
    /// For the slots.
    pub(crate) fn to_slots(&self) -> Option<slots::Block> {
        match self {
            Self::Once { from, to } => Some(slots::Block::Once {
                from: *from,
                to: *to,
            }),
            Self::Repeated {
                hours,
                repeat,
                first,
                last,
                except,
            } => Some(slots::Block::Repeated {
                range: hours.range()?,
                pattern: repeat.pattern(),
                first: *first,
                last: *last,
                except: except.clone(),
            }),
        }
    }
}

impl NewTimeOff {
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_dates(self.first, Some(self.last), "last", &mut errors);
        if let Some(note) = &self.note
            && let Err(fault) = text::several_lines(note, MAX_NOTE)
        {
            errors.push(fault.at("note"));
        }
        errors
    }
}
