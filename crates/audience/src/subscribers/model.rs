//! People, and who may move from which status to which.

use kernel::{EmailAddress, Error, FieldError, TimeZone, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::input::{Fault, MAX_NAME, MAX_TEXT, Patch, line, paragraph};
use crate::{ImportId, SubscriberId};

/// Whether a person gets marketing mail: only the active do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Gets mail.
    Active,
    /// Has not confirmed yet (double opt-in).
    Unconfirmed,
    /// Does not want mail.
    Unsubscribed,
    /// The address does not work.
    Bounced,
    /// Complained, or was blocked.
    Suppressed,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Unconfirmed,
        Self::Unsubscribed,
        Self::Bounced,
        Self::Suppressed,
    ];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Unconfirmed => "unconfirmed",
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
            Self::Suppressed => "suppressed",
        }
    }

    /// Back from [`Status::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether a person with this status got mail once and must not get any more.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Unsubscribed | Self::Bounced | Self::Suppressed)
    }

    /// How firmly a status keeps mail away. Imports and upserts only ever move a person up.
    const fn firmness(self) -> u8 {
        match self {
            Self::Active => 0,
            Self::Unconfirmed => 1,
            Self::Bounced => 2,
            Self::Unsubscribed => 3,
            Self::Suppressed => 4,
        }
    }

    /// The one that keeps mail away more firmly: what two records of one person have together.
    pub(super) fn firmer(self, other: Self) -> Self {
        if other.firmness() > self.firmness() {
            other
        } else {
            self
        }
    }

    /// What `change` makes of a person in this status: the new status, or the same when there is nothing to do.
    ///
    /// | from \ change | confirm | unsubscribe | bounce | complain, block | resubscribe | unblock |
    /// |---|---|---|---|---|---|---|
    /// | active | active | unsubscribed | bounced | suppressed | active | active |
    /// | unconfirmed | active | unsubscribed | bounced | suppressed | active | unconfirmed |
    /// | unsubscribed | refused | unsubscribed | unsubscribed | suppressed | active | unsubscribed |
    /// | bounced | refused | unsubscribed | bounced | suppressed | active | bounced |
    /// | suppressed | refused | suppressed | suppressed | suppressed | refused | unsubscribed |
    pub fn after(self, change: Change) -> Result<Self, Refused> {
        use Status::{Active, Bounced, Suppressed, Unconfirmed, Unsubscribed};
        Ok(match (self, change) {
            (Suppressed, Change::Confirm | Change::Resubscribe) => return Err(Refused::Suppressed),
            (Unsubscribed | Bounced, Change::Confirm) => return Err(Refused::NotWaiting),
            (_, Change::Confirm | Change::Resubscribe) => Active,
            // After an unblock, an explicit step back to active remains: it may have meant something else.
            (Active | Unconfirmed | Bounced, Change::Unsubscribe)
            | (Suppressed, Change::Unblock) => Unsubscribed,
            (Active | Unconfirmed, Change::Bounce) => Bounced,
            (_, Change::Complain | Change::Block) => Suppressed,
            (same, Change::Unsubscribe | Change::Bounce | Change::Unblock) => same,
        })
    }

    /// What an import or upsert that asks for `wanted` makes of a person in this status. It may only make it firmer,
    /// unless it says that the person asked to be subscribed again; and nothing moves a suppressed person.
    pub fn after_upsert(self, wanted: Option<Self>, resubscribe: bool) -> Self {
        let Some(wanted) = wanted.or(resubscribe.then_some(Self::Active)) else {
            return self;
        };
        // An active person does not have to confirm again.
        let firmer = wanted.firmness() > self.firmness()
            && (self, wanted) != (Self::Active, Self::Unconfirmed);
        let revived = resubscribe
            && self != Self::Suppressed
            && matches!(wanted, Self::Active | Self::Unconfirmed)
            && wanted.firmness() < self.firmness();
        if firmer || revived { wanted } else { self }
    }
}

/// What happens to a person's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The person confirmed the subscription.
    Confirm,
    /// The person, or somebody for them, wants no more mail.
    Unsubscribe,
    /// Mail to the address failed for good.
    Bounce,
    /// The person reported mail as spam.
    Complain,
    /// Somebody put the address on the suppression list.
    Block,
    /// The address was taken off the suppression list.
    Unblock,
    /// The person asked for mail again.
    Resubscribe,
}

