//! `sendero import`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use futures_util::TryStreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use jobs::{Registry, Worker, WorkerConfig};
use kernel::fold;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use super::api::{self, Api, Target, Unreachable};
use super::{Settings, terminal};
use crate::compose::background;

/// Import subscribers from a CSV, TSV or Excel file
///
/// The first line names the columns. `email` is needed; `first_name`, `last_name`, `phone`, `language`, `time_zone` and
/// the keys or names of custom fields are recognized. Delimiter and encoding are found out. A bad row never stops the
/// file: what was not taken, and why, is told at the end and written to --errors.
///
/// Works on the database when no server uses it, or through a running server with --server and --token; the result is
/// the same. The exit code is 0 when the file was read to its end, whether or not all rows were taken.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero import people.csv\n  \
    sendero import people.csv --group Newsletter --create-missing --errors bad-rows.csv\n  \
    sendero import export.csv --map 'E-Mail=email' --map 'Ort=city' --delimiter semicolon\n  \
    sendero import people.xlsx --map 'Shoe size=shoe_size:number' --dry-run\n  \
    sendero import --undo 361240977588224000\n  \
    SENDERO_SERVER=https://mail.example.com SENDERO_TOKEN=... sendero import people.csv")]
pub(super) struct Import {
    /// The file; - for standard input
    #[arg(required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// Take an import of the last 30 days back instead; what happened since to its people stays
    #[arg(long, value_name = "IMPORT", conflicts_with = "file")]
    undo: Option<u64>,
    /// Change nothing, only say what would be created, updated and refused
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that were not taken, with reasons, to this CSV file
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// A group that everybody in the file joins: its name or id; can be repeated
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// A tag that everybody in the file gets: its name or id; can be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// What a column means: an attribute, the key of a field, `ignore`, or a field to be made, such as shoe_size:number
    /// (text, number, date, boolean); can be repeated
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = pair)]
    mapping: Vec<(String, String)>,
    /// Create groups and tags that do not exist, and a text field for each column that matches nothing
    #[arg(long)]
    create_missing: bool,
    /// Leave people alone who are known already
    #[arg(long)]
    skip_existing: bool,
    /// Leave people out who are not known yet
    #[arg(long, conflicts_with = "skip_existing")]
    skip_new: bool,
    /// The first line is a row already; columns are called `Column 1`, `Column 2`, ...
    #[arg(long)]
    no_header: bool,
    /// The sheet of an Excel file [default: the first]
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// New people have to confirm before they get mail
    #[arg(long)]
    unconfirmed: bool,
    /// What people agreed to, kept with everybody who is new
    #[arg(long, value_name = "TEXT")]
    consent: Option<String>,
    /// What separates columns [default: found out]
    #[arg(long, value_enum)]
    delimiter: Option<Delimiter>,
    /// How characters are written, such as utf-8 or windows-1252 [default: found out]
    #[arg(long)]
    encoding: Option<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    fn as_str(self) -> &'static str {
        match self {
            Self::Comma => ",",
            Self::Semicolon => ";",
            Self::Tab => "\t",
            Self::Pipe => "|",
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.rsplit_once('=')
        .map(|(column, field)| (column.trim().to_owned(), field.trim().to_owned()))
        .filter(|(column, field)| !column.is_empty() && !field.is_empty())
        .ok_or_else(|| "expected COLUMN=FIELD, such as 'E-Mail=email'".to_owned())
}

/// A target as the API wants it: `shoe_size:number` is a field to be made.
fn destination(target: &str) -> Value {
    match target.split_once(':') {
        Some(("", kind)) => json!({"new_field": {"kind": kind}}),
        Some((key, kind)) => json!({"new_field": {"key": key, "kind": kind}}),
        None => target.into(),
    }
}

/// As `GET /api/imports/{id}` tells it.
#[derive(Debug, Deserialize)]
struct View {
    id: String,
    state: String,
    total: Option<u64>,
    processed: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    skipped: u64,
    invalid: u64,
    warnings: u64,
    error: Option<String>,
    undo: Option<Undo>,
    encoding: Value,
    encoding_assumed: bool,
    columns: Vec<Column>,
}

