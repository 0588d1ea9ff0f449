//! Campaigns: one mail to many people, once.
//!
//! States: see [`CampaignState`]. Sending takes a snapshot: every active subscriber whom the audience selects gets a
//! message row, in chunks, by a job that a crash only delays. Delivery begins with the first chunk. What people join or
//! leave afterwards changes nothing but that somebody who unsubscribed, or was suppressed, is skipped.
//!
//! Kinds: regular; an A/B test (see [`AbTest`]), where all recipients have their row from the start and those who are not in
//! the test wait for the winner; sent again to those who did not react. The messages of any may be spread over a while, or
//! be due at everybody's own local time: that is nothing but the `not_before` of each row, set once.
//!
//! Content is immutable: every change of the text is a new revision (see [`crate::revisions`]), so what was sent can
//! always be rendered again.
//!
//! Tables: `campaign`, `content_revision`, `link`, `variant_total`; writes `message`. Events: `campaign.scheduled`, `campaign.started`,
//! `campaign.paused`, `campaign.resumed`, `campaign.cancelled`, `campaign.completed`. Jobs: `sending.snapshot`,
//! `sending.cancel`, `sending.ab_decide`, `sending.ab_release`; the schedule `start due campaigns`.
//!
//! Invariants:
//! - a campaign that was started keeps its audience; what has not been sent of it can be edited while it is paused;
//! - nobody gets two variants: a person has one row, which gets its variant once;
//! - `sent` means that every message is at an end;
//! - a campaign that is overdue by more than an hour (a restored back-up, a long outage) is held for a person to decide.

mod ab;
mod jobs;
mod local_time;
mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use ab::{AbTest, NewAbTest, NewVariant, Numbers, Variant, WinnerBy};
pub(crate) use ab::{Comparison, Tally, compare};
pub use jobs::{CancelJob, DecideJob, ReleaseJob, SnapshotJob, start_due};
pub use local_time::LocalTime;
pub use model::{
    Audience, Campaign, CampaignId, CampaignKind, CampaignState, NotReacted, Resend, RevisionId,
};
pub use routes::routes;
pub use service::{
    CampaignPatch, NewCampaign, Preview, Shown, calendar, cancel, check_document, choose_winner,
    count_recipients, create, delete, document, duplicate, get, hold_restored, list, pause,
    preview, render, resend, resend_unknown, restore, resume, revision, revision_preview,
    revisions, schedule, schedule_local, send, send_test, to_mjml, unschedule, update,
    variant_document,
};
pub(crate) use service::{Of, content_faults, document_of, findings, show, show_all};
pub(crate) use service::{check_original, copy_of, finish_if_done, original, pause_in, start_in};