/// Why a status does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The address is on the suppression list.
    Suppressed,
    /// Only the unconfirmed can confirm.
    NotWaiting,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Suppressed => Self::conflict(
                "address_suppressed",
                "the address is on the suppression list; take it off the list first, if its owner agrees",
            ),
            Refused::NotWaiting => Self::conflict(
                "not_unconfirmed",
                "this person is not waiting for a confirmation; subscribe them again instead, if they asked for it",
            ),
        }
    }
}

/// Where a person came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A form of ours.
    Form,
    /// A file.
    Import,
    /// A program.
    Api,
    /// An automation.
    Automation,
    /// Typed in by somebody.
    Manual,
    /// A booking.
    Booking,
    /// An inbound webhook or message.
    Inbound,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Form,
        Self::Import,
        Self::Api,
        Self::Automation,
        Self::Manual,
        Self::Booking,
        Self::Inbound,
    ];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Import => "import",
            Self::Api => "api",
            Self::Automation => "automation",
            Self::Manual => "manual",
            Self::Booking => "booking",
            Self::Inbound => "inbound",
        }
    }
}

/// Evidence that a person agreed to get mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// When.
    pub at: Timestamp,
    /// From which IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// Where: a form, a page, a till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The wording that was agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Consent {
    /// Checked and trimmed.
    pub fn checked(self, path: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut take = |name: &str, text: Option<String>, check: &dyn Fn(&str) -> TextResult| {
            text.and_then(|text| {
                check(&text).unwrap_or_else(|fault| {
                    errors.push(fault.at(format!("{path}.{name}")));
                    None
                })
            })
        };
        let consent = Self {
            at: self.at,
            ip: take("ip", self.ip, &ip),
            source: take("source", self.source, &|text| line(text, MAX_NAME)),
            text: take("text", self.text, &|text| paragraph(text, MAX_TEXT)),
        };
        if errors.is_empty() {
            Ok(consent)
        } else {
            Err(errors)
        }
    }
}

type TextResult = Result<Option<String>, Fault>;

pub(super) fn ip(text: &str) -> TextResult {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse::<std::net::IpAddr>()
        .map(|ip| Some(ip.to_string()))
        .map_err(|_| {
            Fault::new(
                "invalid",
                "expected an IP address such as 203.0.113.7 or 2001:db8::1",
            )
        })
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    pub id: SubscriberId,
    /// As it is sent to (see [`EmailAddress`]).
    pub email: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub status: Status,
    /// Why they have the status: a short code of ours or a reason somebody gave.
    pub status_reason: Option<String>,
    pub status_changed_at: Timestamp,
    pub source: Source,
    pub score: i64,
    pub owner: Option<UserId>,
    pub time_zone: Option<String>,
    pub language: Option<String>,
    pub consent: Option<Consent>,
    pub confirmed_at: Option<Timestamp>,
    pub confirmed_ip: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_activity_at: Option<Timestamp>,
    /// The import that created them.
    pub import: Option<ImportId>,
}

/// Changes to the standard attributes of one person. Checked text: see [`Attributes::checked`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    pub first_name: Patch<String>,
    pub last_name: Patch<String>,
    pub phone: Patch<String>,
    pub language: Patch<String>,
    pub time_zone: Patch<String>,
    pub owner: Patch<UserId>,
    pub score: Option<i64>,
}

