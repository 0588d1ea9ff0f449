//! Campaigns: one mail to many people, once.
//!
//! States: see [`CampaignState`]. Sending takes a snapshot: every active subscriber whom the audience selects gets a
//! message row, in chunks, by a job that a crash only delays. Delivery begins with the first chunk. What people join or
//! leave afterwards changes nothing but that somebody who unsubscribed, or was suppressed, is skipped.
//!
//! Content is immutable: every change of the text is a new revision, so what was sent can always be rendered again.
//!
//! Tables: `campaign`, `content_revision`, `link`; writes `message`. Events: `campaign.scheduled`, `campaign.started`,
//! `campaign.paused`, `campaign.resumed`, `campaign.cancelled`, `campaign.completed`. Jobs: `sending.snapshot`,
//! `sending.cancel`; the schedule `start due campaigns`.
//!
//! Invariants:
//! - a campaign that was started keeps its content, audience and sender;
//! - `sent` means that every message is at an end;
//! - a campaign that is overdue by more than an hour (a restored back-up, a long outage) is held for a person to decide.

mod jobs;
mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use jobs::{CancelJob, SnapshotJob, start_due};
pub use model::{Audience, Campaign, CampaignId, CampaignState, RevisionId};
pub use routes::routes;
pub(crate) use service::finish_if_done;
pub use service::{
    CampaignPatch, NewCampaign, Preview, cancel, check_document, count_recipients, create, delete,
    document, duplicate, get, hold_restored, list, pause, preview, resend_unknown, resume,
    schedule, send, send_test, unschedule, update,
};
