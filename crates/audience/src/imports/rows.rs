//! From a record of the file to a checked row, or to the reasons why not.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::doubts::{Doubt, Doubts};
use super::guess;
use super::mapping::MAX_COLUMNS;
use super::model::{Import, Plan, RowError, Severity, Target, shorten};
use super::prepare::{self, Is, Mark};
use super::records::{Found, MAX_RECORD, Position, Records};
use super::spool;
use crate::cells;
use crate::fields::{Catalog, Field, FieldInput, parse_text};
use crate::input::{Fault, Patch};
use crate::subscribers::{
    Attributes, Status, UpsertRow, language, parse_email, person_name, phone, time_zone,
};

/// What is needed to understand a file.
#[derive(Clone)]
pub(super) struct Layout {
    plan: Arc<Plan>,
    catalog: Arc<Catalog>,
    /// Fields that a dry run does not make, by column.
    wanted: Arc<BTreeMap<usize, Field>>,
    /// The column of the address.
    email: usize,
    status: Option<Status>,
}

/// Reads the rows of one file.
pub(super) struct Rows {
    records: Records<File>,
    layout: Layout,
    doubts: Doubts,
    found: Found,
    /// Of the record: how many bytes and fields are a [`Mark`].
    mark: (usize, usize),
}

/// A row that can be taken.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: u64,
    /// Where the same person was in the file before.
    pub(super) first: Option<u64>,
    pub(super) person: UpsertRow,
    /// Whether it has values of fields that a dry run does not make.
    pub(super) wants: bool,
    pub(super) doubt: Option<RowError>,
}

/// A row that can be taken, or its faults: never none.
pub(super) type Checked = Result<Row, Vec<RowError>>;

/// The most faults of one row that are reported.
const MAX_FAULTS: usize = 20;

impl Layout {
    /// `None` if the import has no column with addresses, which it always has.
    pub(super) fn new(import: &Import, catalog: Catalog) -> Option<Self> {
        let plan = import.plan.clone();
        let email = plan
            .columns
            .iter()
            .position(|column| column.to == Target::Email)?;
        let wanted = plan
            .columns
            .iter()
            .enumerate()
            .filter_map(|(index, column)| Some((index, guess::field(column.wanted.as_ref()?))))
            .collect();
        Some(Self {
            wanted: Arc::new(wanted),
            plan: Arc::new(plan),
            catalog: Arc::new(catalog),
            email,
            status: import.status(),
        })
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.plan.delimiter.byte()
    }
}

impl Rows {
    /// Of an upload.
    pub(super) fn open(path: &Path, layout: &Layout, at: Position) -> io::Result<Self> {
        let file = spool::open(path, at.offset)?;
        let records = Records::new(file, layout.delimiter(), at).by_record(layout.plan.workbook);
        Ok(Self::new(records, layout))
    }

    /// Of what the first pass made of the upload at `path`, in the order of addresses.
    pub(super) fn open_sorted(path: &Path, layout: &Layout, at: Position) -> io::Result<Self> {
        let file = spool::open(&prepare::sorted_path(path), at.offset)?;
        let records = Records::new(file, layout.delimiter(), at).with_marks();
        Ok(Self::new(records, layout))
    }

    fn new(records: Records<File>, layout: &Layout) -> Self {
        Self {
            records,
            layout: layout.clone(),
            doubts: Doubts::default(),
            found: Found::End,
            mark: (0, 0),
        }
    }

    /// Where the next row begins.
    pub(super) fn position(&self) -> Position {
        self.records.position()
    }

    /// What the row was read from.
    pub(super) fn found(&self) -> Found {
        self.found
    }

    /// The bytes of the row, if it is a record.
    pub(super) fn raw(&self) -> &[u8] {
        &self.records.raw()[self.mark.0..]
    }

