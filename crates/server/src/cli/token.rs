//! `sendero token`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use ctx::Ctx;
use identity::tokens::{self, NewToken};
use identity::users::By;
use identity::{Permission, Role};
use kernel::{Cursor, Limit};

use super::{Settings, people, terminal};
use crate::installation;

/// Make, list and revoke API tokens: access for programs
#[derive(Debug, Args)]
pub(super) struct Token {
    /// The account: its name or id [default: the only one]
    #[arg(long, global = true, value_name = "ACCOUNT")]
    account: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and print it, once
    #[command(after_help = "Example:\n  \
        export SENDERO_TOKEN=$(sendero token create --name import --scopes audience:read,audience:write)")]
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do, such as audience:read,campaigns:send; `all` for everything its user may do
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<String>,
        /// The member in whose name it acts [default: the first owner]
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// After how many days it ends [default: never]
        #[arg(long, value_name = "DAYS")]
        days: Option<u32>,
    },
    /// List the tokens
    List,
    /// Make a token worthless
    Revoke {
        /// Its id, as `token list` shows it
        id: i64,
    },
}

impl Token {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let config = settings.load()?;
        let ctx = installation::open(&config).await?;
        let outcome = self.act(&ctx).await;
        installation::close(&ctx).await;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }

    async fn act(self, ctx: &Ctx) -> anyhow::Result<()> {
        let account = people::account(ctx, self.account.as_deref()).await?;
        match self.action {
            Action::Create {
                name,
                scopes,
                user,
                days,
            } => {
                let (user, role) = people::member(ctx, account.id, user.as_deref()).await?;
                let new = NewToken {
                    name,
                    scopes: read_scopes(&scopes, role)?,
                    expires_at: days.map(|days| ctx.clock.now() + Duration::from_hours(24) * days),
                };
                let (token, secret) =
                    tokens::create(ctx, account.id, &By::command_line(), user, new).await?;
                terminal::note(format_args!(
                    "token {} of the account {}; it is not shown again:",
                    token.id, account.name
                ));
                terminal::say(secret);
            }
            Action::List => list(ctx, account.id).await?,
            Action::Revoke { id } => {
                tokens::revoke(ctx, account.id, &By::command_line(), id.into()).await?;
                terminal::say(format_args!("token {id} is worthless now"));
            }
        }
        Ok(())
    }
}

fn read_scopes(words: &[String], role: Role) -> anyhow::Result<identity::auth::Scopes> {
    if words.iter().any(|word| word == "all") {
        return Ok(role.permissions().iter().copied().collect());
    }
    words
        .iter()
        .map(|word| {
            word.trim().parse::<Permission>().map_err(|error| {
                let all: Vec<&str> = Permission::ALL.iter().map(|it| it.as_str()).collect();
                anyhow::anyhow!("{error}; there are: {}, or all", all.join(", "))
            })
        })
        .collect::<anyhow::Result<_>>()
        .context("--scopes")
}

async fn list(ctx: &Ctx, account: kernel::AccountId) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut cursor = None;
    let now = ctx.clock.now();
    loop {
        let page = tokens::list(ctx, account, cursor, Limit::default()).await?;
        for token in page.data {
            let state = match (token.revoked_at, token.expires_at) {
                (Some(_), _) => "revoked".to_owned(),
                (None, Some(end)) if end <= now => "expired".to_owned(),
                (None, Some(end)) => format!("until {end}"),
                (None, None) => "valid".to_owned(),
            };
            let scopes: Vec<&str> = token.scopes.iter().map(Permission::as_str).collect();
            rows.push(vec![
                token.id.to_string(),
                token.name,
                state,
                token
                    .last_used_at
                    .map_or_else(|| "never".to_owned(), |at| at.to_string()),
                scopes.join(","),
            ]);
        }
        let Some(next) = page.next_cursor else { break };
        cursor = Some(Cursor::decode(&next)?);
    }
    terminal::table(&["ID", "NAME", "STATE", "LAST USED", "SCOPES"], &rows);
    Ok(())
}
