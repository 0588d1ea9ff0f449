//! The server in process, as its composition makes it, on a clock that stands still.

mod client;
mod mail;
mod picture;
mod reply;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use ctx::Ctx;
use kernel::{Clock, EmailAddress};
use sending::sandbox::Retention;
use sending::tracking::Links;
use serde_json::{Value, json};
use server::compose::{self, Settings};
use server::ui::Ui;
use testkit::TestDb;

pub(crate) use axum::http::Method;
pub(crate) use client::{Body, Client, path_of};
pub(crate) use mail::Mail;
pub(crate) use reply::Reply;

pub(crate) const PASSWORD: &str = "correct horse battery";
/// Where the server says it is reached: links in mails begin with it.
pub(crate) const PUBLIC_URL: &str = "https://mail.example.com";
/// Uploads larger than this are refused, so that a test can send one.
pub(crate) const MAX_UPLOAD: u64 = 8 * 1024 * 1024;

/// A server of its own for a test.
pub(crate) struct TestApp {
    pub(crate) ctx: Ctx,
    pub(crate) clock: Clock,
    settings: Settings,
    router: Router,
    jobs: jobs::Registry,
    uploads: tempfile::TempDir,
    db: TestDb,
}

impl TestApp {
    pub(crate) fn new(db: TestDb) -> Self {
        let ctx = db.ctx();
        Self::with(db, ctx)
    }

    /// One that may ask this machine.
    pub(crate) fn asking_here(db: TestDb) -> Self {
        let mut ctx = db.ctx();
        ctx.http = net::Client::new(net::Guard::allowing(["127.0.0.0/8".parse().unwrap()]));
        Self::with(db, ctx)
    }

    /// One with other surroundings.
    pub(crate) fn with(db: TestDb, ctx: Ctx) -> Self {
        // Faults of ours are logged; the log is shown with a test that fails.
        let _ = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_test_writer()
            .try_init();
        let uploads = tempfile::tempdir().expect("a temporary directory");
        let settings = settings(uploads.path());
        let links = Links::start(&ctx, &settings.sending);
        let router = compose::routes::router(ctx.clone(), &settings, links, None)
            .expect("the routes fit together");
        Self {
            clock: db.clock(),
            jobs: compose::jobs::registry(Retention::default(), settings.automation.clone()),
            ctx,
            settings,
            router,
            uploads,
            db,
        }
    }

