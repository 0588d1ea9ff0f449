//! What is offered.

use jiff::civil::Date;
use kernel::{TimeZone, Timestamp};

use super::interval::Interval;
use super::zone::Clock;

/// A start that can be booked, or that could be if its host were not away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends, without buffers.
    pub end: Timestamp,
    /// The [`Away`](super::Away) of a single host that makes it unbookable, by its index.
    pub away: Option<usize>,
    /// The occurrence that a booking would join, by its index.
    pub occurrence: Option<usize>,
    /// How many seats are left, of a meeting with a capacity.
    pub seats_left: Option<u32>,
}

/// Slots, by start, each with the hosts who are free.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// No two begin at the same time.
    pub slots: Vec<Slot>,
    /// A row of `words` for each slot, a bit for each host: no allocation per slot.
    pub(super) free: Vec<u64>,
    pub(super) words: usize,
}

/// The slots of one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day<'a> {
    /// The date on which they begin for who asks.
    pub date: Date,
    /// By start.
    pub slots: &'a [Slot],
}

impl Offer {
    /// Who could host the slot with this index: all fixed hosts, and of each group those who are free.
    pub fn hosts(&self, slot: usize) -> impl Iterator<Item = usize> + '_ {
        let row = self.free.chunks(self.words.max(1)).nth(slot);
        bits(row.unwrap_or_default())
    }

    /// The slot that begins then.
    pub fn find(&self, start: Timestamp) -> Option<usize> {
        self.slots
            .binary_search_by_key(&start, |slot| slot.start)
            .ok()
    }

    /// Groups by the local date of who asks. Dates without slots are not in it.
    ///
    /// In a zone that sets its clock back over midnight, a date may come twice, with the other between.
    pub fn by_date(&self, zone: &TimeZone) -> Vec<Day<'_>> {
        let (Some(first), Some(last)) = (self.slots.first(), self.slots.last()) else {
            return Vec::new();
        };
        let clock = Clock::new(zone, Interval::new(first.start, last.start));
        let days = self
            .slots
            .chunk_by(|one, next| clock.day(one.start) == clock.day(next.start));
        days.map(|slots| Day {
            date: clock.day(slots[0].start).date(),
            slots,
        })
        .collect()
    }
}

/// The indices of the bits that are set.
pub(super) fn bits(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(index, &word)| {
        (0..64)
            .filter(move |bit| word >> bit & 1 == 1)
            .map(move |bit| index * 64 + bit)
    })
}
