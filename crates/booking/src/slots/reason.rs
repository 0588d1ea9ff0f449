//! Why there is no slot.

use jiff::civil::Date;
use kernel::Timestamp;

use super::interval::Interval;

/// A rule that keeps a start away. All indices are those of the [`Request`](super::Request).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is past, or sooner than the minimum notice allows.
    Notice {
        /// The first instant that is not.
        earliest: Timestamp,
    },
    /// It is on a date outside of the booking window.
    Window {
        /// The first date inside, if there is one.
        first: Option<Date>,
        /// The last date inside, if there is one.
        last: Option<Date>,
    },
    /// The period has no room for another meeting.
    Limit {
        /// Which limit of the meeting.
        limit: usize,
        /// How many bookings or minutes there are already.
        used: u32,
    },
    /// There are fewer seats than wanted.
    Seats {
        /// In which occurrence; `None`: not even in an empty one.
        occurrence: Option<usize>,
        /// How many are left.
        left: u32,
    },
    /// Meetings do not start at this time.
    Grid {
        /// The nearest start before it that the grid has, within a day.
        before: Option<Timestamp>,
        /// The nearest start after it that the grid has, within a day.
        after: Option<Timestamp>,
    },
    /// A host cannot. Of a group, hosts are named only where none of them can.
    Host {
        /// Who.
        host: usize,
        /// And why.
        reason: HostReason,
    },
    /// Nobody is there to host it: the team, or one of its groups, is empty.
    NoHost,
}

/// Why somebody cannot host a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostReason {
    /// They have no hours on the date.
    Closed {
        /// The local date of the host.
        date: Date,
        /// By what.
        by: Closed,
    },
    /// They have hours on the date, and the meeting is not within them.
    OutsideHours,
    /// They are out of office.
    Away {
        /// Which of the host's.
        away: usize,
    },
    /// Something is in the calendar.
    Busy {
        /// Which of the host's.
        busy: usize,
        /// It does not overlap the meeting itself, but is closer than the buffers allow.
        by_buffer: bool,
    },
    /// The time is blocked.
    Blocked {
        /// Which of the host's blocks.
        block: usize,
        /// It does not overlap the meeting itself, but is closer than the buffers allow.
        by_buffer: bool,
    },
    /// They host another occurrence of the same meeting.
    Hosting {
        /// Which one.
        occurrence: usize,
        /// It does not overlap the meeting itself, but is closer than the buffers allow.
        by_buffer: bool,
    },
    /// The period has no room for another meeting of this host.
    Limit {
        /// Which of the host's limits.
        limit: usize,
        /// How many bookings or minutes there are already.
        used: u32,
    },
    /// The visit is for other hosts.
    NotAsked,
}

/// What leaves a date without hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closed {
    /// The weekly schedule.
    Week,
    /// An override.
    Override,
}

/// How a date came to its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateReport {
    /// All of the date, in the zone asked for.
    pub during: Interval,
    /// How many starts the grid of the working hours has on the date.
    pub starts: usize,
    /// How many can be booked.
    pub offered: usize,
    /// What keeps the others away, each with the number of starts that it concerns, the most important first. For a
    /// date without any start, what closes it, with 0.
    pub reasons: Vec<(Reason, usize)>,
}
