//! Excel workbooks: one sheet becomes CSV in the spool, row by row, and is imported as that.
//!
//! A workbook is a ZIP archive of XML, so a small file can unfold into any amount, and its reader would believe what the
//! file says of itself. [`guard`] looks at every part first, in constant memory, and refuses what no spreadsheet program
//! writes; only then is it opened. What stays in memory is the table of texts that cells share, which has a limit.

mod guard;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;

use calamine::{
    DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError, open_workbook,
};
use kernel::{Error, fold};

use super::mapping::MAX_COLUMNS;
use super::model::shorten;

/// How much of a workbook is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of text that the sheet may become.
    pub(super) bytes: u64,
    /// Rows that are wanted.
    pub(super) rows: u32,
}

/// Rows that a sheet can have.
pub(super) const MAX_ROWS: u32 = 1 << 20;

/// Whether a file that begins like this is a workbook, or at least an archive.
pub(super) fn is_workbook(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

/// Whether it is one of before 2007, which is another format.
pub(super) fn is_old_workbook(head: &[u8]) -> bool {
    head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

pub(super) fn refused(code: &'static str, message: impl Into<String>) -> Error {
    Error::invalid("file", code, message.into())
}

/// Writes a sheet as CSV: one line for each row, also for empty ones.
pub(super) fn convert(
    source: &Path,
    target: &Path,
    sheet: Option<&str>,
    limits: Limits,
) -> kernel::Result<()> {
    guard::check(source)?;
    let mut workbook: Xlsx<BufReader<File>> = open_workbook(source).map_err(unreadable)?;
    let name = choose(&workbook, sheet)?;
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let disk = |error| super::spool::disk_error(target, error);
    let mut csv = Csv {
        file: BufWriter::new(File::create(target).map_err(disk)?),
        line: String::new(),
        written: 0,
    };
    let mut row = Row::default();
    let mut next_row = 0;
    loop {
        let cell = cells.next_cell().map_err(unreadable)?;
        let at = cell.as_ref().map(calamine::Cell::get_position);
        if let Some((to, _)) = at
            && to < row.number
        {
            return Err(refused(
                "invalid_workbook",
                "the rows of the sheet are not in order; open the file in a spreadsheet program and save it again",
            ));
        }
        if at.is_none_or(|(to, _)| to > row.number) {
            if !row.cells.is_empty() {
                csv.write(&row, next_row).map_err(disk)?;
                next_row = row.number + 1;
                if csv.written > limits.bytes {
                    return Err(refused(
                        "too_large",
                        format!(
                            "the sheet has more than {} bytes of text; split it, or raise the limit in the configuration",
                            limits.bytes
                        ),
                    ));
                }
            }
            row.cells.clear();
        }
        let (Some(cell), Some((number, column))) = (cell, at) else {
            break;
        };
        if number >= limits.rows.min(MAX_ROWS) {
            break;
        }
        row.number = number;
        if let Some(text) = text(cell.get_value()) {
            // Further columns are only counted: that there are too many is told of the row.
            let column = (column as usize).min(MAX_COLUMNS);
            if row.cells.len() > 2 * MAX_COLUMNS {
                return Err(refused(
                    "invalid_workbook",
                    format!("row {} has too many cells", number + 1),
                ));
            }
            row.cells.push((column, text));
        }
    }
    csv.file
        .into_inner()
        .map_err(|error| disk(error.into_error()))?
        .sync_all()
        .map_err(disk)
}

fn unreadable(error: XlsxError) -> Error {
    match error {
        XlsxError::Io(error) => Error::internal(error),
        XlsxError::Password => refused(
            "password",
            "the workbook is protected by a password; save it without one",
        ),
        error => refused(
            "invalid_workbook",
            format!(
                "the file is not an Excel workbook that can be read ({}); save it as .xlsx or as CSV in UTF-8",
                shorten(&error.to_string())
            ),
        ),
    }
}

/// The sheet of that name, or the first one that can be seen.
fn choose(workbook: &Xlsx<BufReader<File>>, wanted: Option<&str>) -> kernel::Result<String> {
    let sheets: Vec<_> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .collect();
    let found = match wanted {
        Some(name) => sheets
            .iter()
            .find(|sheet| fold(&sheet.name) == fold(name.trim())),
        None => sheets
            .iter()
            .find(|sheet| sheet.visible == SheetVisible::Visible)
            .or(sheets.first()),
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| {
        let names: Vec<String> = sheets
            .iter()
            .take(20)
            .map(|sheet| format!("\"{}\"", shorten(&sheet.name)))
            .collect();
        match wanted {
            Some(_) => Error::invalid(
                "sheet",
                "unknown",
                format!(
                    "the workbook has no such sheet; it has {}",
                    names.join(", ")
                ),
            ),
            None => refused("invalid_workbook", "the workbook has no sheet with cells"),
        }
    })
}

/// The row being read.
#[derive(Default)]
struct Row {
    number: u32,
    cells: Vec<(usize, String)>,
}

struct Csv {
    file: BufWriter<File>,
    line: String,
    written: u64,
}

impl Csv {
    /// Writes a row, and empty lines for those that were left out since `next`.
    fn write(&mut self, row: &Row, next: u32) -> io::Result<()> {
        self.line.clear();
        for _ in next..row.number {
            self.line.push('\n');
        }
        let width = row.cells.iter().map(|(column, _)| column + 1).max();
        let mut cells = vec![""; width.unwrap_or_default()];
        for (column, text) in &row.cells {
            cells[*column] = text;
        }
        for (column, text) in cells.iter().enumerate() {
            if column > 0 {
                self.line.push(',');
            }
            if text.contains(['"', ',', '\n', '\r']) {
                let _ = write!(self.line, "\"{}\"", text.replace('"', "\"\""));
            } else {
                self.line.push_str(text);
            }
        }
        self.line.push('\n');
        self.written += self.line.len() as u64;
        self.file.write_all(self.line.as_bytes())
    }
}

/// What a cell says; `None` if nothing.
fn text(value: &DataRef<'_>) -> Option<String> {
    let text = match value {
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => number(*value),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(moment) => date(*moment),
        DataRef::Error(_) | DataRef::Empty => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// With the fifteen digits that spreadsheets show: `0.1 + 0.2` is `0.3` to whoever typed it.
fn number(value: f64) -> String {
    format!("{value:.14e}")
        .parse::<f64>()
        .unwrap_or(value)
        .to_string()
}

/// In ISO 8601: a day, a day with a time, or a time alone.
fn date(moment: ExcelDateTime) -> String {
    const FAR: f64 = 2_958_466.0;
    let value = moment.as_f64();
    if !(0.0..FAR).contains(&value) {
        return number(value);
    }
    if moment.is_duration() || value < 1.0 {
        let seconds = (value * 86_400.0).round() as u64;
        let (minutes, hours) = (seconds / 60 % 60, seconds / 3_600);
        return format!("{hours:02}:{minutes:02}:{:02}", seconds % 60);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) != (0, 0, 0) {
        let _ = write!(text, "T{hour:02}:{minute:02}:{second:02}");
    }
    text
}

#[cfg(test)]
pub(super) mod tests;
