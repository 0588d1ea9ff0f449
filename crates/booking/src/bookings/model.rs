//! What a booking is, and what may become of it.

use identity::Actor;
use jiff::civil::Date;
use kernel::{AccountId, EmailAddress, Error, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event_types::{Answers, EventType, Location};
use crate::hosts::Host;
use crate::slots::Interval;
use crate::{BookingId, EventTypeId, HostId, OccurrenceId};

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BookingStatus)]
pub enum Status {
    /// Somebody has to confirm it.
    Pending,
    /// It takes place.
    Confirmed,
    /// It was not confirmed.
    Declined,
    /// It was called off.
    Cancelled,
    /// Nobody decided in time.
    Expired,
    /// It took place.
    Completed,
    /// Somebody did not come.
    NoShow,
}

/// What happens to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BookingAction)]
pub enum Action {
    /// It is made.
    Create,
    /// It is confirmed.
    Confirm,
    /// It is declined.
    Decline,
    /// It is called off.
    Cancel,
    /// It gets another time.
    Reschedule,
    /// It gets another host.
    Reassign,
    /// Nobody decided in time.
    Expire,
    /// It took place.
    Complete,
    /// Somebody did not come.
    NoShow,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Confirmed,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
        Self::Completed,
        Self::NoShow,
    ];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
        }
    }

    /// Back from [`Status::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// What an action makes of it: the table of [the module](super). `None`: it may not happen.
    pub fn after(self, action: Action) -> Option<Self> {
        use Action::{Cancel, Complete, Confirm, Decline, Expire, NoShow, Reassign, Reschedule};
        Some(match (self, action) {
            (Self::Pending, Confirm) => Self::Confirmed,
            (Self::Pending, Decline) => Self::Declined,
            (Self::Pending, Expire) => Self::Expired,
            (Self::Pending | Self::Confirmed, Cancel) => Self::Cancelled,
            (Self::Pending | Self::Confirmed, Reschedule | Reassign) => self,
            (Self::Confirmed | Self::NoShow, Complete) => Self::Completed,
            (Self::Confirmed | Self::Completed, NoShow) => Self::NoShow,
            _ => return None,
        })
    }

    /// Whether it will take place, or may.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed)
    }
}

impl Action {
    /// As the trail has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::Cancel => "cancel",
            Self::Reschedule => "reschedule",
            Self::Reassign => "reassign",
            Self::Expire => "expire",
            Self::Complete => "complete",
            Self::NoShow => "no_show",
        }
    }
}

/// Who does something to a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Somebody who works here, or a program of theirs.
    Staff(Actor),
    /// The invitee, who is held to the notice of the event type.
    Invitee,
    /// Time.
    System,
}

impl By {
    /// As the trail has it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Staff(actor) => actor.as_str(),
            Self::Invitee => "invitee",
            Self::System => "system",
        }
    }
}

/// Who did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoShow {
    /// The invitee.
    Guest,
    /// The host.
    Host,
}

/// A booking.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "id": "361240977588224005",
    "event_type_id": "361240977588224004",
    "occurrence_id": null,
    "status": "confirmed",
    "start": "2026-05-05T09:30:00Z",
    "end": "2026-05-05T10:00:00Z",
    "minutes": 30,
    "seats": 1,
    "host_ids": ["361240977588224000"],
    "subscriber_id": "361240977588224006",
    "name": "Grace Hopper",
    "email": "grace@example.com",
    "phone": null,
    "time_zone": "America/New_York",
    "language": "en",
    "answers": {"topic": "Compilers"},
    "location": {"kind": "link", "url": "https://meet.example.com/ada"},
    "sequence": 0,
    "expires_at": null,
    "reason": null,
    "no_show_by": null,
    "source": "page",
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
pub struct Booking {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one; the same after it was moved.
    pub id: BookingId,
    /// What was booked.
    pub event_type_id: EventTypeId,
    /// The meeting with seats that it is part of.
    #[schema(required)]
    pub occurrence_id: Option<OccurrenceId>,
    /// Where it stands.
    pub status: Status,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// How long it lasts.
    pub minutes: u32,
    /// How many seats.
    pub seats: u32,
    /// Who hosts it.
    pub host_ids: Vec<HostId>,
    /// The invitee among the subscribers, if they are one.
    #[schema(required, value_type = Option<String>)]
    pub subscriber_id: Option<audience::SubscriberId>,
    /// What the invitee is called.
    pub name: String,
    /// The invitee's address.
    pub email: String,
    /// The invitee's telephone number.
    #[schema(required)]
    pub phone: Option<String>,
    /// The invitee's zone.
    pub time_zone: TimeZone,
    /// The invitee's language.
    #[schema(required)]
    pub language: Option<String>,
    /// What the invitee answered, by the key of the question.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub answers: Answers,
    /// Where it is.
    #[schema(required)]
    pub location: Option<Location>,
    /// Rises whenever time, place or host change: the `SEQUENCE` of its invitations.
    pub sequence: i64,
    /// When a pending one expires.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// Why it was cancelled or declined.
    #[schema(required)]
    pub reason: Option<String>,
    /// Who did not come.
    #[schema(required)]
    pub no_show_by: Option<NoShow>,
    /// Where it came from: `api`, `page`, `embed`.
    pub source: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
    /// Of the token of its links.
    #[serde(skip)]
    pub(crate) salt: Vec<u8>,
}

impl Booking {
    /// When it is.
    pub(crate) fn time(&self) -> Interval {
        Interval::new(self.start, self.end)
    }

