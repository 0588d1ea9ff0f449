//! What is wanted, and what is found.

use kernel::{EmailAddress, Timestamp};

use crate::availability::{ReasonView, Rule, SlotView};
use crate::slots::Interval;
use crate::{BookingId, HoldId, HostId, OccurrenceId};

/// A start that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) start: Timestamp,
    pub(crate) minutes: u32,
    pub(crate) seats: u32,
    /// Only with these hosts, where one is chosen.
    pub(crate) only: Option<Vec<HostId>>,
    /// The booking that is moved.
    pub(crate) moves: Option<BookingId>,
    pub(crate) email: Option<EmailAddress>,
    /// Who gets it if they are among those who could.
    pub(crate) prefers: Option<HostId>,
}

/// Where it can be had.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) time: Interval,
    /// Who hosts it.
    pub(crate) hosts: Vec<HostId>,
    /// Of the hosts, who was chosen, and by which criteria.
    pub(crate) chosen: Vec<(HostId, String)>,
    /// The meeting with seats that is joined.
    pub(crate) joins: Option<OccurrenceId>,
}

/// For whom time is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taker {
    Hold(HoldId, Timestamp),
    /// With when it expires, if nobody decides, and whether it blocks until then.
    Booking(BookingId, Option<Timestamp>, bool),
}

/// Why a start cannot be had, and which ones can.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Stable, for programs: `slot_taken`, `slot_unavailable`, `hold_expired`.
    pub code: &'static str,
    /// For people.
    pub message: String,
    /// The rules that keep it away.
    pub reasons: Vec<ReasonView>,
    /// The next starts that can be had.
    pub next: Vec<SlotView>,
}

impl Refused {
    /// From the rules that keep a start away; `lost_hold`: the visitor had a hold on it once.
    pub(super) fn by(reasons: Vec<ReasonView>, lost_hold: bool) -> Self {
        let is_taken = reasons.iter().any(|one| {
            matches!(
                one.rule,
                Rule::Booked
                    | Rule::Held
                    | Rule::Seats
                    | Rule::Calendar
                    | Rule::Limit
                    | Rule::TeamLimit
                    | Rule::HostLimit
            )
        });
        let (code, message) = match (lost_hold, is_taken) {
            (true, _) => (
                "hold_expired",
                "the time was not kept any longer, and somebody else has taken it; choose another one",
            ),
            (false, true) => (
                "slot_taken",
                "somebody else has just taken this time; choose another one",
            ),
            (false, false) => (
                "slot_unavailable",
                "this time cannot be booked; choose another one",
            ),
        };
        Self {
            code,
            message: message.to_owned(),
            reasons,
            next: Vec::new(),
        }
    }
}
