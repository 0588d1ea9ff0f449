//! What is asked, and what is answered.

use jiff::civil::Date;
use kernel::{EmailAddress, TimeZone, Timestamp};
use serde::Serialize;

use crate::{BookingId, EventTypeId, HostId};

/// Which slots.
#[derive(Clone, Debug)]
pub struct SlotQuery {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant that is not asked for any more; at most [`SlotQuery::MAX_DAYS`] later.
    pub until: Timestamp,
    /// Whose dates they are grouped by; the event type's unless given.
    pub time_zone: Option<TimeZone>,
    /// Which of the lengths; the first unless given.
    pub minutes: Option<u32>,
    /// How many seats are wanted.
    pub seats: u32,
    /// The token of the visitor's own hold, which does not stand in their way.
    pub hold: Option<String>,
    /// The booking that is moved, which does not stand in its own way.
    pub moves: Option<BookingId>,
    /// Only with this host.
    pub host: Option<HostId>,
    /// Who asks, for limits per invitee.
    pub email: Option<EmailAddress>,
}

impl SlotQuery {
    /// Most days of one question.
    pub const MAX_DAYS: u64 = 62;

    /// Of this range, by a visitor like any other.
    pub fn new(from: Timestamp, until: Timestamp) -> Self {
        Self {
            from,
            until,
            time_zone: None,
            minutes: None,
            seats: 1,
            hold: None,
            moves: None,
            host: None,
            email: None,
        }
    }
}

/// A start that can be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = Slot)]
pub struct SlotView {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Who could host it.
    pub host_ids: Vec<HostId>,
    /// How many seats are left, of an event type with a capacity.
    #[schema(required)]
    pub seats_left: Option<u32>,
}

/// The slots of one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DaySlots {
    /// The date on which they begin for who asks.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// By start.
    pub slots: Vec<SlotView>,
}

/// The slots of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SlotList, example = json!({
    "event_type_id": "361240977588224004",
    "minutes": 30,
    "time_zone": "Europe/Berlin",
    "days": [{"date": "2026-05-05", "slots": [{
        "start": "2026-05-05T07:00:00Z", "end": "2026-05-05T07:30:00Z", "host_ids": ["361240977588224000"],
        "seats_left": null,
    }]}],
}))]
pub struct Slots {
    /// Of what.
    pub event_type_id: EventTypeId,
    /// How long they are.
    pub minutes: u32,
    /// By whose dates they are grouped.
    pub time_zone: TimeZone,
    /// The dates that have slots.
    pub days: Vec<DaySlots>,
}
