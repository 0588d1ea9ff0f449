//! Cuts a file into records and fields, in memory that does not depend on the file.
//!
//! The dialect is that of RFC 4180 as spreadsheets write it: fields may be quoted, a doubled quote stands for one, a
//! quoted field may span lines, lines end with LF, CRLF or CR. Two things are stricter than in other readers, so that
//! one stray quotation mark cannot swallow the rest of a file:
//!
//! - A record has at most [`MAX_RECORD`] bytes. A longer line is one bad record, and its bytes are never held together.
//! - A quoted field that spans lines must be closed properly, before a delimiter or a line end. If it is not, only the
//!   line it begins on is bad; reading goes on with the next line. Within one line a stray quote is read as it stands.

use std::borrow::Cow;
use std::io::{self, Read};

/// The most bytes a record may have.
pub(super) const MAX_RECORD: usize = 1 << 20;
/// The most bytes of a [`super::prepare::Mark`] and the delimiter behind it.
const MAX_MARK: usize = 64;
/// How many fields of a record can be read; the others are only counted.
pub(super) const MAX_FIELDS: usize = 1_000;
const CHUNK: usize = 128 << 10;

/// Reads records from a source that stands at the beginning of one.
pub(super) struct Records<R> {
    source: R,
    delimiter: u8,
    buffer: Vec<u8>,
    /// Of the buffer: what has been read from the source.
    filled: usize,
    /// Of the buffer: where the next record begins.
    start: usize,
    /// Where in the source the buffer begins.
    base: u64,
    /// The line on which the next record begins, from 1.
    line: u64,
    at_end: bool,
    /// The first [`MAX_FIELDS`] fields of the current record.
    fields: Vec<Field>,
    count: usize,
    /// The bytes of the current record in the buffer.
    current: (usize, usize),
    /// The line on which the current record begins.
    current_line: u64,
    dead_end: Option<DeadEnd>,
    /// Whether a record counts as one line, however many it spans.
    by_record: bool,
    /// The most bytes of a record.
    max: usize,
    /// How many bytes were looked at, also those looked at again.
    #[cfg(test)]
    scanned: std::cell::Cell<u64>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record, to be read with [`Records::field`].
    Record,
    /// A line or record of more than [`MAX_RECORD`] bytes.
    TooLong,
    /// A line with a quotation mark that is not closed properly.
    UnclosedQuote,
    /// Nothing more.
    End,
}

/// A point between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// Bytes from the beginning of the file.
    pub(super) offset: u64,
    /// Lines, from 1.
    pub(super) line: u64,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    quotes: Quotes,
}

#[derive(Clone, Copy, Debug)]
enum Quotes {
    /// As it stands.
    Plain,
    /// With doubled quotes in it.
    Doubled,
    /// Quoted up to this place, and followed by more text on the same line.
    Until(usize),
}

/// What a failed attempt learned, so that a file full of stray quotes is not read again for each of its lines. Later
/// records that are still inside a quoted field at a line start up to `to` are inside one at `to` as well, and then
/// `broken` says whether the quote that comes next is known to be out of place. Places are offsets in the file.
#[derive(Clone, Copy, Debug)]
struct DeadEnd {
    to: u64,
    broken: bool,
}

impl Position {
    pub(super) const START: Self = Self { offset: 0, line: 1 };
}

enum Scan {
    /// Up to `end`; the next record begins at `next`, `lines` further on.
    Complete {
        end: usize,
        next: usize,
        lines: u64,
    },
    /// The buffer ends before the record does.
    More,
    /// What was known of the place turned out not to apply.
    Again,
    /// A quote is not closed properly.
    Broken,
    TooLong {
        quoted: bool,
    },
}

