//! The schema, compiled in.

use sqlx::migrate::{MigrateError, Migrator};

use crate::error::{Error, Result};
use crate::open::{Db, Pools};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

impl Db {
    /// Brings the schema up to this version of the program; refuses a schema that is newer.
    pub async fn migrate(&self) -> Result<()> {
        let outcome = match &self.inner.pools {
            Pools::Sqlite { writer, .. } => SQLITE.run(writer).await,
            Pools::Postgres(pool) => POSTGRES.run(pool).await,
        };
        outcome.map_err(|error| match error {
            MigrateError::VersionMissing(version) => Error::Schema(format!(
                "the database was migrated by a newer Sendero (its schema has {version}); start that version or restore a back-up"
            )),
            MigrateError::VersionMismatch(version) => Error::Schema(format!(
                "migration {version} was changed after it was applied; start the version of Sendero that applied it"
            )),
            MigrateError::Execute(error) => Error::from(error),
            MigrateError::ExecuteMigration(error, version) => {
                Error::Schema(format!("migration {version} failed: {error}"))
            }
            other => Error::Schema(format!("the schema cannot be brought up to date: {other}")),
        })
    }
}