    fn cell(&self, index: usize) -> Option<Cow<'_, [u8]>> {
        self.records.field(self.mark.1 + index)
    }

    fn len(&self) -> usize {
        self.records.len() - self.mark.1
    }

    /// What stands next in the upload; `None` at its end.
    pub(super) fn next(&mut self) -> io::Result<Option<Checked>> {
        loop {
            self.found = self.records.next()?;
            let line = self.records.line_of_current();
            match self.found {
                Found::End => return Ok(None),
                Found::TooLong => return Ok(Some(too_long(line))),
                Found::UnclosedQuote => return Ok(Some(unclosed_quote(line))),
                Found::Record if self.is_blank() => {}
                Found::Record => return Ok(Some(self.row(line))),
            }
        }
    }

    /// What stands next in a sorted file; `None` at its end.
    pub(super) fn next_sorted(&mut self) -> io::Result<Option<Checked>> {
        self.found = self.records.next()?;
        if self.found == Found::End {
            return Ok(None);
        }
        let mark = self.records.field(0).unwrap_or_default();
        let length = mark.len();
        let (Found::Record, Some(Mark { line, is })) = (self.found, Mark::read(&mark)) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the sorted copy of an upload is damaged",
            ));
        };
        self.mark = (length + 1, 1);
        Ok(Some(match is {
            Is::TooLong => too_long(line),
            Is::UnclosedQuote => unclosed_quote(line),
            Is::Row => self.row(line),
            Is::Again(first) => self.row(line).map(|row| Row {
                first: Some(first),
                ..row
            }),
        }))
    }

    /// Spreadsheets write lines of nothing but delimiters below their last row.
    fn is_blank(&self) -> bool {
        let delimiter = self.layout.delimiter();
        self.raw()
            .iter()
            .all(|b| *b == delimiter || matches!(b, b' ' | b'\t' | b'"'))
    }

    fn row(&mut self, line: u64) -> Checked {
        let mut reading = Reading {
            rows: self,
            line,
            errors: Vec::new(),
            wants: false,
        };
        match reading.read() {
            Some(mut row) if reading.errors.is_empty() => {
                row.doubt = self.doubts.of(&row.person.email).map(|doubt| {
                    let column = self.layout.email;
                    self.warning(line, column, row.person.email.as_str(), doubt)
                });
                Ok(row)
            }
            _ => Err(reading.errors),
        }
    }

    fn warning(&self, line: u64, index: usize, value: &str, doubt: Doubt) -> RowError {
        RowError {
            position: index as i64 + 1,
            column: Some(self.layout.plan.columns[index].header.clone()),
            ..RowError::of_row(line, doubt.code, Some(value), doubt.reason)
        }
    }
}

fn too_long(line: u64) -> Checked {
    let reason = format!("the row has more than {MAX_RECORD} bytes");
    Err(vec![RowError::of_row(line, "row_too_long", None, reason)])
}

fn unclosed_quote(line: u64) -> Checked {
    let reason = "a quotation mark begins here that is not closed properly; double it (\"\") if it is part of the text";
    Err(vec![RowError::of_row(line, "unclosed_quote", None, reason)])
}

struct Reading<'a> {
    rows: &'a Rows,
    line: u64,
    errors: Vec<RowError>,
    wants: bool,
}

impl<'a> Reading<'a> {
    fn read(&mut self) -> Option<Row> {
        let rows: &'a Rows = self.rows;
        let layout = &rows.layout;
        self.check_shape()?;
        let email = self
            .text(layout.email)
            .and_then(|text| match parse_email(&text) {
                Ok(email) => Some(email),
                Err(fault) => {
                    let fault = if text.trim().is_empty() {
                        Fault {
                            code: "invalid_email",
                            message: Cow::Borrowed("the row has no address"),
                        }
                    } else {
                        fault
                    };
                    self.fail(layout.email, &text, fault);
                    None
                }
            });
        let mut attributes = Attributes::default();
        let mut fields = Vec::with_capacity(layout.plan.columns.len());
        for (index, column) in layout.plan.columns.iter().enumerate() {
            let take: fn(&str) -> Result<Option<String>, Fault> = match column.to {
                Target::Email | Target::Ignore => continue,
                Target::Field(id) => {
                    // A field that was deleted since the upload is left out.
                    if let Some(field) = layout.catalog.by_id(id)
                        && let Some(input) = self.field(index, field)
                    {
                        fields.push((id, input));
                    }
                    continue;
                }
                Target::New => {
                    if let Some(field) = layout.wanted.get(&index) {
                        self.wants |= self.field(index, field).is_some();
                    }
                    continue;
                }
                Target::FirstName | Target::LastName => person_name,
                Target::Phone => phone,
                Target::Language => language,
                Target::TimeZone => time_zone,
            };
            let Some(text) = self.text(index).filter(|text| !text.is_empty()) else {
                continue;
            };
            match take(&text) {
                Ok(value) => {
                    let patch = Patch::set_if(value);
                    match column.to {
                        Target::FirstName => attributes.first_name = patch,
                        Target::LastName => attributes.last_name = patch,
                        Target::Phone => attributes.phone = patch,
                        Target::Language => attributes.language = patch,
                        _ => attributes.time_zone = patch,
                    }
                }
                Err(fault) => self.fail(index, &text, fault),
            }
        }
        let mut person = UpsertRow::new(email?);
        person.attributes = attributes;
        person.fields = fields;
        person.status = layout.status;
        Some(Row {
            line: self.line,
            first: None,
            person,
            wants: self.wants,
            doubt: None,
        })
    }

