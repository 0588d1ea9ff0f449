//! What can go wrong in the database, and what it means to a service.

use std::borrow::Cow;

/// What a store function returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A unique key is taken. The constraint's name is not told: SQLite does not know it, so code must not need it.
    #[error("a unique key is taken")]
    Unique(#[source] sqlx::Error),
    /// A value in a row cannot be read.
    #[error("{table}.{column} of row {id} cannot be read")]
    Corrupt {
        /// Of the row.
        table: &'static str,
        /// With the value.
        column: &'static str,
        /// Of the row.
        id: i64,
        /// What was expected.
        #[source]
        source: anyhow::Error,
    },
    /// A write touched another number of rows than it must.
    #[error("a write affected {got} rows instead of {wanted}")]
    NotAffected {
        /// Rows that it must affect.
        wanted: u64,
        /// Rows that it did.
        got: u64,
    },
    /// Text with a NUL character, which PostgreSQL cannot store; refused on both engines.
    #[error("text may not contain NUL characters")]
    Nul,
    /// The database cannot be reached, the disk is full, or all connections are busy.
    #[error("the database is not available: {why}")]
    Unavailable {
        /// In words.
        why: Cow<'static, str>,
        /// As the driver says it.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// Any other fault: a mistake in a statement, a broken file.
    #[error("the database refused a statement")]
    Engine(#[source] sqlx::Error),
    /// The schema does not fit this version of the program.
    #[error("{0}")]
    Schema(String),
    /// Another process has the file open.
    #[error(
        "another Sendero process is using {path}; stop it first, or give this command the address of the running server"
    )]
    InUse {
        /// The database file.
        path: String,
    },
}

/// PostgreSQL classes that pass by themselves: connection faults, lack of resources, shutdown.
const PASSING_CLASSES: [&str; 3] = ["08", "53", "57"];
/// SQLite's primary result codes for a busy, broken or full disk.
const SQLITE_PASSING: [i32; 4] = [5, 10, 13, 14];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let unavailable = |why: &'static str, source| Self::Unavailable {
            why: Cow::Borrowed(why),
            source: Some(source),
        };
        match &error {
            sqlx::Error::Database(database) => {
                if database.is_unique_violation() {
                    return Self::Unique(error);
                }
                let code = database.code().unwrap_or_default().into_owned();
                let sqlite = database
                    .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                    .is_some();
                if sqlite {
                    let primary = code.parse::<i32>().map_or(0, |code| code & 0xff);
                    return match primary {
                        13 => unavailable("the disk is full", error),
                        _ if SQLITE_PASSING.contains(&primary) => {
                            unavailable("the file cannot be read or written", error)
                        }
                        _ => Self::Engine(error),
                    };
                }
                if code == "53100" {
                    unavailable("its disk is full", error)
                } else if PASSING_CLASSES.iter().any(|class| code.starts_with(class)) {
                    unavailable("the server refuses connections or is stopping", error)
                } else {
                    Self::Engine(error)
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => unavailable("the connection failed", error),
            sqlx::Error::PoolTimedOut => unavailable("all connections are busy", error),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                unavailable("it was closed", error)
            }
            _ => Self::Engine(error),
        }
    }
}

impl From<Error> for kernel::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Nul => Self::invalid(
                "body",
                "nul_character",
                "remove the NUL characters (U+0000): they cannot be stored",
            ),
            Error::Unavailable { why, source } => Self::Unavailable {
                message: format!(
                    "the database is not available ({why}); nothing was changed, try again"
                ),
                source: source.map(anyhow::Error::from),
            },
            other => Self::internal(other),
        }
    }
}

/// Fails unless a write touched exactly `wanted` rows.
pub fn ensure_affected(got: u64, wanted: u64) -> Result<()> {
    if got == wanted {
        Ok(())
    } else {
        Err(Error::NotAffected { wanted, got })
    }
}