#[derive(Debug, Deserialize)]
struct Undo {
    state: String,
    total: u64,
    processed: u64,
    deleted: u64,
    restored: u64,
    kept: u64,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Column {
    header: String,
    target: Option<String>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page<T> {
    data: Vec<T>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Label {
    id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct RowError {
    line: i64,
    column: Option<String>,
    value: Option<String>,
    reason: String,
}

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long a server may be away while it imports.
const PATIENCE: u32 = 150;
/// Rows that are told when there is no file for them.
const FEW: usize = 5;

impl Import {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let target = self.target.clone();
        api::with(&target, settings, |api| self.work(api)).await
    }

    /// Standard input unless something else was named.
    fn file(&self) -> &Path {
        self.file.as_deref().unwrap_or(Path::new("-"))
    }

    async fn work(self, api: Arc<Api>) -> anyhow::Result<ExitCode> {
        if let Some(id) = self.undo {
            return undo(&api, &id.to_string()).await;
        }
        let options = self.options(&api).await?;
        let view = self.send(&api, &options).await?;
        for column in &view.columns {
            if let Some(note) = &column.note {
                let target = column.target.as_deref().unwrap_or("left out");
                terminal::note(format_args!(
                    "column {:?} ({target}): {note}",
                    column.header
                ));
            }
        }
        if view.encoding_assumed {
            terminal::note(format_args!(
                "the encoding is a guess ({}); look at names with accents, and use --encoding if they are wrong",
                view.encoding.as_str().unwrap_or_default()
            ));
        }
        start_importing(&api);
        let view = tokio::select! {
            view = follow(&api, &view.id) => view?,
            _ = tokio::signal::ctrl_c() => stop(&api, &view.id).await?,
        };
        self.report(&api, &view).await
    }

    async fn options(&self, api: &Api) -> anyhow::Result<Value> {
        let missing = if self.create_missing {
            Missing::Create
        } else {
            Missing::Refuse("; --create-missing creates it")
        };
        let mut options = json!({
            "create_fields": self.create_missing,
            "existing": if self.skip_existing { "skip" } else { "update" },
            "status": if self.unconfirmed { "unconfirmed" } else { "active" },
            "groups": resolve(api, "groups", &self.groups, missing).await?,
            "tags": resolve(api, "tags", &self.tags, missing).await?,
            "mapping": self.mapping.iter()
                .map(|(column, target)| (column.clone(), destination(target)))
                .collect::<BTreeMap<_, _>>(),
            "dry_run": self.dry_run,
            "new_people": if self.skip_new { "skip" } else { "create" },
        });
        if self.no_header {
            options["header"] = false.into();
        }
        if let Some(sheet) = &self.sheet {
            options["sheet"] = sheet.as_str().into();
        }
        if let Some(delimiter) = self.delimiter {
            options["delimiter"] = delimiter.as_str().into();
        }
        if let Some(encoding) = &self.encoding {
            options["encoding"] = encoding.to_lowercase().into();
        }
        if let Some(text) = &self.consent {
            options["consent_text"] = text.as_str().into();
        }
        Ok(options)
    }

    /// Uploads the file; what is wrong with it as a whole is told by the answer.
    async fn send(&self, api: &Api, options: &Value) -> anyhow::Result<View> {
        let path = self.file();
        let stdin = path == Path::new("-");
        let name = if stdin {
            "standard input"
        } else {
            path.file_name()
                .and_then(|name| name.to_str())
                .unwrap_or("upload.csv")
        };
        let base = "http://server/api/imports";
        let parameters = [("file_name", name), ("options", &options.to_string())];
        let url = reqwest::Url::parse_with_params(base, &parameters)?;
        let target = format!("/api/imports?{}", url.query().unwrap_or_default());
        let bar = progress_bar("{msg} {binary_bytes} of {binary_total_bytes} {wide_bar}");
        bar.set_message("reading");
        let counted = bar.clone();
        let count = move |chunk: &axum::body::Bytes| counted.inc(chunk.len() as u64);
        let path_of_file = if stdin { Path::new("/dev/stdin") } else { path };
        let file = tokio::fs::File::open(path_of_file)
            .await
            .with_context(|| format!("{} cannot be read", path.display()))?;
        if !stdin {
            bar.set_length(file.metadata().await?.len());
        }
        let stream = ReaderStream::with_capacity(file, 1 << 17).inspect_ok(count);
        let view = api.upload(&target, "text/csv", stream).await;
        bar.finish_and_clear();
        view.with_context(|| format!("{} is not imported", path.display()))
    }

    async fn report(&self, api: &Api, view: &View) -> anyhow::Result<ExitCode> {
        terminal::say(format_args!(
            "{}: {} rows\n  created    {:>10}\n  updated    {:>10}\n  unchanged  {:>10}\n  \
             skipped    {:>10}\n  invalid    {:>10}",
            self.file().display(),
            view.processed,
            view.created,
            view.updated,
            view.unchanged,
            view.skipped,
            view.invalid,
        ));
        if view.warnings > 0 {
            terminal::note(format_args!(
                "{} addresses were taken but look wrong: of a role such as info@, or mistyped",
                view.warnings
            ));
        }
        if self.dry_run {
            terminal::note(format_args!(
                "nothing was changed. POST /api/imports/{}/run imports the file for good, as does this command without --dry-run",
                view.id
            ));
        }
        if let Some(path) = &self.errors {
            write_errors(api, &view.id, path).await?;
            terminal::note(format_args!("rows that were not taken: {}", path.display()));
        } else if view.invalid + view.skipped + view.warnings > 0 {
            tell_errors(api, &view.id).await?;
        }
        match view.state.as_str() {
            "completed" => Ok(ExitCode::SUCCESS),
            "failed" => bail!(
                "the import {} gave up: {}",
                view.id,
                view.error
                    .as_deref()
                    .unwrap_or("the log of the server says why")
            ),
            state => bail!(
                "the import {} is {state}; what was imported stays. POST /api/imports/{}/resume goes on",
                view.id,
                view.id
            ),
        }
    }
}

/// On the database, this process does the work; nothing else that may be due.
fn start_importing(api: &Api) {
    if let Some(database) = api.database() {
        let ctx = &database.ctx;
        background::start_node(ctx);
        let registry = Registry::new()
            .job::<audience::imports::ImportJob>()
            .job::<audience::imports::UndoJob>();
        let config = WorkerConfig { concurrency: 1 };
        ctx.tasks
            .spawn(Worker::new(ctx.clone(), registry, config).run());
    }
}

/// Shows how far it is until it ends.
async fn follow(api: &Api, id: &str) -> anyhow::Result<View> {
    let bar =
        progress_bar("{msg} {wide_bar} {human_pos} of {human_len} rows, {per_sec}, {eta} left");
    bar.set_message("importing");
    let path = format!("/api/imports/{id}");
    let mut away = 0;
    loop {
        match api.get::<View>(&path).await {
            Ok(view) => {
                away = 0;
                if let Some(total) = view.total {
                    bar.set_length(total);
                }
                bar.set_position(view.processed);
                if !matches!(view.state.as_str(), "queued" | "running" | "stopping") {
                    bar.finish_and_clear();
                    return Ok(view);
                }
            }
            // A server that is restarted goes on with the import.
            Err(error) if error.is::<Unreachable>() && away < PATIENCE => {
                away += 1;
                bar.set_message("waiting for the server");
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Takes an import back and says what became of its people.
async fn undo(api: &Api, id: &str) -> anyhow::Result<ExitCode> {
    let path = format!("/api/imports/{id}");
    let mut view: View = api.post(&format!("{path}/undo"), None).await?;
    start_importing(api);
    let bar = progress_bar("{msg} {wide_bar} {human_pos} of {human_len} people");
    bar.set_message("taking back");
    loop {
        let Some(undo) = &view.undo else {
            bail!("the import {id} is not taken back");
        };
        bar.set_length(undo.total);
        bar.set_position(undo.processed);
        match undo.state.as_str() {
            "completed" => {
                bar.finish_and_clear();
                terminal::say(format_args!(
                    "import {id} taken back\n  deleted    {:>10}\n  restored   {:>10}\n  kept       {:>10}",
                    undo.deleted, undo.restored, undo.kept
                ));
                return Ok(ExitCode::SUCCESS);
            }
            "failed" => bail!(
                "the import {id} is only partly taken back: {}",
                undo.error
                    .as_deref()
                    .unwrap_or("the log of the server says why")
            ),
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
        view = api.get(&path).await?;
    }
}

async fn stop(api: &Api, id: &str) -> anyhow::Result<View> {
    terminal::note("stopping the import");
    let _: Value = api.post(&format!("/api/imports/{id}/stop"), None).await?;
    follow(api, id).await
}

/// What happens to a name that nothing has.
#[derive(Clone, Copy)]
pub(super) enum Missing {
    Create,
    /// With this hint.
    Refuse(&'static str),
}

/// The ids of groups, tags or segments that were named.
pub(super) async fn resolve(
    api: &Api,
    kind: &str,
    wanted: &[String],
    missing: Missing,
) -> anyhow::Result<Vec<String>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut known: Vec<Label> = Vec::new();
    let mut path = format!("/api/{kind}?limit=1000");
    loop {
        let page: Page<Label> = api.get(&path).await?;
        known.extend(page.data);
        let Some(cursor) = page.next_cursor else {
            break;
        };
        path = format!("/api/{kind}?limit=1000&cursor={cursor}");
    }
    let mut ids = Vec::with_capacity(wanted.len());
    for name in wanted {
        let found = known
            .iter()
            .find(|label| fold(&label.name) == fold(name) || label.id == *name);
        match (found, missing) {
            (Some(label), _) => ids.push(label.id.clone()),
            (None, Missing::Create) => {
                let made: Label = api
                    .post(&format!("/api/{kind}"), Some(&json!({"name": name})))
                    .await?;
                ids.push(made.id);
            }
            (None, Missing::Refuse(hint)) => {
                bail!("there is no {} {name:?}{hint}", kind.trim_end_matches('s'))
            }
        }
    }
    Ok(ids)
}

async fn write_errors(api: &Api, id: &str, path: &Path) -> anyhow::Result<()> {
    let unwritable = || format!("{} cannot be written", path.display());
    let mut stream = Box::pin(
        api.download(&format!("/api/imports/{id}/errors.csv"))
            .await?,
    );
    let mut file = tokio::fs::File::create(path)
        .await
        .with_context(unwritable)?;
    while let Some(chunk) = stream.try_next().await? {
        file.write_all(&chunk).await.with_context(unwritable)?;
    }
    file.flush().await.with_context(unwritable)
}

async fn tell_errors(api: &Api, id: &str) -> anyhow::Result<()> {
    let path = format!("/api/imports/{id}/errors?limit={}", FEW + 1);
    let page: Page<RowError> = api.get(&path).await?;
    for error in page.data.iter().take(FEW) {
        let place = match (&error.column, &error.value) {
            (Some(column), Some(value)) => format!("{column} {value:?}: "),
            (Some(column), None) => format!("{column}: "),
            (None, Some(value)) => format!("{value:?}: "),
            (None, None) => String::new(),
        };
        terminal::note(format_args!("line {}: {place}{}", error.line, error.reason));
    }
    if page.data.len() > FEW {
        terminal::note(format_args!(
            "and more: --errors FILE writes them all, as does GET /api/imports/{id}/errors.csv"
        ));
    }
    Ok(())
}

/// On a terminal; elsewhere it draws nothing.
pub(super) fn progress_bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_may_contain_the_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a=b".to_owned(), "c".to_owned())));
        assert!(pair("a").is_err() && pair("=c").is_err() && pair("a=").is_err());
    }
}
