//! What a report says.

use std::collections::BTreeMap;

use audience::SubscriberId;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::campaigns::{CampaignId, CampaignState, RevisionId};
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
    /// Messages that the relay took and that did not come back, as far as is known.
    pub delivered: i64,
    /// Addresses that do not exist: refused, or come back.
    pub hard_bounces: i64,
    /// Messages that were refused or came back for another reason: a full mailbox, a filter, a server that is away.
    pub soft_bounces: i64,
    /// People who reported it as spam.
    pub complaints: i64,
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
    /// The share of messages at an end that bounced, 0 to 1.
    pub bounce_rate: f64,
    /// The share of sent messages that were reported as spam, 0 to 1.
    pub complaint_rate: f64,
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
        let bounces = n(total::HARD_BOUNCES) + n(total::SOFT_BOUNCES);
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
            delivered: (sent - n(total::RETURNED)).max(0),
            hard_bounces: n(total::HARD_BOUNCES),
            soft_bounces: n(total::SOFT_BOUNCES),
            complaints: n(total::COMPLAINTS),
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
            bounce_rate: match sent + n(total::FAILED) {
                0 => 0.0,
                tried => bounces as f64 / tried as f64,
            },
            complaint_rate: share(n(total::COMPLAINTS)),
            unsubscribe_reasons,
            started_at: campaign.started_at,
            finished_at: campaign.finished_at,
        }
    }
}

/// One link of a campaign's mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LinkReport {
    /// The content it is in: a campaign has several when it is an A/B test, or was edited midway.
    pub revision_id: RevisionId,
    /// In which variant of an A/B test.
    #[schema(required)]
    pub variant: Option<i64>,
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
    /// Messages that bounced: refused, or come back.
    pub bounces: i64,
    /// People who reported it as spam.
    pub complaints: i64,
    /// Opens by people.
    pub opens: i64,
    /// Clicks by people.
    pub clicks: i64,
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
    /// Whether the person left through it.
    pub unsubscribed: bool,
    /// When it bounced.
    #[schema(required)]
    pub bounced_at: Option<Timestamp>,
    /// How: `hard`, `soft`, `full` or `blocked`.
    #[schema(required)]
    pub bounce: Option<String>,
    /// When the person reported it as spam.
    #[schema(required)]
    pub complained_at: Option<Timestamp>,
}

/// What a recipient did, or what became of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecipientActivity)]
pub enum Activity {
    /// Opened it.
    Opened,
    /// Got it and has not opened it.
    NotOpened,
    /// Followed a link.
    Clicked,
    /// Got it and has not followed a link.
    NotClicked,
    /// Left through it.
    Unsubscribed,
    /// It bounced.
    Bounced,
    /// Reported it as spam.
    Complained,
}

/// Which recipients.
#[derive(Clone, Copy, Debug, Default)]
pub struct Who {
    /// Only messages in this state.
    pub state: Option<State>,
    /// Only of people who did this.
    pub activity: Option<Activity>,
}

/// Somebody who left, and why.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Leaver {
    /// By which message.
    pub message_id: MessageId,
    /// Who.
    pub subscriber_id: SubscriberId,
    /// Why: one of the reasons that the page offers, or `one_click`.
    #[schema(example = "too_many")]
    pub reason: String,
    /// What they said.
    #[schema(required)]
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What people with one client, device, system or country did.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReportFacet)]
pub struct Facet {
    /// Which one, or `unknown`; of a country two letters (ISO 3166-1); of a machine its kind.
    #[schema(example = "Apple Mail")]
    pub name: String,
    /// Opens.
    pub opens: i64,
    /// People whose first open was there.
    pub unique_opens: i64,
    /// Clicks.
    pub clicks: i64,
    /// People whose first click was there.
    pub unique_clicks: i64,
}

/// With what a campaign was read.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = DeviceReport)]
pub struct Devices {
    /// Mail programs, and browsers that web mail was read in. The most used first, as in all lists.
    pub clients: Vec<Facet>,
    /// `desktop`, `mobile`, `tablet`. Gmail and Yahoo show pictures through proxies that do not say: `unknown`.
    pub devices: Vec<Facet>,
    /// Operating systems.
    pub systems: Vec<Facet>,
    /// Machines, which rates do not count: `apple_privacy`, `gmail_prefetch`, `scanner`, `bot`, `head`, `unnamed`, `burst`,
    /// `network`.
    pub machines: Vec<Facet>,
}

/// Where a campaign was read.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CountryReport)]
pub struct Countries {
    /// Whether this server can tell: its operator has to supply a file of countries.
    pub configured: bool,
    /// What to do if it cannot.
    #[schema(required)]
    pub note: Option<String>,
    /// The most used first.
    pub data: Vec<Facet>,
}
