//! `sendero demo`

use std::process::ExitCode;

use clap::Args;

use super::serve::{Address, Role, serve};
use super::terminal;
use crate::demo;

/// Run a server with a believable demo account
///
/// Fills an empty data directory with 5,000 subscribers and ten weeks of newsletters, says how to sign in, and serves it.
/// A demo that is there already is served as it is. Mail goes to the sandbox inbox: nothing leaves this computer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    sendero demo\n  \
    sendero demo --data-dir ./demo --listen 127.0.0.1:9000")]
pub(super) struct Demo {
    #[command(flatten)]
    address: Address,
    /// Fill the data directory and end
    #[arg(long)]
    load_only: bool,
}

impl Demo {
    pub(super) async fn run(self, settings: &super::Settings) -> anyhow::Result<ExitCode> {
        let config = self.address.load(settings)?;
        terminal::note(format_args!("looking at {} ...", config.data_dir.display()));
        let fresh = demo::load(&config).await?;
        terminal::say(format_args!(
            "{} Sign in as {} with the password {}",
            if fresh {
                "The demo account is ready."
            } else {
                "The demo account was there already."
            },
            demo::EMAIL,
            demo::PASSWORD
        ));
        if self.load_only {
            return Ok(ExitCode::SUCCESS);
        }
        serve(&config, Role::All).await
    }
}
