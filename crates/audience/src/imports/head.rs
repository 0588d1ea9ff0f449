//! The first lines of a file: how they are divided, what they call the columns, and how the cells look.

use kernel::{EmailAddress, Error, Result};

use super::detect;
use super::mapping::MAX_COLUMNS;
use super::model::{Delimiter, shorten};
use super::records::{Found, MAX_RECORD, Position, Records};
use super::spool::{self, Spooled};
use crate::cells;
use crate::input::line;

const MAX_HEADER: usize = 200;
/// Rows that are looked at.
pub(super) const SAMPLE_ROWS: usize = 50;

/// What the first lines of a file say.
pub(super) struct Head {
    pub(super) delimiter: Delimiter,
    /// Whether the first line names the columns.
    pub(super) header: bool,
    pub(super) columns: Vec<String>,
    pub(super) first_row: Position,
    /// The cells of the first rows.
    pub(super) samples: Vec<Vec<String>>,
    /// The lines on which they begin.
    pub(super) lines: Vec<u64>,
}

/// Reads them. Without a word about the header, a first line with an address is a row.
pub(super) fn read_head(
    spooled: &Spooled,
    delimiter: Option<Delimiter>,
    header: Option<bool>,
) -> Result<Head> {
    /// Enough to see how rows look.
    const SAMPLE: u64 = 64 << 10;
    let refused = |error| spool::disk_error(spooled.path(), error);
    let mut at = Position {
        offset: spooled.start(),
        line: 1,
    };
    let head = spool::head(spooled.path(), at.offset, SAMPLE).map_err(refused)?;
    let declared = detect::declared_delimiter(&head);
    if let Some((_, length)) = declared {
        at.offset += length as u64;
        at.line += 1;
    }
    let delimiter = if spooled.is_workbook() {
        Delimiter::Comma
    } else {
        delimiter.unwrap_or_else(|| {
            Delimiter::from_byte(match declared {
                Some((delimiter, _)) => delimiter,
                None => detect::delimiter(&head),
            })
        })
    };
    let file = spool::open(spooled.path(), at.offset).map_err(refused)?;
    let mut records = Records::new(file, delimiter.byte(), at).by_record(spooled.is_workbook());
    let bad = |code: &'static str, message: String| Err(Error::invalid("file", code, message));
    match records.next().map_err(refused)? {
        Found::Record => {}
        Found::End => {
            return bad(
                "missing_header",
                "the file has no text; its first line must name the columns".to_owned(),
            );
        }
        Found::TooLong => {
            return bad(
                "missing_header",
                format!(
                    "the first line has more than {MAX_RECORD} bytes; it must name the columns"
                ),
            );
        }
        Found::UnclosedQuote => {
            return bad(
                "unclosed_quote",
                "the first line has a quotation mark that is not closed; remove or double it"
                    .to_owned(),
            );
        }
    }
    if records.len() > MAX_COLUMNS {
        return bad(
            "too_many_columns",
            format!(
                "the file has {} columns; the limit is {MAX_COLUMNS}",
                records.len()
            ),
        );
    }
    let header = header.unwrap_or_else(|| {
        !row(&records)
            .iter()
            .any(|cell| EmailAddress::parse(cell).is_ok())
    });
    let mut samples = Vec::new();
    let mut lines = Vec::new();
    let columns = if header {
        names(&records)?
    } else {
        samples.push(row(&records));
        lines.push(records.line_of_current());
        (1..=records.len()).map(|n| format!("Column {n}")).collect()
    };
    let first_row = if header { records.position() } else { at };
    while samples.len() < SAMPLE_ROWS {
        match records.next().map_err(refused)? {
            Found::Record => {
                samples.push(row(&records));
                lines.push(records.line_of_current());
            }
            Found::End => break,
            Found::TooLong | Found::UnclosedQuote => {}
        }
    }
    Ok(Head {
        delimiter,
        header,
        columns,
        first_row,
        samples,
        lines,
    })
}

/// The cells of a row, each cut if it is long.
fn row<R: std::io::Read>(records: &Records<R>) -> Vec<String> {
    const MAX_CELL: usize = 2_000;
    (0..records.len().min(MAX_COLUMNS))
        .map(|index| {
            let cell = records.field(index).unwrap_or_default();
            let cell = String::from_utf8_lossy(&cell[..cell.len().min(MAX_CELL)]);
            cells::armed(cell).into_owned()
        })
        .collect()
}

fn names<R: std::io::Read>(records: &Records<R>) -> Result<Vec<String>> {
    let bad = |code: &'static str, message: String| Err(Error::invalid("file", code, message));
    let mut columns = Vec::with_capacity(records.len());
    for index in 0..records.len() {
        let cell = records.field(index).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(&cell) else {
            return bad(
                "invalid_encoding",
                format!(
                    "the name of column {} is not UTF-8; save the file in UTF-8",
                    index + 1
                ),
            );
        };
        match line(text, MAX_HEADER) {
            Ok(name) => columns.push(name.unwrap_or_default()),
            Err(fault) => {
                let shown = shorten(text);
                return bad(
                    fault.code,
                    format!(
                        "the name of column {} (\"{shown}\") {}",
                        index + 1,
                        fault.message
                    ),
                );
            }
        }
    }
    Ok(columns)
}
