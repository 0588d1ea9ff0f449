//! Why there is no slot, in words and for programs.

use jiff::civil::Date;
use kernel::Timestamp;
use serde::Serialize;

use super::world::World;
use crate::slots::{Closed, HostReason, Reason, Source};
use crate::{BlockId, BookingId, CalendarId, HostId, TimeOffId};

/// A rule that keeps a start away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SlotRule)]
pub enum Rule {
    /// It is past, or sooner than the minimum notice allows.
    Notice,
    /// It is outside of the booking window.
    Window,
    /// A limit of the event type or of the invitee leaves no room.
    Limit,
    /// A limit of all event types with several hosts together leaves no room.
    TeamLimit,
    /// There are fewer seats than wanted.
    Seats,
    /// Meetings do not start at this time.
    Grid,
    /// Nobody is there to host it.
    NoHost,
    /// A host has no hours on the weekday.
    Closed,
    /// A host has no hours on the date, by an override.
    Override,
    /// It is not within the hours of a host.
    OutsideHours,
    /// A host is away.
    TimeOff,
    /// A host has another booking.
    Booked,
    /// Another visitor is booking at this time.
    Held,
    /// A calendar elsewhere says that a host is busy.
    Calendar,
    /// A host blocks the time.
    Blocked,
    /// A host has no room for another meeting in the period.
    HostLimit,
    /// Other hosts are asked for.
    OtherHost,
}

/// Why a start cannot be booked. What does not apply is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SlotReason)]
pub struct ReasonView {
    /// Which rule.
    pub rule: Rule,
    /// For people.
    pub message: String,
    /// Whose reason it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_id: Option<HostId>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// Only the buffer is in the way, not the time itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_buffer: bool,
    /// What begins or ends it: the end of the notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The first date of the booking window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub first: Option<Date>,
    /// The last date of the booking window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub last: Option<Date>,
    /// The limit, by its place in the settings: of the event type, or of the account for those of teams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How many bookings or minutes there are already, or seats are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The booking in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<BookingId>,
    /// The block in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_id: Option<BlockId>,
    /// The time off in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_off_id: Option<TimeOffId>,
    /// The calendar elsewhere that says so, or cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<CalendarId>,
}

/// A reason with how many starts it keeps away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SlotReasonCount)]
pub struct ReasonCount {
    /// How many of the starts; 0: there is none at all because of it.
    pub starts: usize,
    /// The reason.
    pub reason: ReasonView,
}

/// How a date came to its slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SlotExplanation, example = json!({
    "date": "2026-05-05",
    "starts": 16,
    "offered": 14,
    "reasons": [{"starts": 2, "reason": {
        "rule": "booked", "message": "Ada has a booking", "host_id": "361240977588224000", "host_name": "Ada",
        "booking_id": "361240977588224005",
    }}],
}))]
pub struct Explanation {
    /// The date.
    #[schema(value_type = String, format = Date)]
    pub date: Date,
    /// How many starts the working hours have.
    pub starts: usize,
    /// How many can be booked.
    pub offered: usize,
    /// What keeps the others away, the most important first.
    pub reasons: Vec<ReasonCount>,
}

impl ReasonView {
    fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            host_id: None,
            host_name: None,
            by_buffer: false,
            at: None,
            first: None,
            last: None,
            limit: None,
            count: None,
            booking_id: None,
            block_id: None,
            time_off_id: None,
            calendar_id: None,
        }
    }
}

/// A reason, with ids for the indices.
pub(crate) fn view(world: &World, reason: &Reason) -> ReasonView {
    match *reason {
        Reason::Notice { earliest } => ReasonView {
            at: Some(earliest),
            ..ReasonView::new(Rule::Notice, "it is too soon or past")
        },
        Reason::Window { first, last } => ReasonView {
            first,
            last,
            ..ReasonView::new(
                Rule::Window,
                "it is outside of the dates that can be booked",
            )
        },
        Reason::Limit { limit, used } => {
            // Those of hosts are kept with the hosts.
            let rules = world.event_type.settings.limits.iter().enumerate();
            let of_meeting: Vec<usize> = rules
                .filter(|(_, one)| one.scope != crate::event_types::LimitScope::Host)
                .map(|(place, _)| place)
                .collect();
            let (place, rule, message) = match limit.checked_sub(of_meeting.len()) {
                None => (
                    of_meeting.get(limit).copied(),
                    Rule::Limit,
                    "the limit of the period is reached",
                ),
                // Those of teams stand behind them.
                Some(place) => (
                    Some(place),
                    Rule::TeamLimit,
                    "the limit of the period for all teams together is reached",
                ),
            };
            ReasonView {
                limit: place,
                count: Some(used),
                ..ReasonView::new(rule, message)
            }
        }
        Reason::Seats { left, .. } => ReasonView {
            count: Some(left),
            ..ReasonView::new(Rule::Seats, "there are not enough seats left")
        },
        Reason::Grid { .. } => ReasonView::new(Rule::Grid, "meetings do not start at this time"),
        Reason::NoHost => ReasonView::new(Rule::NoHost, "nobody is there to host it"),
        Reason::Host { host, reason } => of_host(world, host, reason),
    }
}

