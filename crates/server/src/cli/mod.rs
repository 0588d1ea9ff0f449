//! The command line.
//!
//! Exit codes: 0 success, 1 failure (said on standard error), 2 a command line that cannot be understood, 130 stopped
//! by a second signal. Results go to standard output, everything else to standard error.

mod allocator;
mod api;
mod backup;
mod campaign;
mod config;
mod demo;
mod doctor;
mod export;
mod import;
mod openapi;
mod people;
mod postgres_tools;
mod restore;
mod schema;
mod segment;
mod serve;
mod suppression;
mod terminal;
mod token;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Flags};

/// Sendero: self-hosted email marketing in one program
#[derive(Debug, Parser)]
#[command(
    name = "sendero",
    version,
    disable_help_subcommand = true,
    after_help = "Examples:\n  \
        sendero demo                       a server with a believable demo account\n  \
        sendero serve                      a server; the first visitor of /setup becomes the owner\n  \
        sendero user create ada@example.com --name Ada\n  \
        sendero import people.csv          subscribers from a file\n\n\
        `sendero COMMAND --help` says more about a command. Settings: docs/operations.md, `sendero config dump`."
)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command has: they win over the environment and the file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
struct Settings {
    /// The configuration file [default: sendero.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where files are kept [default: ./data]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<String>,
    /// postgres://... or sqlite:PATH [default: sendero.db in the data directory]
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// error, warn, info, debug, trace
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Migrate(schema::Migrate),
    User(user::User),
    Token(token::Token),
    Import(Box<import::Import>),
    Segment(segment::SegmentCommand),
    Suppression(suppression::Suppression),
    Export(Box<export::Export>),
    Campaign(campaign::CampaignCommand),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Doctor(doctor::Doctor),
    Config(config::ConfigCommand),
    Openapi(openapi::Openapi),
    Version(Version),
}

/// Print the version
#[derive(Debug, Args)]
struct Version {}

impl Settings {
    fn flags(&self) -> Flags {
        let mut flags = Flags {
            file: self.config.clone(),
            values: Vec::new(),
        };
        for (name, value, flag) in [
            ("data_dir", &self.data_dir, "--data-dir"),
            ("database.url", &self.database_url, "--database-url"),
            ("log.level", &self.log_level, "--log-level"),
            ("log.format", &self.log_format, "--log-format"),
        ] {
            if let Some(value) = value {
                flags.values.push((name, value.clone(), flag));
            }
        }
        flags
    }

    /// For a command that needs no configuration, since it works through a server.
    fn log_only_faults(&self) {
        crate::logging::start(&crate::config::Log {
            format: crate::config::Format::Text,
            level: self.log_level.clone().unwrap_or_else(|| "warn".to_owned()),
        });
    }

    /// The configuration of a command that does its work and ends. It logs what went wrong and no more.
    fn load(&self) -> anyhow::Result<Config> {
        let mut config = Config::load(&self.flags())?;
        if config.is_default("log.level") {
            "warn".clone_into(&mut config.log.level);
        }
        crate::logging::start(&config.log);
        Ok(config)
    }
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and versions are "errors" for standard output.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    if matches!(cli.command, Command::Serve(_) | Command::Demo(_)) {
        allocator::give_back_soon();
    }
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("TLS has its provider already");
    }
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            terminal::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let settings = &cli.settings;
    let code = runtime.block_on(async {
        match cli.command {
            Command::Serve(command) => command.run(settings).await,
            Command::Demo(command) => command.run(settings).await,
            Command::Migrate(command) => command.run(settings).await,
            Command::User(command) => command.run(settings).await,
            Command::Token(command) => command.run(settings).await,
            Command::Import(command) => command.run(settings).await,
            Command::Segment(command) => command.run(settings).await,
            Command::Suppression(command) => command.run(settings).await,
            Command::Export(command) => command.run(settings).await,
            Command::Campaign(command) => command.run(settings).await,
            Command::Backup(command) => command.run(settings).await,
            Command::Restore(command) => command.run(settings).await,
            Command::Doctor(command) => command.run(settings).await,
            Command::Config(command) => command.run(settings),
            Command::Openapi(_) => openapi::Openapi::run(),
            Command::Version(Version {}) => {
                terminal::say(format_args!("sendero {}", env!("CARGO_PKG_VERSION")));
                Ok(ExitCode::SUCCESS)
            }
        }
    });
    // Work on other threads that nobody waits for any more must not keep the process.
    runtime.shutdown_background();
    code
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_are_settings() {
        let cli = Cli::try_parse_from([
            "sendero",
            "migrate",
            "--data-dir",
            "/x",
            "--database-url",
            "sqlite:y",
        ])
        .unwrap();
        let names: Vec<_> = cli
            .settings
            .flags()
            .values
            .into_iter()
            .map(|(name, value, _)| (name, value))
            .collect();
        assert_eq!(
            names,
            [
                ("data_dir", "/x".to_owned()),
                ("database.url", "sqlite:y".to_owned())
            ]
        );
    }
}
