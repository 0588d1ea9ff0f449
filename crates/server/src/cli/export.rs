//! `sendero export`

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use futures_util::TryStreamExt as _;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::api::{self, Api, Target};
use super::import::{Missing, resolve};
use super::{Settings, terminal};

/// Export subscribers to a CSV or JSON Lines file
///
/// Writes those for whom all the given conditions hold, or everybody, as they are read: to standard output, or to
/// --output, which is there when it is complete. In CSV, text that a spreadsheet would take for a formula gets an
/// apostrophe in front; an import takes it off again.
///
/// Works on the database when no server uses it, or through a running server with --server and --token.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero export --output everybody.csv\n  \
    sendero export --segment 'Regular readers' --columns email,first_name,city\n  \
    sendero export --group Newsletter --status active --format jsonl | jq .email")]
pub(super) struct Export {
    /// The file; - for standard output
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Whom a segment selects: its name or id
    #[arg(long, value_name = "SEGMENT")]
    segment: Option<String>,
    /// The members of a group: its name or id
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// People with a tag: its name or id
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// People with a status: active, unconfirmed, unsubscribed, bounced or suppressed
    #[arg(long)]
    status: Option<String>,
    /// Whom a rule selects, as JSON, such as '{"field": "city", "op": "equals", "value": "Berlin"}'
    #[arg(long, value_name = "JSON")]
    rule: Option<String>,
    /// How lines look
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Attributes and keys of custom fields, with commas between [default: the usual ones and all fields]
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

impl Export {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let target = self.target.clone();
        api::with(&target, settings, |api| self.work(api)).await
    }

    async fn work(self, api: Arc<Api>) -> anyhow::Result<ExitCode> {
        let path = self.path(&api).await?;
        let mut lines = Box::pin(api.download(&path).await?);
        if self.output == Path::new("-") {
            while let Some(chunk) = lines.try_next().await.context("the export broke off")? {
                let written = std::io::stdout().lock().write_all(&chunk);
                match written {
                    // Somebody who closed it (`| head`) does not want to know more.
                    Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
                    written => written.context("standard output cannot be written")?,
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        let unwritable = || format!("{} cannot be written", self.output.display());
        let mut unfinished = self.output.clone().into_os_string();
        unfinished.push(".unfinished");
        let mut file = tokio::fs::File::create(&unfinished)
            .await
            .with_context(unwritable)?;
        if let Err(error) = copy(&mut lines, &mut file).await {
            let _ = tokio::fs::remove_file(&unfinished).await;
            return Err(error.context(format!("{} is not written", self.output.display())));
        }
        file.sync_all().await.with_context(unwritable)?;
        tokio::fs::rename(&unfinished, &self.output)
            .await
            .with_context(unwritable)?;
        terminal::note(format_args!("{} is written", self.output.display()));
        Ok(ExitCode::SUCCESS)
    }

    async fn path(&self, api: &Api) -> anyhow::Result<String> {
        let mut query: Vec<(&str, String)> = Vec::new();
        query.push((
            "format",
            match self.format {
                Format::Csv => "csv".to_owned(),
                Format::Jsonl => "jsonl".to_owned(),
            },
        ));
        for (parameter, kind, wanted) in [
            ("segment_id", "segments", &self.segment),
            ("group_id", "groups", &self.group),
            ("tag_id", "tags", &self.tag),
        ] {
            if let Some(name) = wanted {
                let ids =
                    resolve(api, kind, std::slice::from_ref(name), Missing::Refuse("")).await?;
                query.extend(ids.into_iter().map(|id| (parameter, id)));
            }
        }
        for (parameter, value) in [
            ("status", &self.status),
            ("rule", &self.rule),
            ("columns", &self.columns),
        ] {
            query.extend(value.clone().map(|value| (parameter, value)));
        }
        let base = "http://server/api/subscribers/export";
        let url = reqwest::Url::parse_with_params(base, &query)?;
        Ok(format!(
            "/api/subscribers/export?{}",
            url.query().unwrap_or_default()
        ))
    }
}

async fn copy(
    lines: &mut (impl futures_util::Stream<Item = anyhow::Result<axum::body::Bytes>> + Unpin),
    target: &mut (impl AsyncWrite + Unpin),
) -> anyhow::Result<()> {
    while let Some(chunk) = lines.try_next().await.context("the export broke off")? {
        target.write_all(&chunk).await?;
    }
    target.flush().await?;
    Ok(())
}
