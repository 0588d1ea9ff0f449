//! The words that all protocols share.

use std::time::Duration;

use jiff::civil::Date;
use kernel::Timestamp;

/// A calendar that somebody's account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What the other calls name it by: an address, or an id of the service.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// `#rrggbb`
    pub color: Option<String>,
    /// Whether events may be put into it.
    pub writable: bool,
    /// The zone its owner set, by its IANA name.
    pub zone: Option<String>,
    /// Whether it is the one that events go into unless somebody chooses.
    pub primary: bool,
    /// The address of whoever it belongs to, where that is told.
    pub owner: Option<String>,
}

/// What is stored under one key of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Unique in its calendar, and stays: a path, or the id of an event.
    pub key: String,
    /// Changes with the object.
    pub etag: Option<String>,
    /// The [`Draft::uid`] of what we put there, where the service says so. An object of iCalendar says it by itself.
    pub uid: Option<String>,
    /// What is there.
    pub content: Content,
}

/// What an object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A calendar in text, as it stands there. Of a feed it is the whole calendar.
    ICalendar(String),
    /// Expanded by the service. Empty: it takes no time, because it is free, cancelled or declined.
    Busy(Vec<Taken>),
}

/// Time that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// From when.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// Whole days: the first, and the one after the last. They belong to the owner's zone; `start` and `end` say them in
    /// the calendar's zone, or in UTC.
    pub all_day: Option<(Date, Date)>,
    /// What it is called; for its owner only. Empty where the service does not tell.
    pub summary: String,
    /// Whether its owner only may come.
    pub tentative: bool,
}

/// What a calendar says when it is asked what is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// `changed` is everything that touches the window, and what is not in it is gone. Otherwise `changed` and `removed`
    /// are what happened since the token, inside the window or not.
    pub whole: bool,
    /// What is there now.
    pub changed: Vec<Object>,
    /// Keys of what is not there any more.
    pub removed: Vec<String>,
    /// To be given the next time. `None`: there is no way to ask for changes only.
    pub token: Option<String>,
}

/// Somebody with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// May be empty.
    pub name: String,
    /// The email address.
    pub email: String,
}

/// A meeting to be put into a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The same through every change of the meeting. Putting the same uid twice makes one event.
    pub uid: String,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// What it is called.
    pub title: String,
    /// More about it; may be empty, may have several lines.
    pub description: String,
    /// Where.
    pub location: Option<String>,
    /// Higher with every change.
    pub sequence: u32,
    /// Whether it still has to be confirmed.
    pub tentative: bool,
    /// Who invites.
    pub organizer: Option<Person>,
    /// Who is invited. No service is made to write to them.
    pub attendees: Vec<Person>,
    /// All of it as an object of iCalendar, for CalDAV: one `VCALENDAR` without `METHOD`, whose attendees have
    /// `SCHEDULE-AGENT=CLIENT`, so that the server does not write to them either.
    pub ical: String,
}

/// Where something was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The key of the object.
    pub key: String,
    /// Its state, where the service tells it. A change or removal with it fails if somebody else was faster.
    pub etag: Option<String>,
}

/// Why a calendar did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its owner has to sign in again.
    #[error("the calendar wants its owner to sign in again: {0}")]
    Unauthorized(String),
    /// The token is not known any more: read the whole again, without one.
    #[error("the calendar has forgotten what was read last")]
    TokenGone,
    /// Somebody else changed the object meanwhile, or put one where it was to be.
    #[error("somebody else changed the event meanwhile")]
    Conflict,
    /// There is no such object, or no such calendar.
    #[error("it is not there any more")]
    Gone,
    /// Asked too often, or busy with itself.
    #[error("the calendar asks for patience")]
    Busy {
        /// When to come again, if it said so.
        retry_after: Option<Duration>,
    },
    /// No connection, or no answer in time.
    #[error("{0}")]
    Unreachable(String),
    /// The address or the request, as its server or ours sees it.
    #[error("{0}")]
    Refused(String),
    /// An answer that is not what the protocol says.
    #[error("the answer makes no sense: {0}")]
    Garbage(String),
}

impl Fault {
    /// Whether the same may work later, with nobody doing anything about it.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable(_))
    }
}
