//! An instance with people, a campaign and a relay, ready for something to happen to it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kernel::Rng;
use serde_json::Value;
use tempfile::TempDir;
use testkit::smtp_sink::{Fault, Sink, SinkConfig};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api::{self, Api, Mail};
use crate::program::{Program, Setting};

/// Connections of the transport. Together with the messages that a connection takes at a time this bounds what a kill
/// can leave in doubt.
pub(crate) const CONNECTIONS: u32 = 10;
/// `delivery::pool::CHUNK`.
const MESSAGES_PER_ROUND: u32 = 8;
/// What one kill can leave in doubt.
pub(crate) const MOST_ON_THE_WIRE: u32 = CONNECTIONS * MESSAGES_PER_ROUND;
/// How long anything may take before it counts as hanging.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// Scenarios at once: some wait, for a lease to end or for a second try, while others want all of a small machine.
static PLACES: Semaphore = Semaphore::const_new(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) sink: Sink,
    pub(crate) setting: Setting,
    /// The nodes that run. Those that were killed are not among them.
    pub(crate) programs: Vec<Program>,
    pub(crate) api: Api,
    pub(crate) campaign: String,
    pub(crate) recipients: u64,
    pub(crate) began: Instant,
    _folder: TempDir,
    _place: SemaphorePermit<'static>,
}

/// The size of the large scenarios.
pub(crate) fn many() -> u64 {
    from_environment("SENDERO_TEST_RECIPIENTS").unwrap_or(20_000)
}

/// A new database; `None`, with a word about it, without PostgreSQL.
pub(crate) async fn postgres() -> Option<String> {
    let url = testkit::empty_postgres().await;
    if url.is_none() {
        println!(
            "skipped: no PostgreSQL ({} is not set)",
            testkit::POSTGRES_VARIABLE
        );
    }
    url
}

/// Where the faults strike; the seed is printed, so that a failure can be repeated.
pub(crate) fn dice(name: &str) -> Rng {
    let seed = from_environment("SENDERO_TEST_SEED")
        .unwrap_or_else(|| u64::from(u32::from_le_bytes(Rng::system().bytes())));
    println!("{name}: SENDERO_TEST_SEED={seed}");
    Rng::seeded(seed)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how large and with which seed is chosen from outside"
)]
pub(crate) fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What is tested: what cargo built beside this, or another build.
fn binary() -> PathBuf {
    std::env::var_os("SENDERO_TEST_BINARY")
        .map_or_else(|| env!("CARGO_BIN_EXE_sendero").into(), PathBuf::from)
}

impl Scene {
    /// An instance with so many people and a draft to all of them; `None`, with a word about it, without PostgreSQL.
    pub(crate) async fn set(
        name: &'static str,
        engine: Engine,
        recipients: u64,
        faults: Vec<Fault>,
    ) -> Option<Self> {
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(postgres().await?),
        };
        let folder = tempfile::tempdir().expect("a temporary directory");
        Some(Self::set_in(name, folder, url, recipients, faults).await)
    }

    /// The same on a database of one's own, with its files in `data` of a folder.
    pub(crate) async fn set_in(
        name: &'static str,
        folder: TempDir,
        database_url: Option<String>,
        recipients: u64,
        faults: Vec<Fault>,
    ) -> Self {
        let place = PLACES.acquire().await.expect("it is never closed");
        let setting = Setting::new(&binary(), &folder.path().join("data"), database_url);
        let sink = Sink::start(SinkConfig {
            faults,
            ..SinkConfig::default()
        })
        .await
        .expect("the sink starts");
        let program = Program::start(&setting).await;
        let api = Api::set_up(&program.url).await;
        let import = api.import(api::people(recipients)).await;
        assert_eq!(import["created"], recipients, "{import}");
        api.use_relay(sink.addr().port(), CONNECTIONS).await;
        let campaign = api.campaign(&mail()).await;
        Self {
            name,
            sink,
            setting,
            programs: vec![program],
            api,
            campaign,
            recipients,
            began: Instant::now(),
            _folder: folder,
            _place: place,
        }
    }

    /// Starts the campaign, and the clock.
    pub(crate) async fn send(&mut self) {
        self.began = Instant::now();
        self.act("send").await;
    }

    /// `send`, `pause`, `resume` ...
    pub(crate) async fn act(&self, verb: &str) {
        let path = format!("/api/campaigns/{}/{verb}", self.campaign);
        self.api.post(&path, None).await;
    }

    /// Waits until the sink has accepted so many.
    pub(crate) async fn progress(&self, count: u64) {
        if !self.sink.wait_for(count, PATIENCE).await {
            self.give_up(&format!("the sink has not got {count} messages"))
                .await;
        }
    }

    /// SIGKILL to the only node.
    pub(crate) fn kill(&mut self) {
        self.programs.pop().expect("a program runs").kill_nine();
    }

    /// Starts a node, on another port.
    pub(crate) async fn start(&mut self) {
        self.start_in(&self.setting.clone()).await;
    }

    pub(crate) async fn start_in(&mut self, setting: &Setting) {
        let program = Program::start(setting).await;
        self.api.base.clone_from(&program.url);
        self.programs.push(program);
    }

    pub(crate) async fn report(&self) -> Value {
        self.api
            .get(&format!("/api/campaigns/{}/report", self.campaign))
            .await
    }

    /// Waits until the program says that every message is at an end.
    pub(crate) async fn until_sent(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let report = self.report().await;
            if report["state"] == "sent" {
                return;
            }
            if Instant::now() > until {
                self.give_up(&format!("the campaign does not end: {report}"))
                    .await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn give_up(&self, why: &str) {
        let stats = self.sink.stats();
        let logs: Vec<String> = self.programs.iter().map(Program::log_tail).collect();
        let path = format!("/api/campaigns/{}/report", self.campaign);
        let report = self.api.call(reqwest::Method::GET, &path, None).await;
        panic!(
            "{}: {why}; {stats:?}; {report:?}\n{}",
            self.name,
            logs.join("\n----\n")
        );
    }

    /// Ends all nodes in an orderly way, and says how.
    pub(crate) async fn stop(&mut self) {
        for mut program in self.programs.drain(..) {
            let (status, took) = program.terminate().await;
            assert!(
                status.success() && took < Duration::from_secs(10),
                "{}: {status} after {took:?}\n{}",
                self.name,
                program.log_tail()
            );
        }
    }
}

/// Small, so that the database and the wire matter more than the rendering of a debug build.
fn mail() -> Mail {
    Mail {
        subject: "{{ first_name | default(\"Hello\") }}, the spring list is here".to_owned(),
        html: "<p>Hello {{ first_name | default(\"there\") }} in {{ city | default(\"town\") }}, \
               <a href=\"https://example.com/spring\">have a look</a>.</p>\
               <p><a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p>"
            .to_owned(),
    }
}
