//! `sendero openapi`

use std::process::ExitCode;

use clap::Args;

use super::terminal;
use crate::compose::routes;

/// Print the OpenAPI 3.1 document of the HTTP API
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sendero openapi > openapi.json")]
pub(super) struct Openapi {}

impl Openapi {
    pub(super) fn run() -> anyhow::Result<ExitCode> {
        terminal::say(routes::document().to_pretty_json()?);
        Ok(ExitCode::SUCCESS)
    }
}
