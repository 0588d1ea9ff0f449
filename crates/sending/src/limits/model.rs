//! What a limit is, and how time is cut into slots.

use std::time::Duration;

use kernel::{AccountId, EmailAddress, FieldError, Timestamp};
use serde::{Deserialize, Serialize};

kernel::define_id!(
    /// A limit on sending.
    LimitId
);

/// How long a message that was charged may take until it is handed over.
pub(crate) const SLACK: Duration = Duration::from_secs(15);

/// What a limit is on.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All that the account sends.
    Account,
    /// What one transport takes.
    Transport,
    /// What comes from one address.
    Sender,
    /// What goes to one domain, or to each domain.
    Domain,
}

impl Scope {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Transport => "transport",
            Self::Sender => "sender",
            Self::Domain => "domain",
        }
    }

    pub(super) fn from_stored(text: &str) -> Self {
        match text {
            "transport" => Self::Transport,
            "sender" => Self::Sender,
            "domain" => Self::Domain,
            _ => Self::Account,
        }
    }
}

/// Begins small and grows every day, as receivers expect of a new address or server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// Most messages of the first day.
    #[schema(example = 200)]
    pub first_day: i64,
    /// How much more each day than the day before, in percent.
    #[schema(example = 50)]
    pub growth_percent: i64,
    /// When the first day begins; now when absent.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
}

const DAY: i64 = 86_400_000_000;

impl WarmUp {
    /// Most messages of a day, at this moment.
    pub(crate) fn most(&self, now: Timestamp) -> i64 {
        let start = self.started_at.map_or(0, Timestamp::as_micros);
        if now.as_micros() < start {
            return 0;
        }
        let days = (now.as_micros() - start) / DAY;
        let growth = 1.0 + self.growth_percent as f64 / 100.0;
        let most = self.first_day as f64 * growth.powi(days.min(100_000) as i32);
        if most >= 1e15 { i64::MAX } else { most as i64 }
    }
}

/// A limit.
#[derive(Clone, Debug)]
pub struct Limit {
    pub account: AccountId,
    pub id: LimitId,
    pub scope: Scope,
    /// Empty for the account; else a transport's id, a sender's address, or a recipient domain, `*` for each of them.
    pub key: String,
    pub per_minute: Option<i64>,
    pub per_hour: Option<i64>,
    pub per_day: Option<i64>,
    pub warm_up: Option<WarmUp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a new limit is made from.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLimit {
    /// What it is on.
    pub scope: Scope,
    /// Nothing for the account; a transport's id; a sender's address; a recipient domain, or `*` for each domain by
    /// itself.
    #[serde(default)]
    #[schema(example = "example.com")]
    pub key: String,
    /// Most messages in any minute.
    #[serde(default)]
    pub per_minute: Option<i64>,
    /// Most messages in any hour.
    #[serde(default)]
    #[schema(example = 2000)]
    pub per_hour: Option<i64>,
    /// Most messages in any 24 hours.
    #[serde(default)]
    pub per_day: Option<i64>,
    /// Grows towards `per_day`, or without end when there is none.
    #[serde(default)]
    pub warm_up: Option<WarmUp>,
}

/// A change of a limit: absent is unchanged, `null` removes.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitPatch {
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<i64>)]
    pub per_minute: Option<Option<i64>>,
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<i64>)]
    pub per_hour: Option<Option<i64>>,
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<i64>)]
    pub per_day: Option<Option<i64>>,
    #[serde(deserialize_with = "web::present")]
    #[schema(value_type = Option<WarmUp>)]
    pub warm_up: Option<Option<WarmUp>>,
}

/// A length of time that a number is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// As stored.
    pub(crate) index: i64,
    pub(crate) micros: i64,
    slot: i64,
}

pub(crate) const SPANS: [Span; 3] = [
    Span {
        index: 0,
        micros: 60_000_000,
        slot: 2_000_000,
    },
    Span {
        index: 1,
        micros: 3_600_000_000,
        slot: 60_000_000,
    },
    Span {
        index: 2,
        micros: DAY,
        slot: 900_000_000,
    },
];

impl Span {
    pub(crate) fn slot_of(self, at: Timestamp) -> i64 {
        at.as_micros().div_euclid(self.slot)
    }

    /// The first slot that counts: what was charged in it may have been handed over within this span before `now`.
    pub(crate) fn first_slot(self, now: Timestamp) -> i64 {
        let back = self.micros + i64::try_from(SLACK.as_micros()).unwrap_or(i64::MAX);
        (now.as_micros() - back).div_euclid(self.slot)
    }
}

const MOST: i64 = 1_000_000_000;

impl Limit {
    /// Most messages in a span, if that is limited.
    pub(crate) fn most(&self, span: Span, now: Timestamp) -> Option<i64> {
        match span.index {
            0 => self.per_minute,
            1 => self.per_hour,
            _ => {
                let ramp = self.warm_up.as_ref().map(|warm_up| warm_up.most(now));
                match (self.per_day, ramp) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                }
            }
        }
    }

    /// What is wrong with it.
    pub(super) fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        match self.scope {
            Scope::Account if !self.key.is_empty() => errors.push(FieldError::new(
                "key",
                "not_allowed",
                "leave it out: an account has one limit for all it sends",
            )),
            Scope::Sender => {
                if let Err(why) = EmailAddress::parse(&self.key) {
                    let message = format!("give the address mail comes from: it {why}");
                    errors.push(FieldError::new("key", "invalid_email", message));
                }
            }
            Scope::Domain
                if self.key != "*" && EmailAddress::parse(&format!("a@{}", self.key)).is_err() =>
            {
                errors.push(FieldError::new(
                    "key",
                    "invalid",
                    "give a domain such as example.com, or * for each domain",
                ));
            }
            _ => {}
        }
        for (field, n) in [
            ("per_minute", self.per_minute),
            ("per_hour", self.per_hour),
            ("per_day", self.per_day),
        ] {
            if n.is_some_and(|n| !(1..=MOST).contains(&n)) {
                errors.push(FieldError::new(
                    field,
                    "out_of_range",
                    format!("choose 1 to {MOST}"),
                ));
            }
        }
        if let Some(warm_up) = &self.warm_up {
            if !(1..=MOST).contains(&warm_up.first_day) {
                errors.push(FieldError::new(
                    "warm_up.first_day",
                    "out_of_range",
                    format!("choose 1 to {MOST}"),
                ));
            }
            if !(1..=1000).contains(&warm_up.growth_percent) {
                errors.push(FieldError::new(
                    "warm_up.growth_percent",
                    "out_of_range",
                    "choose 1 to 1000",
                ));
            }
        }
        if self.per_minute.is_none()
            && self.per_hour.is_none()
            && self.per_day.is_none()
            && self.warm_up.is_none()
        {
            errors.push(FieldError::new(
                "per_hour",
                "required",
                "limit a minute, an hour or a day, or warm up",
            ));
        }
        errors
    }
}
