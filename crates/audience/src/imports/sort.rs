//! Sorts more lines than memory should hold: full blocks are sorted and written to temporary files, which are merged.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{self, AtomicU64};

const BLOCK: usize = 6 << 20;
/// Of an entry: the lengths of key and text, and the number.
const HEAD: usize = 16;

/// Something to be sorted, by key and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a [u8],
    pub(super) number: u64,
    pub(super) text: &'a [u8],
}

/// Collects entries.
pub(super) struct Sorter {
    directory: PathBuf,
    /// Bytes held in memory.
    block: usize,
    bytes: Vec<u8>,
    /// Where in `bytes` the entries begin, with the first bytes of their keys.
    places: Vec<(u64, u32)>,
    runs: Vec<File>,
}

/// Hands them out in order.
pub(super) enum Sorted {
    Memory {
        bytes: Vec<u8>,
        places: std::vec::IntoIter<(u64, u32)>,
    },
    Files {
        heads: BinaryHeap<Reverse<Head>>,
        /// The one handed out last.
        out: Owned,
    },
}

/// The next entry of a file.
pub(super) struct Head {
    entry: Owned,
    run: BufReader<File>,
}

#[derive(Default)]
pub(super) struct Owned {
    key: Vec<u8>,
    number: u64,
    text: Vec<u8>,
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
            bytes: Vec::new(),
            places: Vec::new(),
            runs: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, entry: Entry<'_>) -> io::Result<()> {
        let size = HEAD + entry.key.len() + entry.text.len();
        // At once, since growing by and by would hold the old and the new.
        if self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(self.block);
        }
        if !self.bytes.is_empty() && self.bytes.len() + size > self.block {
            self.spill()?;
        }
        let place = u32::try_from(self.bytes.len()).map_err(io::Error::other)?;
        self.places.push((prefix(entry.key), place));
        write(&mut self.bytes, entry)
    }

    fn sort(&mut self) {
        let bytes = &self.bytes;
        self.places.sort_unstable_by(|(a, at_a), (b, at_b)| {
            a.cmp(b)
                .then_with(|| entry_at(bytes, *at_a).cmp(&entry_at(bytes, *at_b)))
        });
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut run = BufWriter::new(nameless_file(&self.directory)?);
        for (_, place) in self.places.drain(..) {
            write(&mut run, entry_at(&self.bytes, place))?;
        }
        self.bytes.clear();
        self.runs
            .push(run.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
            return Ok(Sorted::Memory {
                bytes: self.bytes,
                places: self.places.into_iter(),
            });
        }
        self.spill()?;
        let mut heads = BinaryHeap::with_capacity(self.runs.len());
        for mut run in self.runs {
            run.seek(SeekFrom::Start(0))?;
            let mut head = Head {
                entry: Owned::default(),
                run: BufReader::new(run),
            };
            if head.advance()? {
                heads.push(Reverse(head));
            }
        }
        Ok(Sorted::Files {
            heads,
            out: Owned::default(),
        })
    }
}

impl Sorted {
    pub(super) fn next(&mut self) -> io::Result<Option<Entry<'_>>> {
        match self {
            Self::Memory { bytes, places } => {
                Ok(places.next().map(|(_, place)| entry_at(bytes, place)))
            }
            Self::Files { heads, out } => {
                let Some(mut least) = heads.peek_mut() else {
                    return Ok(None);
                };
                std::mem::swap(&mut least.0.entry, out);
                if !least.0.advance()? {
                    drop(PeekMut::pop(least));
                }
                Ok(Some(out.entry()))
            }
        }
    }
}

impl Owned {
    fn entry(&self) -> Entry<'_> {
        Entry {
            key: &self.key,
            number: self.number,
            text: &self.text,
        }
    }
}

impl Head {
    /// Goes to the next entry of the file; `false` at its end.
    fn advance(&mut self) -> io::Result<bool> {
        let mut head = [0; HEAD];
        match self.run.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
        let (key, text, number) = lengths(&head);
        self.entry.number = number;
        self.entry.key.resize(key, 0);
        self.entry.text.resize(text, 0);
        self.run.read_exact(&mut self.entry.key)?;
        self.run.read_exact(&mut self.entry.text)?;
        Ok(true)
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.entry.entry().cmp(&other.entry.entry())
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// The first eight bytes, which decide nearly every comparison without looking at the key.
fn prefix(key: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(bytes)
}

fn write(into: &mut impl io::Write, entry: Entry<'_>) -> io::Result<()> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
    into.write_all(&length(entry.key)?.to_le_bytes())?;
    into.write_all(&length(entry.text)?.to_le_bytes())?;
    into.write_all(&entry.number.to_le_bytes())?;
    into.write_all(entry.key)?;
    into.write_all(entry.text)
}

/// The lengths of key and text, and the number.
fn lengths(head: &[u8; HEAD]) -> (usize, usize, u64) {
    let number = |range: std::ops::Range<usize>| {
        head[range]
            .iter()
            .rev()
            .fold(0_u64, |n, byte| (n << 8) | u64::from(*byte))
    };
    (number(0..4) as usize, number(4..8) as usize, number(8..16))
}

fn entry_at(bytes: &[u8], place: u32) -> Entry<'_> {
    let bytes = &bytes[place as usize..];
    let (head, rest) = bytes
        .split_first_chunk::<HEAD>()
        .expect("an entry begins with its head");
    let (key, text, number) = lengths(head);
    let (key, rest) = rest.split_at(key);
    Entry {
        key,
        number,
        text: &rest[..text],
    }
}

/// A file that is gone when it is closed, also when the process is killed.
fn nameless_file(directory: &Path) -> io::Result<File> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, atomic::Ordering::Relaxed);
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
            let mut sorter = Sorter::with_block(directory.path(), 300);
            let mut wanted = Vec::new();
            for n in 0..count {
                let key = "k".repeat((n * 7 % 13) as usize) + &(n * 7919 % 257).to_string();
                let text = "t".repeat((n % 5 * 40) as usize);
                sorter
                    .push(Entry {
                        key: key.as_bytes(),
                        number: n,
                        text: text.as_bytes(),
                    })
                    .unwrap();
                wanted.push((key, n, text));
            }
            wanted.sort_unstable();
            let mut sorted = sorter.finish().unwrap();
            for (key, number, text) in &wanted {
                let entry = Entry {
                    key: key.as_bytes(),
                    number: *number,
                    text: text.as_bytes(),
                };
                assert_eq!(sorted.next().unwrap(), Some(entry));
            }
            assert_eq!(sorted.next().unwrap(), None);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        }
    }
}
