//! `[worker]`: background work.

use super::reader::Reader;

/// Background work.
#[derive(Clone, Debug)]
pub struct Worker {
    /// How many jobs run at once.
    pub concurrency: usize,
}

impl Worker {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            concurrency: reader.number("worker.concurrency", 1, 256) as usize,
        }
    }
}
