//! The queues of transports and their connections.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, Result, Timestamp};
use mail::smtp::SmtpConfig;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::time::Instant;

use super::committer::Committer;
use super::pace::Pace;
use super::plan::Plan;
use super::rest::Rest;
use super::strain::Strain;
use super::worker;
use crate::Config;
use crate::messages::Claimed;
use crate::transactional::Envelope;
use crate::transports::{Transport, TransportId, service, store};

/// Messages that one connection takes at a time: what a crash can leave in doubt, per connection.
pub(super) const CHUNK: usize = 8;
/// Writers of the sandbox: they only wait for the database.
const SANDBOX_WORKERS: usize = 2;
const SANDBOX_CHUNK: usize = 64;
/// Connections of a transport that are for transactional messages alone, beside those that campaigns use, and how many
/// messages each takes at a time: few, since they may bring files.
const URGENT_WORKERS: usize = 2;
const URGENT_CHUNK: usize = 2;

/// Which messages go through a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Campaigns and their tests.
    Bulk,
    /// Transactional messages, which wait for nothing that is sent to many.
    Urgent,
}

/// A message with all it takes to send it.
pub(super) struct Ready {
    pub(super) message: Claimed,
    pub(super) plan: Arc<Plan>,
    pub(super) values: content::Values,
    /// Of a transactional message.
    pub(super) envelope: Option<Box<Envelope>>,
    /// When a limit counts it: until when it has to be handed over, or be given back.
    pub(super) fresh_until: Option<Instant>,
}

/// A transport with its queue.
pub(super) struct Pool {
    queue: mpsc::Sender<Ready>,
    version: Timestamp,
    /// `None`: the sandbox without a transport.
    pub(super) transport: Option<TransportId>,
    pub(super) per_second: Option<i64>,
    shared: Arc<Shared>,
}

/// What the connections of a pool share.
pub(super) struct Shared {
    pub(super) ctx: Ctx,
    /// `None`: the sandbox.
    pub(super) smtp: Option<SmtpConfig>,
    pub(super) receiver: Mutex<mpsc::Receiver<Ready>>,
    pub(super) chunk: usize,
    pub(super) pace: Pace,
    pub(super) committer: Committer,
    /// Told when messages left the queue.
    pub(super) space: Arc<Notify>,
    /// Messages taken from the queue whose end is not durable yet.
    pub(super) in_hand: AtomicUsize,
    /// Domains whose servers say "later".
    pub(super) strain: Arc<Strain>,
    rest: std::sync::Mutex<Rest>,
}

impl Shared {
    /// How long to leave a relay alone that cannot be reached.
    pub(super) fn pause_after_failure(&self) -> Duration {
        self.rest().after_failure(Instant::now())
    }

    /// The relay can be reached.
    pub(super) fn reached(&self) {
        self.rest().end();
    }

    fn rest(&self) -> std::sync::MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// How many more messages its queue is given now: none while it is more than half full. A claim is a handful of
    /// transactions and a disk flush, however few messages it is for, and what waits in the queue lasts until the next.
    pub(super) fn room(&self) -> usize {
        let free = self.queue.capacity();
        if free * 2 < self.queue.max_capacity() {
            return 0;
        }
        free
    }

    /// Whether its relay is left alone for a while.
    fn rests(&self) -> bool {
        self.shared.rest().is_on(Instant::now())
    }

    pub(super) fn is_idle(&self) -> bool {
        self.queue.capacity() == self.queue.max_capacity()
            && self.shared.in_hand.load(Ordering::SeqCst) == 0
    }

    /// Queues a message; there is room when the caller asked before and is alone.
    pub(super) async fn push(&self, ready: Ready) {
        // The receiver ends only after the last sender, or when the process stops: the lease then lapses.
        let _ = self.queue.send(ready).await;
    }
}

/// The pools of one lane of this process, opened when they are first needed.
pub(super) struct Pools {
    lane: Lane,
    ctx: Ctx,
    config: Config,
    committer: Committer,
    space: Arc<Notify>,
    pub(super) strain: Arc<Strain>,
    open: HashMap<(AccountId, Option<TransportId>), Arc<Pool>>,
}

