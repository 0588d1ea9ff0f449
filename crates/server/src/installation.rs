//! The data directory, the secret key, and opening what a configuration names.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use ctx::{Ctx, SecretKey, Secrets, Site};
use db::{Db, Location};
use kernel::{Clock, Rng};

use crate::config::{Config, Hidden, parse_key};

const KEY_FILE: &str = "secret.key";
/// How long to wait for a PostgreSQL that is still starting.
const PATIENCE: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where the key is, unless it is configured.
pub fn key_file(config: &Config) -> PathBuf {
    config.data_dir.join(KEY_FILE)
}

/// Makes the data directory, for the owner of the process only.
pub fn prepare_data_dir(directory: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(directory)
        .with_context(|| format!("the data directory {} cannot be made", directory.display()))
}

/// The key: configured, from its file, or new where nothing depends on another one yet.
async fn secret_key(config: &Config, db: &Db, rng: &Rng) -> anyhow::Result<SecretKey> {
    if let Some(key) = &config.secret.key {
        return Ok(key.clone());
    }
    let path = key_file(config);
    match fs::read_to_string(&path) {
        Ok(text) => parse_key(&Hidden(text)).with_context(|| {
            format!(
                "{} should hold 64 hexadecimal digits and does not; restore it from a back-up",
                path.display()
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if ctx::instance::has_key(db).await? {
                bail!(
                    "the secret key {} is missing: stored passwords are sealed with it, and links in mails that were \
                     sent are signed with it. Put it back, from a back-up or from another node",
                    path.display()
                );
            }
            new_key(&path, rng)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn new_key(path: &Path, rng: &Rng) -> anyhow::Result<SecretKey> {
    let bytes: [u8; 32] = rng.bytes();
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{}", data_encoding::HEXLOWER.encode(&bytes))?;
        file.sync_all()
    });
    written.with_context(|| format!("the secret key cannot be written to {}", path.display()))?;
    Ok(SecretKey::new(bytes))
}

/// Opens the database, brings its schema up to date and registers this process.
pub async fn open(config: &Config) -> anyhow::Result<Ctx> {
    prepare_data_dir(&config.data_dir)?;
    let db = open_database(config).await?;
    db.migrate().await?;
    start(config, db).await
}

/// The same for a server, which waits for a PostgreSQL that is not up yet.
pub async fn open_patiently(config: &Config) -> anyhow::Result<Ctx> {
    prepare_data_dir(&config.data_dir)?;
    let mut waited = Duration::ZERO;
    let mut pause = FIRST_PAUSE;
    let db = loop {
        match Db::open(&config.database.open).await {
            Ok(db) => break db,
            Err(
                error @ db::Error::Unavailable {
                    source: Some(_), ..
                },
            ) if config.database.file().is_none() && waited < PATIENCE => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    retry_in_ms = pause.as_millis() as u64,
                    "waiting for the database"
                );
                tokio::time::sleep(pause).await;
                waited += pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return Err(explained(config, error)),
        }
    };
    db.migrate().await?;
    start(config, db).await
}

/// Opens the database as it is.
pub async fn open_database(config: &Config) -> anyhow::Result<Db> {
    Db::open(&config.database.open)
        .await
        .map_err(|error| explained(config, error))
}

fn explained(config: &Config, error: db::Error) -> anyhow::Error {
    match (&config.database.open.location, &error) {
        (_, db::Error::InUse { .. }) => error.into(),
        _ => anyhow::Error::new(error).context(format!(
            "cannot open the database ({})",
            config.database.shown()
        )),
    }
}

async fn start(config: &Config, db: Db) -> anyhow::Result<Ctx> {
    let (clock, rng) = (Clock::system(), Rng::system());
    let secrets = Secrets::new(secret_key(config, &db, &rng).await?, rng.clone());
    if !ctx::instance::recognizes_key(&db, &clock, &secrets).await? {
        let place = match (&config.secret.key, &config.database.open.location) {
            (Some(_), _) => "the setting secret.key".to_owned(),
            (None, Location::Sqlite(_)) => key_file(config).display().to_string(),
            (None, Location::Postgres(_)) => format!(
                "{} (all nodes on one PostgreSQL need the same key)",
                key_file(config).display()
            ),
        };
        bail!(
            "the secret key is not the one that this database was used with: stored passwords could not be read, and \
             links in mails that were sent would not work. Restore the right key to {place}"
        );
    }
    let mut ctx = Ctx::start(db, clock, rng, secrets, &node_name())
        .await
        .context("this process cannot be registered in the database")?;
    ctx.http = net::Client::new(config.network.guard.clone());
    ctx.site = Arc::new(Site {
        url: config.server.public_url.as_str().to_owned(),
        google: config.calendars.google.clone(),
        microsoft: config.calendars.microsoft.clone(),
        read_calendars_every: config.calendars.every,
    });
    Ok(ctx)
}

/// Says goodbye to the database: what this process still holds is free at once.
pub async fn close(ctx: &Ctx) {
    if let Err(error) = ctx.node.sign_off(&ctx.db, &ctx.clock).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not sign off; what this process held is free in {} s",
            ctx::TIME_TO_LIVE.as_secs()
        );
    }
    ctx.db.close().await;
}

fn node_name() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = match host.trim() {
        "" => "sendero",
        name => name,
    };
    format!("{host}:{}", std::process::id())
}
