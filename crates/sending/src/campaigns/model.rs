//! What a campaign is, and what may be done with it when.

use std::time::Duration;

use audience::{GroupId, SegmentId, TagId};
use kernel::{AccountId, EmailAddress, Error, FieldError, Timestamp};
use rules::{Membership, Quantifier, Rule};
use serde::{Deserialize, Serialize};

use super::ab::AbTest;
use super::local_time::LocalTime;
use crate::senders::SenderId;
use crate::series::SeriesId;
use crate::transports::TransportId;

kernel::define_id!(
    /// A campaign.
    CampaignId
);
kernel::define_id!(
    /// An immutable version of a campaign's content.
    RevisionId
);

/// Where a campaign is in its life.
///
/// ```text
/// draft <-> scheduled -> sending <-> paused
///   |________________________^ |        |
///                       sent <-'  cancelled (from scheduled, sending, paused)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Being written.
    Draft,
    /// Will be sent at its time.
    Scheduled,
    /// On its way. The list of recipients was taken when this began.
    Sending,
    /// Halted; nothing more goes out until it is resumed.
    Paused,
    /// Every message is at an end.
    Sent,
    /// Given up; what was not sent will not be.
    Cancelled,
}

impl CampaignState {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Sending => "sending",
            Self::Paused => "paused",
            Self::Sent => "sent",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        [
            Self::Draft,
            Self::Scheduled,
            Self::Sending,
            Self::Paused,
            Self::Sent,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// To whom: everybody in one of the lists who is in none of the exclusions, is active and not suppressed; each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Audience {
    /// All active subscribers, whatever the lists say.
    pub everyone: bool,
    /// In at least one of these groups.
    pub groups: Vec<GroupId>,
    /// Or in at least one of these segments.
    pub segments: Vec<SegmentId>,
    /// Or with at least one of these tags.
    pub tags: Vec<TagId>,
    /// But in none of these groups.
    pub exclude_groups: Vec<GroupId>,
    /// In none of these segments.
    pub exclude_segments: Vec<SegmentId>,
    /// And with none of these tags.
    pub exclude_tags: Vec<TagId>,
}

impl Audience {
    /// Whether nobody was chosen yet.
    pub fn is_empty(&self) -> bool {
        !self.everyone && self.groups.is_empty() && self.segments.is_empty() && self.tags.is_empty()
    }

    /// Which of its lists a fault of [`Self::to_rule`] means, such as `exclude_tags[0]`: nobody knows that rule.
    pub(super) fn list_of(fault: &FieldError) -> Option<String> {
        let kind = match &*fault.code {
            "unknown_group" => "groups",
            "unknown_segment" | "segment_cycle" => "segments",
            "unknown_tag" => "tags",
            _ => return None,
        };
        let exclude = if fault.field.contains(".not") {
            "exclude_"
        } else {
            ""
        };
        let index = fault.field.rfind('[').map(|at| &fault.field[at..])?;
        Some(format!("{exclude}{kind}{index}"))
    }

    /// As one rule, so that choosing recipients and matching a segment are the same thing.
    pub fn to_rule(&self) -> Rule {
        fn any<T: Copy + Into<i64>>(ids: &[T], of: fn(Membership) -> Rule) -> Option<Rule> {
            (!ids.is_empty()).then(|| {
                of(Membership {
                    quantifier: Quantifier::Any,
                    ids: ids.iter().map(|id| (*id).into()).collect(),
                })
            })
        }
        let excluded: Vec<Rule> = [
            any(&self.exclude_groups, Rule::Group),
            any(&self.exclude_segments, Rule::Segment),
            any(&self.exclude_tags, Rule::Tag),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut all = Vec::new();
        if !self.everyone {
            all.push(Rule::Any(
                [
                    any(&self.groups, Rule::Group),
                    any(&self.segments, Rule::Segment),
                    any(&self.tags, Rule::Tag),
                ]
                .into_iter()
                .flatten()
                .collect(),
            ));
        }
        if !excluded.is_empty() {
            all.push(Rule::Not(Box::new(Rule::Any(excluded))));
        }
        Rule::All(all)
    }
}

/// The kinds of campaigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    /// One mail to everybody.
    Regular,
    /// Variants are tried on some; the others get the best.
    Ab,
    /// Again to those who did not react.
    Resend,
}

/// Who did not react to an earlier campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotReacted {
    /// Got it and neither opened nor clicked.
    NonOpeners,
    /// Got it and did not click.
    NonClickers,
}

impl NotReacted {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NonOpeners => "non_openers",
            Self::NonClickers => "non_clickers",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Self {
        if text == "non_clickers" {
            Self::NonClickers
        } else {
            Self::NonOpeners
        }
    }
}

/// To whom a campaign is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Resend {
    /// The campaign they got.
    #[serde(rename = "campaign_id")]
    pub campaign: CampaignId,
    pub to: NotReacted,
}

