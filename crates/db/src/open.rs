//! Opening a database and beginning transactions.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::watch;

use crate::changes::{self, Changes, Hub};
use crate::config::{Config, Durability, Location};
use crate::error::{Error, Result};
use crate::file::unusable;
use crate::hold::Hold;
use crate::prompt;
use crate::queue::Queue;
use crate::tx::{ReadTx, WriteTx};
use crate::wakeup::{Topic, Wakeup};

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A handle on the database. Clones share its connections.
#[derive(Clone)]
pub struct Db {
    pub(crate) inner: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) pools: Pools,
    topics: HashMap<Topic, watch::Sender<u64>>,
    pub(crate) hub: Hub,
    /// Of a file: that no other process uses it.
    _hold: Option<Hold>,
}

pub(crate) enum Pools {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        queue: Queue,
    },
    Postgres {
        pool: PgPool,
        /// Whether copies are worth their extra packets.
        copies: bool,
    },
}

/// How long a transaction waits for a connection before it gives up as "unavailable".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const MIN_POSTGRES: u32 = 150_000;

impl Db {
    /// Opens it, without migrating.
    pub async fn open(config: &Config) -> Result<Self> {
        let (pools, hold) = match &config.location {
            Location::Sqlite(path) => open_sqlite(path, config).await?,
            Location::Postgres(url) => (open_postgres(&url.0, config).await?, None),
        };
        Ok(Self {
            inner: Arc::new(Shared {
                pools,
                topics: Topic::ALL
                    .into_iter()
                    .map(|topic| (topic, watch::channel(0).0))
                    .collect(),
                hub: Hub::new(),
                _hold: hold,
            }),
        })
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        match self.inner.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Begins a transaction that only reads.
    pub async fn read(&self) -> Result<ReadTx> {
        Ok(match &self.inner.pools {
            Pools::Sqlite { readers, .. } => ReadTx::sqlite(readers.begin().await?),
            Pools::Postgres { pool, .. } => {
                ReadTx::postgres(pool.begin_with("begin read only").await?)
            }
        })
    }

    /// Begins a transaction that only reads and in which time stands still, also on PostgreSQL: however many statements
    /// it has, they see the same rows.
    pub async fn snapshot(&self) -> Result<ReadTx> {
        Ok(match &self.inner.pools {
            Pools::Sqlite { readers, .. } => ReadTx::sqlite(readers.begin().await?),
            // Differs because only PostgreSQL lets each statement see what was committed before it.
            Pools::Postgres { pool, .. } => ReadTx::postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        })
    }

    /// Begins a transaction that may write. On SQLite it waits for its turn here, so that it cannot fail midway
    /// because another writer was first.
    pub async fn write(&self) -> Result<WriteTx> {
        Ok(match &self.inner.pools {
            Pools::Sqlite { writer, .. } => {
                WriteTx::sqlite(writer.begin_with("begin immediate").await?, self.clone())
            }
            Pools::Postgres { pool, copies } => {
                WriteTx::postgres(pool.begin().await?, *copies, self.clone())
            }
        })
    }

    /// Begins a transaction that may write and for which somebody out there waits: [`write_behind`](Self::write_behind)
    /// lets it go first.
    pub async fn write_urgently(&self) -> Result<WriteTx> {
        let _waits = match &self.inner.pools {
            Pools::Sqlite { queue, .. } => Some(queue.wait()),
            Pools::Postgres { .. } => None,
        };
        self.write().await
    }

    /// Begins a transaction that may write and that nobody waits for: on SQLite, whatever is urgent comes first, and of
    /// those who stand behind like this only one is in the queue. Nobody stands behind for ever.
    pub async fn write_behind(&self) -> Result<WriteTx> {
        match &self.inner.pools {
            Pools::Sqlite { writer, queue, .. } => {
                let _turn = queue.stand_behind().await;
                let begun = writer.begin_with("begin immediate").await?;
                Ok(WriteTx::sqlite(begun, self.clone()))
            }
            Pools::Postgres { .. } => self.write().await,
        }
    }

    /// Whether something urgent waits for the writer. On PostgreSQL nothing does.
    pub fn is_writer_wanted(&self) -> bool {
        match &self.inner.pools {
            Pools::Sqlite { queue, .. } => queue.is_wanted(),
            Pools::Postgres { .. } => false,
        }
    }

    /// Waits for hints about `topic`.
    pub fn wakeups(&self, topic: Topic) -> Wakeup {
        Wakeup(self.sender(topic).subscribe())
    }

    /// Gives the hint in this process.
    pub fn wake(&self, topic: Topic) {
        self.sender(topic).send_modify(|n| *n = n.wrapping_add(1));
    }

    fn sender(&self, topic: Topic) -> &watch::Sender<u64> {
        self.inner
            .topics
            .get(&topic)
            .expect("there is a channel for each topic")
    }

    /// Passes on the hints of other nodes until it is dropped. SQLite has no other nodes.
    pub async fn listen(&self) {
        let Pools::Postgres { pool, .. } = &self.inner.pools else {
            return std::future::pending().await;
        };
        loop {
            let ended = self.listen_once(pool).await;
            self.inner.hub.hears(false);
            if let Err(error) = ended {
                // Polling goes on without hints meanwhile.
                tracing::debug!(%error, "lost the connection that listens for hints");
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }

    async fn listen_once(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen_all(["sendero", changes::CHANNEL]).await?;
        self.inner.hub.hears(true);
        loop {
            let Some(notification) = listener.try_recv().await? else {
                // There was a break, and another connection is there already.
                self.inner.hub.tell(Changes::Unknown);
                continue;
            };
            if notification.channel() == changes::CHANNEL {
                let heard = changes::from_payload(notification.payload());
                self.inner.hub.tell(heard);
            } else if let Some(topic) = Topic::from_name(notification.payload()) {
                self.wake(topic);
            }
        }
    }

    /// A consistent copy of an SQLite database into a new file, while others read and write.
    pub async fn back_up_sqlite(&self, target: &Path) -> Result<()> {
        let Pools::Sqlite { readers, .. } = &self.inner.pools else {
            return Err(Error::Schema(
                "this copies SQLite databases; use pg_dump for PostgreSQL".to_owned(),
            ));
        };
        // A connection of its own, since those of the pool may not even write another file.
        let options = SqliteConnectOptions::clone(&readers.connect_options());
        let mut connection = options.pragma("query_only", "off").connect().await?;
        sqlx::query("vacuum into $1")
            .bind(target.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Closes all connections; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool, .. } => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &Path, config: &Config) -> Result<(Pools, Option<Hold>)> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|error| unusable(path, error))?;
    }
    let hold = Hold::take(path)?;

    let base = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match config.durability {
            Durability::Full => SqliteSynchronous::Full,
            Durability::None => SqliteSynchronous::Off,
        })
        .busy_timeout(ACQUIRE_TIMEOUT)
        .foreign_keys(true)
        .statement_cache_capacity(256)
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_release(|connection, _| Box::pin(has_no_transaction(connection)))
        // Pages of hot indexes stay in memory: two to three times the speed of the default 2 MB.
        .connect_with(base.clone().pragma("cache_size", "-16384"))
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(config.max_connections.max(1))
        .idle_timeout(Duration::from_mins(5))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(
            base.pragma("cache_size", "-2048")
                .pragma("query_only", "on"),
        )
        .await?;
    let queue = Queue::default();
    let pools = Pools::Sqlite {
        writer,
        readers,
        queue,
    };
    Ok((pools, Some(hold)))
}

