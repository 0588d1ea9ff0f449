//! What a connection is, its calendars, and the pure decisions about them.

use std::time::Duration;

use calendars::Fault;
use calendars::oauth::Tokens;
use kernel::{AccountId, TimeZone, Timestamp};
use serde::{Deserialize, Serialize};

use crate::slots::Interval;
use crate::slots::interval::{DAY, plus};
use crate::{BookingId, CalendarId, ConnectionId, HostId};

/// How far back and ahead calendars are read: as far as anybody may book.
const BACK: i64 = DAY;
const AHEAD: i64 = 396 * DAY;
/// How often all of a calendar is read, although only changes were asked for: servers lose deletions.
const WHOLE_EVERY: Duration = Duration::from_hours(24);
/// What is longer is kept in pieces of this length.
pub(crate) const LONGEST_PIECE: i64 = 7 * DAY;
/// Whoever fails is left alone for so long at most.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// By which protocol calendars are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalendarKind)]
pub enum Kind {
    /// One calendar at a secret address, to be read only.
    Feed,
    /// A server with CalDAV: iCloud, Fastmail, Nextcloud.
    Caldav,
    /// Google Calendar.
    Google,
    /// Microsoft 365 and Outlook.
    Microsoft,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Feed, Self::Caldav, Self::Google, Self::Microsoft];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Caldav => "caldav",
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// What holds while a host's calendars cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnreachable {
    /// What was known last.
    #[default]
    KeepOffering,
    /// The host is offered to nobody.
    StopOffering,
}

impl WhenUnreachable {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::KeepOffering => "keep_offering",
            Self::StopOffering => "stop_offering",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "stop_offering" => Self::StopOffering,
            _ => Self::KeepOffering,
        }
    }
}

/// Whether calendars can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalendarConnectionState)]
pub enum State {
    /// They can, or it has just failed.
    Ok,
    /// They cannot: what is known is as old as `synced_at`.
    Broken,
    /// It is being taken down.
    Leaving,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Broken => "broken",
            Self::Leaving => "leaving",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "broken" => Self::Broken,
            "leaving" => Self::Leaving,
            _ => Self::Ok,
        }
    }
}

/// A way to somebody's calendars elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarConnection, example = json!({
    "id": "361240977588224001", "host_id": "361240977588224002", "kind": "caldav", "name": "Fastmail",
    "address": "https://caldav.fastmail.com/", "user_name": "ada@example.com", "when_unreachable": "keep_offering",
    "state": "ok", "fault": null, "failures": 0, "broken_since": null, "synced_at": "2026-05-04T09:30:00Z",
    "sync_at": "2026-05-04T09:35:00Z", "created_at": "2026-05-01T08:00:00Z", "updated_at": "2026-05-04T09:30:00Z",
}))]
pub struct Connection {
    /// To whom it belongs.
    #[serde(skip)]
    pub account: AccountId,
    /// Which one.
    pub id: ConnectionId,
    /// Whose calendars they are.
    pub host_id: HostId,
    /// By which protocol.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// Where the server is. Of a feed, whose whole address is a secret, only the domain.
    #[schema(required)]
    pub address: Option<String>,
    /// Who signs in there.
    #[schema(required)]
    pub user_name: Option<String>,
    /// What holds while it is broken.
    pub when_unreachable: WhenUnreachable,
    /// Whether calendars can be read.
    pub state: State,
    /// Why not, when the last attempt failed.
    #[schema(required)]
    pub fault: Option<String>,
    /// How often it has failed in a row.
    pub failures: i64,
    /// Since when it is broken.
    #[schema(required)]
    pub broken_since: Option<Timestamp>,
    /// When all its calendars were last read. Absent: not yet.
    #[schema(required)]
    pub synced_at: Option<Timestamp>,
    /// When it is read next.
    pub sync_at: Timestamp,
    /// When its calendars were last listed.
    #[serde(skip)]
    pub listed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed.
    pub updated_at: Timestamp,
    /// How to get in, sealed.
    #[serde(skip)]
    pub(super) secret: Vec<u8>,
}