/// A campaign.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub account: AccountId,
    pub id: CampaignId,
    pub name: String,
    pub state: CampaignState,
    /// Its content; absent until something was written.
    pub revision: Option<RevisionId>,
    /// Whose name and addresses the next three are.
    pub sender: Option<SenderId>,
    pub sender_name: String,
    /// Empty until it is set.
    pub sender_email: String,
    pub reply_to: Option<String>,
    pub audience: Audience,
    /// The account's default when absent.
    pub transport: Option<TransportId>,
    /// Its messages are spread over so many minutes.
    pub spread_minutes: Option<i64>,
    /// Everybody gets it when it is this time where they are.
    pub local_time: Option<LocalTime>,
    pub ab: Option<AbTest>,
    /// Its recipients are among those of an earlier one.
    pub resend: Option<Resend>,
    /// The series that sent it.
    pub series: Option<SeriesId>,
    pub scheduled_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// Why it is paused, when no person paused it.
    pub pause_reason: Option<String>,
    /// Whether every recipient has a message row.
    pub snapshot_done: bool,
    /// The last subscriber looked at.
    pub snapshot_cursor: i64,
    /// Rises with every change: the ETag.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub created_by: String,
}

/// Why a campaign cannot be sent as it is.
pub(crate) fn faults_before_sending(campaign: &Campaign, has_content: bool) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Err(why) = EmailAddress::parse(&campaign.sender_email) {
        faults.push(FieldError::new(
            "sender_email",
            "required",
            format!("set the address the campaign comes from: it {why}"),
        ));
    }
    if campaign.audience.is_empty() {
        faults.push(FieldError::new(
            "audience",
            "required",
            "choose groups, segments or tags, or everyone",
        ));
    }
    if !has_content {
        faults.push(FieldError::new(
            "content",
            "required",
            "write a subject and a body",
        ));
    }
    faults
}

impl Campaign {
    /// Takes a sender's name and addresses over.
    pub(crate) fn take_sender(&mut self, sender: &crate::senders::Sender) {
        self.sender = Some(sender.id);
        self.sender_name.clone_from(&sender.name);
        self.sender_email.clone_from(&sender.email);
        self.reply_to.clone_from(&sender.reply_to);
    }

    /// As whom the history of its content knows it.
    pub(crate) fn as_owner(&self) -> crate::revisions::Owner {
        crate::revisions::Owner {
            account: self.account,
            id: self.id.get(),
            current: self.revision,
            unsent: self.started_at.is_none()
                && matches!(self.state, CampaignState::Draft | CampaignState::Scheduled),
        }
    }

    /// Whether its text, audience and settings may change.
    pub(crate) fn check_editable(&self) -> Result<(), Error> {
        match self.state {
            CampaignState::Draft | CampaignState::Scheduled => Ok(()),
            _ => Err(self.refusal("be edited")),
        }
    }

    /// Fails unless the state is one of `allowed`.
    pub(crate) fn check_state(
        &self,
        allowed: &[CampaignState],
        verb: &'static str,
    ) -> Result<(), Error> {
        if allowed.contains(&self.state) {
            Ok(())
        } else {
            Err(self.refusal(verb))
        }
    }

    /// Comes from whom the variant of an A/B test comes, if that says so.
    pub(crate) fn take_variant(&mut self, variant: Option<i64>) {
        let sender = variant
            .zip(self.ab.as_ref())
            .and_then(|(number, ab)| ab.variant(number)?.sender.clone());
        if let Some(sender) = sender {
            self.sender_name = sender.name;
            self.sender_email = sender.email;
            self.reply_to = sender.reply_to;
        }
    }

    /// All the addresses that it comes from.
    pub(crate) fn sender_addresses(&self) -> Vec<&str> {
        let variants = self.ab.iter().flat_map(|ab| &ab.variants);
        let others = variants.filter_map(|variant| Some(&*variant.sender.as_ref()?.email));
        std::iter::once(&*self.sender_email).chain(others).collect()
    }

    /// What it is.
    pub fn kind(&self) -> CampaignKind {
        if self.ab.is_some() {
            CampaignKind::Ab
        } else if self.resend.is_some() {
            CampaignKind::Resend
        } else {
            CampaignKind::Regular
        }
    }

    /// When the last message is due, if not all are due at once.
    pub(crate) fn last_due(&self) -> Option<Timestamp> {
        let start = self.started_at.or(self.scheduled_at)?;
        let spread = self
            .spread_minutes
            .map(|minutes| Duration::from_mins(minutes.unsigned_abs()));
        // From the first zone of the world to the last.
        let around = self.local_time.map(|_| Duration::from_hours(26));
        match (spread, around) {
            (None, None) => None,
            (spread, around) => {
                Some(start + spread.unwrap_or_default() + around.unwrap_or_default())
            }
        }
    }

    /// Whether this change may be made while it is paused midway: to what is said and by whom, not to whom and when.
    pub(crate) fn check_editable_midway(&self, only_words: bool) -> Result<(), Error> {
        let midway = self.state == CampaignState::Paused && self.started_at.is_some();
        if !midway {
            return self.check_editable();
        }
        if only_words && self.ab.is_none() {
            return Ok(());
        }
        Err(Error::conflict(
            "campaign_state",
            "the campaign has started; while it is paused, its content, its sender and its transport can change for \
             those who have not got it, unless it is an A/B test",
        ))
    }

    fn refusal(&self, verb: &'static str) -> Error {
        let state = match self.state {
            CampaignState::Draft => "is a draft",
            CampaignState::Scheduled => "is scheduled",
            CampaignState::Sending => "is being sent",
            CampaignState::Paused => "is paused",
            CampaignState::Sent => "was sent",
            CampaignState::Cancelled => "was cancelled",
        };
        Error::conflict(
            "campaign_state",
            format!("the campaign {state} and cannot {verb}"),
        )
    }
}
