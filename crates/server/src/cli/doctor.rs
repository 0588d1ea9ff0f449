//! `sendero doctor`

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use ctx::{Ctx, Node};
use db::{Db, Location};

use super::{Settings, terminal};
use crate::config::Config;
use crate::installation;

/// Look for what is wrong with this installation
///
/// Changes nothing. The exit code is 1 when something does not work.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  sendero doctor\n  sendero doctor --transports")]
pub(super) struct Doctor {
    /// Also connect to the relays that mail leaves by; needs the database for itself on SQLite
    #[arg(long)]
    transports: bool,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Fine,
    /// Works, but should be looked at.
    Odd,
    Broken,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fine => "ok     ",
            Self::Odd => "warning",
            Self::Broken => "FAILED ",
        })
    }
}

#[derive(Debug, Default)]
struct Findings(Vec<(Verdict, String)>);

impl Findings {
    fn add(&mut self, verdict: Verdict, text: impl fmt::Display) {
        let text = text.to_string();
        terminal::say(format_args!("{verdict}  {text}"));
        self.0.push((verdict, text));
    }

    fn fine(&mut self, text: impl fmt::Display) {
        self.add(Verdict::Fine, text);
    }

    fn odd(&mut self, text: impl fmt::Display) {
        self.add(Verdict::Odd, text);
    }

    fn broken(&mut self, text: impl fmt::Display) {
        self.add(Verdict::Broken, text);
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.0.iter().filter(|(it, _)| *it == verdict).count()
    }
}

/// Below this, the disk will soon be full.
const LITTLE_SPACE_KB: u64 = 1_000_000;
const NO_SPACE_KB: u64 = 50_000;
const SKEW: Duration = Duration::from_secs(2);

impl Doctor {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let mut findings = Findings::default();
        match settings.load() {
            Ok(config) => {
                let file = config.file().map_or_else(
                    || "no file: defaults and environment".to_owned(),
                    |path| path.display().to_string(),
                );
                findings.fine(format_args!("settings ({file})"));
                self.examine(&config, &mut findings).await;
            }
            Err(error) => findings.broken(error),
        }
        let (odd, broken) = (
            findings.count(Verdict::Odd),
            findings.count(Verdict::Broken),
        );
        terminal::say(format_args!(
            "{} checks: {broken} failed, {odd} to look at",
            findings.0.len()
        ));
        Ok(if broken > 0 {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    async fn examine(&self, config: &Config, findings: &mut Findings) {
        addresses(config, findings);
        data_directory(&config.data_dir, findings);
        disk_space(&config.data_dir, findings).await;
        secret_key(config, findings);
        let usable = match &config.database.open.location {
            Location::Sqlite(path) => sqlite(path, findings).await,
            Location::Postgres(_) => postgres(config, findings).await,
        };
        if usable && let Err(error) = self.inside(config, findings).await {
            findings.broken(format_args!("{error:#}"));
        }
    }

    /// What only the database knows.
    async fn inside(&self, config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
        let ctx = match installation::open(config).await {
            Ok(ctx) => ctx,
            Err(error) if matches!(error.downcast_ref(), Some(db::Error::InUse { .. })) => {
                findings.fine("a server uses the database, so its contents were not looked at");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        findings.fine("the secret key is the one of the database");
        let outcome = self.contents(&ctx, config, findings).await;
        installation::close(&ctx).await;
        outcome
    }

    async fn contents(
        &self,
        ctx: &Ctx,
        config: &Config,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        if identity::setup::is_needed(ctx).await? {
            findings.odd(format_args!(
                "there is no owner yet: open {}/setup, or run `sendero user create`",
                config.server.public_url
            ));
        } else {
            findings.fine("there is an owner");
        }
        let limit = kernel::Limit::default();
        let dead = jobs::dead_letters(&mut *ctx.read().await?, None, None, limit).await?;
        match dead.data.first() {
            None => findings.fine("no job has failed for good"),
            Some(first) => findings.odd(format_args!(
                "{}{} jobs have failed for good; the newest, {} at {}: {}",
                dead.data.len(),
                if dead.next_cursor.is_some() {
                    " or more"
                } else {
                    ""
                },
                first.kind,
                first.died_at,
                first.error
            )),
        }
        if self.transports {
            self.transports(ctx, config, findings).await?;
        }
        Ok(())
    }

    async fn transports(
        &self,
        ctx: &Ctx,
        config: &Config,
        findings: &mut Findings,
    ) -> anyhow::Result<()> {
        let settings = crate::compose::Settings::of(config);
        for account in identity::accounts::all(ctx).await? {
            let all = sending::transports::list(ctx, account.id).await?;
            for transport in all {
                let tested =
                    sending::transports::test(ctx, &settings.sending, account.id, transport.id)
                        .await?;
                let name = format!("{:?} of {}", transport.name, account.name);
                match tested {
                    Ok(_) => findings.fine(format_args!("transport {name}")),
                    Err(error) => findings.broken(format_args!("transport {name}: {error}")),
                }
            }
        }
        Ok(())
    }
}

fn addresses(config: &Config, findings: &mut Findings) {
    let url = config.server.public_url.as_str();
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&config.server.public_url.host());
    if local {
        findings.odd(format_args!(
            "links in mails will begin with {url}, which works on this machine only: set server.public_url"
        ));
    } else if url.starts_with("http://") {
        findings.odd(format_args!(
            "{url} is not https: passwords and links travel in clear"
        ));
    } else {
        findings.fine(format_args!("links in mails begin with {url}"));
    }
    if !config.server.listen.ip().is_loopback() && !local && !config.server.trust_proxy {
        findings.odd(
            "server.trust_proxy is off: behind a proxy, all clients seem to be the proxy (a setting for sign-in limits)",
        );
    }
}

fn data_directory(directory: &Path, findings: &mut Findings) {
    let shown = directory.display();
    let metadata = match fs::metadata(directory) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            findings.odd(format_args!(
                "the data directory {shown} does not exist yet; the first start makes it"
            ));
            return;
        }
        Err(error) => {
            findings.broken(format_args!("the data directory {shown}: {error}"));
            return;
        }
    };
    let probe = directory.join(".doctor");
    if let Err(error) = fs::write(&probe, "").and_then(|()| fs::remove_file(&probe)) {
        findings.broken(format_args!(
            "the data directory {shown} cannot be written: {error}"
        ));
        return;
    }
    match others_may(&metadata) {
        0 => findings.fine(format_args!("data directory {shown}")),
        mode => findings.odd(format_args!(
            "other users can look into the data directory {shown} (mode {mode:03o}): chmod 700 {shown}"
        )),
    }
}

/// The permissions, if they let anybody else than the owner in.
fn others_may(metadata: &fs::Metadata) -> u32 {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return mode;
        }
    }
    0
}

