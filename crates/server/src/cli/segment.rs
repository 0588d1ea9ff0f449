//! `sendero segment`

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{self, Api, Target};
use super::{Settings, terminal};

/// Ask about segments
#[derive(Debug, Args)]
pub(super) struct SegmentCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List segments with their sizes, the newest first
    List {
        #[command(flatten)]
        target: Target,
    },
    /// Make a segment from a rule
    #[command(after_help = "Example:\n  \
        echo '{\"field\": \"city\", \"op\": \"equals\", \"value\": \"Berlin\"}' | sendero segment create Berlin -")]
    Create {
        /// Its name
        name: String,
        /// A file with the rule in JSON, or - for standard input
        rule: String,
        #[command(flatten)]
        target: Target,
    },
    /// Say in words what a segment is, what uses it, and what is wrong with it
    Show {
        /// Its id
        id: i64,
        #[command(flatten)]
        target: Target,
    },
    /// Count the people in a segment now
    Count {
        /// Its id
        id: i64,
        #[command(flatten)]
        target: Target,
    },
    /// Print the ids of the people in a segment now, one a line
    Ids {
        /// Its id
        id: i64,
        #[command(flatten)]
        target: Target,
    },
    /// Say why a person is in a segment, or not
    Explain {
        /// The segment's id
        id: i64,
        /// The person's id
        subscriber: i64,
        #[command(flatten)]
        target: Target,
    },
}

#[derive(Debug, Deserialize)]
struct View {
    id: String,
    name: String,
    state: String,
    size: Option<u64>,
    description: Option<String>,
    #[serde(default)]
    faults: Vec<Fault>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    field: String,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Page<T> {
    data: Vec<T>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Count {
    count: u64,
}

#[derive(Debug, Deserialize)]
struct UsedBy {
    segments: Vec<User>,
    campaigns: Vec<User>,
}

#[derive(Debug, Deserialize)]
struct User {
    id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Explanation {
    summary: String,
    condition: Condition,
}

#[derive(Debug, Deserialize)]
struct Condition {
    text: String,
    holds: bool,
    actual: Option<String>,
    #[serde(default)]
    conditions: Vec<Condition>,
}

impl SegmentCommand {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::List { target } => api::with(&target, settings, list).await,
            Action::Create { name, rule, target } => {
                let rule = read_rule(&rule)?;
                api::with(&target, settings, |api| create(api, name, rule)).await
            }
            Action::Show { id, target } => api::with(&target, settings, |api| show(api, id)).await,
            Action::Count { id, target } => {
                api::with(&target, settings, |api| count(api, id)).await
            }
            Action::Ids { id, target } => api::with(&target, settings, |api| ids(api, id)).await,
            Action::Explain {
                id,
                subscriber,
                target,
            } => api::with(&target, settings, |api| explain(api, id, subscriber)).await,
        }
    }
}

fn read_rule(path: &str) -> anyhow::Result<Value> {
    let text = if path == "-" {
        std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?
    } else {
        std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?
    };
    serde_json::from_str(&text).with_context(|| format!("{path} is not JSON"))
}

fn sized(view: &View) -> String {
    view.size.map_or_else(|| "-".to_owned(), |n| n.to_string())
}

async fn list(api: Arc<Api>) -> anyhow::Result<ExitCode> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut cursor = None;
    loop {
        let page: Page<View> = api.get(&paged("/api/segments", cursor.as_deref())).await?;
        for view in page.data {
            let size = sized(&view);
            rows.push(vec![view.id, view.state, size, view.name]);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    terminal::table(&["ID", "STATE", "SIZE", "NAME"], &rows);
    Ok(ExitCode::SUCCESS)
}

/// Cursors are made of letters that an address can hold.
fn paged(path: &str, cursor: Option<&str>) -> String {
    match cursor {
        None => format!("{path}?limit=100"),
        Some(cursor) => format!("{path}?limit=100&cursor={cursor}"),
    }
}

async fn create(api: Arc<Api>, name: String, rule: Value) -> anyhow::Result<ExitCode> {
    let body = json!({ "name": name, "rule": rule });
    let view: View = api.post("/api/segments", Some(&body)).await?;
    if let Some(description) = view.description {
        terminal::note(description);
    }
    terminal::say(view.id);
    Ok(ExitCode::SUCCESS)
}

async fn show(api: Arc<Api>, id: i64) -> anyhow::Result<ExitCode> {
    let view: View = api.get(&format!("/api/segments/{id}")).await?;
    let used: UsedBy = api.get(&format!("/api/segments/{id}/used-by")).await?;
    terminal::say(format_args!(
        "{} ({}, size {})",
        view.name,
        view.state,
        sized(&view)
    ));
    if let Some(description) = &view.description {
        terminal::say(description);
    }
    for (what, users) in [("segment", used.segments), ("campaign", used.campaigns)] {
        for user in users {
            terminal::say(format_args!(
                "used by the {what} {:?} ({})",
                user.name, user.id
            ));
        }
    }
    for fault in &view.faults {
        terminal::say(format_args!("broken: {}: {}", fault.field, fault.message));
    }
    Ok(if view.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn count(api: Arc<Api>, id: i64) -> anyhow::Result<ExitCode> {
    let count: Count = api.get(&format!("/api/segments/{id}/count")).await?;
    terminal::say(count.count);
    Ok(ExitCode::SUCCESS)
}

async fn ids(api: Arc<Api>, id: i64) -> anyhow::Result<ExitCode> {
    let path = format!("/api/segments/{id}/subscriber-ids");
    let mut cursor = None;
    loop {
        let page: Page<String> = api.get(&paged(&path, cursor.as_deref())).await?;
        for id in page.data {
            terminal::say(id);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

async fn explain(api: Arc<Api>, id: i64, subscriber: i64) -> anyhow::Result<ExitCode> {
    let it: Explanation = api
        .get(&format!("/api/segments/{id}/explain/{subscriber}"))
        .await?;
    terminal::say(&it.summary);
    tell(&it.condition, 0);
    Ok(ExitCode::SUCCESS)
}

fn tell(condition: &Condition, depth: usize) {
    let holds = if condition.holds { "yes" } else { "no " };
    let actual = match &condition.actual {
        Some(actual) => format!(" ({actual})"),
        None => String::new(),
    };
    let indent = "  ".repeat(depth);
    terminal::say(format_args!("{holds} {indent}{}{actual}", condition.text));
    for part in &condition.conditions {
        tell(part, depth + 1);
    }
}
