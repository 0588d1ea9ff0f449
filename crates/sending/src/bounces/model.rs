//! What a bounce says of an address.

use identity::accounts::Account;
use kernel::Timestamp;
use mail::smtp::Enhanced;
use serde::Serialize;

use crate::messages::{MessageId, total};

/// What a bounce says of an address.
///
/// | class | means | code of RFC 3463 | follows |
/// |---|---|---|---|
/// | `hard` | the address does not exist | 5.1.x, 5.2.1, or words such as "user unknown" | never again, at once |
/// | `soft` | it cannot be reached | 4.x.x after all tries, 5.3.x, 5.4.x, other 5.x.x | never again after three in 30 days |
/// | `full` | the mailbox is full | x.2.2 | nothing |
/// | `blocked` | the sender or the text is not wanted | 5.5.x, 5.6.x, 5.7.x | nothing: it is about us |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BounceClass {
    /// The address does not exist.
    Hard,
    /// It cannot be reached.
    Soft,
    /// Its mailbox is full.
    Full,
    /// The sender or the text is not wanted there.
    Blocked,
}

/// Words of servers that do not say by a code that there is no such address.
const NOBODY: [&str; 10] = [
    "user unknown",
    "unknown user",
    "no such user",
    "no such recipient",
    "does not exist",
    "doesn't exist",
    "unknown recipient",
    "invalid recipient",
    "no mailbox here",
    "user not found",
];
/// Words of those that refuse a sender.
const UNWANTED: [&str; 8] = [
    "spam",
    "blocked",
    "blacklist",
    "block list",
    "blocklist",
    "reputation",
    "policy",
    "dmarc",
];

impl BounceClass {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Full => "full",
            Self::Blocked => "blocked",
        }
    }

    /// By what a server said. `code` is that of SMTP, 0 if there was none.
    pub(crate) fn of(code: u16, status: Option<Enhanced>, words: &str) -> Self {
        let words = words.to_lowercase();
        let says = |list: &[&str]| list.iter().any(|part| words.contains(part));
        match status.map(|status| (status.class, status.subject, status.detail)) {
            Some((_, 2, 2)) => Self::Full,
            Some((4, ..)) => Self::Soft,
            // 5.1.7 and 5.1.8 are about the address of the sender.
            Some((_, 1, 7 | 8) | (_, 5..=7, _)) => Self::Blocked,
            Some((_, 1, _) | (_, 2, 1)) => Self::Hard,
            // 5.0.0 says nothing, so the words count.
            Some((_, 0, _)) | None => match code {
                400..=499 => Self::Soft,
                _ if says(&NOBODY) => Self::Hard,
                552 => Self::Full,
                _ if says(&UNWANTED) => Self::Blocked,
                _ => Self::Soft,
            },
            Some(_) => Self::Soft,
        }
    }

    /// The roll-up that counts it.
    pub(crate) fn total(self) -> &'static str {
        match self {
            Self::Hard => total::HARD_BOUNCES,
            Self::Soft | Self::Full | Self::Blocked => total::SOFT_BOUNCES,
        }
    }
}

/// What was done about a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportOutcome)]
pub enum Outcome {
    /// The message is marked as bounced.
    Bounced,
    /// The message is marked as complained about, and its recipient gets no mail any more.
    Complained,
    /// It is known already.
    Known,
    /// It is no failure: the message was delayed or delivered, or somebody said that it is no spam.
    Ignored,
    /// It is about no message of this account.
    Unknown,
}

/// What came of a report about one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({"outcome": "bounced", "message_id": "361240977588224000", "class": "hard"}))]
pub struct ReportResult {
    /// What was done.
    pub outcome: Outcome,
    /// About which message.
    #[schema(required)]
    pub message_id: Option<MessageId>,
    /// How it bounced.
    #[schema(required)]
    pub class: Option<BounceClass>,
}

impl ReportResult {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            message_id: None,
            class: None,
        }
    }
}

/// So many soft bounces within so many days, and an address is not written to again.
pub(super) const SOFT_LIMIT: i64 = 3;
pub(super) const SOFT_DAYS: u64 = 30;

/// What became of a campaign so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcomes {
    pub(super) sent: i64,
    pub(super) failed: i64,
    pub(super) hard_bounces: i64,
    pub(super) complaints: i64,
}

/// What an account puts up with before a campaign pauses by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct PauseLimits {
    bounces_per_1000: i64,
    complaints_per_1000: i64,
    min_messages: i64,
}

impl From<&Account> for PauseLimits {
    fn from(account: &Account) -> Self {
        Self {
            bounces_per_1000: account.pause_bounces_per_1000,
            complaints_per_1000: account.pause_complaints_per_1000,
            min_messages: account.pause_min_messages,
        }
    }
}

