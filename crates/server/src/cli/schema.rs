//! `sendero migrate`

use std::process::ExitCode;

use clap::Args;

use super::{Settings, terminal};
use crate::installation;

/// Bring the database's schema up to date
///
/// `serve` does this by itself; use it to do it at a time of your choice, such as before several nodes start.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sendero migrate --database-url postgres://sendero@db/sendero")]
pub(super) struct Migrate {}

impl Migrate {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let config = settings.load()?;
        installation::prepare_data_dir(&config.data_dir)?;
        let db = installation::open_database(&config).await?;
        db.migrate().await?;
        db.close().await;
        terminal::say(format_args!(
            "the schema is up to date ({})",
            config.database.shown()
        ));
        Ok(ExitCode::SUCCESS)
    }
}
