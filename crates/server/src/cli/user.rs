//! `sendero user`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use ctx::Ctx;
use identity::Role;
use identity::users::{self, By, NewMember, NewOwner, Password};
use kernel::{Limit, Rng, TimeZone};

use super::{Settings, people, terminal};
use crate::installation;

/// Create and list the people who may sign in
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a user: the owner of a new account, or a member of one that exists
    #[command(after_help = "Examples:\n  \
        sendero user create ada@example.com --name 'Ada Lovelace' --account-name 'Analytical Engines'\n  \
        sendero user create eve@example.com --name Eve --role editor\n  \
        pass show sendero | sendero user create ada@example.com --name Ada --password-stdin")]
    Create(Create),
    /// List the users of all accounts, or of one
    List {
        /// Its name or id
        #[arg(long, value_name = "ACCOUNT")]
        account: Option<String>,
    },
    /// Set somebody's password and end their sessions
    SetPassword {
        /// Whose
        email: String,
        #[command(flatten)]
        password: PasswordSource,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// What they sign in with
    email: String,
    /// What they are called [default: the part of the address before the @]
    #[arg(long)]
    name: Option<String>,
    /// Make them a member of an account that exists: owner, admin, editor or viewer
    #[arg(long)]
    role: Option<Role>,
    /// The account to join: its name or id [default: the only one]
    #[arg(long, value_name = "ACCOUNT", requires = "role")]
    account: Option<String>,
    /// The name of the new account [default: the user's name]
    #[arg(long, value_name = "NAME", conflicts_with = "role")]
    account_name: Option<String>,
    /// The time zone of the new account, such as Europe/Lisbon [default: UTC]
    #[arg(long, value_name = "ZONE", conflicts_with = "role", value_parser = TimeZone::parse)]
    time_zone: Option<TimeZone>,
    #[command(flatten)]
    password: PasswordSource,
}

/// Without one of these the password is asked for on a terminal; without a terminal, one is made up and printed once.
#[derive(Debug, Args)]
struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long, conflicts_with = "password_file")]
    password_stdin: bool,
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Make up a password and print it once
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    generate: bool,
}

impl User {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let config = settings.load()?;
        let ctx = installation::open(&config).await?;
        let outcome = match self.action {
            Action::Create(create) => create.run(&ctx).await,
            Action::List { account } => list(&ctx, account.as_deref()).await,
            Action::SetPassword { email, password } => set_password(&ctx, &email, &password).await,
        };
        installation::close(&ctx).await;
        outcome?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let email = people::email(&self.email)?;
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| email.local_part().to_owned());
        let Some(role) = self.role else {
            let (password, generated) = self.password.get()?;
            let account_name = self.account_name.unwrap_or_else(|| name.clone());
            let new = NewOwner {
                email,
                name,
                password,
                account_name,
                time_zone: self.time_zone,
            };
            let (user, account) = users::create_owner(ctx, new).await?;
            terminal::say(format_args!(
                "created {} as owner of the account {} ({})",
                user.email, account.name, account.id
            ));
            tell(generated);
            return Ok(());
        };
        let account = people::account(ctx, self.account.as_deref()).await?;
        let known = users::find_by_email(ctx, &email).await?.is_some();
        let (password, generated) = if known {
            (None, None)
        } else {
            let (password, generated) = self.password.get()?;
            (Some(password), generated)
        };
        let new = NewMember {
            email,
            name: Some(name),
            password,
            role,
        };
        let member = users::add(ctx, account.id, &By::command_line(), new).await?;
        terminal::say(format_args!(
            "{} {} as {} of the account {}",
            if known { "added" } else { "created" },
            member.email,
            member.role,
            account.name
        ));
        tell(generated);
        Ok(())
    }
}

async fn list(ctx: &Ctx, account: Option<&str>) -> anyhow::Result<()> {
    let accounts = match account {
        Some(_) => vec![people::account(ctx, account).await?],
        None => identity::accounts::all(ctx).await?,
    };
    let mut rows = Vec::new();
    for account in accounts {
        let mut cursor = None;
        loop {
            let page = users::list(ctx, account.id, cursor, Limit::default()).await?;
            for member in page.data {
                rows.push(vec![
                    member.email.to_string(),
                    member.name,
                    member.role.to_string(),
                    account.name.clone(),
                    account.id.to_string(),
                ]);
            }
            let Some(next) = page.next_cursor else { break };
            cursor = Some(kernel::Cursor::decode(&next)?);
        }
    }
    terminal::table(&["EMAIL", "NAME", "ROLE", "ACCOUNT", "ACCOUNT ID"], &rows);
    Ok(())
}

async fn set_password(ctx: &Ctx, email: &str, source: &PasswordSource) -> anyhow::Result<()> {
    let email = people::email(email)?;
    if users::find_by_email(ctx, &email).await?.is_none() {
        bail!("there is no user {email}");
    }
    let (password, generated) = source.get()?;
    users::set_password(ctx, &email, &password).await?;
    terminal::say(format_args!(
        "{email} has a new password and is signed out everywhere"
    ));
    tell(generated);
    Ok(())
}

impl PasswordSource {
    /// The password, and its text if it was made up.
    fn get(&self) -> anyhow::Result<(Password, Option<String>)> {
        if self.password_stdin {
            return Ok((Password(terminal::first_line()?), None));
        }
        if let Some(path) = &self.password_file {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            let line = text.lines().next().unwrap_or_default().to_owned();
            return Ok((Password(line), None));
        }
        if self.generate || !terminal::is_interactive() {
            let text = Rng::system().token();
            return Ok((Password(text.clone()), Some(text)));
        }
        let first = terminal::ask_hidden("Password (ten characters or more): ")?;
        let second = terminal::ask_hidden("Once more: ")?;
        if first != second {
            bail!("the two passwords differ");
        }
        Ok((Password(first), None))
    }
}

fn tell(generated: Option<String>) {
    if let Some(text) = generated {
        terminal::say(format_args!("password: {text}"));
        terminal::note("this password is not shown again");
    }
}
