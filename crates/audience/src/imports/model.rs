//! Imports: what was asked for, how the file is read, how far it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use kernel::text::breaks_line;
use kernel::{IdGenerator, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::detect::Encoding;
use super::records::Position;
use crate::fields::FieldKind;
use crate::{FieldId, GroupId, ImportId, TagId};

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportState)]
pub enum State {
    /// Waits for a worker.
    Queued,
    /// Being read.
    Running,
    /// Ends at the next batch.
    Stopping,
    /// Ended by somebody; can be resumed.
    Stopped,
    /// Read to the end.
    Completed,
    /// Given up; `error` says why. What was imported before stays.
    Failed,
}

impl State {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Stopping,
        Self::Stopped,
        Self::Completed,
        Self::Failed,
    ];

    /// As the database and JSON have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether a worker has, or will have, something to do.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Stopping)
    }
}

/// What happens to people who are known already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// They get the values of the file. An empty cell changes nothing.
    #[default]
    Update,
    /// They stay as they are, and join no group.
    Skip,
}

/// What happens to people who are not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewPeople {
    /// They are created.
    #[default]
    Create,
    /// They are left out: the file only updates.
    Skip,
}

impl NewPeople {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The status of people who are new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewStatus {
    /// They get mail.
    #[default]
    Active,
    /// They must confirm first.
    Unconfirmed,
}

/// What separates columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Delimiter {
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = ";")]
    Semicolon,
    #[serde(rename = "\t")]
    Tab,
    #[serde(rename = "|")]
    Pipe,
}

impl Delimiter {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }

    pub(super) const fn from_byte(byte: u8) -> Self {
        match byte {
            b';' => Self::Semicolon,
            b'\t' => Self::Tab,
            b'|' => Self::Pipe,
            _ => Self::Comma,
        }
    }
}

/// How a file is to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// What separates columns; found out unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// How characters are written; found out unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// Whether the first line names the columns. If not, they are called `Column 1`, `Column 2`, ... Found out for text
    /// that is pasted; a file must have such a line unless this is `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// The sheet of an Excel workbook; its first one unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// For headers of the file: `email`, `first_name`, `last_name`, `phone`, `language`, `time_zone`, the key of a
    /// custom field, `ignore`, or a field to be made: `{"new_field": {"kind": "number"}}`. Columns that are not named
    /// here are matched by their header, and the address also by its cells.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mapping: BTreeMap<String, Destination>,
    /// Whether columns that match nothing become text fields. If not, they are left out, and the answer says so.
    pub create_fields: bool,
    /// What happens to people who are known already.
    pub existing: Existing,
    /// What happens to people who are not.
    #[serde(skip_serializing_if = "NewPeople::is_default")]
    pub new_people: NewPeople,
    /// Only tries: counts what would be created, updated and refused, and reports why, but changes nothing. It can be
    /// run afterwards with `POST /api/imports/{id}/run`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Groups that everybody in the file joins.
    pub groups: Vec<GroupId>,
    /// Tags that everybody in the file gets.
    pub tags: Vec<TagId>,
    /// The status of people who are new. Nobody else's status changes.
    pub status: NewStatus,
    /// What people agreed to, kept with everybody who is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent_text: Option<String>,
}

/// What a mapping says of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ImportDestination)]
pub enum Destination {
    /// An attribute, the key of a field, or `ignore`.
    Name(String),
    /// A field that is made for it.
    New {
        /// The field.
        new_field: ColumnField,
    },
}

impl From<&str> for Destination {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// By hand, since the derived one cannot say what is wrong.
impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct New {
            new_field: ColumnField,
        }
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Self::Name(name)),
            object @ Value::Object(_) => New::deserialize(object)
                .map(|New { new_field }| Self::New { new_field })
                .map_err(serde::de::Error::custom),
            _ => Err(serde::de::Error::custom(
                "a column is mapped to a text, or to {\"new_field\": {...}}",
            )),
        }
    }
}

/// A field that is made for a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportNewField)]
pub struct ColumnField {
    /// Made from the header unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(examples("shoe_size"))]
    pub key: Option<String>,
    /// The header unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The type of its values.
    pub kind: FieldKind,
    /// What a dropdown offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// A field that a column needs and that is not made yet: with everything decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kind: FieldKind,
    pub(super) options: Vec<String>,
}

/// Where the values of a column go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Email,
    FirstName,
    LastName,
    Phone,
    Language,
    TimeZone,
    Field(FieldId),
    /// To a field that a dry run does not make: [`Column::wanted`].
    New,
    Ignore,
}

/// A column of the file and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Column {
    /// As the first line names it.
    #[schema(examples("Favorite color"))]
    pub header: String,
    /// The attribute or field it fills; `null` if it is left out.
    #[schema(required, examples("favorite_color"))]
    pub target: Option<String>,
    /// Why it goes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(examples("the header is a usual name for it"))]
    pub reason: Option<String>,
    /// Why it is left out, or that the field was made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub(super) wanted: Option<Wanted>,
    #[serde(rename = "to")]
    #[schema(ignore)]
    pub(super) to: Target,
}

/// How the file is read. Decided once, when it is uploaded, so that a resumed import reads on as it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) encoding: Encoding,
    /// Whether the encoding is a guess that may be wrong.
    pub(super) encoding_assumed: bool,
    pub(super) delimiter: Delimiter,
    pub(super) columns: Vec<Column>,
    /// The first row behind the header.
    pub(super) first_row: (u64, u64),
    /// Whether the file was a workbook, so that lines are its rows.
    #[serde(default)]
    pub(super) workbook: bool,
}

