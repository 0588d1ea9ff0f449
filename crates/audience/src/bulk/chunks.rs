//! Lists of ids, small enough to keep those of a million people for a while.
//!
//! Ids are written in their order, each as the distance to the one before in groups of seven bits, the lowest first.

use crate::SubscriberId;

/// People of one chunk, and of one transaction.
pub(super) const SIZE: usize = 1000;

/// Chunks of ids that come in rising order.
#[derive(Default)]
pub(super) struct Chunks {
    full: Vec<Vec<u8>>,
    open: Vec<u8>,
    in_open: usize,
    last: i64,
    count: usize,
}

impl Chunks {
    pub(super) fn push(&mut self, id: SubscriberId) {
        debug_assert!(id.get() > self.last, "ids rise");
        let mut distance = id.get().wrapping_sub(self.last).cast_unsigned();
        while distance >= 0x80 {
            self.open.push((distance & 0x7f) as u8 | 0x80);
            distance >>= 7;
        }
        self.open.push(distance as u8);
        self.last = id.get();
        self.in_open += 1;
        self.count += 1;
        if self.in_open == SIZE {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.in_open > 0 {
            self.full.push(std::mem::take(&mut self.open));
            // Each can be read without the one before.
            (self.in_open, self.last) = (0, 0);
        }
    }

    /// How many ids there are, and the chunks.
    pub(super) fn finish(mut self) -> (usize, Vec<Vec<u8>>) {
        self.close();
        (self.count, self.full)
    }
}

/// The ids of a chunk; `None` if it is none of ours.
pub(super) fn ids(chunk: &[u8]) -> Option<Vec<SubscriberId>> {
    let mut ids = Vec::with_capacity(SIZE);
    let (mut last, mut distance, mut shift) = (0_i64, 0_u64, 0_u32);
    for byte in chunk {
        if shift > 63 {
            return None;
        }
        distance |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            last = last.wrapping_add(distance.cast_signed());
            ids.push(SubscriberId::from(last));
            (distance, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    (shift == 0).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back() {
        let mut list: Vec<SubscriberId> = [1, 2, 127, 128, 129, 1 << 20, 361_240_977_588_224_000]
            .map(SubscriberId::from)
            .into();
        list.extend((1..3000).map(|i| SubscriberId::from(361_240_977_588_224_000 + i * 4096)));
        list.push(SubscriberId::from(i64::MAX));
        let mut chunks = Chunks::default();
        for id in &list {
            chunks.push(*id);
        }
        let (count, chunks) = chunks.finish();
        assert_eq!((count, chunks.len()), (list.len(), 4));
        assert!(chunks[1].len() <= 2 * SIZE + 9, "{}", chunks[1].len());
        let back: Vec<SubscriberId> = chunks.iter().flat_map(|it| ids(it).unwrap()).collect();
        assert_eq!(back, list);
        assert_eq!(ids(&[0x80]), None);
        assert_eq!(ids(&[0xff; 12]), None);
        assert!(Chunks::default().finish().1.is_empty());
    }
}
