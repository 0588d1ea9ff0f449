//! The table of kinds: which events can be waited for, what they can be narrowed to, and which actions there are beside
//! the built-in ones.
//!
//! A kind is data. A slice that brings its own (forms, bookings, replies, SMS) describes them in one file of its own with
//! [`EventKind`] and [`ActionKind`], and the server adds them to the table at start: nothing here, in the validation or
//! in the interpreter knows their names.

mod booking;

use std::collections::BTreeMap;

/// What can happen and what can be done, by name.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    events: BTreeMap<&'static str, EventKind>,
    actions: BTreeMap<&'static str, ActionKind>,
}

/// An event that triggers, waits, goals and exits can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKind {
    /// As it is recorded: `group.joined`.
    pub name: &'static str,
    /// Completes "when the contact ...".
    pub phrase: &'static str,
    /// What it can be narrowed to.
    pub params: &'static [Param],
}

/// An action of another slice. Its payload goes to the outbox, and a worker of that slice carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionKind {
    /// `sms.send`.
    pub name: &'static str,
    /// In the imperative: "send a text message".
    pub phrase: &'static str,
    /// What it takes. `at` of these is not used.
    pub params: &'static [Param],
    /// Whether it writes to the contact, so that caps, quiet hours and consent apply.
    pub is_message: bool,
    /// Whether the run waits for its result.
    pub awaited: bool,
}

/// A part that can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// The key under `with`.
    pub name: &'static str,
    pub form: Form,
    pub required: bool,
    pub at: At,
}

/// What a part looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The id of a thing of this kind: `group`, `template`.
    Id(&'static str),
    Text,
    Number,
    /// The name of an attribute or the key of a custom field.
    Field,
    /// The id of a step of this document that sends a message.
    Step,
    /// A time that comes again: see [`crate::definition::Schedule`].
    Schedule,
}

/// Where the part is found in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// In the event's subject.
    Subject,
    /// In its body, under this key.
    Body(&'static str),
    /// Among the list in its body, under this key.
    Listed(&'static str),
    /// In its body, as the step (and the run) that sent the message.
    SentBy,
}

impl Kinds {
    /// Those of contacts, messages and automations, which are always there.
    pub fn built_in() -> Self {
        EVENTS
            .iter()
            .fold(Self::default(), |kinds, kind| kinds.with_event(*kind))
    }

    /// Those that this version raises and carries out.
    pub fn available() -> Self {
        let all = booking::EVENTS.iter();
        all.fold(Self::built_in(), |kinds, kind| kinds.with_event(*kind))
    }

    /// Adds a kind of event.
    #[must_use]
    pub fn with_event(mut self, kind: EventKind) -> Self {
        self.events.insert(kind.name, kind);
        self
    }

    /// Adds a kind of action.
    #[must_use]
    pub fn with_action(mut self, kind: ActionKind) -> Self {
        self.actions.insert(kind.name, kind);
        self
    }

    /// The event of this name.
    pub fn event(&self, name: &str) -> Option<&EventKind> {
        self.events.get(name)
    }

    /// The action of this name.
    pub fn action(&self, name: &str) -> Option<&ActionKind> {
        self.actions.get(name)
    }

    /// The names of all events.
    pub fn event_names(&self) -> impl Iterator<Item = &'static str> {
        self.events.keys().copied()
    }

    /// The names of all actions.
    pub fn action_names(&self) -> impl Iterator<Item = &'static str> {
        self.actions.keys().copied()
    }
}

const fn optional(name: &'static str, form: Form, at: At) -> Param {
    Param {
        name,
        form,
        required: false,
        at,
    }
}

const fn required(name: &'static str, form: Form, at: At) -> Param {
    Param {
        name,
        form,
        required: true,
        at,
    }
}

const GROUP: &[Param] = &[optional("group", Form::Id("group"), At::Subject)];
const TAG: &[Param] = &[optional("tag", Form::Id("tag"), At::Subject)];
const SEGMENT: &[Param] = &[required("segment", Form::Id("segment"), At::Subject)];
const MESSAGE: &[Param] = &[
    optional("campaign", Form::Id("campaign"), At::Subject),
    optional("step", Form::Step, At::SentBy),
];
const CLICK: &[Param] = &[
    optional("campaign", Form::Id("campaign"), At::Subject),
    optional("step", Form::Step, At::SentBy),
    optional("url", Form::Text, At::Body("url")),
];

/// The events of the slices that exist.
const EVENTS: &[EventKind] = &[
    EventKind {
        name: "subscriber.created",
        phrase: "is created",
        params: &[optional("source", Form::Text, At::Body("source"))],
    },
    EventKind {
        name: "subscriber.updated",
        phrase: "is changed",
        params: &[optional("field", Form::Field, At::Listed("changed"))],
    },
    EventKind {
        name: "subscriber.status_changed",
        phrase: "changes status",
        params: &[
            optional("from", Form::Text, At::Body("from")),
            optional("to", Form::Text, At::Body("to")),
        ],
    },
    EventKind {
        name: "consent.given",
        phrase: "agrees to be written to",
        params: &[],
    },
    EventKind {
        name: "group.joined",
        phrase: "joins a group",
        params: GROUP,
    },
    EventKind {
        name: "group.left",
        phrase: "leaves a group",
        params: GROUP,
    },
    EventKind {
        name: "tag.added",
        phrase: "gets a tag",
        params: TAG,
    },
    EventKind {
        name: "tag.removed",
        phrase: "loses a tag",
        params: TAG,
    },
    EventKind {
        name: "segment.entered",
        phrase: "enters a segment",
        params: SEGMENT,
    },
    EventKind {
        name: "segment.left",
        phrase: "leaves a segment",
        params: SEGMENT,
    },
    EventKind {
        name: "message.sent",
        phrase: "is sent a message",
        params: MESSAGE,
    },
    EventKind {
        name: "message.opened",
        phrase: "opens a message",
        params: MESSAGE,
    },
    EventKind {
        name: "message.clicked",
        phrase: "clicks a link",
        params: CLICK,
    },
    EventKind {
        name: "message.unsubscribed",
        phrase: "unsubscribes",
        params: MESSAGE,
    },
    EventKind {
        name: "message.bounced",
        phrase: "cannot be reached",
        params: MESSAGE,
    },
    EventKind {
        name: "message.complained",
        phrase: "reports a message as spam",
        params: MESSAGE,
    },
    EventKind {
        name: "event.custom",
        phrase: "does something that your own program reports",
        params: &[required("name", Form::Text, At::Body("name"))],
    },
    EventKind {
        name: "automation.started",
        phrase: "is sent here by hand, by the API or by another automation",
        params: &[],
    },
    EventKind {
        name: "automation.finished",
        phrase: "finishes an automation",
        params: &[required("automation", Form::Id("automation"), At::Subject)],
    },
    EventKind {
        name: "date.reached",
        phrase: "has a date, before it or after it",
        params: &[required("field", Form::Field, At::Body("field"))],
    },
    EventKind {
        name: "schedule.fired",
        phrase: "is there at a time of the schedule",
        params: &[
            required("schedule", Form::Schedule, At::Body("schedule")),
            optional("group", Form::Id("group"), At::Listed("groups")),
            optional("segment", Form::Id("segment"), At::Listed("segments")),
        ],
    },
    EventKind {
        name: "hook.received",
        phrase: "is named in a request to an inbound address",
        params: &[required("hook", Form::Id("hook"), At::Subject)],
    },
];
