//! SQLite files that are not this process's database: copies of one that another process uses, and back-ups.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::error::{Error, Result};
use crate::hold::Hold;
use crate::migrate;

/// What a look at a file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What SQLite's integrity check says; empty when the file is sound.
    pub faults: Vec<String>,
    /// The newest migration that was applied; `None` when it is not a database of ours.
    pub schema: Option<i64>,
}

/// Most faults that are told: a broken file has thousands.
const MOST_FAULTS: i64 = 10;

/// A consistent copy of a database into a new file, also while another process reads and writes it.
pub async fn copy_sqlite(source: &Path, target: &Path) -> Result<()> {
    let mut connection = open(source).await?;
    sqlx::query("vacuum into $1")
        .bind(target.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(|error| unusable(target, error))
}

/// Looks at a file, also while another process uses it. A `thorough` look reads all of it.
pub async fn inspect_sqlite(path: &Path, thorough: bool) -> Result<Inspection> {
    let mut connection = open(path).await?;
    let check = if thorough {
        "integrity_check"
    } else {
        "quick_check"
    };
    let pragma = sqlx::AssertSqlSafe(format!("pragma {check}({MOST_FAULTS})"));
    let faults: Vec<String> = sqlx::query_scalar(pragma)
        .fetch_all(&mut connection)
        .await?;
    let ours: i64 = sqlx::query_scalar(
        "select count(*) from sqlite_master where type = 'table' and name in ('_sqlx_migrations', 'subscriber')",
    )
    .fetch_one(&mut connection)
    .await?;
    let schema = if ours == 2 {
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&mut connection)
            .await?
    } else {
        None
    };
    connection.close().await?;
    Ok(Inspection {
        faults: faults.into_iter().filter(|text| text != "ok").collect(),
        schema,
    })
}

/// Puts a copy of `source` in the place of the database `target`, which no process may be using. What was there is
/// kept as `aside`.
pub fn replace_sqlite(source: &Path, target: &Path, aside: &Path) -> Result<()> {
    let _hold = Hold::take(target)?;
    let copy = target.with_added_extension("restoring");
    fs::copy(source, &copy).map_err(|error| unusable(&copy, error))?;
    File::open(&copy)
        .and_then(|file| file.sync_all())
        .map_err(|error| unusable(&copy, error))?;
    // The log belongs to the file: with another one it would be nonsense.
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(target, suffix), with_suffix(aside, suffix));
        match fs::rename(&from, to) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(&from, error)),
        }
    }
    fs::rename(&copy, target).map_err(|error| unusable(target, error))
}

fn with_suffix(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

async fn open(path: &Path) -> Result<SqliteConnection> {
    let connection = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(true)
        .disable_statement_logging()
        .connect()
        .await?;
    Ok(connection)
}

pub(crate) fn unusable(path: &Path, error: io::Error) -> Error {
    Error::Unavailable {
        why: format!("{}: {error}", path.display()).into(),
        source: Some(sqlx::Error::Io(error)),
    }
}

/// The newest migration that this program knows.
pub fn latest_schema() -> i64 {
    migrate::latest()
}