/// Why a campaign should pause by itself: the share of hard bounces or of complaints is above what the account allows.
pub(super) fn too_bad(outcomes: Outcomes, limits: PauseLimits) -> Option<String> {
    /// One or two people say nothing, however strict the limit is.
    const FEWEST_COMPLAINTS: i64 = 3;
    let Outcomes {
        sent,
        failed,
        hard_bounces,
        complaints,
    } = outcomes;
    let tried = sent + failed;
    let fewest = limits.min_messages;
    let per_1000 = limits.bounces_per_1000;
    if tried >= fewest && hard_bounces * 1000 > tried * per_1000 {
        return Some(format!(
            "{hard_bounces} of {tried} addresses do not exist, more than {per_1000} of 1,000: receivers take such a list \
             for a bought one; check where it comes from, then resume it or cancel it"
        ));
    }
    let per_1000 = limits.complaints_per_1000;
    if sent >= fewest && complaints >= FEWEST_COMPLAINTS && complaints * 1000 > sent * per_1000 {
        return Some(format!(
            "{complaints} of {sent} people reported it as spam, more than {per_1000} of 1,000: receivers will soon refuse \
             all your mail; check who is on the list, then resume it or cancel it"
        ));
    }
    None
}

/// When a report came, and what it said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) at: Timestamp,
    pub(super) text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_told_apart() {
        use BounceClass::{Blocked, Full, Hard, Soft};
        let code = |class, subject, detail| {
            Some(Enhanced {
                class,
                subject,
                detail,
            })
        };
        for (smtp, status, words, wanted) in [
            (550, code(5, 1, 1), "user unknown", Hard),
            (550, code(5, 1, 10), "null MX", Hard),
            (550, code(5, 2, 1), "mailbox disabled", Hard),
            (552, code(5, 2, 2), "mailbox full", Full),
            (452, code(4, 2, 2), "over quota", Full),
            (550, code(5, 7, 1), "user unknown", Blocked),
            (550, code(5, 7, 515), "not authenticated", Blocked),
            (550, code(5, 7, 26), "DMARC", Blocked),
            (553, code(5, 1, 8), "bad sender domain", Blocked),
            (554, code(5, 6, 0), "content", Blocked),
            (0, code(4, 4, 7), "delivery time expired", Soft),
            (550, code(5, 4, 1), "no route", Soft),
            (550, None, "No such user here", Hard),
            (550, code(5, 0, 0), "Unknown user", Hard),
            (554, None, "blocked using some list", Blocked),
            (552, None, "over quota", Full),
            (550, None, "requested action not taken", Soft),
            (450, None, "user unknown", Soft),
            (0, None, "", Soft),
        ] {
            assert_eq!(
                BounceClass::of(smtp, status, words),
                wanted,
                "{smtp} {words}"
            );
        }
    }

    #[test]
    fn a_campaign_pauses_when_more_goes_wrong_than_the_account_allows() {
        let usual = [80, 3, 200];
        for (limits, sent, failed, hard_bounces, complaints, pauses) in [
            (usual, 50, 50, 50, 0, false),
            (usual, 184, 16, 16, 0, false),
            (usual, 183, 17, 17, 0, true),
            (usual, 199, 0, 0, 50, false),
            (usual, 300, 0, 0, 2, false),
            (usual, 1000, 0, 0, 3, false),
            (usual, 1000, 0, 0, 4, true),
            // Stricter, earlier, and never.
            ([50, 3, 200], 189, 11, 11, 0, true),
            ([50, 3, 200], 190, 10, 10, 0, false),
            ([80, 1, 200], 2000, 0, 0, 3, true),
            ([80, 1, 200], 3000, 0, 0, 3, false),
            ([80, 1, 1], 10, 0, 0, 2, false),
            ([80, 3, 10], 5, 5, 5, 0, true),
            ([80, 3, 1000], 500, 499, 499, 0, false),
            ([1000, 1000, 1], 1, 999, 999, 1, false),
            ([1000, 1000, 1], 0, 1000, 1000, 0, false),
        ] {
            let [bounces_per_1000, complaints_per_1000, min_messages] = limits;
            let limits = PauseLimits {
                bounces_per_1000,
                complaints_per_1000,
                min_messages,
            };
            let outcomes = Outcomes {
                sent,
                failed,
                hard_bounces,
                complaints,
            };
            let why = too_bad(outcomes, limits);
            assert_eq!(why.is_some(), pauses, "{limits:?} {outcomes:?}");
        }
    }
}
