//! Which starts can be offered, and why others cannot.
//!
//! Pure: everything that decides is in the [`Request`], also what time it is. Nothing here knows a database, and
//! nothing panics on odd input.
//!
//! ```text
//! weekly hours, overrides, travel, away ─► hours ─┐
//! bookings, calendars, holds, blocks ─► + buffers ├─► free ─► starts of each host ─┐
//! fixed hosts, groups ───────────────────────────►│                                ├─► slots with their free hosts
//! grid ──────────────────────────────────────────►└─► candidates ──────────────────┤
//! notice, window, limits, seats ───────────────────────────────────────────────────┘
//! ```
//!
//! - [`Request::slots`] lists them, [`Offer::by_date`] groups them by the date they have for the visitor.
//! - [`Request::check`] decides about one start, under the lock of a booking, by every rule.
//! - [`Request::why`] and [`Request::why_date`] say which rules keep starts away; they ask each rule directly, not by
//!   the sets that [`Request::slots`] is made of, and tests hold the two against each other.
//! - [`Request::reach`] says of which time the calendars must be known.
//! - [`choose`](choose::choose) picks a host among the free ones of a group, and says why.
//!
//! # Invariants
//!
//! - All intervals are half-open; touching is no conflict.
//! - Rules are wall times in the zone of a host or of the meeting; the zone of who asks decides about nothing but the
//!   grouping by date.
//! - The answer for `[a, c)` is that for `[a, b)` and that for `[b, c)`, in a row.
//! - A start that is offered is accepted by `check` of the same request, and one that is not is refused.
//! - With [`Anchor::Hours`], more in a calendar never makes more slots (but for [`Window::BookableDays`], which then
//!   reaches further, and for a preferred host, who then may stand back).
//! - A meeting never overlaps another of the same host, nor the gap around it.

mod blocks;
mod busy;
pub mod choose;
mod find;
mod grid;
mod hours;
pub mod interval;
mod limits;
mod offer;
mod plan;
mod reason;
mod request;
mod sheet;
mod why;
mod window;
mod zone;

#[cfg(test)]
mod tests;

pub use blocks::{Block, Pattern};
pub use busy::{Buffers, Busy, Gap, Source, Standing, is_live};
pub use find::Accepted;
pub use grid::{Anchor, Grid, Rounding};
pub use hours::{Away, Override, Schedule, Travel, WallRange};
pub use interval::Interval;
pub use limits::{Cap, Counted, Limit, Period, Scope};
pub use offer::{Day, Offer, Slot};
pub use reason::{Closed, DateReport, HostReason, Reason};
pub use request::{Host, Meeting, Occurrence, Preferred, Request, Seat, Team, Visit};
pub use window::Window;
