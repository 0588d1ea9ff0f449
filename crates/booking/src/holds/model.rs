//! What a hold is.

use std::time::Duration;

use kernel::{AccountId, Timestamp};
use serde::Serialize;

use crate::{EventTypeId, HoldId, HostId, OccurrenceId};

/// How long a slot is kept.
pub(super) const KEPT: Duration = Duration::from_mins(10);
/// Most holds from one place at a time.
pub(super) const MAX_OF_SOURCE: i64 = 6;

/// What a hold is made from.
#[derive(Clone, Debug)]
pub struct NewHold {
    /// When.
    pub start: Timestamp,
    /// Which of the lengths; the first unless given.
    pub minutes: Option<u32>,
    /// How many seats.
    pub seats: u32,
    /// Only with this host, where one is chosen.
    pub host: Option<HostId>,
    /// Whatever tells this visitor from others; only a hash of it is kept.
    pub visitor: String,
    /// Where they are, such as their IP address; only a hash of it is kept.
    pub source: String,
}

/// A slot that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Hold)]
pub struct Held {
    /// What it is booked or given back with. Told this once.
    pub token: String,
    /// When the slot begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// From this instant on it is kept no more.
    pub expires_at: Timestamp,
    /// Who would host it.
    pub host_ids: Vec<HostId>,
}

/// A hold as it is stored.
pub(crate) struct Stored {
    pub(crate) account: AccountId,
    pub(crate) id: HoldId,
    pub(crate) event_type: EventTypeId,
    pub(crate) occurrence: Option<OccurrenceId>,
    pub(crate) expires_at: Timestamp,
}
