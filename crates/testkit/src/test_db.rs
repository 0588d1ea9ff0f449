//! A database of its own for each test.

use std::cell::RefCell;
use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use ctx::{Ctx, SecretKey, Secrets};
use db::{Config, Db, Durability, Location, Password};
use kernel::{Clock, Rng, Timestamp};

/// A fresh, migrated database and the surroundings to use it with. The clock stands at 2026-05-04T09:30:00Z.
pub struct TestDb {
    ctx: Ctx,
    config: Config,
    clock: Clock,
    _directory: Option<tempfile::TempDir>,
}

/// Where tests may create PostgreSQL databases.
pub const POSTGRES_VARIABLE: &str = "SENDERO_TEST_POSTGRES";

static NEXT: AtomicU32 = AtomicU32::new(0);
static TEMPLATE: OnceLock<String> = OnceLock::new();

thread_local! {
    static TO_DROP: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Runs a test body and removes the databases it created.
pub fn run(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(body);
    let names = TO_DROP.with(RefCell::take);
    if let Some(server) = postgres_server().filter(|_| !names.is_empty()) {
        runtime.block_on(async {
            for name in names {
                admin(
                    &server,
                    &format!("drop database if exists {name} with (force)"),
                )
                .await;
            }
        });
    }
}

impl TestDb {
    /// A new file.
    pub async fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = Config {
            location: Location::Sqlite(directory.path().join("test.db")),
            durability: Durability::None,
            max_connections: 2,
        };
        let db = Db::open(&config).await.expect("SQLite opens");
        db.migrate().await.expect("the migrations apply");
        Self::with(db, config, Some(directory)).await
    }

    /// A new database, if there is a server for tests; else says that the test is skipped.
    #[expect(
        clippy::print_stdout,
        reason = "the runner counts what tests print about skipping"
    )]
    pub async fn postgres() -> Option<Self> {
        let Some(server) = postgres_server() else {
            println!("skipped: no PostgreSQL ({POSTGRES_VARIABLE} is not set)");
            return None;
        };
        let template = template(&server).await;
        let name = fresh_name("test");
        admin(
            &server,
            &format!("create database {name} template {template}"),
        )
        .await;
        TO_DROP.with(|list| list.borrow_mut().push(name.clone()));
        let config = postgres_config(&server, &name);
        let db = Db::open(&config).await.expect("PostgreSQL opens");
        Some(Self::with(db, config, None).await)
    }

    async fn with(db: Db, config: Config, directory: Option<tempfile::TempDir>) -> Self {
        let start: Timestamp = "2026-05-04T09:30:00Z".parse().expect("a time");
        let clock = Clock::manual(start);
        let ctx = start_ctx(db, clock.clone()).await;
        Self {
            ctx,
            config,
            clock,
            _directory: directory,
        }
    }

    /// The surroundings of the first node.
    pub fn ctx(&self) -> Ctx {
        self.ctx.clone()
    }

    /// The clock of all nodes.
    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// How the database was opened.
    pub fn config(&self) -> Config {
        self.config.clone()
    }

    /// Another node on the same database. On SQLite it shares the first one's connections, since a second process
    /// would be refused; its leases are its own all the same.
    pub async fn another_node(&self) -> Ctx {
        let db = match self.config.location {
            Location::Sqlite(_) => {
                let db = self.ctx.db.clone();
                let ctx = start_ctx(db, self.clock.clone()).await;
                // Registering declared the first node dead, as it must be for a real process.
                self.ctx
                    .node
                    .heartbeat(&self.ctx.db, &self.clock)
                    .await
                    .expect("a heartbeat");
                return ctx;
            }
            Location::Postgres(_) => Db::open(&self.config).await.expect("PostgreSQL opens"),
        };
        start_ctx(db, self.clock.clone()).await
    }
}

async fn start_ctx(db: Db, clock: Clock) -> Ctx {
    let rng = Rng::system();
    let secrets = Secrets::new(SecretKey::new([7; 32]), rng.clone());
    Ctx::start(db, clock, rng, secrets, "test")
        .await
        .expect("the node registers")
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by the environment where PostgreSQL is"
)]
fn postgres_server() -> Option<String> {
    std::env::var(POSTGRES_VARIABLE)
        .ok()
        .filter(|url| !url.is_empty())
}

/// A new, empty PostgreSQL database for a test that starts the real program; `None` when there is no server. It is
/// dropped with the server.
pub async fn empty_postgres() -> Option<String> {
    let server = postgres_server()?;
    let name = fresh_name("empty");
    admin(&server, &format!("create database {name}")).await;
    Some(with_database(&server, &name))
}

async fn template(server: &str) -> String {
    if let Some(name) = TEMPLATE.get() {
        return name.clone();
    }
    static BUILDING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _guard = BUILDING.lock().await;
    if let Some(name) = TEMPLATE.get() {
        return name.clone();
    }
    let name = fresh_name("template");
    admin(server, &format!("create database {name}")).await;
    let db = Db::open(&postgres_config(server, &name))
        .await
        .expect("PostgreSQL opens");
    db.migrate().await.expect("the migrations apply");
    // A template may have no connections while it is copied.
    db.close().await;
    TEMPLATE.get_or_init(|| name).clone()
}

fn fresh_name(kind: &str) -> String {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let noise = u32::from_le_bytes(Rng::system().bytes());
    format!("{kind}_{}_{n}_{noise:08x}", std::process::id())
}

fn with_database(server: &str, name: &str) -> String {
    let (head, query) = server.split_once('?').unwrap_or((server, ""));
    let authority_end = head.find("://").map_or(0, |i| i + 3);
    let base = head[authority_end..]
        .find('/')
        .map_or(head, |i| &head[..authority_end + i]);
    if query.is_empty() {
        format!("{base}/{name}")
    } else {
        format!("{base}/{name}?{query}")
    }
}

fn postgres_config(server: &str, name: &str) -> Config {
    Config {
        location: Location::Postgres(Password(with_database(server, name))),
        durability: Durability::None,
        max_connections: 6,
    }
}

async fn admin(server: &str, sql: &str) {
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
    let mut connection = sqlx::PgConnection::connect(server)
        .await
        .expect("the test server answers");
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let _ = connection.close().await;
}
