//! What keeps a host from a meeting, and how much time must lie between two.

use kernel::Timestamp;

use super::interval::{Interval, MINUTE};
use crate::{BookingId, HoldId};

/// Time to prepare and to wind up, in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffers {
    /// Before the meeting begins.
    pub before_minutes: u32,
    /// After it has ended.
    pub after_minutes: u32,
}

/// How the buffers of two meetings in a row go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gap {
    /// The larger of the two: winding up one meeting and preparing the next are the same pause.
    #[default]
    Larger,
    /// Both, one after the other.
    Sum,
}

impl Gap {
    fn micros(self, one_minutes: u32, other_minutes: u32) -> i64 {
        let (one, other) = (i64::from(one_minutes), i64::from(other_minutes));
        MINUTE
            * match self {
                Self::Larger => one.max(other),
                Self::Sum => one + other,
            }
    }
}

/// Something in a host's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// When, without buffers.
    pub time: Interval,
    /// Its own buffers; none for what is in a calendar elsewhere.
    pub buffers: Buffers,
    /// Whose it is, which decides whether it counts.
    pub source: Source,
}

/// What kind of thing is in a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A booking that the person hosts or attends, of any event type.
    Booking {
        /// Which one.
        id: BookingId,
        /// Whether it takes place.
        standing: Standing,
    },
    /// What a calendar elsewhere says.
    External {
        /// The booking of ours that this is the copy of.
        copy_of: Option<BookingId>,
    },
    /// A visitor who has not finished booking.
    Hold {
        /// Which one.
        id: HoldId,
        /// From this instant on it counts no more.
        expires_at: Timestamp,
    },
}

/// Whether a booking takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Confirmed,
    /// Somebody still has to decide, confirm or pay.
    Pending {
        /// What its event type says of such bookings.
        blocks: bool,
    },
    /// It does not: canceled, declined, expired, or moved elsewhere.
    Off,
}

/// Whether a hold still keeps its slot. At the instant it expires, it does not.
pub fn is_live(expires_at: Timestamp, now: Timestamp) -> bool {
    now < expires_at
}

/// For whom a calendar is read: what is theirs does not stand in their own way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    pub(super) now: Timestamp,
    pub(super) hold: Option<HoldId>,
    pub(super) moves: Option<BookingId>,
}

impl Reader {
    /// Whether this counts.
    pub(super) fn is_hindered_by(&self, source: Source) -> bool {
        match source {
            Source::Booking { id, standing } => {
                self.moves != Some(id)
                    && match standing {
                        Standing::Confirmed => true,
                        Standing::Pending { blocks } => blocks,
                        Standing::Off => false,
                    }
            }
            Source::External { copy_of } => copy_of.is_none() || copy_of != self.moves,
            Source::Hold { id, expires_at } => {
                self.hold != Some(id) && is_live(expires_at, self.now)
            }
        }
    }
}

/// When a new meeting with these buffers can take no place because of something else: it must neither begin before the
/// end of this interval nor end after its start.
pub(super) fn blocked(time: Interval, its: Buffers, new: Buffers, gap: Gap) -> Interval {
    time.widened(
        gap.micros(its.before_minutes, new.after_minutes),
        gap.micros(its.after_minutes, new.before_minutes),
    )
}