impl Plan {
    pub(super) fn first_row(&self) -> Position {
        Position {
            offset: self.first_row.0,
            line: self.first_row.1,
        }
    }
}

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counters {
    /// Rows read so far: the sum of the others.
    pub processed: i64,
    /// People who were new.
    pub created: i64,
    /// People who were known and changed.
    pub updated: i64,
    /// People who were known and had all that already.
    pub unchanged: i64,
    /// Rows that were fine but not taken: people who left or are suppressed, known people when those are to be skipped,
    /// and people who are in the file twice.
    pub skipped: i64,
    /// Rows with a fault.
    pub invalid: i64,
    /// Rows that were taken although their address looks wrong; they are counted above as well.
    pub warnings: i64,
}

impl Counters {
    pub(super) fn sum(&self) -> i64 {
        self.created + self.updated + self.unchanged + self.skipped + self.invalid
    }
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub id: ImportId,
    pub state: State,
    pub file_name: String,
    pub size_bytes: i64,
    pub options: Options,
    pub(super) plan: Plan,
    pub(super) file_path: String,
    pub(super) position: Position,
    /// How many rows the file has, once it has been counted.
    pub total: Option<i64>,
    pub counters: Counters,
    pub error: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// How far taking it back is, if somebody asked for that.
    pub undo: Option<Undo>,
}

/// By how much the clocks of two nodes may differ.
const CLOCKS_DIFFER: Duration = Duration::from_hours(1);

impl Import {
    /// Between which the ids lie of whom it created.
    pub(super) fn ids(&self) -> Range<i64> {
        let until = |ended| IdGenerator::earliest_at(ended + CLOCKS_DIFFER);
        Range {
            start: IdGenerator::earliest_at(self.created_at - CLOCKS_DIFFER),
            end: self.finished_at.map_or(i64::MAX, until),
        }
    }

    pub fn encoding(&self) -> Encoding {
        self.plan.encoding
    }

    /// Whether the encoding was not certain, so that letters beyond ASCII should be looked at.
    pub fn encoding_assumed(&self) -> bool {
        self.plan.encoding_assumed
    }

    pub fn delimiter(&self) -> Delimiter {
        self.plan.delimiter
    }

    pub fn columns(&self) -> &[Column] {
        &self.plan.columns
    }
}

/// How far taking back is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportUndoState)]
pub enum UndoState {
    Queued,
    Running,
    Completed,
    /// Given up; asking again goes on with it.
    Failed,
}

impl UndoState {
    pub(super) const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Completed, Self::Failed];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    pub(super) const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// Taking an import back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportUndo, example = json!({
    "state": "running",
    "total": 7500,
    "processed": 3000,
    "deleted": 2900,
    "restored": 60,
    "kept": 40,
    "error": null,
    "created_by": "user:361240977588224001",
    "created_at": "2026-05-05T09:30:00Z",
    "finished_at": null,
}))]
pub struct Undo {
    pub state: UndoState,
    /// How many people the import created or changed, when it began.
    pub total: i64,
    /// How many of them have been looked at.
    pub processed: i64,
    /// People who were created by the import, untouched since, and are gone.
    pub deleted: i64,
    /// People who have the values back that they had before, or left the groups and tags that the import put them in.
    pub restored: i64,
    /// People who unsubscribed, or were changed or written to since: they keep their values.
    pub kept: i64,
    /// Why it failed.
    #[schema(required)]
    pub error: Option<String>,
    pub created_by: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub finished_at: Option<Timestamp>,
    /// The last of the created people who were looked at.
    #[serde(skip)]
    #[schema(ignore)]
    pub(super) cursor: i64,
}

/// Whether the row was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportSeverity)]
pub enum Severity {
    /// It was not.
    Error,
    /// It was, but somebody should look at it.
    Warning,
}

impl Severity {
    /// Which codes only warn.
    pub(super) fn of(code: &str) -> Self {
        match code {
            super::doubts::ROLE_ADDRESS | super::doubts::LIKELY_TYPO => Self::Warning,
            _ => Self::Error,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Why a row, or a value of it, was not taken, or should be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowError {
    /// The line of the file on which the row begins, from 1.
    pub line: i64,
    /// The column, from 1; 0 for the row as a whole.
    #[serde(skip)]
    pub(super) position: i64,
    /// Stable, for programs: `invalid_email`, `duplicate_in_file`, `unsubscribed_before`, ...
    #[schema(examples("invalid_email"))]
    pub code: Cow<'static, str>,
    /// The header of the column; absent for the row as a whole.
    #[schema(required)]
    pub column: Option<String>,
    /// What stood there, cut if it is long.
    #[schema(required)]
    pub value: Option<String>,
    /// In words.
    #[schema(examples("the address has no @"))]
    pub reason: String,
    /// Whether the row was taken.
    pub severity: Severity,
}

/// The most characters of a value that an error repeats.
const MAX_SHOWN: usize = 100;

impl RowError {
    pub(super) fn of_row(
        line: u64,
        code: &'static str,
        value: Option<&str>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            line: line as i64,
            position: 0,
            code: Cow::Borrowed(code),
            column: None,
            value: value.map(shorten),
            reason: reason.into(),
            severity: Severity::of(code),
        }
    }
}

/// A value for a report: without what the database cannot store or a terminal would obey, and cut.
pub(super) fn shorten(value: &str) -> String {
    let mut short = String::new();
    for (n, c) in value.chars().enumerate() {
        if n == MAX_SHOWN {
            short.push('…');
            break;
        }
        short.push(if breaks_line(c) { '\u{fffd}' } else { c });
    }
    short
}