fn of_host(world: &World, host: usize, reason: HostReason) -> ReasonView {
    let person = world.people.get(host).and_then(Option::as_ref);
    let name = person.map_or("a host who was deleted", |host| host.name.as_str());
    let say = |rule, what: &str| ReasonView {
        host_id: world.host_id(host),
        host_name: person.map(|host| host.name.clone()),
        ..ReasonView::new(rule, format!("{name} {what}"))
    };
    let near = |by_buffer: bool, what: &str| {
        if by_buffer {
            format!("{what}, with its buffers")
        } else {
            what.to_owned()
        }
    };
    match reason {
        HostReason::Closed { .. } if person.is_some_and(|host| !host.enabled) => {
            say(Rule::Closed, "is disabled")
        }
        HostReason::Closed {
            by: Closed::Week, ..
        } => say(Rule::Closed, "has no hours on this weekday"),
        HostReason::Closed {
            by: Closed::Override,
            ..
        } => say(Rule::Override, "has no hours on this date, by an override"),
        HostReason::OutsideHours => say(Rule::OutsideHours, "does not work then"),
        HostReason::Away { away } => ReasonView {
            time_off_id: (world.time_off.get(host))
                .and_then(|all| all.get(away))
                .map(|one| one.id),
            ..say(Rule::TimeOff, "is out of office")
        },
        HostReason::Busy { busy, by_buffer } => {
            let one = world.hosts.get(host).and_then(|host| host.busy.get(busy));
            if let Some(elsewhere) = world.elsewhere.get(&(host, busy)) {
                let what = if elsewhere.unreachable {
                    format!("has the calendar {}, which cannot be read", elsewhere.name)
                } else {
                    near(
                        by_buffer,
                        &format!("is busy in the calendar {}", elsewhere.name),
                    )
                };
                return ReasonView {
                    by_buffer,
                    calendar_id: Some(elsewhere.calendar),
                    ..say(Rule::Calendar, &what)
                };
            }
            let (rule, what, booking_id) = match one.map(|one| one.source) {
                Some(Source::Hold { .. }) => (Rule::Held, "is being booked by somebody", None),
                Some(Source::External { .. }) => (Rule::Calendar, "is busy elsewhere", None),
                Some(Source::Booking { id, .. }) => (Rule::Booked, "has a booking", Some(id)),
                None => (Rule::Booked, "has a booking", None),
            };
            ReasonView {
                by_buffer,
                booking_id,
                ..say(rule, &near(by_buffer, what))
            }
        }
        HostReason::Blocked { block, by_buffer } => ReasonView {
            by_buffer,
            block_id: (world.blocks.get(host))
                .and_then(|all| all.get(block))
                .map(|one| one.id),
            ..say(Rule::Blocked, &near(by_buffer, "blocks the time"))
        },
        HostReason::Hosting { by_buffer, .. } => ReasonView {
            by_buffer,
            ..say(Rule::Booked, &near(by_buffer, "hosts another one"))
        },
        HostReason::Limit { limit, used } => {
            let rules = world.event_type.settings.limits.iter().enumerate();
            let of_hosts =
                rules.filter(|(_, one)| one.scope == crate::event_types::LimitScope::Host);
            ReasonView {
                limit: of_hosts.map(|(place, _)| place).nth(limit),
                count: Some(used),
                ..say(Rule::HostLimit, "has no room in this period")
            }
        }
        HostReason::NotAsked => say(Rule::OtherHost, "is not asked for"),
    }
}
