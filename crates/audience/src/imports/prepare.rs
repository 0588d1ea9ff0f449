//! The first pass over a file: counts its rows and finds the people who are in it twice.
//!
//! Which row of a person is the first can only be known from the whole file, and must be known again after a crash, so
//! it is worked out beforehand, with bounded memory: addresses are hashed, sorted with [`Sorter`], and the lines of all
//! but the first occurrence are written to a file beside the upload, in order.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::records::Position;
use super::rows::{Layout, Rows};
use super::sort::Sorter;

/// What the first pass found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prepared {
    pub(super) total: i64,
}

/// A row of somebody who was in the file before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Duplicate {
    pub(super) line: u64,
    /// The line of the row that counts.
    pub(super) first: u64,
}

/// Where the lines are written, for the upload at `path`.
pub(super) fn duplicates_path(path: &Path) -> PathBuf {
    path.with_extension("duplicates")
}

/// Reads the whole file. `go_on` is asked now and then whether to.
pub(super) fn prepare(
    path: &Path,
    layout: &Layout,
    from: Position,
    go_on: impl Fn() -> bool,
) -> io::Result<Option<Prepared>> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut people = Sorter::new(directory);
    let mut rows = Rows::open(path, layout, from)?;
    let mut total = 0;
    while let Some(checked) = rows.next()? {
        if let Ok(row) = checked {
            let hash = Sha256::digest(row.person.email.folded().as_bytes());
            people.push(record(&hash[..16], row.line))?;
        }
        total += 1;
        if total % 4096 == 0 && !go_on() {
            return Ok(None);
        }
    }

    let mut people = people.finish()?;
    let mut lines = Sorter::new(directory);
    let mut first = None;
    while let Some(next) = people.next()? {
        match first {
            Some((hash, line)) if hash == next[..16] => {
                let mut pair = [0; 16];
                pair[..8].copy_from_slice(&next[16..]);
                pair[8..].copy_from_slice(&u64::to_be_bytes(line));
                lines.push(record(&pair, 0))?;
            }
            _ => {
                let mut hash = [0; 16];
                hash.copy_from_slice(&next[..16]);
                first = Some((hash, number(&next[16..])));
            }
        }
    }
    write(&duplicates_path(path), lines)?;
    Ok(Some(Prepared { total }))
}

fn record(key: &[u8], line: u64) -> [u8; 24] {
    let mut record = [0; 24];
    record[..16].copy_from_slice(key);
    record[16..].copy_from_slice(&line.to_be_bytes());
    record
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, b| (n << 8) | u64::from(*b))
}

/// Appears whole or not at all.
fn write(path: &Path, lines: Sorter) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = BufWriter::new(File::create(&unfinished)?);
    let mut lines = lines.finish()?;
    while let Some(record) = lines.next()? {
        file.write_all(&record[..16])?;
    }
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    std::fs::rename(&unfinished, path)
}

/// Reads the lines back.
pub(super) struct Duplicates {
    file: BufReader<File>,
    next: Option<Duplicate>,
}

impl Duplicates {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut duplicates = Self {
            file: BufReader::new(File::open(duplicates_path(path))?),
            next: None,
        };
        duplicates.advance()?;
        Ok(duplicates)
    }

    /// Whether the row on this line is of somebody who was in the file before. Lines are asked for in rising order.
    pub(super) fn at(&mut self, line: u64) -> io::Result<Option<Duplicate>> {
        while let Some(next) = self.next {
            if next.line >= line {
                return Ok(Some(next).filter(|next| next.line == line));
            }
            self.advance()?;
        }
        Ok(None)
    }

    fn advance(&mut self) -> io::Result<()> {
        let mut record = [0; 16];
        self.next = match self.file.read_exact(&mut record) {
            Ok(()) => Some(Duplicate {
                line: number(&record[..8]),
                first: number(&record[8..]),
            }),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => return Err(error),
        };
        Ok(())
    }
}