impl Attributes {
    /// Trims, normalizes and checks; `path` gives the name of an attribute in the input.
    pub fn checked(self, path: impl Fn(&str) -> String) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut take = |name: &str, value: Patch<String>, check: fn(&str) -> TextResult| {
            match value.try_map(|text| check(&text)) {
                Ok(Patch::Set(Some(text))) => Patch::Set(text),
                // Empty text is no text.
                Ok(Patch::Set(None) | Patch::Clear) => Patch::Clear,
                Ok(Patch::Keep) => Patch::Keep,
                Err(fault) => {
                    errors.push(fault.at(path(name)));
                    Patch::Keep
                }
            }
        };
        let checked = Self {
            first_name: take("first_name", self.first_name, person_name),
            last_name: take("last_name", self.last_name, person_name),
            phone: take("phone", self.phone, phone),
            language: take("language", self.language, language),
            time_zone: take("time_zone", self.time_zone, time_zone),
            owner: self.owner,
            score: self.score,
        };
        if let Some(score) = checked.score
            && !(-MAX_SCORE..=MAX_SCORE).contains(&score)
        {
            errors.push(FieldError::new(
                path("score"),
                "out_of_range",
                format!("choose a number from -{MAX_SCORE} to {MAX_SCORE}"),
            ));
        }
        if errors.is_empty() {
            Ok(checked)
        } else {
            Err(errors)
        }
    }

    /// Applies them; the names of the attributes that differ now.
    pub(crate) fn apply(&self, person: &mut Subscriber, changed: &mut Vec<&'static str>) {
        let mut note = |name, is_changed| {
            if is_changed {
                changed.push(name);
            }
        };
        note("first_name", self.first_name.apply(&mut person.first_name));
        note("last_name", self.last_name.apply(&mut person.last_name));
        note("phone", self.phone.apply(&mut person.phone));
        note("language", self.language.apply(&mut person.language));
        note("time_zone", self.time_zone.apply(&mut person.time_zone));
        note("owner_id", self.owner.apply(&mut person.owner));
        if let Some(score) = self.score {
            note("score", score != person.score);
            person.score = score;
        }
    }
}

/// The most points a person can have, up or down.
pub const MAX_SCORE: i64 = 1_000_000_000;

/// An address from text; the error completes the field.
pub fn parse_email(text: &str) -> Result<EmailAddress, Fault> {
    EmailAddress::parse(text)
        .map_err(|why| Fault::new("invalid_email", format!("the address {why}")))
}

/// A first or last name.
pub fn person_name(text: &str) -> Result<Option<String>, Fault> {
    line(text, MAX_NAME)
}

/// A telephone number, as written.
pub fn phone(text: &str) -> Result<Option<String>, Fault> {
    const MAX: usize = 50;
    let Some(text) = line(text, MAX)? else {
        return Ok(None);
    };
    let fits = text
        .chars()
        .all(|c| c.is_ascii_digit() || " +-().,;/*#x".contains(c.to_ascii_lowercase()));
    if fits && text.bytes().any(|b| b.is_ascii_digit()) {
        Ok(Some(text))
    } else {
        Err(Fault::new(
            "invalid",
            "expected a telephone number such as +49 30 1234567",
        ))
    }
}

/// A language tag (RFC 5646), in its usual spelling.
pub fn language(text: &str) -> Result<Option<String>, Fault> {
    const MAX: usize = 35;
    let Some(text) = line(text, MAX)? else {
        return Ok(None);
    };
    let mut tag = String::with_capacity(text.len());
    for (i, part) in text.split(['-', '_']).enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        let fits = match i {
            0 => letters && (2..=3).contains(&part.len()),
            _ => part.bytes().all(|b| b.is_ascii_alphanumeric()) && (1..=8).contains(&part.len()),
        };
        if !fits {
            return Err(Fault::new(
                "invalid",
                "expected a language tag such as de, pt-BR or zh-Hant",
            ));
        }
        if i > 0 {
            tag.push('-');
        }
        let lower = part.to_ascii_lowercase();
        match (i, part.len(), letters) {
            (1.., 2, true) => tag.push_str(&part.to_ascii_uppercase()),
            (1.., 4, true) => {
                tag.push_str(&lower[..1].to_ascii_uppercase());
                tag.push_str(&lower[1..]);
            }
            _ => tag.push_str(&lower),
        }
    }
    Ok(Some(tag))
}

/// An IANA time zone, in its canonical spelling.
pub fn time_zone(text: &str) -> Result<Option<String>, Fault> {
    let Some(text) = line(text, 100)? else {
        return Ok(None);
    };
    TimeZone::parse(&text)
        .map(|zone| Some(zone.name().to_owned()))
        .map_err(|why| Fault::new("invalid", format!("the time zone {why}")))
}
