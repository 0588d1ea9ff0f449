//! `sendero suppression`

use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use audience::suppressions::{self, AddSuppressions, Scope};
use axum::body::Bytes;
use clap::{Args, Subcommand};
use ctx::Ctx;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use identity::{Actor, accounts};
use kernel::{Cursor, Limit};
use tokio_util::io::ReaderStream;

use super::{Settings, people, terminal};
use crate::installation;

/// Keep addresses, domains and hashes from ever getting mail: in one account, or with --instance in all of them
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero suppression add ada@example.com --reason 'asked by letter'\n  \
    sendero suppression import complaints.csv --instance\n  \
    sendero suppression export --account Shop > suppressed.csv")]
pub(super) struct Suppression {
    /// The account: its name or id [default: the only one]
    #[arg(
        long,
        global = true,
        value_name = "ACCOUNT",
        conflicts_with = "instance"
    )]
    account: Option<String>,
    /// The list of this server, which covers every account
    #[arg(long, global = true)]
    instance: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add addresses, domains (@example.com) or hashes (SHA-256 or MD5 in hexadecimal)
    Add {
        #[arg(required = true, value_name = "ENTRY")]
        entries: Vec<String>,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// List the newest entries
    List {
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Take an entry off the list
    Remove {
        /// Its id, as `suppression list` shows it
        id: i64,
    },
    /// Add what is in a file: an entry in each line, or CSV with a header
    Import {
        /// The file; - for standard input
        file: PathBuf,
        /// Why, where a line does not tell
        #[arg(long)]
        reason: Option<String>,
    },
    /// Write the list as CSV to standard output
    Export,
}

impl Suppression {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let config = settings.load()?;
        let ctx = installation::open(&config).await?;
        let outcome = self.act(&ctx).await;
        installation::close(&ctx).await;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }

    async fn act(self, ctx: &Ctx) -> anyhow::Result<()> {
        let scope = if self.instance {
            Scope::Instance
        } else {
            Scope::Account(people::account(ctx, self.account.as_deref()).await?.id)
        };
        let by = Actor::command_line();
        match self.action {
            Action::Add { entries, reason } => {
                let mut input = AddSuppressions {
                    reason,
                    ..AddSuppressions::default()
                };
                for entry in entries {
                    let is_hash = entry.bytes().all(|byte| byte.is_ascii_hexdigit());
                    if is_hash && matches!(entry.len(), 32 | 64) {
                        input.hashes.push(entry);
                    } else if entry.starts_with('@') || !entry.contains('@') {
                        input.domains.push(entry);
                    } else {
                        input.emails.push(entry);
                    }
                }
                let added = suppressions::add_to(ctx, scope, &by, input).await?;
                let moved = added.subscribers + follow(ctx, scope).await?;
                terminal::say(format_args!(
                    "{} added, {} there before; {moved} subscribers suppressed",
                    added.added, added.already
                ));
            }
            Action::List { limit } => list(ctx, scope, limit).await?,
            Action::Remove { id } => {
                suppressions::remove_from(ctx, scope, &by, id.into()).await?;
                terminal::say(format_args!("{id} is off the list"));
            }
            Action::Import { file, reason } => {
                let upload = if file.as_os_str() == "-" {
                    standard_input().boxed()
                } else {
                    let opened = tokio::fs::File::open(&file).await;
                    let opened =
                        opened.with_context(|| format!("{} cannot be read", file.display()))?;
                    ReaderStream::new(opened).boxed()
                };
                let reason = reason.as_deref();
                let done = suppressions::import(ctx, scope, &by, reason, upload, u64::MAX).await?;
                let moved = done.subscribers + follow(ctx, scope).await?;
                for fault in &done.errors {
                    terminal::note(format_args!(
                        "line {}: {}: {}",
                        fault.line, fault.value, fault.reason
                    ));
                }
                terminal::say(format_args!(
                    "{} added, {} there before, {} lines not taken; {moved} subscribers suppressed",
                    done.added, done.already, done.invalid
                ));
            }
            Action::Export => {
                let mut out = io::stdout().lock();
                let mut lines = Box::pin(suppressions::csv(ctx.clone(), scope));
                while let Some(chunk) = lines.try_next().await? {
                    out.write_all(&chunk)?;
                }
                out.flush()?;
            }
        }
        Ok(())
    }
}

/// Nothing else runs in this process, so it may wait for whoever writes.
fn standard_input() -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(io::stdin(), |mut source| async move {
        let mut chunk = vec![0; 64 * 1024];
        let n = source.read(&mut chunk)?;
        chunk.truncate(n);
        Ok((n > 0).then(|| (Bytes::from(chunk), source)))
    })
}

/// The people whom new entries cover, now and not when a server works next.
async fn follow(ctx: &Ctx, scope: Scope) -> anyhow::Result<u64> {
    let accounts = match scope {
        Scope::Account(account) => vec![account],
        Scope::Instance => accounts::all(ctx).await?.iter().map(|it| it.id).collect(),
    };
    let mut moved = 0;
    for account in accounts {
        moved += suppressions::sweep(ctx, account).await?;
    }
    Ok(moved)
}

async fn list(ctx: &Ctx, scope: Scope, limit: usize) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut cursor = None;
    while rows.len() < limit {
        let size = Limit::try_new((limit - rows.len()).min(1000))?;
        let page = suppressions::list_of(ctx, scope, None, cursor, size).await?;
        for entry in page.data {
            rows.push(vec![
                entry.id.to_string(),
                entry.kind.as_str().to_owned(),
                entry.value.unwrap_or_else(|| "(erased)".to_owned()),
                entry.reason,
                entry.created_at.to_string(),
            ]);
        }
        let Some(next) = page.next_cursor else { break };
        cursor = Some(Cursor::decode(&next)?);
    }
    if limit == 0 {
        bail!("ask for at least one");
    }
    terminal::table(&["ID", "KIND", "VALUE", "REASON", "SINCE"], &rows);
    Ok(())
}