async fn disk_space(directory: &Path, findings: &mut Findings) {
    let existing = directory
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(Path::new("."));
    let output = tokio::process::Command::new("df")
        .arg("-Pk")
        .arg(existing)
        .output()
        .await;
    let free = output.ok().and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines()
            .nth(1)?
            .split_whitespace()
            .nth(3)?
            .parse::<u64>()
            .ok()
    });
    match free {
        None => findings.odd("the free space on the disk cannot be told (df)"),
        Some(free) => {
            let shown = indicatif::BinaryBytes(free * 1024);
            if free < NO_SPACE_KB {
                findings.broken(format_args!("the disk is full: {shown} free"));
            } else if free < LITTLE_SPACE_KB {
                findings.odd(format_args!("the disk is nearly full: {shown} free"));
            } else {
                findings.fine(format_args!("disk space: {shown} free"));
            }
        }
    }
}

fn secret_key(config: &Config, findings: &mut Findings) {
    if config.secret.key.is_some() {
        findings.fine("the secret key is configured");
        return;
    }
    let path = installation::key_file(config);
    let shown = path.display();
    match fs::metadata(&path) {
        Ok(metadata) => match others_may(&metadata) {
            0 => findings.fine(format_args!("secret key {shown}")),
            mode => findings.broken(format_args!(
                "other users can read the secret key (mode {mode:03o}): chmod 600 {shown}"
            )),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => findings.odd(format_args!(
            "there is no secret key {shown} yet; the first start makes it"
        )),
        Err(error) => findings.broken(format_args!("the secret key {shown}: {error}")),
    }
}

/// Whether it can be opened.
async fn sqlite(path: &Path, findings: &mut Findings) -> bool {
    let shown = path.display();
    if !path.exists() {
        findings.odd(format_args!(
            "there is no database {shown} yet; the first start makes it"
        ));
        return false;
    }
    match db::inspect_sqlite(path, false).await {
        Ok(found) => {
            if let Some(fault) = found.faults.first() {
                findings.broken(format_args!("the database {shown} is damaged: {fault}"));
                return false;
            }
            findings.fine(format_args!("database {shown}"));
            schema(found.schema, findings)
        }
        Err(error) => {
            findings.broken(format_args!("the database {shown}: {}", chain(&error)));
            false
        }
    }
}

/// Whether it can be opened.
async fn postgres(config: &Config, findings: &mut Findings) -> bool {
    let db = match Db::open(&config.database.open).await {
        Ok(db) => db,
        Err(error) => {
            findings.broken(format_args!(
                "{}: {}",
                config.database.shown(),
                chain(&error)
            ));
            return false;
        }
    };
    findings.fine(config.database.shown());
    match Node::clock_ahead(&db).await {
        Ok(Some(ahead)) if ahead.unsigned_abs() > SKEW.as_micros() as u64 => {
            findings.odd(format_args!(
                "this computer's clock is {:+.1} s off the database's, which Sendero follows",
                ahead as f64 / 1e6
            ));
        }
        Ok(_) => findings.fine("the clock agrees with the database's"),
        Err(error) => findings.broken(format_args!("the database's clock: {}", chain(&error))),
    }
    let found = db.schema().await;
    db.close().await;
    match found {
        Ok(found) => schema(found, findings),
        Err(error) => {
            findings.broken(format_args!("the schema: {}", chain(&error)));
            false
        }
    }
}

fn schema(found: Option<i64>, findings: &mut Findings) -> bool {
    let latest = db::latest_schema();
    match found {
        Some(version) if version == latest => {
            findings.fine(format_args!("schema {version}"));
            true
        }
        Some(version) if version < latest => {
            findings.odd(format_args!(
                "the schema is {version}, this version of Sendero has {latest}: `sendero migrate`, or the next start, \
                 brings it up to date"
            ));
            false
        }
        Some(version) => {
            findings.broken(format_args!(
                "the schema is {version}, newer than this version of Sendero knows ({latest}): start the newer version"
            ));
            false
        }
        None => {
            findings.odd("the database is empty; the first start makes the schema");
            false
        }
    }
}

fn chain(error: &db::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
