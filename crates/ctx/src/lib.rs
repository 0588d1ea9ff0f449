//! `Ctx`: what a use case is given. Built once, by the server or by a test.

#![warn(missing_docs)]

pub mod instance;
mod node;
mod secrets;
mod site;
mod token;

use std::sync::Arc;

use db::{Db, ReadTx, WriteTx};
use kernel::{Clock, IdGenerator, Rng};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use node::{Node, TIME_TO_LIVE};
pub use secrets::{AccountKey, Purpose, SecretKey, Secrets};
pub use site::{Registered, Site};
pub use token::Token;

/// The surroundings of a use case. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Ctx {
    /// The database.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
    /// New ids.
    pub ids: Arc<IdGenerator>,
    /// Sealing and signing.
    pub secrets: Arc<Secrets>,
    /// Asks other people's servers. Public ones only, unless whoever starts the process puts another client here.
    pub http: net::Client,
    /// Reads texts in DNS.
    pub texts: Arc<dyn net::Texts>,
    /// What this server is to others. On this machine and registered nowhere, unless whoever starts the process says more.
    pub site: Arc<Site>,
    /// This process among its peers.
    pub node: Node,
    /// Cancelled when the process should stop: background work then ends at its next safe point.
    pub shutdown: CancellationToken,
    /// Background work, which shutdown waits for. Nothing is spawned past it.
    pub tasks: TaskTracker,
}

impl Ctx {
    /// Registers this process as a node of the (migrated) database and builds its surroundings.
    pub async fn start(
        db: Db,
        clock: Clock,
        rng: Rng,
        secrets: Secrets,
        name: &str,
    ) -> db::Result<Self> {
        let node = Node::register(&db, &clock, name).await?;
        Ok(Self {
            ids: Arc::new(IdGenerator::new(clock.clone(), node.number())),
            db,
            clock,
            rng,
            secrets: Arc::new(secrets),
            http: net::Client::default(),
            texts: Arc::new(net::DnsTexts::default()),
            site: Arc::default(),
            node,
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// Begins a transaction that only reads.
    pub async fn read(&self) -> db::Result<ReadTx> {
        self.db.read().await
    }

    /// Begins a transaction that may write.
    pub async fn write(&self) -> db::Result<WriteTx> {
        self.db.write().await
    }

    /// Begins a transaction that may write and for which somebody out there waits: it comes before what nobody waits for.
    pub async fn write_urgently(&self) -> db::Result<WriteTx> {
        self.db.write_urgently().await
    }

    /// Begins a transaction that may write and that nobody waits for: what is urgent comes first.
    pub async fn write_behind(&self) -> db::Result<WriteTx> {
        self.db.write_behind().await
    }
}
