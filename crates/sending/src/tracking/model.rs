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
    Machine,
}

impl Class {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
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

/// One request for a pixel or a link.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) subject: Subject,
    pub(crate) kind: HitKind,
    /// The link's number, of a click.
    pub(crate) link: Option<u16>,
    pub(crate) class: Class,
    pub(crate) user_agent: Option<String>,
    pub(crate) ip: Option<String>,
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
