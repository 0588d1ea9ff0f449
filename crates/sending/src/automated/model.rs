//! What a letter is.

use audience::SubscriberId;
use serde_json::{Map, Value};

use crate::campaigns::{CampaignId, RevisionId};
use crate::messages::MessageId;
use crate::senders::SenderId;
use crate::templates::TemplateId;

/// Which letter, whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wanted {
    pub template: TemplateId,
    /// The present one if absent.
    pub revision: Option<RevisionId>,
    /// In the place of the template's.
    pub subject: Option<String>,
    /// The account's own address if absent.
    pub sender: Option<SenderId>,
    pub transactional: bool,
}

/// A letter that can be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub(super) content: RevisionId,
    /// Absent for transactional ones.
    pub(super) lane: Option<CampaignId>,
    pub(super) sender_name: String,
    pub(super) sender_email: String,
    pub(super) reply_to: Option<String>,
}

#[cfg(test)]
impl Prepared {
    pub(crate) fn lane(&self) -> Option<CampaignId> {
        self.lane
    }
}

/// A letter to somebody.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    pub id: MessageId,
    pub to: SubscriberId,
    pub address: &'a str,
    pub prepared: &'a Prepared,
    /// Values for merge fields, of transactional ones.
    pub variables: &'a Map<String, Value>,
}

/// A sender whose letters wait, since too many came back or were complained about, or somebody paused them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = HeldAutomationMail)]
pub struct HeldLane {
    /// What to resume, with `POST /api/campaigns/{id}/resume`.
    #[schema(example = "361240977588224000")]
    pub campaign_id: CampaignId,
    #[schema(example = "news@example.com")]
    pub sender_email: String,
    #[schema(required, example = "5.2 % of the messages came back")]
    pub reason: Option<String>,
}