/// A calendar elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ConnectedCalendar, example = json!({
    "id": "361240977588224003", "connection_id": "361240977588224001", "host_id": "361240977588224002",
    "name": "Work", "color": "#3366ff", "time_zone": "Europe/Berlin", "writable": true, "primary": true,
    "blocks": true, "receives": true, "synced_at": "2026-05-04T09:30:00Z", "unreadable": 0,
}))]
pub struct Calendar {
    /// Which one.
    pub id: CalendarId,
    /// How it is reached.
    pub connection_id: ConnectionId,
    /// Whose it is.
    pub host_id: HostId,
    /// What it is called there.
    pub name: String,
    /// `#rrggbb`
    #[schema(required)]
    pub color: Option<String>,
    /// The zone that is set there.
    #[schema(required)]
    pub time_zone: Option<String>,
    /// Whether events may be put into it.
    pub writable: bool,
    /// Whether it is the one that its owner uses unless they choose.
    pub primary: bool,
    /// Whether what is in it keeps slots away.
    pub blocks: bool,
    /// Whether bookings are put into it. At most one of a host's does.
    pub receives: bool,
    /// When it was last read. Absent: not yet.
    #[schema(required)]
    pub synced_at: Option<Timestamp>,
    /// Events that could not be read: it may be busier than it seems.
    pub unreadable: i64,
    /// What the server calls it.
    #[serde(skip)]
    pub(super) remote_id: String,
    /// The address of its owner.
    #[serde(skip)]
    pub(super) owner: Option<String>,
    #[serde(skip)]
    pub(super) sync_token: Option<String>,
    #[serde(skip)]
    pub(super) whole_at: Option<Timestamp>,
    #[serde(skip)]
    pub(super) read_zone: Option<String>,
}

impl Calendar {
    /// Whether anybody wants to know what is in it.
    pub(super) fn is_read(&self) -> bool {
        self.blocks || self.receives
    }

    /// The token to ask for changes with; none when all of it is to be read.
    pub(super) fn token(&self, zone: &TimeZone, now: Timestamp) -> Option<&str> {
        let is_fresh = self
            .whole_at
            .is_some_and(|at| at <= now && now < at + WHOLE_EVERY);
        let same_zone = self.read_zone.as_deref() == Some(zone.name());
        self.sync_token.as_deref().filter(|_| is_fresh && same_zone)
    }
}

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalendarCopyState)]
pub enum CopyState {
    /// It is being put there.
    Pending,
    /// It is there.
    Written,
    /// Somebody deleted it there. The booking stands.
    Gone,
    /// The calendar did not take it.
    Failed,
}

impl CopyState {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Written => "written",
            Self::Gone => "gone",
            Self::Failed => "failed",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "pending" => Self::Pending,
            "gone" => Self::Gone,
            "failed" => Self::Failed,
            _ => Self::Written,
        }
    }
}

/// A booking in the calendar of one of its hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) booking: BookingId,
    pub(super) host: HostId,
    pub(super) calendar: CalendarId,
    pub(super) key: String,
    pub(super) uid: String,
    pub(super) etag: Option<String>,
    /// Of the booking, when this was written; below 0 if it has to be written once more.
    pub(super) sequence: i64,
    pub(super) time: Interval,
    pub(super) state: CopyState,
    pub(super) fault: Option<String>,
    pub(super) updated_at: Timestamp,
}

/// How to get in; stored sealed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Secret {
    Feed { url: String },
    Password { password: String },
    Tokens { tokens: Tokens },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Time that a calendar says is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) time: Interval,
    pub(super) all_day: bool,
    pub(super) summary: String,
}

/// What stands under one key of a calendar, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) key: String,
    pub(super) uid: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) spans: Vec<Span>,
}

impl Piece {
    /// The booking that this claims to be the copy of.
    pub(super) fn claimed(&self) -> Option<BookingId> {
        claimed_by(self.uid.as_deref()?)
    }
}

/// The UID of a booking, the same in invitations, feeds and copies: `booking-1@mail.example.com`.
pub(crate) fn uid_of(booking: BookingId, url: &str) -> String {
    let server = url.split("://").nth(1).unwrap_or(url);
    let server = server.split(['/', ':']).next().unwrap_or(server);
    format!("booking-{booking}@{server}")
}

