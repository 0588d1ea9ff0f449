//! What is asked: the rules of a meeting, its hosts, and who asks when.

use kernel::{TimeZone, Timestamp};

use super::blocks::Block;
use super::busy::{Buffers, Busy, Gap, Reader, is_live};
use super::grid::Grid;
use super::hours::{Away, Schedule};
use super::interval::Interval;
use super::limits::Limit;
use super::window::Window;
use crate::{BookingId, HoldId};

/// The rules of an event type, for one of its lengths.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// How long it lasts; 0 counts as 1.
    pub minutes: u32,
    /// Where it may start.
    pub grid: Grid,
    /// Time around it, which may lie outside of working hours and before the minimum notice ends.
    pub buffers: Buffers,
    /// How buffers of two meetings go together.
    pub gap: Gap,
    /// How long before its start it must be booked, in minutes. A start exactly so far away is offered.
    pub notice_minutes: u32,
    /// On which dates it may start.
    pub window: Window,
    /// Whose days the window and the limits count: of one host the schedule's zone, of a team the team's.
    pub zone: TimeZone,
    /// How many can take part in one; `None`: a meeting is booked once.
    pub capacity: Option<u32>,
    /// How many there may be. Those of one host are the host's.
    pub limits: Vec<Limit>,
}

impl Meeting {
    /// A meeting of so many minutes without further rules.
    pub fn new(minutes: u32, zone: TimeZone) -> Self {
        Self {
            minutes,
            grid: Grid::default(),
            buffers: Buffers::default(),
            gap: Gap::default(),
            notice_minutes: 0,
            window: Window::default(),
            zone,
            capacity: None,
            limits: Vec::new(),
        }
    }

    pub(super) fn length(&self) -> u32 {
        self.minutes.max(1)
    }
}

/// Somebody who can be met.
#[derive(Clone, Debug)]
pub struct Host {
    /// When they work.
    pub schedule: Schedule,
    /// What is in their calendar, in any order.
    pub busy: Vec<Busy>,
    /// Time they block.
    pub blocks: Vec<Block>,
    /// Dates on which they are out of office. A single host's slots stay visible, marked; a team goes on without them.
    pub away: Vec<Away>,
    /// How much they can take on, counted in the zone of the schedule.
    pub limits: Vec<Limit>,
}

impl Host {
    /// Somebody with nothing to do.
    pub fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            busy: Vec::new(),
            blocks: Vec::new(),
            away: Vec::new(),
            limits: Vec::new(),
        }
    }
}

/// Who takes part, by the index of the host.
///
/// | mode | fixed | groups |
/// |---|---|---|
/// | one person | that host | |
/// | collective | all | |
/// | round robin, pool | | one, with all |
/// | round robin with fixed hosts | those | one, with the others |
/// | one of sales and one of support | | two |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// All of them take part.
    pub fixed: Vec<usize>,
    /// One of each takes part: [`choose`](super::choose::choose) says who. A group of nobody has no slots.
    pub groups: Vec<Vec<usize>>,
}

impl Team {
    /// One host alone.
    pub fn single(host: usize) -> Self {
        Self {
            fixed: vec![host],
            groups: Vec::new(),
        }
    }

    /// All together.
    pub fn collective(hosts: impl IntoIterator<Item = usize>) -> Self {
        Self {
            fixed: hosts.into_iter().collect(),
            groups: Vec::new(),
        }
    }

    /// Any one of them: round robin and pool, which differ in who is chosen.
    pub fn any(hosts: impl IntoIterator<Item = usize>) -> Self {
        Self {
            fixed: Vec::new(),
            groups: vec![hosts.into_iter().collect()],
        }
    }

    /// Whether this is the page of one person.
    pub(super) fn is_single(&self) -> bool {
        self.fixed.len() == 1 && self.groups.is_empty()
    }
}

/// A meeting with a capacity that somebody has booked already. It is offered again at its own start while seats are left,
/// whatever the hours and the grid have become: its hosts are there anyway. For all other starts it is busy.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// When.
    pub time: Interval,
    /// Who hosts it.
    pub hosts: Vec<usize>,
    /// Who has taken part of the capacity.
    pub seats: Vec<Seat>,
}

/// Seats of an occurrence that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// By a booking that takes place.
    Booked {
        /// Which one.
        id: BookingId,
        /// How many seats.
        count: u32,
    },
    /// By a visitor who has not finished booking.
    Held {
        /// By which hold.
        id: HoldId,
        /// From this instant on it counts no more.
        expires_at: Timestamp,
        /// How many seats.
        count: u32,
    },
}

/// The host that a contact belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preferred {
    /// Who it is.
    pub host: usize,
    /// If they have a slot in so many days of 24 hours from now, only their slots are offered, wherever they are; if
    /// not, those of all hosts.
    pub days: u32,
}

/// Who asks, and when.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The present instant.
    pub now: Timestamp,
    /// How many seats are wanted.
    pub seats: u32,
    /// The visitor's own hold, which does not stand in their way.
    pub hold: Option<HoldId>,
    /// The booking that is moved: it, its seats and its copies in other calendars do not count.
    pub moves: Option<BookingId>,
    /// The only hosts of groups that may be chosen: those of the booking that is moved, or to whom a routing form led.
    pub only: Option<Vec<usize>>,
    /// Who shall be chosen if possible.
    pub preferred: Option<Preferred>,
}

impl Visit {
    /// A visitor like any other.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            seats: 1,
            hold: None,
            moves: None,
            only: None,
            preferred: None,
        }
    }

    pub(super) fn reader(&self) -> Reader {
        Reader {
            now: self.now,
            hold: self.hold,
            moves: self.moves,
        }
    }
}

/// All that decides which starts there are. The indices of `team`, `occurrences` and `visit` are those of `hosts`; one
/// that is beyond it is a host who never works.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is booked.
    pub meeting: &'a Meeting,
    /// Everybody who is named.
    pub hosts: &'a [Host],
    /// Who of them takes part.
    pub team: &'a Team,
    /// The occurrences of a meeting with a capacity. They are not among the busy times of their hosts.
    pub occurrences: &'a [Occurrence],
    /// Who asks.
    pub visit: &'a Visit,
}

impl Occurrence {
    /// How many seats are taken, for this visitor. None: the occurrence does not exist (any more).
    pub(super) fn taken(&self, visit: &Visit) -> u32 {
        let seats = self.seats.iter().map(|seat| match *seat {
            Seat::Booked { id, .. } if visit.moves == Some(id) => 0,
            Seat::Held { id, .. } if visit.hold == Some(id) => 0,
            Seat::Held { expires_at, .. } if !is_live(expires_at, visit.now) => 0,
            Seat::Booked { count, .. } | Seat::Held { count, .. } => count,
        });
        seats.fold(0, u32::saturating_add)
    }
}