/// Whether the connection may be used again. When the disk is full SQLite itself rolls back, the driver's own rollback
/// then fails, and it believes for ever that a transaction is open.
async fn has_no_transaction(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Waits for a rollback that is under way.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

async fn open_postgres(url: &str, config: &Config) -> Result<Pools> {
    let options: PgConnectOptions = url.parse().map_err(|_| Error::Unavailable {
        why: "the URL is not of the form postgres://user:password@host:port/database".into(),
        source: None,
    })?;
    let options = options
        .application_name("sendero")
        .statement_cache_capacity(256)
        // A transaction that is left open holds back every event consumer and, by its locks, other nodes: so for no
        // longer than a frozen process counts as alive (`ctx::TIME_TO_LIVE`).
        .options([("idle_in_transaction_session_timeout", "15s")])
        // Compiling a segment's count takes as long as the count itself.
        .options([("jit", "off")])
        .disable_statement_logging();
    let options = match config.durability {
        Durability::Full => options,
        Durability::None => options.options([("synchronous_commit", "off")]),
    };
    let mut probe = options.connect().await?;
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int4")
        .fetch_one(&mut probe)
        .await?;
    probe.close().await?;
    if u32::try_from(version).unwrap_or(0) < MIN_POSTGRES {
        return Err(Error::Schema(format!(
            "PostgreSQL 15 or later is needed, this is {}",
            version / 10_000
        )));
    }
    let port = options.get_port();
    let pool = PgPoolOptions::new()
        .after_connect(move |_, _| {
            // Whether that can be done was seen once, below.
            let _ = prompt::send_at_once(port);
            Box::pin(async { Ok(()) })
        })
        .max_connections(config.max_connections.max(2))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_mins(5))
        .connect_with(options)
        .await?;
    let copies = prompt::send_at_once(port);
    Ok(Pools::Postgres { pool, copies })
}
