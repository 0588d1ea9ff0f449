//! `/api/campaigns`.

mod content;
mod edit;
mod history;
mod kinds;
mod lifecycle;

use std::collections::BTreeMap;

use kernel::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use web::App;

use super::ab::AbTest;
use super::local_time::LocalTime;
use super::model::{
    Audience, Campaign, CampaignId, CampaignKind, CampaignState, Resend, RevisionId,
};
use crate::messages::total;
use crate::senders::SenderId;
use crate::series::SeriesId;
use crate::transports::TransportId;

/// The routes of campaigns.
pub fn routes() -> OpenApiRouter<App> {
    edit::routes()
        .merge(lifecycle::routes())
        .merge(content::routes())
        .merge(kinds::routes())
        .merge(history::routes())
}

/// A campaign.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Campaign, example = json!({
    "id": "361240977588224000",
    "name": "May newsletter",
    "kind": "regular",
    "state": "draft",
    "revision_id": "361240977588224001",
    "sender_id": null,
    "sender_name": "Ada of Analytical Engines",
    "sender_email": "news@example.com",
    "reply_to": null,
    "audience": {
        "everyone": false,
        "groups": ["361240977588224002"],
        "segments": [],
        "tags": [],
        "exclude_groups": [],
        "exclude_segments": [],
        "exclude_tags": []
    },
    "transport_id": null,
    "spread_minutes": null,
    "local_time": null,
    "ab": null,
    "resend": null,
    "series_id": null,
    "scheduled_at": null,
    "started_at": null,
    "finished_at": null,
    "pause_reason": null,
    "version": 2,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:31:00Z",
    "totals": null,
}))]
pub(super) struct CampaignView {
    id: CampaignId,
    name: String,
    kind: CampaignKind,
    state: CampaignState,
    /// The current content; absent until something was written.
    #[schema(required)]
    revision_id: Option<RevisionId>,
    /// Whose name and addresses these are, when it is a sender's.
    #[schema(required)]
    sender_id: Option<SenderId>,
    sender_name: String,
    /// Empty until it is set.
    sender_email: String,
    #[schema(required)]
    reply_to: Option<String>,
    audience: Audience,
    /// The account's default transport when absent.
    #[schema(required)]
    transport_id: Option<TransportId>,
    /// Over how many minutes its messages are spread; all at once when absent.
    #[schema(required)]
    spread_minutes: Option<i64>,
    /// Everybody gets it when it is this time where they live.
    #[schema(required)]
    local_time: Option<LocalTime>,
    /// Variants to be tried.
    #[schema(required)]
    ab: Option<AbTest>,
    /// Whose recipients it goes to again.
    #[schema(required)]
    resend: Option<Resend>,
    /// The series that sent it.
    #[schema(required)]
    series_id: Option<SeriesId>,
    #[schema(required)]
    scheduled_at: Option<Timestamp>,
    #[schema(required)]
    started_at: Option<Timestamp>,
    #[schema(required)]
    finished_at: Option<Timestamp>,
    /// Why it is paused, when no person paused it.
    #[schema(required)]
    pause_reason: Option<String>,
    /// Rises with every change; also the ETag.
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// What became of it; only in lists, where it saves a report for each row.
    #[schema(required)]
    totals: Option<CampaignTotals>,
}

/// What became of a campaign, in short.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
struct CampaignTotals {
    /// People on the list when it started.
    recipients: i64,
    /// Messages that the relay took.
    sent: i64,
    /// Messages that were refused for good.
    failed: i64,
    /// People who opened.
    unique_opens: i64,
    /// People who clicked.
    unique_clicks: i64,
    /// People who left.
    unsubscribed: i64,
    /// Messages that bounced.
    bounces: i64,
    /// People who reported it as spam.
    complaints: i64,
}

impl CampaignTotals {
    fn of(totals: &BTreeMap<String, i64>) -> Self {
        let n = |name: &str| totals.get(name).copied().unwrap_or(0);
        Self {
            recipients: n(total::RECIPIENTS),
            sent: n(total::SENT),
            failed: n(total::FAILED),
            unique_opens: n(total::UNIQUE_OPENS),
            unique_clicks: n(total::UNIQUE_CLICKS),
            unsubscribed: n(total::UNSUBSCRIBED),
            bounces: n(total::HARD_BOUNCES) + n(total::SOFT_BOUNCES),
            complaints: n(total::COMPLAINTS),
        }
    }
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        Self {
            id: campaign.id,
            kind: campaign.kind(),
            name: campaign.name,
            state: campaign.state,
            revision_id: campaign.revision,
            sender_id: campaign.sender,
            sender_name: campaign.sender_name,
            sender_email: campaign.sender_email,
            reply_to: campaign.reply_to,
            audience: campaign.audience,
            transport_id: campaign.transport,
            spread_minutes: campaign.spread_minutes,
            local_time: campaign.local_time,
            ab: campaign.ab,
            resend: campaign.resend,
            series_id: campaign.series,
            scheduled_at: campaign.scheduled_at,
            started_at: campaign.started_at,
            finished_at: campaign.finished_at,
            pause_reason: campaign.pause_reason,
            version: campaign.version,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
            totals: None,
        }
    }
}

fn versioned(campaign: Campaign) -> web::Versioned<CampaignView> {
    web::Versioned(campaign.version, campaign.into())
}
