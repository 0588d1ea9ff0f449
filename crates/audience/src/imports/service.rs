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

use super::detect::Encoding;
use super::head::{Head, read_head};
use super::jobs::ImportJob;
use super::jobs::UndoJob;
use super::mapping;
use super::model::{
    Column, Counters, Existing, Import, NewPeople, Options, Plan, RowError, State, Target, Undo,
    UndoState,
};
use super::records::Position;
use super::spool::{self, Spooled};
use super::workbook::{Limits, MAX_ROWS};
use super::{report, run, store};
use crate::fields::{self, Visibility};
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
    pub(super) spooled: Spooled,
    /// Whether it is text out of somebody's clipboard, which may have no header.
    pub(super) pasted: bool,
    max_bytes: u64,
}

const MAX_FILE_NAME: usize = 200;

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
            pasted: false,
            max_bytes: spool.max_bytes,
        })
    }

    /// The same for text that was pasted.
    pub async fn paste(ctx: &Ctx, spool: &Spool, name: &str, text: String) -> Result<Self> {
        let content = futures_util::stream::once(async move {
            Ok::<_, std::convert::Infallible>(Bytes::from(text))
        });
        let name = if name.is_empty() { "pasted text" } else { name };
        let mut upload = Self::receive(ctx, spool, name, content).await?;
        upload.pasted = true;
        Ok(upload)
    }

    /// Understands how it is written; `rows` is how many are wanted of a workbook. Reads from the disk.
    pub(super) fn understand(&mut self, options: &Options, rows: u32) -> Result<Head> {
        let limits = Limits {
            bytes: self.max_bytes,
            rows,
        };
        self.spooled
            .decode(options.encoding, options.sheet.as_deref(), limits)?;
        let header = options.header.or((!self.pasted).then_some(true));
        read_head(&self.spooled, options.delimiter, header)
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
    let reading = options.clone();
    let understood = tokio::task::spawn_blocking(move || {
        let head = upload.understand(&reading, MAX_ROWS)?;
        Ok::<_, Error>((upload, head))
    });
    let (upload, head) = understood.await.map_err(Error::internal)??;

    let mut tx = ctx.write().await?;
    check_labels(&mut tx, account, &options).await?;
    let catalog = fields::list(&mut tx, account).await?;
    let mut columns = mapping::map(&head.columns, &head.samples, &options, &catalog)?;
    if !options.dry_run {
        create_fields(ctx, &mut tx, account, actor, &mut columns).await?;
    }
    let import = Import {
        id: upload.id,
        state: State::Queued,
        file_name: upload.file_name,
        file_path: upload.spooled.path().to_string_lossy().into_owned(),
        size_bytes: upload.spooled.size() as i64,
        plan: Plan {
            encoding: upload.spooled.encoding(),
            encoding_assumed: options.encoding.is_none()
                && upload.spooled.encoding() == Encoding::Windows1252,
            delimiter: head.delimiter,
            columns,
            first_row: (head.first_row.offset, head.first_row.line),
            workbook: upload.spooled.is_workbook(),
        },
        options,
        position: Position::START,
        total: None,
        counters: Counters::default(),
        error: None,
        created_by: actor.as_str().to_owned(),
        created_at: ctx.clock.now(),
        started_at: None,
        finished_at: None,
        undo: None,
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
    if (options.existing, options.new_people) == (Existing::Skip, NewPeople::Skip) {
        return Err(Error::invalid(
            "new_people",
            "invalid",
            "with known people and new people both left out, nobody is imported; choose one of them",
        ));
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

/// Makes the fields that columns need.
async fn create_fields(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    actor: &Actor,
    columns: &mut [Column],
) -> Result<()> {
    let catalog = fields::list(tx, account).await?;
    for column in columns {
        let Some(wanted) = column.wanted.take() else {
            continue;
        };
        // Somebody may have made it since the dry run.
        let there = catalog.by_key(&wanted.key);
        if let Some(field) = there.filter(|field| field.kind == wanted.kind) {
            column.to = Target::Field(field.id);
            continue;
        }
        let note = format!("a {} field was made for it", wanted.kind.as_str());
        let new = fields::NewField {
            key: wanted.key,
            name: wanted.name,
            kind: wanted.kind,
            visibility: Visibility::Visible,
            options: wanted.options,
        };
        let field = fields::create_in(ctx, tx, account, actor, new).await?;
        column.to = Target::Field(field.id);
        column.note = Some(note);
    }
    Ok(())
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
    if store::find_undo(&mut tx, account, id).await?.is_some() {
        return Err(Error::conflict(
            "import_undone",
            "the import is being taken back or was; upload the file again",
        ));
    }
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

/// Imports what a dry run has tried: the same file, as the same import.
pub async fn run_after_trial(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: ImportId,
) -> Result<Import> {
    let mut tx = ctx.write().await?;
    let mut import = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("import", id))?;
    if !import.options.dry_run {
        return Err(Error::conflict(
            "not_a_dry_run",
            "the import was not a dry run; there is nothing else to do with it",
        ));
    }
    if import.state != State::Completed {
        return Err(Error::conflict(
            "dry_run_not_complete",
            "the dry run is not complete; wait for its end, or upload the file without dry_run",
        ));
    }
    if import.file_path.is_empty() {
        return Err(Error::conflict(
            "too_late",
            "the dry run ended more than 7 days ago, and its file is gone; upload it again",
        ));
    }
    create_fields(ctx, &mut tx, account, actor, &mut import.plan.columns).await?;
    import.options.dry_run = false;
    store::start_over(&mut tx, account, &import).await?;
    note(ctx, &mut tx, account, actor, "import.run", id).await?;
    enqueue(ctx, &mut tx, account, id).await?;
    tx.commit().await?;
    get(ctx, account, id).await
}

/// Takes an import back: see `undo.rs`.
pub async fn undo(ctx: &Ctx, account: AccountId, actor: &Actor, id: ImportId) -> Result<Import> {
    let mut tx = ctx.write().await?;
    let import = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("import", id))?;
    if import.state.is_active() {
        return Err(Error::conflict(
            "import_running",
            "the import is still running; stop it first",
        ));
    }
    if import.options.dry_run {
        return Err(Error::conflict(
            "dry_run",
            "a dry run changes nothing; there is nothing to take back",
        ));
    }
    match &import.undo {
        Some(undo) if undo.state != UndoState::Failed => return Ok(import),
        Some(_) => store::retry_undo(&mut tx, account, id).await?,
        None => {
            let ended = import.finished_at.unwrap_or(import.created_at);
            if ctx.clock.now().since(ended) > run::KEEP_CHANGES {
                return Err(Error::conflict(
                    "too_late",
                    "the import ended more than 30 days ago, and what was there before is not known any more",
                ));
            }
            let total = store::count_undo(&mut tx, account, id, import.ids()).await?;
            let undo = Undo {
                state: UndoState::Queued,
                total,
                processed: 0,
                deleted: 0,
                restored: 0,
                kept: 0,
                error: None,
                created_by: actor.as_str().to_owned(),
                created_at: ctx.clock.now(),
                finished_at: None,
                cursor: 0,
            };
            store::insert_undo(&mut tx, account, id, &undo).await?;
        }
    }
    note(ctx, &mut tx, account, actor, "import.undone", id).await?;
    let job = UndoJob {
        account,
        import: id,
    };
    jobs::enqueue(ctx, &mut tx, account, &job).await?;
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
