//! `[database]`: which one.

use std::path::Path;

use db::Location;

use super::reader::Reader;

/// Which database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where it is and how to open it.
    pub open: db::Config,
}

const FILE_NAME: &str = "sendero.db";

impl Database {
    pub(super) fn read(reader: &mut Reader<'_>, data_dir: &Path) -> Self {
        let mut open = match reader.secret("database.url") {
            Some(url) => {
                let scheme = url.0.split_once("://").map(|(scheme, _)| scheme);
                if scheme.is_some_and(|it| !["postgres", "postgresql", "sqlite"].contains(&it)) {
                    reader.fault(
                        "database.url",
                        "expected postgres://user:password@host:5432/name or sqlite:PATH",
                    );
                }
                db::Config::from_url(&url.0)
            }
            None => db::Config::from_url(&data_dir.join(FILE_NAME).to_string_lossy()),
        };
        let connections = reader.number("database.max_connections", 0, 1000);
        if connections > 0 {
            open.max_connections = connections;
        }
        Self { open }
    }

    /// Its file, on SQLite.
    pub fn file(&self) -> Option<&Path> {
        match &self.open.location {
            Location::Sqlite(path) => Some(path),
            Location::Postgres(_) => None,
        }
    }

    /// For people: the file, or the URL without password.
    pub fn shown(&self) -> String {
        match &self.open.location {
            Location::Sqlite(path) => format!("SQLite, {}", path.display()),
            Location::Postgres(url) => format!("PostgreSQL, {}", redacted_url(&url.0)),
        }
    }
}

/// Without the password, wherever it is written.
pub(super) fn redacted_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (rest, query) = rest
        .split_once('?')
        .map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let rest = match rest.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split(':').next().unwrap_or_default();
            let hidden = if user.contains(':') { ":(hidden)" } else { "" };
            format!("{name}{hidden}@{host}")
        }
        None => rest.to_owned(),
    };
    let query = query.map_or_else(String::new, |query| {
        let shown: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((key, _)) if key.contains("password") => format!("{key}=(hidden)"),
                _ => pair.to_owned(),
            })
            .collect();
        format!("?{}", shown.join("&"))
    });
    format!("{scheme}://{rest}{query}")
}
