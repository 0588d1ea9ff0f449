//! The schema, compiled in.

use sqlx::migrate::{MigrateError, Migrator};

use crate::error::{Error, Result};
use crate::open::{Db, Engine, Pools};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// The newest migration of this program; both engines have the same.
pub(crate) fn latest() -> i64 {
    SQLITE
        .iter()
        .map(|migration| migration.version)
        .max()
        .unwrap_or(0)
}

impl Db {
    /// The newest migration that was applied; `None` for an empty database.
    pub async fn schema(&self) -> Result<Option<i64>> {
        let mut tx = self.read().await?;
        // Differs because each engine has its own catalog.
        let catalog = match self.engine() {
            Engine::Sqlite => {
                "select count(*) as n from sqlite_master where name = '_sqlx_migrations'"
            }
            Engine::Postgres => {
                "select count(*) as n from pg_class where oid = to_regclass('_sqlx_migrations')"
            }
        };
        let there = tx.query(catalog).fetch_one().await?.get::<i64>("n")?;
        if there == 0 {
            return Ok(None);
        }
        tx.query("select max(version) as version from _sqlx_migrations")
            .fetch_one()
            .await?
            .get("version")
    }

    /// Brings the schema up to this version of the program; refuses a schema that is newer.
    pub async fn migrate(&self) -> Result<()> {
        let outcome = match &self.inner.pools {
            Pools::Sqlite { writer, .. } => SQLITE.run(writer).await,
            Pools::Postgres { pool, .. } => {
                let mut connection = pool.acquire().await?;
                let outcome = POSTGRES.run(&mut *connection).await;
                if outcome.is_err() {
                    // It may still hold the lock of the migrator, which would make the next attempt wait for ever.
                    let _ = connection.close().await;
                }
                outcome
            }
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
        })?;
        match self.engine() {
            Engine::Sqlite => self.write_statistics().await,
            Engine::Postgres => self.raise_stamps().await,
        }
    }

    /// Keeps commit stamps rising after a dump was restored into another server, whose transaction ids may be lower than
    /// those the restored events and cursors were stamped with: events recorded from then on would sort before the
    /// cursors and never be seen. Does nothing otherwise, since what is stored is older than the next transaction.
    async fn raise_stamps(&self) -> Result<()> {
        let mut tx = self.write().await?;
        // The row is locked, so of two nodes that start at once the second sees what the first did.
        let row = tx
            .query(
                "select n, cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint) as next, \
                 greatest((select max(txn) from event), (select max(txn) from event_cursor)) as highest \
                 from commit_stamp where id = 1 for update",
            )
            .fetch_one()
            .await?;
        let (added, next): (i64, i64) = (row.get("n")?, row.get("next")?);
        let highest = row.get::<Option<i64>>("highest")?.unwrap_or(-1);
        if highest >= next + added {
            tracing::info!(
                "the database came from another server; event stamps go on above {highest}"
            );
            tx.query("update commit_stamp set n = $1 where id = 1")
                .bind(highest + 1 - next)
                .execute()
                .await?;
        }
        tx.commit().await
    }
}
