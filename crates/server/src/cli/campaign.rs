//! `sendero campaign`

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Deserialize;

use super::api::{self, Api, Target, Unreachable};
use super::import::progress_bar;
use super::{Settings, terminal};
use crate::compose::background;

/// Send campaigns
#[derive(Debug, Args)]
pub(super) struct CampaignCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Send a campaign now
    ///
    /// Takes the list of recipients and starts. A running server delivers it; without one, it is delivered when a
    /// server is started, or right here with --wait.
    #[command(after_help = "Examples:\n  \
        sendero campaign send 361240977588224000 --wait\n  \
        SENDERO_SERVER=https://mail.example.com SENDERO_TOKEN=... sendero campaign send 361240977588224000")]
    Send {
        /// Its id
        id: i64,
        /// Show the progress until every message is at an end
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        target: Target,
    },
    /// List the newest campaigns
    List {
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Deserialize)]
struct View {
    id: String,
    name: String,
    state: String,
    pause_reason: Option<String>,
    created_at: String,
}

#[derive(Debug, Deserialize)]
struct Report {
    recipients: u64,
    queued: u64,
    sent: u64,
    failed: u64,
    skipped: u64,
    unknown: u64,
    cancelled: u64,
}

#[derive(Debug, Deserialize)]
struct Page {
    data: Vec<View>,
}

const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How long a server may be away while it sends.
const PATIENCE: u32 = 200;

impl CampaignCommand {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Send { id, wait, target } => {
                api::with(&target, settings, |api| send(api, id, wait)).await
            }
            Action::List { target } => api::with(&target, settings, list).await,
        }
    }
}

async fn list(api: Arc<Api>) -> anyhow::Result<ExitCode> {
    let page: Page = api.get("/api/campaigns?limit=50").await?;
    let rows: Vec<Vec<String>> = page
        .data
        .into_iter()
        .map(|view| vec![view.id, view.state, view.created_at, view.name])
        .collect();
    terminal::table(&["ID", "STATE", "CREATED", "NAME"], &rows);
    Ok(ExitCode::SUCCESS)
}

async fn send(api: Arc<Api>, id: i64, wait: bool) -> anyhow::Result<ExitCode> {
    let view: View = api.post(&format!("/api/campaigns/{id}/send"), None).await?;
    terminal::note(format_args!("{:?} is {}", view.name, view.state));
    if !wait {
        if api.database().is_some() {
            terminal::note("it is delivered by a running server (`sendero serve`)");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(database) = api.database() {
        let concurrency = database.config.worker.concurrency;
        background::start_node(&database.ctx);
        background::start_worker(&database.ctx, &database.settings, concurrency);
    }
    let view = tokio::select! {
        view = follow(&api, id) => view?,
        _ = tokio::signal::ctrl_c() => {
            terminal::note("the campaign goes on without this command; POST /api/campaigns/ID/pause halts it");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let report: Report = api.get(&format!("/api/campaigns/{id}/report")).await?;
    terminal::say(format_args!(
        "{} recipients: {} sent, {} failed, {} skipped, {} cancelled, {} unknown",
        report.recipients,
        report.sent,
        report.failed,
        report.skipped,
        report.cancelled,
        report.unknown
    ));
    match (view.state.as_str(), view.pause_reason) {
        ("sent", _) => Ok(ExitCode::SUCCESS),
        (state, Some(reason)) => bail!("the campaign is {state}: {reason}"),
        (state, None) => bail!("the campaign is {state}"),
    }
}

async fn follow(api: &Api, id: i64) -> anyhow::Result<View> {
    let bar = progress_bar("{msg} {wide_bar} {human_pos} of {human_len}, {per_sec}, {eta} left");
    let mut away = 0;
    loop {
        match look(api, id).await {
            Ok((view, report)) => {
                away = 0;
                bar.set_message("sending");
                bar.set_length(report.recipients);
                bar.set_position(report.recipients.saturating_sub(report.queued));
                if view.state != "sending" {
                    bar.finish_and_clear();
                    return Ok(view);
                }
            }
            Err(error) if error.is::<Unreachable>() && away < PATIENCE => {
                away += 1;
                bar.set_message("waiting for the server");
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(api: &Api, id: i64) -> anyhow::Result<(View, Report)> {
    let view = api.get(&format!("/api/campaigns/{id}")).await?;
    let report = api.get(&format!("/api/campaigns/{id}/report")).await?;
    Ok((view, report))
}
