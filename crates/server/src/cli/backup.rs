//! `sendero backup`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use db::Location;

use super::{Settings, postgres_tools, terminal};
use crate::config::Config;
use crate::installation;

/// Write a back-up of the database to a file, also while the server runs
///
/// SQLite: a consistent copy, itself a database. PostgreSQL: a dump by pg_dump in its custom format. The secret key is
/// not part of it: keep it too, and not in the same place, since stored passwords are sealed with it and links in mails
/// that were sent are signed with it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero backup /backups/sendero-$(date +%F).db\n  \
    sendero backup sendero.dump --database-url postgres://sendero@db/sendero")]
pub(super) struct Backup {
    /// The file to write
    target: PathBuf,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let config = settings.load()?;
        let target = &self.target;
        if target.exists() && !self.force {
            bail!("{} exists; --force overwrites it", target.display());
        }
        // Under another name first: a back-up that broke off must not look like one.
        let part = target.with_added_extension("part");
        if part.exists() {
            std::fs::remove_file(&part)
                .with_context(|| format!("{} is in the way", part.display()))?;
        }
        let written = write(&config, &part).await;
        if written.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        written?;
        std::fs::rename(&part, target)
            .with_context(|| format!("{} cannot be written", target.display()))?;
        let size = std::fs::metadata(target).map_or(0, |file| file.len());
        terminal::say(format_args!(
            "wrote {} ({})",
            target.display(),
            indicatif::BinaryBytes(size)
        ));
        if config.secret.key.is_none() {
            terminal::note(format_args!(
                "keep {} too: without it, stored passwords and links in mails that were sent are lost",
                installation::key_file(&config).display()
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn write(config: &Config, target: &Path) -> anyhow::Result<()> {
    match &config.database.open.location {
        Location::Sqlite(path) => {
            if !path.exists() {
                bail!("there is no database at {}", path.display());
            }
            // Readers do not disturb the process that uses the file, so no lock is needed.
            db::copy_sqlite(path, target)
                .await
                .with_context(|| format!("{} cannot be copied", path.display()))
        }
        Location::Postgres(url) => {
            let file = target.to_string_lossy();
            let arguments = [
                "--format=custom",
                "--no-owner",
                "--no-privileges",
                "--file",
                &file,
            ];
            postgres_tools::run("pg_dump", &url.0, &arguments).await
        }
    }
}
