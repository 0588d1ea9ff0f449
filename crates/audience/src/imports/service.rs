//! Use cases: an upload becomes an import; an import is looked at, stopped and resumed.

use std::fmt::Display;
use std::path::PathBuf;

use bytes::Bytes;
use ctx::Ctx;
use db::WriteTx;
use futures_util::Stream;
use identity::{Actor, audit};
use kernel::text::breaks_line;
use kernel::{AccountId, Cursor, Error, FieldError, Limit, Page, Result};
use serde_json::json;

use super::detect::{self, Encoding};
use super::jobs::ImportJob;
use super::mapping::{self, MAX_COLUMNS, Mapped};
use super::model::{
    Column, Counters, Delimiter, Import, Options, Plan, RowError, State, Target, shorten,
};
use super::records::{Found, MAX_RECORD, Position, Records};
use super::spool::{self, Spooled};
use super::{report, store};
use crate::fields::{self, FieldKind, Visibility};
use crate::input::{MAX_TEXT, line, paragraph};
use crate::{ImportId, labels};

/// Where uploads are kept until they are imported, and how large they may be.
#[derive(Clone, Debug)]
pub struct Spool {
    pub directory: PathBuf,
    pub max_bytes: u64,
}

/// A file that has arrived. Forgotten, with its file, when it is dropped.
#[derive(Debug)]
pub struct Upload {
    id: ImportId,
    file_name: String,
    spooled: Spooled,
}

const MAX_FILE_NAME: usize = 200;
const MAX_HEADER: usize = 200;

impl Upload {
    /// Writes a file to the spool as it arrives.
    pub async fn receive<S, E>(
        ctx: &Ctx,
        spool: &Spool,
        file_name: &str,
        content: S,
    ) -> Result<Self>
    where
        S: Stream<Item = std::result::Result<Bytes, E>>,
        E: Display,
    {
        let id = ctx.ids.next();
        let spooled = spool::receive(&spool.directory, id, content, spool.max_bytes).await?;
        Ok(Self {
            id,
            file_name: line(&shorten_name(file_name), MAX_FILE_NAME)
                .ok()
                .flatten()
                .unwrap_or_else(|| "upload.csv".to_owned()),
            spooled,
        })
    }
}

fn shorten_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.chars()
        .filter(|c| !breaks_line(*c))
        .take(MAX_FILE_NAME)
        .collect()
}

/// Understands the file and queues it. What is wrong with the file as a whole, its header or the options is told now,
/// before anything is imported.
pub async fn create(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    mut upload: Upload,
    options: Options,
) -> Result<Import> {
    let options = checked(options)?;
    let encoding = options.encoding;
    let delimiter = options.delimiter;
    let understood = tokio::task::spawn_blocking(move || {
        upload.spooled.decode(encoding)?;
        let head = read_head(&upload.spooled, delimiter)?;
        Ok::<_, Error>((upload, head))
    });
    let (upload, head) = understood.await.map_err(Error::internal)??;

    let mut tx = ctx.write().await?;
    check_labels(&mut tx, account, &options).await?;
    let catalog = fields::list(&mut tx, account).await?;
    let mut mapped = mapping::map(&head.columns, &options, &catalog)?;
    create_fields(ctx, &mut tx, account, actor, &mut mapped).await?;
    let import = Import {
        id: upload.id,
        state: State::Queued,
        file_name: upload.file_name,
        file_path: upload.spooled.path().to_string_lossy().into_owned(),
        size_bytes: upload.spooled.size() as i64,
        plan: Plan {
            encoding: upload.spooled.encoding(),
            encoding_assumed: encoding.is_none()
                && upload.spooled.encoding() == Encoding::Windows1252,
            delimiter: head.delimiter,
            columns: mapped.columns,
            first_row: (head.first_row.offset, head.first_row.line),
        },
        options,
        position: head.first_row,
        total: None,
        counters: Counters::default(),
        error: None,
        created_by: actor.as_str().to_owned(),
        created_at: ctx.clock.now(),
        started_at: None,
        finished_at: None,
    };
    store::insert(&mut tx, account, &import).await?;
    let after = json!({ "file_name": import.file_name, "options": import.options });
    audit(
        ctx,
        &mut tx,
        account,
        actor,
        "import.created",
        ("import", import.id),
        None,
        Some(after),
    )
    .await?;
    enqueue(ctx, &mut tx, account, import.id).await?;
    tx.commit().await?;
    upload.spooled.keep();
    Ok(import)
}

async fn enqueue(ctx: &Ctx, tx: &mut WriteTx, account: AccountId, id: ImportId) -> Result<()> {
    jobs::enqueue(
        ctx,
        tx,
        account,
        &ImportJob {
            account,
            import: id,
        },
    )
    .await?;
    Ok(())
}

fn checked(mut options: Options) -> Result<Options> {
    if let Some(text) = options.consent_text.take() {
        options.consent_text = paragraph(&text, MAX_TEXT)
            .map_err(|fault| Error::Invalid(vec![fault.at("consent_text")]))?;
    }
    options.groups.sort_unstable();
    options.groups.dedup();
    options.tags.sort_unstable();
    options.tags.dedup();
    Ok(options)
}