impl<R: Read> Records<R> {
    pub(super) fn new(source: R, delimiter: u8, at: Position) -> Self {
        Self {
            source,
            delimiter,
            buffer: vec![0; CHUNK],
            filled: 0,
            start: 0,
            base: at.offset,
            line: at.line,
            at_end: false,
            fields: Vec::new(),
            count: 0,
            current: (0, 0),
            current_line: at.line,
            dead_end: None,
            by_record: false,
            max: MAX_RECORD,
            #[cfg(test)]
            scanned: std::cell::Cell::default(),
        }
    }

    /// Counts records as lines: the rows of a workbook, whose cells may have line breaks.
    pub(super) fn by_record(mut self, by_record: bool) -> Self {
        self.by_record = by_record;
        self
    }

    /// Leaves room for a mark before each record.
    pub(super) fn with_marks(mut self) -> Self {
        self.max += MAX_MARK;
        self
    }

    /// Where the next record begins.
    pub(super) fn position(&self) -> Position {
        Position {
            offset: self.base + self.start as u64,
            line: self.line,
        }
    }

    /// Goes to the next record; empty lines are stepped over.
    pub(super) fn next(&mut self) -> io::Result<Found> {
        loop {
            self.current_line = self.line;
            match self.scan() {
                Scan::More => self.fill()?,
                Scan::Complete { end, next, lines } => {
                    self.current = (self.start, end);
                    let empty = end == self.start;
                    let nothing = empty && next == end;
                    self.start = next;
                    self.line += if self.by_record { 1 } else { lines };
                    if nothing {
                        return Ok(Found::End);
                    }
                    if !empty {
                        return Ok(Found::Record);
                    }
                }
                Scan::Again => {}
                Scan::Broken | Scan::TooLong { quoted: true } => {
                    self.skip_line()?;
                    return Ok(Found::UnclosedQuote);
                }
                Scan::TooLong { quoted: false } => {
                    self.skip_line()?;
                    return Ok(Found::TooLong);
                }
            }
        }
    }

    /// How many fields the record has, also beyond [`MAX_FIELDS`].
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The bytes of the record as they stand in the file, without the line end.
    pub(super) fn raw(&self) -> &[u8] {
        &self.buffer[self.current.0..self.current.1]
    }

    /// The line on which the record begins.
    pub(super) fn line_of_current(&self) -> u64 {
        self.current_line
    }

    /// The field at `index`, without its quotes.
    pub(super) fn field(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        let field = self.fields.get(index)?;
        let raw = &self.buffer[field.start..field.end];
        Some(match field.quotes {
            Quotes::Plain => Cow::Borrowed(raw),
            Quotes::Doubled => Cow::Owned(undouble(raw)),
            Quotes::Until(close) => {
                let (quoted, rest) = raw.split_at(close - field.start);
                let mut text = undouble(quoted);
                text.extend_from_slice(&rest[1..]);
                Cow::Owned(text)
            }
        })
    }

