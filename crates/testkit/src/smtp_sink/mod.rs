//! An SMTP server for tests and benchmarks: it accepts every message, writes down who got it, and fails on command.
//!
//! [`Sink::start`] listens on a free port of the loopback interface and serves until the [`Sink`] is dropped.
//! What it does wrong is a list of [`Fault`]s: at which [`Step`], [`When`], and which [`Action`].
//!
//! Invariants, on which the tests of everything that sends rely:
//!
//! - a recipient is in [`Sink::accepted`] (and in the log file) before the client can read the 250;
//! - a message refused with 4xx or 5xx is never in it; one followed by [`Action::AcceptThenClose`] always is;
//! - without faults nothing is refused, so every difference is the client's doing;
//! - what a careful server would object to (bare line ends, missing dot-stuffing, talking out of turn) is accepted
//!   but counted in [`Stats::violations`].

mod faults;
mod journal;
mod session;
mod tls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use faults::{Action, AddressTest, Fault, Step, When};
pub use journal::{Accepted, Keep};

use faults::Faults;
use journal::Journal;

/// How the sink behaves when nothing is made to fail.
#[derive(Clone, Debug)]
pub struct SinkConfig {
    /// 0 takes a free one.
    pub port: u16,
    /// The pause before each write of replies. A client that pipelines pays it once per group.
    pub latency: Duration,
    /// Whether EHLO offers PIPELINING. If not, commands sent ahead count as violations.
    pub pipelining: bool,
    /// Whether EHLO is known at all; without it there is only HELO.
    pub ehlo: bool,
    /// Whether EHLO offers SMTPUTF8 and 8BITMIME.
    pub international: bool,
    /// The largest message, announced with SIZE and enforced.
    pub size_limit: Option<usize>,
    /// Whether and how connections are encrypted, with a certificate of [`Sink::authority_pem`].
    pub tls: SinkTls,
    /// User name and password, without which MAIL is refused.
    pub login: Option<(String, String)>,
    /// The AUTH mechanisms offered with `login`.
    pub mechanisms: &'static str,
    /// 421 to the MAIL after so many messages on one connection.
    pub messages_per_connection: Option<u64>,
    /// Answer 354 to DATA even if no recipient was accepted, as RFC 2920 allows.
    pub data_without_recipients: bool,
    /// What is kept in memory of accepted messages.
    pub keep: Keep,
    /// One line per accepted recipient, written before the reply: address, Message-ID, sequence, connection, tab separated.
    pub log: Option<PathBuf>,
    /// What goes wrong. The first that applies to a step wins.
    pub faults: Vec<Fault>,
}

/// Whether and how connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkTls {
    /// Never.
    None,
    /// STARTTLS is offered.
    StartTls,
    /// From the first byte.
    Implicit,
}

impl Default for SinkConfig {
    fn default() -> Self {
        Self {
            port: 0,
            latency: Duration::ZERO,
            pipelining: true,
            ehlo: true,
            international: true,
            size_limit: None,
            tls: SinkTls::None,
            login: None,
            mechanisms: "PLAIN LOGIN",
            messages_per_connection: None,
            data_without_recipients: false,
            keep: Keep::Recipients,
            log: None,
            faults: Vec::new(),
        }
    }
}

impl SinkConfig {
    /// Adds a fault.
    pub fn fault(mut self, step: Step, when: When, action: Action) -> Self {
        self.faults.push(Fault { step, when, action });
        self
    }
}

/// What the sink counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections taken so far.
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// Recipients accepted.
    pub accepted: u64,
    /// 4xx answers that faults gave.
    pub deferred: u64,
    /// 5xx answers that faults gave.
    pub refused: u64,
    /// What a careful server would have objected to, the first hundred of them.
    pub violations: Vec<String>,
}

/// A running sink. Dropping it closes the port and all connections.
pub struct Sink {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    config: SinkConfig,
    faults: Faults,
    journal: Journal,
    connections: AtomicU64,
    open: AtomicU64,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    stop: CancellationToken,
}

impl Sink {
    /// Listens and serves on tasks of the current runtime.
    pub async fn start(config: SinkConfig) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared {
            faults: Faults::new(config.faults.clone()),
            journal: Journal::open(config.keep, config.log.as_deref())?,
            connections: AtomicU64::new(0),
            open: AtomicU64::new(0),
            acceptor: match config.tls {
                SinkTls::None => None,
                SinkTls::StartTls | SinkTls::Implicit => Some(tls::acceptor()?),
            },
            stop: CancellationToken::new(),
            config,
        });
        let tasks = TaskTracker::new();
        let server = accept(listener, Arc::clone(&shared), tasks.clone());
        tasks.spawn(server);
        Ok(Self { addr, shared })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Every recipient accepted so far, in order of arrival. Empty with [`Keep::Nothing`].
    pub fn accepted(&self) -> Vec<Accepted> {
        self.shared.journal.accepted()
    }

    /// How many recipients were accepted so far.
    pub fn count(&self) -> u64 {
        self.shared.journal.count()
    }

    /// Waits until at least `count` recipients are accepted. Returns whether that happened in time.
    pub async fn wait_for(&self, count: u64, at_most: Duration) -> bool {
        tokio::time::timeout(at_most, self.shared.journal.reached(count))
            .await
            .is_ok()
    }

    /// Waits until no connection is open. Returns whether that happened in time.
    pub async fn wait_idle(&self, at_most: Duration) -> bool {
        let idle = async {
            while self.shared.open.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(at_most, idle).await.is_ok()
    }

    /// Recipients that got the same Message-ID more than once, with how often.
    pub fn duplicates(&self) -> Vec<(String, usize)> {
        self.shared.journal.duplicates()
    }

    /// The counters.
    pub fn stats(&self) -> Stats {
        let (deferred, refused) = self.shared.faults.counts();
        Stats {
            connections: self.shared.connections.load(Ordering::SeqCst),
            open: self.shared.open.load(Ordering::SeqCst),
            accepted: self.count(),
            deferred,
            refused,
            violations: self.shared.journal.violations(),
        }
    }

    /// Replaces the faults, from the next step of each connection on. Their counters begin anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.shared.faults.replace(faults);
    }

    /// The certificate authority that signed the certificate for `localhost` and the loopback addresses.
    pub fn authority_pem() -> &'static str {
        tls::AUTHORITY
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink")
            .field("addr", &self.addr)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, tasks: TaskTracker) {
    let stop = shared.stop.clone();
    let serve = async {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of file descriptors: the next attempt may find one.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let id = shared.connections.fetch_add(1, Ordering::SeqCst);
            shared.open.fetch_add(1, Ordering::SeqCst);
            let shared = Arc::clone(&shared);
            tasks.spawn(async move {
                let stop = shared.stop.clone();
                // A connection that breaks is the client's business; what was accepted is in the journal.
                let _ = stop
                    .run_until_cancelled(session::serve(&shared, stream, id))
                    .await;
                shared.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    };
    stop.run_until_cancelled(serve).await;
}
