//! The first pass over a file: counts its rows, finds the people who are in it twice, and puts the rows in the order of
//! their addresses.
//!
//! The order is what makes a large import fast. People's addresses are in an index of the database; a thousand rows in
//! the order of a file touch a thousand places of it, and each place is a page to read, to log and to write. A thousand
//! rows in the order of the index touch a few.
//!
//! Which row of a person is the first can only be known from the whole file, too. So both are worked out beforehand,
//! with bounded memory ([`Sorter`]), and written to a file beside the upload, from which the rows are then imported. It
//! has the same delimiter as the upload and a record for each row: a [`Mark`], then the row as it stands in the upload.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::records::{Found, Position};
use super::rows::{Layout, Rows};
use super::sort::{Entry, Sorter};

/// What the first pass found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prepared {
    pub(super) total: i64,
}

/// What is known of a row from the first pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// On which it begins in the upload.
    pub(super) line: u64,
    pub(super) is: Is,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Row,
    /// Of somebody who was in the upload before, on this line.
    Again(u64),
    /// Not kept: see [`Found::TooLong`].
    TooLong,
    /// Not kept: see [`Found::UnclosedQuote`].
    UnclosedQuote,
}

impl Mark {
    fn write(self, into: &mut impl io::Write) -> io::Result<()> {
        let line = self.line;
        match self.is {
            Is::Row => write!(into, "{line}"),
            Is::Again(first) => write!(into, "{line}={first}"),
            Is::TooLong => write!(into, "{line}>"),
            Is::UnclosedQuote => write!(into, "{line}?"),
        }
    }

    /// `None` if the text is not one.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let (line, rest) = text.split_at(text.len() - digits.len());
        let is = match rest.split_at_checked(1) {
            None => Is::Row,
            Some((">", "")) => Is::TooLong,
            Some(("?", "")) => Is::UnclosedQuote,
            Some(("=", first)) => Is::Again(first.parse().ok()?),
            Some(_) => return None,
        };
        Some(Self {
            line: line.parse().ok()?,
            is,
        })
    }
}

/// Where the rows are written, for the upload at `path`.
pub(super) fn sorted_path(path: &Path) -> PathBuf {
    path.with_extension("sorted")
}

/// Reads the whole file. `go_on` is asked now and then whether to.
pub(super) fn prepare(
    path: &Path,
    layout: &Layout,
    from: Position,
    go_on: impl Fn() -> bool,
) -> io::Result<Option<Prepared>> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut sorter = Sorter::new(directory);
    let mut rows = Rows::open(path, layout, from)?;
    let mut total = 0;
    let mut text = Vec::new();
    while let Some(checked) = rows.next()? {
        // Rows that cannot be taken have nobody's address, and come first.
        let (line, key) = match &checked {
            Ok(row) => (row.line, row.person.email.folded()),
            Err(errors) => (errors[0].line as u64, String::new()),
        };
        let (kind, row) = match rows.found() {
            Found::TooLong => (b'>', &[][..]),
            Found::UnclosedQuote => (b'?', &[][..]),
            Found::Record | Found::End => (b' ', rows.raw()),
        };
        text.clear();
        text.push(kind);
        text.extend_from_slice(row);
        sorter.push(Entry {
            key: key.as_bytes(),
            number: line,
            text: &text,
        })?;
        total += 1;
        if total % 4096 == 0 && !go_on() {
            return Ok(None);
        }
    }
    write(&sorted_path(path), layout.delimiter(), sorter)?;
    Ok(Some(Prepared { total }))
}

/// Appears whole or not at all.
fn write(path: &Path, delimiter: u8, sorter: Sorter) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut file = BufWriter::with_capacity(128 << 10, File::create(&unfinished)?);
    let mut sorted = sorter.finish()?;
    let mut first: (Vec<u8>, u64) = (Vec::new(), 0);
    while let Some(entry) = sorted.next()? {
        let is = match entry.text.first() {
            Some(b'>') => Is::TooLong,
            Some(b'?') => Is::UnclosedQuote,
            _ if entry.key.is_empty() => Is::Row,
            _ if entry.key == first.0 => Is::Again(first.1),
            _ => {
                first.0.clear();
                first.0.extend_from_slice(entry.key);
                first.1 = entry.number;
                Is::Row
            }
        };
        let line = entry.number;
        Mark { line, is }.write(&mut file)?;
        file.write_all(&[delimiter])?;
        file.write_all(entry.text.get(1..).unwrap_or_default())?;
        file.write_all(b"\n")?;
    }
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for is in [Is::Row, Is::Again(3), Is::TooLong, Is::UnclosedQuote] {
            let mark = Mark { line: 7, is };
            let mut text = Vec::new();
            mark.write(&mut text).unwrap();
            assert_eq!(Mark::read(&text), Some(mark));
        }
        for text in ["", "x", "=1", "1=", "1=x", "1>>", "1 "] {
            assert_eq!(Mark::read(text.as_bytes()), None, "{text:?}");
        }
    }
}
