//! Mail of automations: single letters made from templates, queued in the transaction that decides them.
//!
//! A letter to somebody who is subscribed goes the way of campaigns, with all that belongs to it: the footer, the link to
//! unsubscribe, tracking, limits, the check of the status just before it leaves. For that each sender of an account has a
//! campaign that is never over and stands in no list, called a lane here. A letter that somebody asked for, such as one that
//! asks them to confirm, is a transactional message.
//!
//! What a template says is copied when it is first used, and again when it was changed: mails stay what they were.
//!
//! Tables: `automated_content`; rows of `campaign` with `automated`, of `content_revision`, `link`, `message` and
//! `transactional_message`. Who decides keeps the ids of the messages beside its own key, so nothing is queued twice.
//!
//! What is not wanted any more can be taken back ([`cancel_in`]) as long as it is not on the wire.
//!
//! A lane that bounces too much pauses like any campaign ([`held`] tells), and goes on when somebody resumes it.

mod model;
mod service;
mod store;

pub use model::{HeldLane, Letter, Prepared, Wanted};
pub use service::{
    cancel_in, exists_in, held, prepare_in, queue_in, results_in, urls_in, values_in,
};
