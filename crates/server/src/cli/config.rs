//! `sendero config`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Settings, terminal};
use crate::config::{Config, DEFAULT_TEXT};

/// Look at the settings
#[derive(Debug, Args)]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say whether the settings are right, and if not, everything that is wrong with them
    Check,
    /// Print the settings that are in force and where they come from, without secrets
    Dump {
        /// Print the reference text with all settings, their meaning and defaults instead
        #[arg(long)]
        defaults: bool,
    },
}

impl ConfigCommand {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Dump { defaults: true } => terminal::say(DEFAULT_TEXT.trim_end()),
            Action::Dump { defaults: false } => {
                terminal::say(Config::load(&settings.flags())?.dump().trim_end());
            }
            Action::Check => {
                let config = Config::load(&settings.flags())?;
                let file = config.file().map_or_else(
                    || "there is no sendero.toml; defaults and environment".to_owned(),
                    |path| path.display().to_string(),
                );
                terminal::say(format_args!("the settings are right ({file})"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
