//! Hits, and what they mean.

use audience::SubscriberId;
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::messages::{Kind, MessageId};

/// What was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HitKind {
    /// The pixel.
    Open,
    /// A link.
    Click,
}

impl HitKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Click => "click",
        }
    }
}

/// Who fetched it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Human,
    Machine(Machine),
}

impl Class {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine(_) => "machine",
        }
    }

    pub(crate) fn machine(self) -> Option<Machine> {
        match self {
            Self::Human => None,
            Self::Machine(machine) => Some(machine),
        }
    }
}

/// What kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Machine {
    /// Apple's mail privacy protection, which fetches everything on delivery.
    ApplePrivacy,
    /// Gmail, before anybody looks.
    GmailPrefetch,
    /// A scanner of mail that says so.
    Scanner,
    /// A crawler, a link checker, a library.
    Bot,
    /// It asked for the headers only.
    Head,
    /// It does not say what it is.
    Unnamed,
    /// It followed the links of a mail all at once.
    Burst,
    /// It comes from a network of machines that the operator named.
    Network,
}

impl Machine {
    /// As stored and in reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ApplePrivacy => "apple_privacy",
            Self::GmailPrefetch => "gmail_prefetch",
            Self::Scanner => "scanner",
            Self::Bot => "bot",
            Self::Head => "head",
            Self::Unnamed => "unnamed",
            Self::Burst => "burst",
            Self::Network => "network",
        }
    }
}

/// What a token names.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) account: AccountId,
    pub(crate) message: MessageId,
    pub(crate) kind: Kind,
    pub(crate) campaign: i64,
    pub(crate) subscriber: SubscriberId,
    pub(crate) revision: i64,
    /// Of an A/B test.
    pub(crate) variant: Option<i64>,
    pub(crate) address: String,
}

impl Subject {
    /// What its events are about: the campaign, or the message itself.
    pub(crate) fn event_subject(&self) -> i64 {
        match self.kind {
            Kind::Transactional => self.message.get(),
            Kind::Campaign | Kind::Test => self.campaign,
        }
    }
}

/// One request for a pixel or a link.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) subject: Subject,
    pub(crate) kind: HitKind,
    /// The link's number, of a click.
    pub(crate) link: Option<u16>,
    /// How many links the mail has, of a click.
    pub(crate) links: usize,
    pub(crate) class: Class,
    pub(crate) user_agent: Option<String>,
    pub(crate) ip: Option<String>,
    /// Two letters.
    pub(crate) country: Option<String>,
    pub(crate) at: Timestamp,
}

/// Why somebody left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnsubscribeReason {
    /// "Too many mails".
    TooMany,
    /// "Not interesting any more".
    NotInteresting,
    /// "I never signed up".
    NeverSignedUp,
    /// "Looks like spam".
    Spam,
    /// Something else.
    Other,
    /// One click in the mail program, which asks no questions.
    OneClick,
}

impl UnsubscribeReason {
    /// Those that the page offers, with their words.
    pub(crate) const OFFERED: [(Self, &'static str); 5] = [
        (Self::TooMany, "You write too often"),
        (Self::NotInteresting, "It is not interesting to me any more"),
        (Self::NeverSignedUp, "I never signed up"),
        (Self::Spam, "It looks like spam"),
        (Self::Other, "Something else"),
    ];

    /// As stored and in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooMany => "too_many",
            Self::NotInteresting => "not_interesting",
            Self::NeverSignedUp => "never_signed_up",
            Self::Spam => "spam",
            Self::Other => "other",
            Self::OneClick => "one_click",
        }
    }

    pub(crate) fn from_form(text: &str) -> Option<Self> {
        Self::OFFERED
            .into_iter()
            .map(|(reason, _)| reason)
            .find(|reason| reason.as_str() == text)
    }
}
