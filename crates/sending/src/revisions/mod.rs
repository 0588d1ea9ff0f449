//! Revisions: what campaigns and templates said before.
//!
//! Content is immutable: each change is a new row of `content_revision`. The history says which of them a campaign or a
//! template went through, who wrote them and when; any of them can be looked at and restored, which makes a new revision
//! of the same text. An editor saves every few seconds, so consecutive savings of one person within [`SITTING`] are one
//! revision: the later takes the place of the earlier, unless a mail was made from that.
//!
//! Tables: `content_history`, and with campaigns and templates `content_revision` and `link`.
//!
//! Invariants:
//! - what a mail was made from stays, whatever becomes of the history;
//! - a history has at most [`LONGEST`] entries; the oldest go;
//! - the present content is always part of it: where it came by another way (a copy, a template), it is added before
//!   something else takes its place.

mod model;
mod service;
mod store;

pub use model::{Revision, RevisionDocument, RevisionList};
pub(crate) use service::{Owner, Saved, Saving, delete_in, find_in, list_in, save_in};

use std::time::Duration;

/// How long the savings of one person are one revision.
pub const SITTING: Duration = Duration::from_mins(5);
/// Most revisions of one campaign or template.
pub const LONGEST: i64 = 100;
