//! What the interpreter is told of a contact, and what it asks to be done.

use kernel::{TimeZone, Timestamp};
use serde_json::Value;

use crate::definition::{Id, StepId};
use crate::event::Event;
use crate::time::FieldTime;

/// A contact as it is now, in the transaction that advances the run. A store loads it before and keeps the changes in
/// it until they are written, so that a split sees what the step before it did.
pub trait Contact {
    /// Its id.
    fn id(&self) -> i64;
    /// For rules. It has at least what [`super::Conditions::needs`] names.
    fn view(&self) -> &rules::View;
    /// Its zone, if it is known.
    fn zone(&self) -> Option<&TimeZone>;
    /// `active`, `unconfirmed`, `unsubscribed`, `bounced` or `suppressed`.
    fn status(&self) -> &str;
    /// The date in a field, or the time in an attribute.
    fn time(&self, field: &str) -> Option<FieldTime>;
    /// The last event that was recorded of it, or 0.
    fn last_event(&self) -> i64;
    /// Its events of a kind that came after another, in order.
    fn events_after(&self, kind: &str, after: i64) -> Vec<&Event>;
    /// How many messages it got from automations since then, with those of this transaction.
    fn messages_since(&self, since: Timestamp) -> u32;
    /// Makes an effect visible to what follows. The error says in a sentence why it cannot be done, such as that the
    /// group was deleted; then nothing has changed.
    fn apply(&mut self, effect: &Effect, now: Timestamp) -> Result<(), String>;
}

/// Something to be done, once: `(run, seq)` is its key.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// In the same transaction.
    Change {
        seq: i64,
        step: StepId,
        change: Change,
    },
    /// After it, by a worker, from a row of the outbox.
    Outbox {
        seq: i64,
        step: StepId,
        outgoing: Outgoing,
    },
}

impl Effect {
    /// Of which `seq` it is.
    pub const fn seq(&self) -> i64 {
        match self {
            Self::Change { seq, .. } | Self::Outbox { seq, .. } => *seq,
        }
    }
}

/// A change of the contact, or the start of another run.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    SetField { field: String, value: Value },
    ClearField { field: String },
    IncrementField { field: String, by: i64 },
    AddGroup(Id),
    RemoveGroup(Id),
    AddTag(Id),
    RemoveTag(Id),
    SetStatus(String),
    StartAutomation(Id),
}

/// What leaves the database. What it says is in the version, at the step; the worker reads it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The kind of the step.
    pub kind: String,
    /// Whether it writes to the contact.
    pub is_message: bool,
    /// Whether it may be written to those who are not active, and at any time.
    pub transactional: bool,
    /// Whether the run waits for the result.
    pub awaited: bool,
}