    /// Steps over the rest of the line, which may be of any length.
    fn skip_line(&mut self) -> io::Result<()> {
        self.line += 1;
        loop {
            let unread = &self.buffer[self.start..self.filled];
            if let Some(at) = memchr::memchr2(b'\n', b'\r', unread) {
                let end = self.start + at;
                if self.buffer[end] == b'\r' {
                    if end + 1 == self.filled && !self.at_end {
                        self.start = end;
                        self.fill()?;
                        continue;
                    }
                    if end + 1 < self.filled && self.buffer[end + 1] == b'\n' {
                        self.start = end + 2;
                        return Ok(());
                    }
                }
                self.start = end + 1;
                return Ok(());
            }
            self.start = self.filled;
            if self.at_end {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Reads more, moving the unread part to the front.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.base += self.start as u64;
        self.filled -= self.start;
        self.start = 0;
        // At least doubling, so that a long record is not scanned again for each small piece.
        let wanted = (self.filled * 2).max(CHUNK);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        } else if self.filled < CHUNK / 2 && self.buffer.len() > CHUNK {
            self.buffer.truncate(CHUNK);
            self.buffer.shrink_to_fit();
        }
        let before = self.filled;
        while self.filled < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(n) => self.filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        debug_assert!(self.at_end || self.filled > before, "no progress");
        Ok(())
    }

    fn scan(&mut self) -> Scan {
        self.fields.clear();
        self.count = 0;
        let limit = self.start + self.max;
        let mut at = self.start;
        // What is known of the lines that the record spans.
        let mut span = Span {
            lines: 1,
            last: None,
            jumped: false,
        };
        loop {
            let field = match self.scan_quoted(at, limit, &mut span) {
                Ok(field) => field,
                Err(Stop::More) => return Scan::More,
                Err(Stop::Broken) => {
                    self.remember(&span, true);
                    return Scan::Broken;
                }
                Err(Stop::TooLong) => {
                    self.remember(&span, false);
                    return Scan::TooLong {
                        quoted: span.last.is_some(),
                    };
                }
            };
            let data = &self.buffer[..self.filled];
            let from = field.map_or(at, |field| match field.quotes {
                Quotes::Until(close) => close + 1,
                _ => field.end + 1,
            });
            let end = memchr::memchr3(self.delimiter, b'\n', b'\r', &data[from..]);
            let end = match end.map(|n| from + n) {
                Some(end) if end <= limit => end,
                None if data.len() <= limit && !self.at_end => return Scan::More,
                None if data.len() <= limit => data.len(),
                _ => {
                    self.remember(&span, false);
                    return Scan::TooLong { quoted: false };
                }
            };
            let mut field = field.unwrap_or(Field {
                start: at,
                end,
                quotes: Quotes::Plain,
            });
            if let Quotes::Until(_) = field.quotes {
                field.end = end;
            }
            self.count += 1;
            if self.count <= MAX_FIELDS {
                self.fields.push(field);
            }
            let next = match data.get(end) {
                None => end,
                Some(b'\r') if end + 1 == data.len() && !self.at_end => return Scan::More,
                Some(b'\r') if data.get(end + 1) == Some(&b'\n') => end + 2,
                Some(b'\n' | b'\r') => end + 1,
                Some(_) => {
                    at = end + 1;
                    continue;
                }
            };
            if span.jumped {
                // The record is a good one after all, but its fields were jumped over.
                self.dead_end = None;
                return Scan::Again;
            }
            return Scan::Complete {
                end,
                next,
                lines: span.lines,
            };
        }
    }

    /// The field at `at`, if it is quoted: up to its closing quote.
    fn scan_quoted(&self, at: usize, limit: usize, span: &mut Span) -> Result<Option<Field>, Stop> {
        let data = &self.buffer[..self.filled];
        if data.get(at) != Some(&b'"') {
            return Ok(None);
        }
        let mut from = at + 1;
        let mut quotes = Quotes::Plain;
        let mut spans_lines = false;
        loop {
            let found = memchr::memchr(b'"', &data[from..]).map(|n| from + n);
            let inside = &data[from..found.unwrap_or(data.len())];
            #[cfg(test)]
            self.scanned.set(self.scanned.get() + inside.len() as u64);
            if let Some(starts) = line_starts(inside) {
                spans_lines = true;
                if let Some(known) = self.dead_end
                    && self.base + ((from + starts.first) as u64) <= known.to
                {
                    span.jumped = true;
                    let to = (known.to - self.base) as usize;
                    span.last = Some(to);
                    if known.broken {
                        return Err(Stop::Broken);
                    }
                    from = to;
                    continue;
                }
                span.lines += starts.count;
                span.last = Some(from + starts.last);
            }
            match found {
                Some(quote) if quote <= limit => match data.get(quote + 1) {
                    Some(b'"') => {
                        quotes = Quotes::Doubled;
                        from = quote + 2;
                    }
                    None if !self.at_end => return Err(Stop::More),
                    next => {
                        let ends = next.is_none_or(|b| [self.delimiter, b'\n', b'\r'].contains(b));
                        if !ends && spans_lines {
                            return Err(Stop::Broken);
                        }
                        return Ok(Some(Field {
                            start: at + 1,
                            end: quote,
                            quotes: if ends { quotes } else { Quotes::Until(quote) },
                        }));
                    }
                },
                None if data.len() <= limit && !self.at_end => return Err(Stop::More),
                None if data.len() <= limit => return Err(Stop::Broken),
                _ => return Err(Stop::TooLong),
            }
        }
    }

    fn remember(&mut self, span: &Span, broken: bool) {
        if let Some(last) = span.last {
            self.dead_end = Some(DeadEnd {
                to: self.base + last as u64,
                broken,
            });
        }
    }
}

/// The lines of the record being scanned.
struct Span {
    lines: u64,
    /// The last line start, which is inside a quoted field.
    last: Option<usize>,
    /// Whether [`DeadEnd`] was used.
    jumped: bool,
}

enum Stop {
    More,
    Broken,
    TooLong,
}

struct LineStarts {
    count: u64,
    first: usize,
    last: usize,
}

/// The lines that begin within a quoted text.
fn line_starts(text: &[u8]) -> Option<LineStarts> {
    let mut starts = None;
    for at in memchr::memchr2_iter(b'\n', b'\r', text) {
        if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
            continue;
        }
        let found = starts.get_or_insert(LineStarts {
            count: 0,
            first: at + 1,
            last: 0,
        });
        found.count += 1;
        found.last = at + 1;
    }
    starts
}

