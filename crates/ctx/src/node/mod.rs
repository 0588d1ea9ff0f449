//! The registry of running processes. A lease on a job or a message is the **epoch** of a node: it holds while that
//! node's row is alive.
//!
//! One heartbeat per process keeps all its leases, instead of one time-out per leased row. Each start of a process gets
//! a new epoch, so work that an earlier life (or a process that was frozen and came back) still tries to finish names
//! the wrong epoch and changes nothing.

mod store;

use std::time::Duration;

use db::{Db, Engine, LockClass};
use kernel::{Clock, NodeNumber};

/// How long a node counts as alive after its last heartbeat.
pub const TIME_TO_LIVE: Duration = Duration::from_secs(15);

/// This process's registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    epoch: i64,
}

impl Node {
    /// Registers a process that starts now.
    pub async fn register(db: &Db, clock: &Clock, name: &str) -> db::Result<Self> {
        let mut tx = db.write().await?;
        tx.lock(LockClass::Nodes, 0).await?;
        if let Some(now) = store::database_time(&mut tx).await? {
            clock.follow(now);
        }
        let now = clock.now();
        if tx.engine() == Engine::Sqlite {
            // The file's lock proves that no other process is alive, whatever its row says.
            store::declare_all_dead(&mut tx, now).await?;
        }
        let taken = store::numbers_in_use(&mut tx, now).await?;
        let mut epoch = store::last_epoch(&mut tx).await? + 1;
        while taken.contains(&(epoch % i64::from(NodeNumber::COUNT))) {
            epoch += 1;
        }
        let number = epoch % i64::from(NodeNumber::COUNT);
        store::insert(&mut tx, epoch, number, name, now, now + TIME_TO_LIVE).await?;
        tx.commit().await?;
        Ok(Self { epoch })
    }

    /// What a lease of this process says. Never used twice.
    pub fn epoch(self) -> i64 {
        self.epoch
    }

    /// The node part of this process's ids.
    pub fn number(self) -> NodeNumber {
        NodeNumber::new((self.epoch % i64::from(NodeNumber::COUNT)) as u16)
    }

    /// Says that this process lives, and takes over the database's idea of the time. To be called every few seconds.
    pub async fn heartbeat(self, db: &Db, clock: &Clock) -> db::Result<()> {
        let mut tx = db.write().await?;
        if let Some(now) = store::database_time(&mut tx).await? {
            clock.follow(now);
        }
        store::keep_alive(&mut tx, self.epoch, clock.now() + TIME_TO_LIVE).await?;
        tx.commit().await
    }

    /// Whether the database can be read and says that this process lives: whether its leases hold.
    pub async fn is_alive(self, db: &Db, clock: &Clock) -> db::Result<bool> {
        let until = store::alive_until(&mut *db.read().await?, self.epoch).await?;
        Ok(until.is_some_and(|until| until > clock.now()))
    }

    /// Whether any process uses this database, by the database's clock.
    pub async fn any_alive(db: &Db) -> db::Result<bool> {
        let mut tx = db.read().await?;
        let now = store::database_time(&mut tx)
            .await?
            .unwrap_or_else(|| Clock::system().now());
        store::any_alive(&mut tx, now).await
    }

    /// Says that none of the processes lives that a copied database names: those of the server that the copy was taken
    /// of use that server's database. Only for a database that no process uses.
    pub async fn declare_all_dead(db: &Db) -> db::Result<()> {
        let mut tx = db.write().await?;
        tx.lock(LockClass::Nodes, 0).await?;
        let now = store::database_time(&mut tx)
            .await?
            .unwrap_or_else(|| Clock::system().now());
        store::declare_all_dead(&mut tx, now).await?;
        tx.commit().await
    }

    /// How far this computer's clock is ahead (positive) of the database's, in microseconds; `None` for SQLite, whose
    /// clock it is.
    pub async fn clock_ahead(db: &Db) -> db::Result<Option<i64>> {
        let mut tx = db.read().await?;
        let clock = Clock::system();
        let before = clock.now().as_micros();
        let told = store::database_time(&mut tx).await?;
        // The answer was made about halfway.
        let here = before.midpoint(clock.now().as_micros());
        Ok(told.map(|told| here - told.as_micros()))
    }

    /// Says that this process is about to end: its leases are free at once.
    pub async fn sign_off(self, db: &Db, clock: &Clock) -> db::Result<()> {
        let mut tx = db.write().await?;
        store::stop(&mut tx, self.epoch, clock.now()).await?;
        tx.commit().await
    }
}
