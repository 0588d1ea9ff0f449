//! Calendars of hosts elsewhere: what they say is taken keeps slots away, and bookings are put into one of them.
//!
//! A **connection** is a way to somebody's calendars: the address of a feed, an account on a server with CalDAV, Google,
//! Microsoft 365. Of its calendars, some **block**, and at most one of a host **receives**. Protocols are in the crate
//! `calendars`, which knows nothing of any of this.
//!
//! - **Mirror.** What blocks is read every few minutes (`sync`), changes only where the server can tell them, and as a
//!   whole once a day. It is merged, never wiped: a fault leaves what was known. Whoever looks for slots reads the mirror,
//!   in a fixed number of queries, and asks nobody.
//! - **Before something is booked**, the calendars of whoever would host it are asked once (`live`), for two seconds at
//!   most. What they say joins the mirror, and the rules are asked under the locks as always. So are those of the hosts of
//!   a booking that is confirmed, and of whom one is given to.
//! - **Copies** (`copies`) are written by a job that is enqueued in the transaction of the booking. Their UID is that of
//!   invitations, by which they are known wherever they come back from, and left out of the mirror.
//! - What somebody does to a copy there, and what comes into the way of a booking later, is noted in the trail of the
//!   booking: `deleted_in_calendar`, `moved_in_calendar`, `conflict_in_calendar`, `not_in_calendar`. Nothing is called off.
//! - A connection that cannot be read is **broken**: the event `calendar.broken` is recorded once, of which its host is
//!   told by mail, and `when_unreachable` says whether slots are offered by what was known last or not at all.
//!
//! Secrets (addresses of feeds, passwords, tokens) are sealed. What events are called is for the host and for admins.
//!
//! Locks: the host before the connection ([`db::LockClass::Calendars`]), and neither while anybody is asked.
//!
//! Tables: `calendar_connection`, `calendar`, `calendar_object`, `calendar_busy`, `calendar_copy`. Event:
//! `calendar.broken`. Jobs: [`Read`], [`Copy`], [`Leave`]. Schedule: [`read_due`]. Audited: `calendar.connected`,
//! `calendar.signed_in`, `calendar.updated`, `calendar.used`, `calendar.disconnected`.

mod copies;
mod expand;
mod jobs;
mod letter;
mod live;
mod merge;
mod model;
mod patch;
mod remote;
mod routes;
mod service;
mod store;
mod sync;
#[cfg(test)]
mod tests;

pub use jobs::{Copy, Leave, Read, read_due};
pub use letter::broken_letter;
pub use model::{Calendar, Connection, CopyState, Kind, State, WhenUnreachable};
pub use routes::{public_routes, routes};
pub use service::{
    Begin, Begun, BusyTime, CalendarPatch, ConnectionPatch, Copies, CopyView, Detail, List,
    NewConnection, Who, begin, busy_times, connect, copies_of, disconnect, finish, get, list,
    sync_now, update, update_calendar,
};

pub(crate) use copies::copy_in;
pub(crate) use live::{in_the_way, look_at, look_before};
pub(crate) use model::uid_of;
pub(crate) use store::delete_of_host;
pub(crate) use store::mirror::{Named, blocking, times};
