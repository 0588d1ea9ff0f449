//! What a report says.

use std::collections::BTreeMap;

use audience::SubscriberId;
use kernel::Timestamp;
use serde::Serialize;

use crate::campaigns::{CampaignId, CampaignState};
use crate::messages::{MessageId, State, total};

/// The totals of a campaign.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Which campaign.
    pub campaign_id: CampaignId,
    /// Where it is in its life.
    pub state: CampaignState,
    /// People on the list when it started.
    pub recipients: i64,
    /// Messages that still wait, for their turn or for another try.
    pub queued: i64,
    /// Messages that the relay took.
    pub sent: i64,
    /// Messages that were refused for good.
    pub failed: i64,
    /// Messages not sent, since the person may not get mail any more.
    pub skipped: i64,
    /// Messages of which nobody knows whether they were sent: the server died while handing them over.
    pub unknown: i64,
    /// Messages that were not sent because the campaign was cancelled.
    pub cancelled: i64,
    /// Times that the relay said "later".
    pub deferrals: i64,
    /// Opens by people.
    pub opens: i64,
    /// People who opened.
    pub unique_opens: i64,
    /// Opens by mail programs' proxies and scanners.
    pub machine_opens: i64,
    /// Clicks by people.
    pub clicks: i64,
    /// People who clicked.
    pub unique_clicks: i64,
    /// Clicks by scanners.
    pub machine_clicks: i64,
    /// People who left through this campaign.
    pub unsubscribed: i64,
    /// The share of sent messages that people opened, 0 to 1. Privacy proxies make it unreliable.
    pub open_rate: f64,
    /// The share of sent messages whose links people clicked, 0 to 1.
    pub click_rate: f64,
    /// The share of sent messages that made people leave, 0 to 1.
    pub unsubscribe_rate: f64,
    /// Why people left.
    pub unsubscribe_reasons: BTreeMap<String, i64>,
    /// When it began.
    #[schema(required)]
    pub started_at: Option<Timestamp>,
    /// When the last message was at an end.
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
}

impl Report {
    pub(super) fn from_totals(
        campaign: &crate::campaigns::Campaign,
        totals: &BTreeMap<String, i64>,
        unsubscribe_reasons: BTreeMap<String, i64>,
    ) -> Self {
        let n = |name: &str| totals.get(name).copied().unwrap_or(0);
        let sent = n(total::SENT);
        let share = |part: i64| {
            if sent > 0 {
                part as f64 / sent as f64
            } else {
                0.0
            }
        };
        let ended =
            sent + n(total::FAILED) + n(total::SKIPPED) + n(total::UNKNOWN) + n(total::CANCELLED);
        Self {
            campaign_id: campaign.id,
            state: campaign.state,
            recipients: n(total::RECIPIENTS),
            queued: (n(total::RECIPIENTS) - ended).max(0),
            sent,
            failed: n(total::FAILED),
            skipped: n(total::SKIPPED),
            unknown: n(total::UNKNOWN),
            cancelled: n(total::CANCELLED),
            deferrals: n(total::DEFERRED),
            opens: n(total::OPENS),
            unique_opens: n(total::UNIQUE_OPENS),
            machine_opens: n(total::MACHINE_OPENS),
            clicks: n(total::CLICKS),
            unique_clicks: n(total::UNIQUE_CLICKS),
            machine_clicks: n(total::MACHINE_CLICKS),
            unsubscribed: n(total::UNSUBSCRIBED),
            open_rate: share(n(total::UNIQUE_OPENS)),
            click_rate: share(n(total::UNIQUE_CLICKS)),
            unsubscribe_rate: share(n(total::UNSUBSCRIBED)),
            unsubscribe_reasons,
            started_at: campaign.started_at,
            finished_at: campaign.finished_at,
        }
    }
}

/// One link of a campaign's mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LinkReport {
    /// Its place in the mail, from 0.
    pub number: i64,
    /// Where it leads, merge fields and all.
    #[schema(example = "https://example.com/spring")]
    pub url: String,
    /// Clicks by people.
    pub clicks: i64,
    /// People who clicked it.
    pub unique_clicks: i64,
    /// Clicks by scanners.
    pub machine_clicks: i64,
}

/// What happened in one hour.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SeriesPoint {
    /// When the hour began.
    pub hour: Timestamp,
    /// Messages sent.
    pub sent: i64,
    /// Messages refused for good.
    pub failed: i64,
    /// People who opened for the first time.
    pub unique_opens: i64,
    /// People who clicked for the first time.
    pub unique_clicks: i64,
    /// People who left.
    pub unsubscribed: i64,
}

/// One message of a campaign.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Recipient {
    /// The message.
    pub message_id: MessageId,
    /// To whom.
    pub subscriber_id: SubscriberId,
    /// To which address.
    pub address: String,
    /// Where it is on its way.
    pub state: State,
    /// Tries so far.
    pub attempts: i64,
    /// When the relay took it.
    #[schema(required)]
    pub sent_at: Option<Timestamp>,
    /// The relay's words, or why it was skipped.
    #[schema(required)]
    pub detail: Option<String>,
    /// Whether the person opened it.
    pub opened: bool,
    /// Whether the person clicked a link in it.
    pub clicked: bool,
}