async fn check_labels(tx: &mut WriteTx, account: AccountId, options: &Options) -> Result<()> {
    let mut errors: Vec<FieldError> = Vec::new();
    labels::check_exist(tx, account, &options.groups, "groups", &mut errors).await?;
    labels::check_exist(tx, account, &options.tags, "tags", &mut errors).await?;
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(errors))
    }
}

async fn create_fields(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    mapped: &mut Mapped,
) -> Result<()> {
    for (index, key, header) in std::mem::take(&mut mapped.new_fields) {
        let new = fields::NewField {
            key,
            name: header,
            kind: FieldKind::Text,
            visibility: Visibility::Visible,
            options: Vec::new(),
        };
        let field = fields::create_in(ctx, tx, account, actor, new).await?;
        mapped.columns[index].to = Target::Field(field.id);
    }
    Ok(())
}

/// What the first lines of a file say.
struct Head {
    delimiter: Delimiter,
    columns: Vec<String>,
    first_row: Position,
}

fn read_head(spooled: &Spooled, delimiter: Option<Delimiter>) -> Result<Head> {
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
    let delimiter = delimiter.unwrap_or_else(|| {
        Delimiter::from_byte(match declared {
            Some((delimiter, _)) => delimiter,
            None => detect::delimiter(&head),
        })
    });
    let file = spool::open(spooled.path(), at.offset).map_err(refused)?;
    let mut records = Records::new(file, delimiter.byte(), at);
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
    Ok(Head {
        delimiter,
        columns,
        first_row: records.position(),
    })
}

/// One import.
pub async fn get(ctx: &Ctx, account: AccountId, id: ImportId) -> Result<Import> {
    let mut tx = ctx.read().await?;
    store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("import", id))
}

/// The newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<Import>> {
    let mut tx = ctx.read().await?;
    let rows = store::list(&mut tx, account, cursor, limit).await?;
    Ok(Page::from_rows(rows, limit, |import| Cursor {
        key: 0,
        id: import.id.get(),
    }))
}

/// Ends an import at its next batch. What was imported stays; [`resume`] goes on.
pub async fn stop(ctx: &Ctx, account: AccountId, actor: &Actor, id: ImportId) -> Result<Import> {
    let mut tx = ctx.write().await?;
    let before = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("import", id))?;
    let queued = [State::Queued];
    let running = [State::Running];
    let stopped = store::change_state(&mut tx, account, id, &queued, State::Stopped).await?
        || store::change_state(&mut tx, account, id, &running, State::Stopping).await?;
    if !stopped {
        if matches!(before.state, State::Stopping | State::Stopped) {
            return Ok(before);
        }
        return Err(Error::conflict(
            "import_ended",
            "the import has ended already; there is nothing to stop",
        ));
    }
    note(ctx, &mut tx, account, actor, "import.stopped", id).await?;
    tx.commit().await?;
    get(ctx, account, id).await
}

/// Goes on with an import that was stopped or has failed, from the first row that was not imported.
pub async fn resume(ctx: &Ctx, account: AccountId, actor: &Actor, id: ImportId) -> Result<Import> {
    let mut tx = ctx.write().await?;
    let ended = [State::Stopped, State::Failed];
    if !store::change_state(&mut tx, account, id, &ended, State::Queued).await? {
        let import = store::find(&mut tx, account, id)
            .await?
            .ok_or_else(|| Error::not_found("import", id))?;
        return match import.state {
            State::Queued | State::Running => Ok(import),
            State::Stopping => Err(Error::conflict(
                "import_stopping",
                "the import is still stopping; try again in a moment",
            )),
            _ => Err(Error::conflict(
                "import_completed",
                "the import is complete; there is nothing to resume",
            )),
        };
    }
    note(ctx, &mut tx, account, actor, "import.resumed", id).await?;
    enqueue(ctx, &mut tx, account, id).await?;
    tx.commit().await?;
    get(ctx, account, id).await
}

async fn note(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    action: &str,
    id: ImportId,
) -> Result<()> {
    audit(ctx, tx, account, actor, action, ("import", id), None, None).await
}

/// Rows that were not taken, in the order of the file.
pub async fn errors(
    ctx: &Ctx,
    account: AccountId,
    id: ImportId,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Page<RowError>> {
    let mut tx = ctx.read().await?;
    if store::find(&mut tx, account, id).await?.is_none() {
        return Err(Error::not_found("import", id));
    }
    let rows = store::errors(&mut tx, account, id, cursor, limit.plus_one()).await?;
    Ok(Page::from_rows(rows, limit, RowError::cursor))
}

/// The same as a CSV file, whatever its length, without formulas.
pub async fn errors_csv(
    ctx: &Ctx,
    account: AccountId,
    id: ImportId,
) -> Result<impl Stream<Item = Result<Bytes>> + Send + 'static> {
    get(ctx, account, id).await?;
    Ok(report::csv(ctx.clone(), account, id))
}

impl RowError {
    pub(super) fn cursor(&self) -> Cursor {
        Cursor {
            key: self.line,
            id: self.position,
        }
    }
}

impl Column {
    /// Whether the column is left out although nobody asked for that.
    pub fn is_left_out(&self) -> bool {
        self.target.is_none() && self.note.is_some()
    }
}
