//! Where the database is.

use std::fmt;
use std::path::PathBuf;

/// How to open a database.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which one.
    pub location: Location,
    /// How hard a commit is.
    pub durability: Durability,
    /// Most connections to PostgreSQL, or most readers of SQLite.
    pub max_connections: u32,
}

/// The engine and its address.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file, created when missing.
    Sqlite(PathBuf),
    /// A `postgres://` URL, which may hold a password.
    Postgres(Password),
}

/// Text that `Debug` does not print.
#[derive(Clone)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Whether a commit survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Yes: the default.
    Full,
    /// No, only for tests that throw the database away.
    None,
}

impl Config {
    /// From `postgres://...`, `sqlite:PATH` or a plain path.
    pub fn from_url(url: &str) -> Self {
        let postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let location = if postgres {
            Location::Postgres(Password(url.to_owned()))
        } else {
            let path = url.strip_prefix("sqlite:").unwrap_or(url);
            Location::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
        };
        Self {
            max_connections: if postgres { 16 } else { 4 },
            location,
            durability: Durability::Full,
        }
    }
}
