//! An account and its settings.

use kernel::{AccountId, EmailAddress, Result, TimeZone, Timestamp};
use serde::Serialize;

use crate::input::Faults;

/// A workspace with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What its members call it.
    #[schema(example = "Analytical Engines")]
    pub name: String,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// The language of its pages and mails: a language tag.
    #[schema(example = "en")]
    pub language: String,
    /// The name that campaigns are from unless they say otherwise.
    #[schema(example = "Ada of Analytical Engines")]
    pub sender_name: Option<String>,
    /// The address that campaigns are from unless they say otherwise.
    pub sender_email: Option<EmailAddress>,
    /// Where replies go unless a campaign says otherwise; absent means to the sender.
    pub reply_to: Option<EmailAddress>,
    /// The postal address that mail law asks for, in several lines.
    #[schema(example = "12 St James's Square\nLondon SW1Y 4LB")]
    pub postal_address: Option<String>,
    /// How many of 1,000 addresses of a campaign may not exist before it pauses by itself; 1,000 is never.
    #[schema(example = 80)]
    pub pause_bounces_per_1000: i64,
    /// How many of 1,000 recipients may report a campaign as spam before it pauses by itself; 1,000 is never.
    #[schema(example = 3)]
    pub pause_complaints_per_1000: i64,
    /// With how many messages of a campaign at an end those two begin to count: of few, a share says little.
    #[schema(example = 200)]
    pub pause_min_messages: i64,
    /// Rises with each change; also the ETag.
    #[schema(example = 1)]
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
}

/// What a new account needs.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What its members call it.
    pub name: String,
    /// UTC unless given.
    pub time_zone: Option<TimeZone>,
    /// English unless given.
    pub language: Option<String>,
}

/// A change of settings: absent fields stay, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The name.
    pub name: Option<String>,
    /// The time zone.
    pub time_zone: Option<TimeZone>,
    /// The language.
    pub language: Option<String>,
    /// The sender's name.
    pub sender_name: Option<Option<String>>,
    /// The sender's address.
    pub sender_email: Option<Option<EmailAddress>>,
    /// Where replies go.
    pub reply_to: Option<Option<EmailAddress>>,
    /// The postal address.
    pub postal_address: Option<Option<String>>,
    /// Bounces at which campaigns pause.
    pub pause_bounces_per_1000: Option<i64>,
    /// Complaints at which they do.
    pub pause_complaints_per_1000: Option<i64>,
    /// From how many messages on.
    pub pause_min_messages: Option<i64>,
}

const LONGEST_NAME: usize = 100;
const LONGEST_ADDRESS: usize = 500;
/// What receivers of mail put up with, unless an account says otherwise. The migration that made the columns says the
/// same.
const PAUSE_BOUNCES_PER_1000: i64 = 80;
const PAUSE_COMPLAINTS_PER_1000: i64 = 3;
const PAUSE_MIN_MESSAGES: i64 = 200;
const MOST_MIN_MESSAGES: i64 = 1_000_000;

impl Account {
    /// A new one, checked.
    pub(super) fn try_new(id: AccountId, new: NewAccount, now: Timestamp) -> Result<Self> {
        let mut faults = Faults::default();
        let account = Self {
            id,
            name: faults.line("name", &new.name, LONGEST_NAME),
            time_zone: new.time_zone.unwrap_or_else(TimeZone::utc),
            language: new
                .language
                .map_or_else(|| "en".to_owned(), |tag| language(&mut faults, &tag)),
            sender_name: None,
            sender_email: None,
            reply_to: None,
            postal_address: None,
            pause_bounces_per_1000: PAUSE_BOUNCES_PER_1000,
            pause_complaints_per_1000: PAUSE_COMPLAINTS_PER_1000,
            pause_min_messages: PAUSE_MIN_MESSAGES,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        faults.finish()?;
        Ok(account)
    }

    /// Takes over a change, checked. The version and the time are for the store to write.
    pub(super) fn apply(&mut self, patch: Patch) -> Result<()> {
        let mut faults = Faults::default();
        if let Some(name) = patch.name {
            self.name = faults.line("name", &name, LONGEST_NAME);
        }
        if let Some(time_zone) = patch.time_zone {
            self.time_zone = time_zone;
        }
        if let Some(tag) = patch.language {
            self.language = language(&mut faults, &tag);
        }
        if let Some(name) = patch.sender_name {
            self.sender_name = faults.optional_line("sender_name", name, LONGEST_NAME);
        }
        if let Some(address) = patch.sender_email {
            self.sender_email = address;
        }
        if let Some(address) = patch.reply_to {
            self.reply_to = address;
        }
        if let Some(address) = patch.postal_address {
            self.postal_address = faults.optional_lines("postal_address", address, LONGEST_ADDRESS);
        }
        for (field, given, most, kept) in [
            (
                "pause_bounces_per_1000",
                patch.pause_bounces_per_1000,
                1000,
                &mut self.pause_bounces_per_1000,
            ),
            (
                "pause_complaints_per_1000",
                patch.pause_complaints_per_1000,
                1000,
                &mut self.pause_complaints_per_1000,
            ),
            (
                "pause_min_messages",
                patch.pause_min_messages,
                MOST_MIN_MESSAGES,
                &mut self.pause_min_messages,
            ),
        ] {
            match given {
                Some(n) if (1..=most).contains(&n) => *kept = n,
                Some(_) => faults.add(field, "out_of_range", format!("choose 1 to {most}")),
                None => {}
            }
        }
        faults.finish()
    }
}

/// A language tag (RFC 5646) by its form: `en`, `pt-BR`, `zh-Hant-TW`.
fn language(faults: &mut Faults, tag: &str) -> String {
    let tag = tag.trim();
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let well_formed = (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if !well_formed || tag.len() > 35 {
        faults.add(
            "language",
            "invalid",
            "expected a language tag, such as en or pt-BR",
        );
    }
    tag.to_owned()
}
