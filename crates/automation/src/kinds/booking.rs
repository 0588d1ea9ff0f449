//! What happens to bookings. The subject of these events is the event type, and their body tells of the booking.

use super::{At, EventKind, Form, Param, optional, required};

const OF: &[Param] = &[optional("event_type", Form::Id("event_type"), At::Subject)];

pub(super) const EVENTS: &[EventKind] = &[
    EventKind {
        name: "booking.created",
        phrase: "books",
        params: OF,
    },
    EventKind {
        name: "booking.confirmed",
        phrase: "has a booking that takes place",
        params: OF,
    },
    EventKind {
        name: "booking.rescheduled",
        phrase: "has a booking that is moved",
        params: OF,
    },
    EventKind {
        name: "booking.cancelled",
        phrase: "has a booking that is cancelled",
        params: OF,
    },
    EventKind {
        name: "booking.declined",
        phrase: "has a booking that is declined",
        params: OF,
    },
    EventKind {
        name: "booking.expired",
        phrase: "has a booking that nobody confirmed in time",
        params: OF,
    },
    EventKind {
        name: "booking.completed",
        phrase: "has had a booking",
        params: OF,
    },
    EventKind {
        name: "booking.no_show",
        phrase: "has a booking to which somebody did not come",
        params: &[
            optional("event_type", Form::Id("event_type"), At::Subject),
            optional("by", Form::Text, At::Body("no_show_by")),
        ],
    },
    EventKind {
        name: "booking.waiting",
        phrase: "begins to wait for a place",
        params: OF,
    },
    EventKind {
        name: "booking.place_free",
        phrase: "waits for a place, and one is free",
        params: OF,
    },
    EventKind {
        name: "booking.starts_in",
        phrase: "has a booking that starts in so many minutes",
        params: &[
            required("minutes", Form::Number, At::Body("minutes_before")),
            optional("event_type", Form::Id("event_type"), At::Subject),
        ],
    },
];