    /// Fails unless the action may happen now; the status that it leads to.
    pub(crate) fn after(&self, action: Action) -> Result<Status, Error> {
        self.status.after(action).ok_or_else(|| {
            Error::conflict(
                "booking_status",
                format!(
                    "the booking is {} and cannot {} any more",
                    self.status.as_str().replace('_', " "),
                    match action {
                        Action::Create => "be made",
                        Action::Confirm => "be confirmed",
                        Action::Decline => "be declined",
                        Action::Cancel => "be cancelled",
                        Action::Reschedule => "be moved",
                        Action::Reassign => "get another host",
                        Action::Expire => "expire",
                        Action::Complete => "be completed",
                        Action::NoShow => "be a no-show",
                    }
                ),
            )
        })
    }
}

/// What a booking is made from.
#[derive(Clone, Debug)]
pub struct NewBooking {
    /// What is booked.
    pub event_type: EventTypeId,
    /// When.
    pub start: Timestamp,
    /// Which of the lengths; the first unless given.
    pub minutes: Option<u32>,
    /// How many seats.
    pub seats: u32,
    /// Only with this host, where one is chosen.
    pub host: Option<HostId>,
    /// The token of the visitor's hold.
    pub hold: Option<String>,
    /// What the invitee is called.
    pub name: String,
    /// The invitee's address.
    pub email: EmailAddress,
    /// The invitee's telephone number.
    pub phone: Option<String>,
    /// The invitee's zone.
    pub time_zone: TimeZone,
    /// The invitee's language.
    pub language: Option<String>,
    /// By the key of the question.
    pub answers: Answers,
    /// Which of the locations, by its place; the first unless given.
    pub location: Option<usize>,
    /// Where it came from: `api`, `page`, `embed`.
    pub source: &'static str,
}

/// A booking with the token of its links.
#[derive(Clone, Debug)]
pub struct Booked {
    /// The booking.
    pub booking: Booking,
    /// For the links to it.
    pub token: String,
    /// Whether it was made by an earlier call with the same hold.
    pub repeated: bool,
}

/// Another time, and what else changes with it.
#[derive(Clone, Debug)]
pub struct Move {
    /// The new start.
    pub start: Timestamp,
    /// Another of the lengths; the same unless given.
    pub minutes: Option<u32>,
    /// With this host; the same if possible unless given.
    pub host: Option<HostId>,
    /// Why.
    pub reason: Option<String>,
}

/// What happened to a booking.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = BookingTrailEntry)]
pub struct TrailEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// The status before.
    #[schema(required)]
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// Who did it: `user:1`, `token:2`, `invitee`, `system`.
    pub actor: String,
    /// The rest: times before and after a move, hosts, reasons.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// A booking with all that is known of it.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The booking.
    pub booking: Booking,
    /// What was booked, unless it was deleted.
    pub event_type: Option<EventType>,
    /// Who hosts it.
    pub hosts: Vec<Host>,
    /// What happened to it, from the beginning.
    pub trail: Vec<TrailEntry>,
}

/// Bookings of one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StatusCount {
    /// The status.
    pub status: Status,
    /// How many.
    pub count: i64,
}

/// Bookings of one event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EventTypeCount {
    /// The event type.
    pub event_type_id: EventTypeId,
    /// All that were made.
    pub count: i64,
    /// Those that took place or will.
    pub kept: i64,
    /// Those that were cancelled.
    pub cancelled: i64,
    /// Those to which somebody did not come.
    pub no_show: i64,
    /// Minutes of those that took place or will.
    pub minutes: i64,
}

/// Bookings of one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct HostCount {
    /// The host.
    pub host_id: HostId,
    /// Those that took place or will.
    pub kept: i64,
}

/// Bookings of one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DateCount {
    /// The date on which they begin.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// Those that took place or will.
    pub kept: i64,
    /// Those that were cancelled, declined, or expired.
    pub lost: i64,
}

/// Numbers about bookings that begin in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = BookingSummary)]
pub struct Summary {
    /// By status.
    pub statuses: Vec<StatusCount>,
    /// By event type.
    pub event_types: Vec<EventTypeCount>,
    /// By host.
    pub hosts: Vec<HostCount>,
    /// By date, of the dates that have any.
    pub dates: Vec<DateCount>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_table_moves_a_booking() {
        use Action::{Cancel, Complete, Confirm, Decline, Expire, Reassign, Reschedule};
        use Status::{Cancelled, Completed, Confirmed, Declined, Expired, Pending};
        let table = [
            (Pending, Confirm, Some(Confirmed)),
            (Pending, Decline, Some(Declined)),
            (Pending, Cancel, Some(Cancelled)),
            (Pending, Reschedule, Some(Pending)),
            (Pending, Reassign, Some(Pending)),
            (Pending, Expire, Some(Expired)),
            (Confirmed, Cancel, Some(Cancelled)),
            (Confirmed, Reschedule, Some(Confirmed)),
            (Confirmed, Reassign, Some(Confirmed)),
            (Confirmed, Complete, Some(Completed)),
            (Confirmed, Action::NoShow, Some(Status::NoShow)),
            (Completed, Action::NoShow, Some(Status::NoShow)),
            (Status::NoShow, Complete, Some(Completed)),
        ];
        let actions = [
            Confirm,
            Decline,
            Cancel,
            Reschedule,
            Reassign,
            Expire,
            Complete,
            Action::NoShow,
            Action::Create,
        ];
        for from in Status::ALL {
            for action in actions {
                let expected = table.iter().find(|row| (row.0, row.1) == (from, action));
                let expected = expected.and_then(|row| row.2);
                assert_eq!(from.after(action), expected, "{from:?} {action:?}");
            }
            assert_eq!(Status::from_name(from.as_str()), Some(from));
        }
    }
}