/// The booking in such a UID, on whatever name the server had then.
pub(super) fn claimed_by(uid: &str) -> Option<BookingId> {
    let (id, _) = uid.strip_prefix("booking-")?.split_once('@')?;
    id.parse().ok()
}

/// What is read of calendars at an instant.
pub(super) fn window(now: Timestamp) -> Interval {
    Interval::new(plus(now, -BACK), plus(now, AHEAD))
}

/// Cuts what is long, so that whoever looks for overlaps need not look far back.
pub(super) fn pieces(time: Interval) -> impl Iterator<Item = Interval> {
    let mut start = time.start;
    std::iter::from_fn(move || {
        (start < time.end).then(|| {
            let end = plus(start, LONGEST_PIECE).min(time.end);
            let piece = Interval::new(start, end);
            start = end;
            piece
        })
    })
}

/// How often this must happen in a row before people are told and the connection counts as broken.
pub(super) fn patience(fault: &Fault, when: WhenUnreachable) -> i64 {
    match (fault, when) {
        (Fault::Unauthorized(_), _) | (_, WhenUnreachable::StopOffering) => 1,
        // Whoever asks for patience is there.
        (Fault::Busy { .. }, _) => 6,
        _ => 3,
    }
}

/// How long a connection is left alone after it failed so often.
pub(super) fn pause(every: Duration, failures: i64, fault: &Fault) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 8) - 1).unwrap_or(0);
    let pause = (every * 2_u32.pow(doublings)).min(LONGEST_PAUSE.max(every));
    match fault {
        Fault::Busy {
            retry_after: Some(wanted),
        } => pause.max((*wanted).min(Duration::from_hours(24))),
        _ => pause,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_uid_names_its_booking_on_any_server() {
        let id = BookingId::from(361_240_977_588_224_005);
        for url in [
            "https://mail.example.com",
            "https://mail.example.com:8443/x",
            "mail.example.com",
        ] {
            let uid = uid_of(id, url);
            assert_eq!(uid, "booking-361240977588224005@mail.example.com");
            assert_eq!(claimed_by(&uid), Some(id));
        }
        for other in [
            "booking-@x",
            "booking-12",
            "booking-x@y",
            "abooking-1@x",
            "",
        ] {
            assert_eq!(claimed_by(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_long_is_cut_without_gaps() {
        let year = Interval::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let all: Vec<_> = pieces(year).collect();
        assert_eq!(all.len(), 53);
        assert_eq!((all[0].start, all[52].end), (year.start, year.end));
        for pair in all.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
        }
        let hour = Interval::new(at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00Z"));
        assert_eq!(pieces(hour).collect::<Vec<_>>(), [hour]);
        assert_eq!(pieces(Interval::new(hour.end, hour.start)).count(), 0);
    }

    #[test]
    fn pauses_grow_and_what_the_server_asks_for_is_kept() {
        let every = Duration::from_mins(5);
        let lost = Fault::Unreachable("gone".to_owned());
        let minutes = |failures| pause(every, failures, &lost).as_secs() / 60;
        assert_eq!([1, 2, 3, 4, 5, 50].map(minutes), [5, 10, 20, 40, 60, 60]);
        let busy = |seconds| Fault::Busy {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(pause(every, 1, &busy(7_200)), Duration::from_hours(2));
        assert_eq!(pause(every, 1, &busy(1)), every);
        assert_eq!(pause(every, 1, &busy(u64::MAX)), Duration::from_hours(24));
    }

    #[test]
    fn a_wrong_password_is_told_at_once_and_a_hiccup_is_not() {
        let keep = WhenUnreachable::KeepOffering;
        let lost = Fault::Unreachable(String::new());
        assert_eq!(patience(&Fault::Unauthorized(String::new()), keep), 1);
        assert_eq!(patience(&lost, keep), 3);
        assert_eq!(patience(&Fault::Busy { retry_after: None }, keep), 6);
        // Who wants to be offered only when it is known that they are free is not offered on a guess.
        assert_eq!(patience(&lost, WhenUnreachable::StopOffering), 1);
    }
}
