//! Sorts more records than memory should hold: full blocks are sorted and written to temporary files, which are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is sorted, as bytes.
pub(super) type Record = [u8; 24];

/// 6 MB.
const BLOCK: usize = 1 << 18;

/// Collects records.
pub(super) struct Sorter {
    directory: PathBuf,
    block: usize,
    records: Vec<Record>,
    runs: Vec<File>,
}

/// Hands them out in order.
pub(super) enum Sorted {
    Memory(std::vec::IntoIter<Record>),
    Files(Merge),
}

pub(super) struct Merge {
    runs: Vec<BufReader<File>>,
    next: BinaryHeap<Reverse<(Record, usize)>>,
}

impl Sorter {
    /// Temporary files go to `directory`; they have no name, so nothing stays behind.
    pub(super) fn new(directory: &Path) -> Self {
        Self::with_block(directory, BLOCK)
    }

    fn with_block(directory: &Path, block: usize) -> Self {
        Self {
            directory: directory.to_owned(),
            block,
            records: Vec::new(),
            runs: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, record: Record) -> io::Result<()> {
        if self.records.len() == self.block {
            self.spill()?;
        }
        self.records.push(record);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.records.sort_unstable();
        let mut run = BufWriter::new(nameless_file(&self.directory)?);
        for record in self.records.drain(..) {
            run.write_all(&record)?;
        }
        self.runs
            .push(run.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.records.sort_unstable();
            return Ok(Sorted::Memory(self.records.into_iter()));
        }
        self.spill()?;
        self.records = Vec::new();
        let mut merge = Merge {
            next: BinaryHeap::with_capacity(self.runs.len()),
            runs: Vec::with_capacity(self.runs.len()),
        };
        for (index, mut run) in self.runs.into_iter().enumerate() {
            run.seek(SeekFrom::Start(0))?;
            let mut run = BufReader::new(run);
            if let Some(first) = read(&mut run)? {
                merge.next.push(Reverse((first, index)));
            }
            merge.runs.push(run);
        }
        Ok(Sorted::Files(merge))
    }
}

impl Sorted {
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        match self {
            Self::Memory(records) => Ok(records.next()),
            Self::Files(merge) => {
                let Some(mut least) = merge.next.peek_mut() else {
                    return Ok(None);
                };
                let Reverse((record, run)) = *least;
                match read(&mut merge.runs[run])? {
                    Some(next) => *least = Reverse((next, run)),
                    None => drop(PeekMut::pop(least)),
                }
                Ok(Some(record))
            }
        }
    }
}

fn read(run: &mut BufReader<File>) -> io::Result<Option<Record>> {
    let mut record = [0; size_of::<Record>()];
    match run.read_exact(&mut record) {
        Ok(()) => Ok(Some(record)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file that is gone when it is closed, also when the process is killed.
fn nameless_file(directory: &Path) -> io::Result<File> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = directory.join(format!("sort-{}-{number}.tmp", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_blocks_come_back_as_one_sorted_sequence() {
        let directory = tempfile::tempdir().unwrap();
        for count in [0_u64, 1, 9, 10, 11, 1000] {
            let mut sorter = Sorter::with_block(directory.path(), 10);
            let mut wanted = Vec::new();
            for n in 0..count {
                let mut record = [0; 24];
                record[..8].copy_from_slice(&(n * 7919 % 257).to_be_bytes());
                record[8..16].copy_from_slice(&n.to_be_bytes());
                sorter.push(record).unwrap();
                wanted.push(record);
            }
            wanted.sort_unstable();
            let mut sorted = sorter.finish().unwrap();
            for record in wanted {
                assert_eq!(sorted.next().unwrap(), Some(record));
            }
            assert_eq!(sorted.next().unwrap(), None);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        }
    }
}