    fn field(&mut self, index: usize, field: &Field) -> Option<FieldInput> {
        let text = self.text(index).filter(|text| !text.is_empty())?;
        match parse_text(field, &text) {
            // An empty cell changes nothing.
            Ok(FieldInput::Clear) => None,
            Ok(input) => Some(input),
            Err(fault) => {
                self.fail(index, &text, fault);
                None
            }
        }
    }

    /// Whether the record can be read as a row at all.
    fn check_shape(&mut self) -> Option<()> {
        let rows = self.rows;
        let columns = rows.layout.plan.columns.len();
        if memchr::memchr(0, rows.raw()).is_some() {
            let at = self.first_field(|field| memchr::memchr(0, field).is_some());
            let fault = Fault::new(
                "nul_character",
                "contains a NUL character (U+0000); remove it",
            );
            self.fail(at, &self.lossy(at), fault);
            return None;
        }
        if std::str::from_utf8(rows.raw()).is_err() {
            let at = self.first_field(|field| std::str::from_utf8(field).is_err());
            let fault = Fault::new(
                "invalid_encoding",
                "has bytes that are not UTF-8, unlike the rest of the file; save the file in UTF-8",
            );
            self.fail(at, &self.lossy(at), fault);
            return None;
        }
        if rows.len() > columns {
            let more = (columns..rows.len().min(columns + MAX_COLUMNS))
                .any(|index| self.text(index).is_some_and(|text| !text.trim().is_empty()));
            if more {
                self.errors.push(RowError::of_row(
                    self.line,
                    "too_many_columns",
                    None,
                    format!(
                        "the row has {} columns, the header has {columns}; put text that contains the delimiter in quotation marks",
                        rows.len()
                    ),
                ));
                return None;
            }
        }
        Some(())
    }

    fn first_field(&self, found: impl Fn(&[u8]) -> bool) -> usize {
        let rows = self.rows;
        (0..rows.len().min(rows.layout.plan.columns.len()))
            .find(|index| rows.cell(*index).is_some_and(|field| found(&field)))
            .unwrap_or(usize::MAX)
    }

    fn lossy(&self, index: usize) -> String {
        let field = self.rows.cell(index).unwrap_or_default();
        // Long enough for what is shown.
        let head = &field[..field.len().min(1_000)];
        String::from_utf8_lossy(head).into_owned()
    }

    /// The text of a column; `None` where the row has fewer. The bytes have been checked.
    fn text(&self, index: usize) -> Option<Cow<'a, str>> {
        let rows: &'a Rows = self.rows;
        Some(match rows.cell(index)? {
            Cow::Borrowed(bytes) => cells::armed(String::from_utf8_lossy(bytes)),
            Cow::Owned(bytes) => {
                cells::armed(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
            }
        })
    }

    fn fail(&mut self, index: usize, value: &str, fault: Fault) {
        if self.errors.len() == MAX_FAULTS {
            return;
        }
        let column = self.rows.layout.plan.columns.get(index);
        self.errors.push(RowError {
            line: self.line as i64,
            position: column.map_or(0, |_| index as i64 + 1),
            code: Cow::Borrowed(fault.code),
            column: column.map(|column| column.header.clone()),
            value: Some(shorten(value)),
            reason: fault.message.into_owned(),
            severity: Severity::Error,
        });
    }
}
