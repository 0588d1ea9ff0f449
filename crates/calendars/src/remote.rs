//! Whatever kind of calendar it is.

use kernel::Timestamp;

use crate::caldav::CalDav;
use crate::feed::Feed;
use crate::google::Google;
use crate::microsoft::Microsoft;
use crate::oauth::Renewed;
use crate::{Changes, Draft, Fault, Listed, Object, Stored};

/// One connection to somebody's calendars.
#[derive(Debug)]
pub enum Remote {
    /// A published calendar, only to be read.
    Feed(Feed),
    /// An account on a CalDAV server.
    CalDav(CalDav),
    /// An account at Google.
    Google(Google),
    /// An account at Microsoft.
    Microsoft(Microsoft),
}

impl Remote {
    /// The calendars it has.
    pub async fn list(&self) -> Result<Vec<Listed>, Fault> {
        match self {
            Self::Feed(feed) => feed.list().await,
            Self::CalDav(caldav) => caldav.list().await,
            Self::Google(google) => google.list().await,
            Self::Microsoft(microsoft) => microsoft.list().await,
        }
    }

    /// What changed since a token, or without one everything that touches the window.
    ///
    /// The window of the reading that began without a token may be the one that its tokens tell of, so everything has to be
    /// read again before the window has moved far.
    pub async fn changes(
        &self,
        calendar: &str,
        token: Option<&str>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Changes, Fault> {
        match self {
            Self::Feed(feed) => feed.changes(token).await,
            Self::CalDav(caldav) => caldav.changes(calendar, token, from, until).await,
            Self::Google(google) => google.changes(calendar, token, from, until).await,
            Self::Microsoft(microsoft) => microsoft.changes(calendar, token, from, until).await,
        }
    }

    /// What is there right now in a short time: a booking asks once. How long that may take is up to who asks.
    pub async fn now(
        &self,
        calendar: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Object>, Fault> {
        match self {
            Self::Feed(feed) => feed.now().await,
            Self::CalDav(caldav) => caldav.now(calendar, from, until).await,
            Self::Google(google) => google.now(calendar, from, until).await,
            Self::Microsoft(microsoft) => microsoft.now(calendar, from, until).await,
        }
    }

    /// Creates what is not `known`, where something else may be under its key already ([`Fault::Conflict`]), or changes
    /// what is, if it still is as it was known ([`Fault::Conflict`]) and where ([`Fault::Gone`]).
    pub async fn put(
        &self,
        calendar: &str,
        draft: &Draft,
        known: Option<&Stored>,
    ) -> Result<Stored, Fault> {
        match self {
            Self::Feed(_) => Err(only_read()),
            Self::CalDav(caldav) => caldav.put(calendar, draft, known).await,
            Self::Google(google) => google.put(calendar, draft, known).await,
            Self::Microsoft(microsoft) => microsoft.put(calendar, draft, known).await,
        }
    }

    /// Changes the time of what is known and somebody else has written into: their words stay. Of CalDAV, an object is always
    /// written as a whole, so `draft.ical` has to have them.
    pub async fn put_time(
        &self,
        calendar: &str,
        draft: &Draft,
        known: &Stored,
    ) -> Result<Stored, Fault> {
        match self {
            Self::Feed(_) => Err(only_read()),
            Self::CalDav(caldav) => caldav.put(calendar, draft, Some(known)).await,
            Self::Google(google) => google.put_time(calendar, draft, known).await,
            Self::Microsoft(microsoft) => microsoft.put_time(calendar, draft, known).await,
        }
    }

    /// Takes something out. Without its etag, whatever state it is in.
    pub async fn remove(&self, calendar: &str, known: &Stored) -> Result<(), Fault> {
        match self {
            Self::Feed(_) => Err(only_read()),
            Self::CalDav(caldav) => caldav.remove(calendar, known).await,
            Self::Google(google) => google.remove(calendar, known).await,
            Self::Microsoft(microsoft) => microsoft.remove(known).await,
        }
    }

    /// What is under a key now: after a conflict, for example.
    pub async fn read(&self, calendar: &str, key: &str) -> Result<Object, Fault> {
        match self {
            Self::Feed(_) => Err(only_read()),
            Self::CalDav(caldav) => caldav.read(calendar, key).await,
            Self::Google(google) => google.read(calendar, key).await,
            Self::Microsoft(microsoft) => microsoft.read(key).await,
        }
    }

    /// What was put there for a meeting, if nobody knows any more whether it was: after a crash, for example.
    /// Some services look for it by its uid alone, others among what is between two instants.
    pub async fn find(
        &self,
        calendar: &str,
        uid: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Object>, Fault> {
        match self {
            Self::Feed(_) => Err(only_read()),
            Self::CalDav(caldav) => caldav.find(calendar, uid).await,
            Self::Google(google) => google.find(calendar, uid).await,
            Self::Microsoft(microsoft) => microsoft.find(calendar, uid, from, until).await,
        }
    }

    /// Tokens that came meanwhile, once. Those that were given may not work any more.
    pub fn tokens_to_keep(&self) -> Option<Renewed> {
        match self {
            Self::Feed(_) | Self::CalDav(_) => None,
            Self::Google(google) => google.tokens_to_keep(),
            Self::Microsoft(microsoft) => microsoft.tokens_to_keep(),
        }
    }
}

fn only_read() -> Fault {
    Fault::Refused("this calendar is only read".to_owned())
}