impl Pools {
    pub(super) fn new(ctx: &Ctx, config: &Config, lane: Lane) -> Self {
        Self {
            lane,
            committer: Committer::start(ctx),
            ctx: ctx.clone(),
            config: config.clone(),
            space: Arc::new(Notify::new()),
            strain: Arc::default(),
            open: HashMap::new(),
        }
    }

    /// Told when a queue has room again.
    pub(super) fn space(&self) -> Arc<Notify> {
        self.space.clone()
    }

    /// Whether no connection holds a message, whatever lies in the queues.
    pub(super) fn nothing_in_hand(&self) -> bool {
        self.open
            .values()
            .all(|pool| pool.shared.in_hand.load(Ordering::SeqCst) == 0)
    }

    pub(super) fn all_idle(&self) -> bool {
        self.open.values().all(|pool| pool.is_idle())
    }

    /// The pool of a campaign's transport: the one it names, else the account's default, else the sandbox. While its
    /// relay cannot be reached, another transport that may stand in for it.
    pub(super) async fn get(
        &mut self,
        account: AccountId,
        transport: Option<TransportId>,
    ) -> Result<Arc<Pool>> {
        let mut tx = self.ctx.read().await?;
        let found = match transport {
            Some(id) => store::find(&mut tx, account, id).await?,
            None => store::find_default(&mut tx, account).await?,
        };
        drop(tx);
        let pool = self.pool_of(account, found.as_ref())?;
        if !pool.rests() {
            return Ok(pool);
        }
        let mut tx = self.ctx.read().await?;
        let others = store::standing_in(&mut tx, account).await?;
        drop(tx);
        for other in others.iter().filter(|o| Some(o.id) != pool.transport) {
            let other = self.pool_of(account, Some(other))?;
            if !other.rests() {
                return Ok(other);
            }
        }
        Ok(pool)
    }

    fn pool_of(&mut self, account: AccountId, found: Option<&Transport>) -> Result<Arc<Pool>> {
        let key = (account, found.map(|transport| transport.id));
        let version = found.map_or(Timestamp::default(), |transport| transport.updated_at);
        if let Some(pool) = self.open.get(&key).filter(|pool| pool.version == version) {
            return Ok(pool.clone());
        }
        let smtp = match found {
            Some(transport) => service::smtp_config(&self.ctx, &self.config, transport)?,
            None => None,
        };
        let per_second = found.and_then(|transport| transport.max_per_second);
        // What waits in memory must be gone within a few seconds, also at a slow pace.
        let paced = per_second.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(1).max(1));
        let connections = match (&smtp, found) {
            (Some(_), Some(transport)) => usize::try_from(transport.max_connections).unwrap_or(1),
            _ => SANDBOX_WORKERS,
        }
        .min(paced);
        let (connections, chunk) = match self.lane {
            Lane::Urgent => (connections.min(URGENT_WORKERS), URGENT_CHUNK),
            Lane::Bulk if smtp.is_some() => (connections, CHUNK),
            Lane::Bulk => (connections, SANDBOX_CHUNK),
        };
        let length = (connections * chunk * 3).max(64);
        let (queue, receiver) = mpsc::channel(length.min(paced.saturating_mul(2)));
        let pool = Arc::new(Pool {
            queue,
            version,
            transport: found.map(|transport| transport.id),
            per_second,
            shared: Arc::new(Shared {
                ctx: self.ctx.clone(),
                smtp,
                receiver: Mutex::new(receiver),
                chunk,
                pace: Pace::new(per_second),
                committer: self.committer.clone(),
                space: self.space.clone(),
                in_hand: AtomicUsize::new(0),
                strain: self.strain.clone(),
                rest: std::sync::Mutex::default(),
            }),
        });
        for _ in 0..connections {
            self.ctx.tasks.spawn(worker::run(pool.shared.clone()));
        }
        // An older pool of this transport loses its queue here, finishes what it has and ends.
        self.open.insert(key, pool.clone());
        Ok(pool)
    }
}
