//! `sendero restore`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use ctx::Node;
use db::{Db, Location};
use kernel::Clock;

use super::{Settings, postgres_tools, terminal};
use crate::config::Config;
use crate::installation;

/// Put a back-up in the place of the database, while no server runs
///
/// Campaigns that were being sent, or are due, are paused: whoever got their mail after the back-up was made would get
/// it again. Look at them and resume or cancel each.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero restore /backups/sendero-2026-05-04.db\n  \
    sendero restore sendero.dump --force --database-url postgres://sendero@db/sendero")]
pub(super) struct Restore {
    /// A file that `sendero backup` wrote
    source: PathBuf,
    /// Replace a database that is not empty; an SQLite file is kept beside it
    #[arg(long)]
    force: bool,
}

impl Restore {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let config = settings.load()?;
        installation::prepare_data_dir(&config.data_dir)?;
        match &config.database.open.location {
            Location::Sqlite(path) => self.replace_sqlite(path).await?,
            Location::Postgres(url) => self.replace_postgres(&config, &url.0).await?,
        }
        // Brings the schema up to date, and says whether the key fits.
        let ctx = installation::open(&config)
            .await
            .context("the back-up is in place, but cannot be used yet")?;
        let campaigns = sending::campaigns::hold_restored(&ctx).await;
        let automations = automation::automations::hold_restored(&ctx).await;
        installation::close(&ctx).await;
        let (held, automations) = (campaigns?, automations?);
        terminal::say(format_args!("restored {}", self.source.display()));
        if held > 0 {
            terminal::say(format_args!(
                "{held} campaigns are paused: what they sent after the back-up was made is not known here; resume or \
                 cancel each"
            ));
        }
        if automations > 0 {
            terminal::say(format_args!(
                "{automations} automations are paused: what they did after the back-up was made is not known here, and \
                 would be done again; resume each"
            ));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn replace_sqlite(&self, target: &Path) -> anyhow::Result<()> {
        let source = &self.source;
        if source.with_added_extension("lock").exists() && source == target {
            bail!("{} is the database itself", source.display());
        }
        let found = db::inspect_sqlite(source, true)
            .await
            .with_context(|| format!("{} is not a back-up of SQLite", source.display()))?;
        if let Some(fault) = found.faults.first() {
            bail!("{} is damaged: {fault}", source.display());
        }
        match found.schema {
            None => bail!("{} is not a database of Sendero", source.display()),
            Some(schema) if schema > db::latest_schema() => bail!(
                "{} was made by a newer Sendero; restore it with that version",
                source.display()
            ),
            Some(_) => {}
        }
        let old = std::fs::metadata(target).map_or(0, |file| file.len());
        if old > 0 && !self.force {
            bail!(
                "there is a database at {}; --force replaces it and keeps it beside",
                target.display()
            );
        }
        let aside =
            target.with_added_extension(format!("before-{}", Clock::system().now().as_millis()));
        db::replace_sqlite(source, target, &aside)?;
        if old > 0 {
            terminal::note(format_args!("the old database is {}", aside.display()));
        }
        Ok(())
    }

    async fn replace_postgres(&self, config: &Config, url: &str) -> anyhow::Result<()> {
        let db: Db = installation::open_database(config).await?;
        let in_use = match db.schema().await {
            Ok(None) => Ok(false),
            Ok(Some(_)) if !self.force => {
                bail!(
                    "the database is not empty ({}); --force replaces what is in it",
                    config.database.shown()
                );
            }
            Ok(Some(_)) => Node::any_alive(&db).await,
            Err(error) => Err(error),
        };
        db.close().await;
        if in_use? {
            bail!(
                "a Sendero uses this database ({}); stop it first (one that was killed counts as running for {} s)",
                config.database.shown(),
                ctx::TIME_TO_LIVE.as_secs()
            );
        }
        let source = self.source.to_string_lossy();
        let arguments = [
            "--clean",
            "--if-exists",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
            "--exit-on-error",
            &source,
        ];
        postgres_tools::run("pg_restore", url, &arguments).await?;
        // The server that was backed up lived when the dump was made; it does not use this database.
        let db = installation::open_database(config).await?;
        let forgotten = Node::declare_all_dead(&db).await;
        db.close().await;
        Ok(forgotten?)
    }
}