    /// Another process on the same database, with a router of its own.
    pub(crate) async fn another_node(&self) -> (Ctx, Router) {
        let ctx = self.db.another_node().await;
        let links = Links::start(&ctx, &self.settings.sending);
        let router = compose::routes::router(ctx.clone(), &self.settings, links, None)
            .expect("the routes fit together");
        (ctx, router)
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// Creates the first owner over HTTP; signed in.
    pub(crate) async fn owner(&self) -> Client {
        let reply = self
            .anonymous()
            .post(
                "/api/setup",
                json!({
                    "email": "ada@example.com",
                    "name": "Ada Lovelace",
                    "password": PASSWORD,
                    "account_name": "Analytical Engines",
                }),
            )
            .await
            .expect(201);
        self.anonymous().with_session(&reply)
    }

    /// The owner of another account on the same server; signed in.
    pub(crate) async fn other_owner(&self) -> Client {
        let email = "grace@example.net";
        let new = identity::users::NewOwner {
            email: EmailAddress::parse(email).expect("an address"),
            name: "Grace Hopper".to_owned(),
            password: identity::users::Password(PASSWORD.to_owned()),
            account_name: "Flow-Matic".to_owned(),
            time_zone: None,
        };
        identity::users::create_owner(&self.ctx, new)
            .await
            .expect("another owner");
        self.sign_in(email).await
    }

    /// Somebody new in the account of `owner`; signed in.
    pub(crate) async fn member(&self, owner: &Client, role: &str) -> Client {
        let email = format!("{role}@example.com");
        let user = json!({"email": email, "name": role, "password": PASSWORD, "role": role});
        owner.post("/api/users", user).await.expect(201);
        self.sign_in(&email).await
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Client {
        let reply = self
            .anonymous()
            .post(
                "/api/session",
                json!({"email": email, "password": PASSWORD}),
            )
            .await
            .expect(201);
        self.anonymous().with_session(&reply)
    }

    /// A program with a token that `maker` makes.
    pub(crate) async fn program(&self, maker: &Client, scopes: &[&str]) -> Client {
        self.program_until(maker, scopes, None).await
    }

    /// The same, with a token that ends.
    pub(crate) async fn program_until(
        &self,
        maker: &Client,
        scopes: &[&str],
        end: Option<&str>,
    ) -> Client {
        let token = json!({"name": "Shop", "scopes": scopes, "expires_at": end});
        let reply = maker.post("/api/tokens", token).await.expect(201);
        self.anonymous().with_token(reply.text("/secret"))
    }

    /// Runs the jobs that are due, and the recurring work.
    pub(crate) async fn run_jobs(&self) -> usize {
        jobs::run_due(&self.ctx, &self.jobs).await
    }

    /// Runs the jobs and hands over the messages that are due, until nothing is.
    pub(crate) async fn deliver(&self) {
        self.run_jobs().await;
        sending::delivery::run_until_idle(&self.ctx, &self.settings.sending)
            .await
            .expect("the delivery ends");
        self.run_jobs().await;
    }

    /// What automations do, until there is nothing more to do now; with the mails they send.
    pub(crate) async fn automate(&self) {
        let engine = &self.settings.automation;
        automation::engine::run_until_idle(&self.ctx, engine)
            .await
            .expect("the engine comes to rest");
        self.deliver().await;
        automation::engine::run_until_idle(&self.ctx, engine)
            .await
            .expect("the engine comes to rest");
    }

    /// How many uploaded files wait on the disk.
    pub(crate) fn uploads(&self) -> usize {
        std::fs::read_dir(self.uploads.path()).map_or(0, Iterator::count)
    }

    pub(crate) fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// The mails in the sandbox inbox, oldest first.
    pub(crate) async fn sandbox(&self, reader: &Client) -> Vec<Mail> {
        let mut mails = Vec::new();
        for row in reader.all("/api/sandbox/messages").await {
            let id = row["id"].as_str().expect("an id");
            let source = reader
                .get(&format!("/api/sandbox/messages/{id}/source"))
                .await
                .expect(200);
            mails.push(Mail::parse(&source.body));
        }
        mails.reverse();
        mails
    }

    /// The number of rows of every table whose rows people make: equal before and after, nothing was made or lost.
    pub(crate) async fn rows(&self) -> BTreeMap<String, i64> {
        let list = match self.ctx.db.engine() {
            db::Engine::Sqlite => {
                "select name as name from sqlite_master where type = 'table' and name not like 'sqlite%'"
            }
            db::Engine::Postgres => {
                "select tablename::text as name from pg_tables where schemaname = current_schema()"
            }
        };
        let mut tx = self.ctx.read().await.expect("a transaction");
        let tables: Vec<String> = tx
            .query(list)
            .fetch_all()
            .await
            .expect("the tables")
            .iter()
            .map(|row| row.get("name").expect("a name"))
            .filter(|name: &String| !BY_THEMSELVES.contains(&name.as_str()))
            .collect();
        let counts = tables
            .iter()
            .map(|table| format!("select '{table}' as name, count(*) as n from {table}"))
            .collect::<Vec<_>>()
            .join(" union all ");
        tx.query(counts)
            .fetch_all()
            .await
            .expect("the counts")
            .iter()
            .map(|row| (row.get("name").expect("a name"), row.get("n").expect("n")))
            .collect()
    }
}

/// Tables whose rows come and go without anybody changing anything: who is signed in, attempts, bookkeeping.
const BY_THEMSELVES: [&str; 8] = [
    "session",
    "throttle",
    "idempotency",
    "schedule",
    "node",
    "instance",
    "event_cursor",
    "commit_stamp",
];

fn settings(uploads: &Path) -> Settings {
    Settings {
        sending: sending::Config {
            public_url: PUBLIC_URL.into(),
            helo_name: "mail.example.com".into(),
            tracking: sending::Tracking::default(),
            files: sending::files::Limits::default(),
        },
        sandbox: Retention::default(),
        automation: automation::engine::Engine::default(),
        ui: Ui::Missing,
        web: web::Config {
            spool_dir: uploads.to_owned(),
            max_upload_bytes: MAX_UPLOAD,
            ..web::Config::new(PUBLIC_URL)
        },
    }
}

/// The id in a JSON object.
#[track_caller]
pub(crate) fn id_of(value: &Value) -> String {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {value}"))
        .to_owned()
}
