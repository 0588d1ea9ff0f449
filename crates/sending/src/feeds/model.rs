//! What a feed is, and what is taken from it.

use std::time::Duration;

use kernel::{AccountId, FieldError, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaigns::CampaignId;
use crate::series::Rule;

kernel::define_id!(
    /// A feed that is followed.
    FeedId
);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedMode {
    /// Each item by itself, as it appears.
    Each,
    /// What is new, together, at the times of a rule.
    Digest,
}

impl FeedMode {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Digest => "digest",
        }
    }

    pub(super) fn from_stored(text: &str) -> Self {
        if text == "each" {
            Self::Each
        } else {
            Self::Digest
        }
    }
}

/// Where a feed is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedState {
    /// Looked at.
    Active,
    /// Not.
    Paused,
}

impl FeedState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }

    pub(super) fn from_stored(text: &str) -> Self {
        if text == "active" {
            Self::Active
        } else {
            Self::Paused
        }
    }
}

/// A feed that is followed.
#[derive(Clone, Debug)]
pub struct Feed {
    pub account: AccountId,
    pub id: FeedId,
    pub name: String,
    pub url: String,
    /// What it calls itself, and its page.
    pub title: String,
    pub link: String,
    /// The draft of which a copy is sent.
    pub campaign: CampaignId,
    pub mode: FeedMode,
    /// When a digest is sent.
    pub rule: Option<Rule>,
    pub time_zone: TimeZone,
    /// How often it is looked at.
    pub every_minutes: i64,
    /// Most items of a digest.
    pub most_items: i64,
    pub state: FeedState,
    /// Whether it has been read: what it had then is no news.
    pub seen: bool,
    pub poll_at: Timestamp,
    /// Of a digest.
    pub send_at: Option<Timestamp>,
    /// What the server said to tell whether it has changed.
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// In a row.
    pub failures: i64,
    /// Why it is paused, or cannot be read.
    pub note: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A feed to be followed.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeed {
    #[schema(example = "The shop's blog")]
    pub name: String,
    /// RSS, Atom or JSON Feed.
    #[schema(example = "https://example.com/feed.xml")]
    pub url: String,
    /// A draft: what is sent, with `items` in it.
    pub campaign_id: CampaignId,
    pub mode: FeedMode,
    /// When a digest is sent; only for `digest`.
    #[serde(default)]
    pub rule: Option<Rule>,
    /// The account's when absent.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// How often it is looked at: 15 to 1440, 60 unless given.
    #[serde(default)]
    #[schema(minimum = 15, maximum = 1440)]
    pub every_minutes: Option<i64>,
    /// Most items of a digest, the newest: 1 to 50, 10 unless given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50)]
    pub most_items: Option<i64>,
}

/// A change of a feed: absent is unchanged.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeedPatch {
    pub name: Option<String>,
    pub rule: Option<Rule>,
    pub every_minutes: Option<i64>,
    pub most_items: Option<i64>,
    /// What appears while it is paused is no news when it goes on.
    pub state: Option<FeedState>,
}

pub(super) const DEFAULT_EVERY: i64 = 60;
pub(super) const DEFAULT_ITEMS: i64 = 10;

/// What is wrong with its numbers and its rule.
pub(super) fn check(feed: &Feed, errors: &mut Vec<FieldError>) {
    let mut wrong = |field: &'static str, code: &'static str, message: &'static str| {
        errors.push(FieldError::new(field, code, message));
    };
    if !(15..=1440).contains(&feed.every_minutes) {
        wrong("every_minutes", "out_of_range", "choose 15 to 1440");
    }
    if !(1..=50).contains(&feed.most_items) {
        wrong("most_items", "out_of_range", "choose 1 to 50");
    }
    match (feed.mode, &feed.rule) {
        (FeedMode::Digest, None) => wrong("rule", "required", "say when the digest is sent"),
        (FeedMode::Each, Some(_)) => {
            wrong(
                "rule",
                "not_allowed",
                "leave it out: each item is sent as it appears",
            );
        }
        (_, Some(rule)) => rule.check(errors),
        (_, None) => {}
    }
}

/// How long until a feed is looked at again: longer each time it could not be read, up to a day.
pub(super) fn pause(every_minutes: i64, failures: i64) -> Duration {
    let doublings = u32::try_from(failures).unwrap_or(0).min(6);
    let minutes = every_minutes.max(15).unsigned_abs() << doublings;
    Duration::from_mins(minutes.min(24 * 60))
}

/// What is taken from an item. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FeedItem)]
pub struct Item {
    pub title: String,
    pub link: String,
    /// Plain text.
    pub summary: String,
    /// A day, such as 2026-05-04.
    pub published: String,
    /// The address of a picture.
    pub image: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_cannot_be_read_is_asked_less_and_less() {
        let minutes = |failures| pause(60, failures).as_secs() / 60;
        assert_eq!(
            [0, 1, 2, 4, 5, 90].map(minutes),
            [60, 120, 240, 960, 1440, 1440]
        );
        assert_eq!(pause(0, 0), Duration::from_mins(15));
    }
}