fn undouble(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'"', rest) {
        out.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands out a file in pieces, so that records straddle them.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(into.len()).min(self.0.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(file: &[u8], from: Position) -> Vec<(Found, u64, Vec<String>)> {
        let mut records = Records::new(Pieces(&file[from.offset as usize..], 7), b',', from);
        let mut seen = Vec::new();
        loop {
            let found = records.next().unwrap();
            if found == Found::End {
                return seen;
            }
            let fields = match found {
                Found::Record => (0..records.len())
                    .map(|i| String::from_utf8_lossy(&records.field(i).unwrap()).into_owned())
                    .collect(),
                _ => Vec::new(),
            };
            seen.push((found, records.line_of_current(), fields));
        }
    }

    fn texts(file: &str) -> Vec<(u64, Vec<String>)> {
        all(file.as_bytes(), Position::START)
            .into_iter()
            .map(|(found, line, fields)| match found {
                Found::Record => (line, fields),
                other => (line, vec![format!("{other:?}")]),
            })
            .collect()
    }

    #[test]
    fn reads_what_spreadsheets_write() {
        for (file, wanted) in [
            ("a,b\nc,d", vec![(1, vec!["a", "b"]), (2, vec!["c", "d"])]),
            (
                "a,b\r\nc,d\r\n",
                vec![(1, vec!["a", "b"]), (2, vec!["c", "d"])],
            ),
            ("a,b\rc,d\r", vec![(1, vec!["a", "b"]), (2, vec!["c", "d"])]),
            ("a\n\n\r\nb", vec![(1, vec!["a"]), (4, vec!["b"])]),
            ("\"a,\"\"x\"\"\",b\n", vec![(1, vec!["a,\"x\"", "b"])]),
            (
                "\"1\n2\r\n3\",b\nc",
                vec![(1, vec!["1\n2\r\n3", "b"]), (4, vec!["c"])],
            ),
            (
                "a,\n,b,\n",
                vec![(1, vec!["a", ""]), (2, vec!["", "b", ""])],
            ),
            (
                "Bob \"B\" Smith,x\n",
                vec![(1, vec!["Bob \"B\" Smith", "x"])],
            ),
            (
                "\"Bob \"B\" Smith\",x\n",
                vec![(1, vec!["Bob B\" Smith\"", "x"])],
            ),
            ("\"\"\n\"\",\"\"", vec![(1, vec![""]), (2, vec!["", ""])]),
        ] {
            let wanted: Vec<(u64, Vec<String>)> = wanted
                .into_iter()
                .map(|(line, fields)| (line, fields.into_iter().map(str::to_owned).collect()))
                .collect();
            assert_eq!(texts(file), wanted, "{file:?}");
        }
    }

    #[test]
    fn a_stray_quote_costs_one_line() {
        let bad = |line| (line, vec!["UnclosedQuote".to_owned()]);
        let row = |line, a: &str, b: &str| (line, vec![a.to_owned(), b.to_owned()]);
        assert_eq!(
            texts("a,b\n\"c,d\ne,\"f\"\ng,h\n"),
            [row(1, "a", "b"), bad(2), row(3, "e", "f"), row(4, "g", "h")]
        );
        // Never closed.
        assert_eq!(
            texts("a,b\nc,\"d\ne,f\n"),
            [row(1, "a", "b"), bad(2), row(3, "e", "f")]
        );
        assert_eq!(texts("a,b\n\"c"), [row(1, "a", "b"), bad(2)]);
    }

    #[test]
    fn a_huge_line_is_one_bad_record_and_little_memory() {
        for quote in ["", "\""] {
            let huge = format!("a,b\n{quote}{}{quote},x\nc,d\n", "x".repeat(5 << 20));
            let mut records = Records::new(huge.as_bytes(), b',', Position::START);
            let mut found = Vec::new();
            let mut most = 0;
            loop {
                found.push((records.next().unwrap(), records.line_of_current()));
                most = most.max(records.buffer.len());
                if found.last().unwrap().0 == Found::End {
                    break;
                }
            }
            assert_eq!(
                found[..3],
                [(Found::Record, 1), (Found::TooLong, 2), (Found::Record, 3)]
            );
            assert!(most <= 4 * MAX_RECORD, "{most}");
        }
    }

    #[test]
    fn a_file_of_stray_quotes_is_read_about_once() {
        // Fails the test instead of reading for minutes.
        let lines = 400_000;
        for line in ["x\",\"y\n", "\"x\n\"\"y\n", "\"\n\"\"\n", "\"a,b\n"] {
            let file = line.repeat(lines);
            let mut records = Records::new(file.as_bytes(), b',', Position::START);
            let mut seen = 0;
            while records.next().unwrap() != Found::End {
                seen += 1;
            }
            assert!(seen > 0, "{line:?}");
            assert!(
                records.scanned.get() < 20 * file.len() as u64,
                "{line:?}: {} of {}",
                records.scanned.get(),
                file.len()
            );
        }
    }

    #[test]
    fn columns_are_counted_beyond_those_that_are_kept() {
        let file = ",".repeat(100_000);
        let mut records = Records::new(file.as_bytes(), b',', Position::START);
        assert_eq!(records.next().unwrap(), Found::Record);
        assert_eq!(records.len(), 100_001);
        assert_eq!(records.fields.len(), MAX_FIELDS);
    }

    proptest! {
        #[test]
        fn well_formed_files_read_as_the_csv_crate_reads_them(
            rows in prop::collection::vec(prop::collection::vec("[a\",\r\n ]{0,5}", 1..4), 0..12),
            crlf in any::<bool>(),
        ) {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let file = writer.into_inner().unwrap();
            let read: Vec<Vec<String>> = all(&file, Position::START).into_iter().map(|(found, _, fields)| {
                assert_eq!(found, Found::Record);
                fields
            }).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_bytes_read_the_same_from_every_point_between_records(
            file in "[ab\",\r\n]{0,60}",
        ) {
            let whole = all(file.as_bytes(), Position::START);
            let mut records = Records::new(file.as_bytes(), b',', Position::START);
            let mut read = 0;
            loop {
                let at = records.position();
                prop_assert_eq!(&all(file.as_bytes(), at)[..], &whole[read..]);
                if records.next().unwrap() == Found::End {
                    break;
                }
                read += 1;
            }
        }
    }
}
