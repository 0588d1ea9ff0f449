//! A look at a file before it is imported: how it is written, its first rows, and what its columns probably mean.

use ctx::Ctx;
use kernel::{AccountId, Error, FieldError, Result};
use serde::Serialize;
use utoipa::ToSchema;

use super::detect::Encoding;
use super::head::SAMPLE_ROWS;
use super::model::{Column, Delimiter, Options, shorten};
use super::service::Upload;
use super::{guess, mapping};
use crate::fields::{self, FieldKind, suggest_key};

/// What was seen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub struct Preview {
    pub encoding: Encoding,
    /// Whether the encoding is a guess: look at letters beyond a to z.
    pub encoding_assumed: bool,
    pub delimiter: Delimiter,
    /// Whether the first line names the columns.
    pub header: bool,
    pub columns: Vec<PreviewColumn>,
    /// The first rows, up to ten.
    pub rows: Vec<PreviewRow>,
    /// What would keep the file from being imported like this.
    pub faults: Vec<PreviewFault>,
}

/// A column, what would become of it, and what could.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewColumn {
    #[serde(flatten)]
    pub column: Column,
    /// The kind of field that would take all the values that were looked at.
    pub suggested_kind: FieldKind,
    /// The key that a field made for it would have.
    #[schema(required)]
    pub suggested_key: Option<String>,
}

/// A row as it stands in the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewRow {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its cells; long ones are cut.
    pub cells: Vec<String>,
}

/// Something that has to be mended or mapped in another way.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewFault {
    /// `file`, or the option.
    pub field: String,
    pub code: String,
    pub message: String,
}

const SHOWN_ROWS: usize = 10;

/// Looks at an upload, which is forgotten afterwards.
pub async fn preview(
    ctx: &Ctx,
    account: AccountId,
    mut upload: Upload,
    options: Options,
) -> Result<Preview> {
    // Rows of a workbook are counted with those that are empty.
    const ROWS: u32 = 4 * SAMPLE_ROWS as u32;
    let reading = options.clone();
    let understood = tokio::task::spawn_blocking(move || {
        let head = upload.understand(&reading, ROWS)?;
        Ok::<_, Error>((upload, head))
    });
    let (upload, head) = understood.await.map_err(Error::internal)??;
    let catalog = fields::catalog(ctx, account).await?;
    let (columns, faults) = mapping::suggest(&head.columns, &head.samples, &options, &catalog);
    let encoding = upload.spooled.encoding();
    Ok(Preview {
        encoding,
        encoding_assumed: options.encoding.is_none() && encoding == Encoding::Windows1252,
        delimiter: head.delimiter,
        header: head.header,
        columns: columns
            .into_iter()
            .enumerate()
            .map(|(index, column)| PreviewColumn {
                suggested_kind: guess::kind(&head.samples, index),
                suggested_key: suggest_key(&column.header),
                column,
            })
            .collect(),
        rows: head
            .lines
            .iter()
            .zip(&head.samples)
            .take(SHOWN_ROWS)
            .map(|(line, cells)| PreviewRow {
                line: *line,
                cells: cells.iter().map(|cell| shorten(cell)).collect(),
            })
            .collect(),
        faults: faults.into_iter().map(PreviewFault::from).collect(),
    })
}

impl From<FieldError> for PreviewFault {
    fn from(error: FieldError) -> Self {
        Self {
            field: error.field,
            code: error.code.into_owned(),
            message: error.message,
        }
    }
}
