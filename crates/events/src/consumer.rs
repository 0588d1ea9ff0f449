//! Handing events to consumers.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, Topic, WriteTx};
use futures_util::FutureExt as _;

use crate::Event;
use crate::store::{self, Place};

/// Something that follows the events.
pub trait Consumer: Send + Sync {
    /// The name of its cursor. For ever: another name is another consumer, which starts anew.
    fn name(&self) -> &'static str;

    /// Where it starts when it is new.
    fn start(&self) -> Start {
        Start::Beginning
    }

    /// Handles a batch, in order, in the transaction that moves the cursor: either both happen or neither. Events of
    /// kinds that it does not care about come too. What it does outside the database may happen again, so it should
    /// enqueue a job for that. An error stops the consumer at this batch until it can be handled.
    fn handle(
        &self,
        ctx: &Ctx,
        tx: &mut WriteTx,
        events: &[Event],
    ) -> impl Future<Output = kernel::Result<()>> + Send;
}

/// Where a new consumer starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest event there is.
    Beginning,
    /// With what is recorded from now on. Events of transactions that are under way right now are included.
    Now,
}

/// Most events of one transaction.
const BATCH: usize = 1000;
/// How long a consumer waits without a hint.
const NET: Duration = Duration::from_secs(1);
/// How long it waits for an older transaction to end.
const HELD_BACK: Duration = Duration::from_millis(20);
const LONGEST_TROUBLE: Duration = Duration::from_secs(30);

/// Handles one batch of what is due; the number of events. 0 also when another node is at it, and when all there is
/// was recorded by transactions that are not below the horizon yet.
pub async fn pump<C: Consumer>(ctx: &Ctx, consumer: &C) -> kernel::Result<usize> {
    pump_some(ctx, consumer, BATCH).await
}

async fn pump_some<C: Consumer>(ctx: &Ctx, consumer: &C, limit: usize) -> kernel::Result<usize> {
    let name = consumer.name();
    if is_idle(ctx, name).await? {
        return Ok(0);
    }
    let mut tx = ctx.write().await?;
    // The lock is released only after the commit is visible, so whoever gets it next reads the moved cursor.
    if !tx.try_lock(LockClass::Cursor, lock_id(name)).await? {
        return Ok(0);
    }
    let now = ctx.clock.now();
    let from = match store::cursor(&mut tx, name).await? {
        Some(place) => place,
        None => {
            let place = start_place(&mut tx, consumer.start()).await?;
            store::add_cursor(&mut tx, name, place, now).await?;
            place
        }
    };
    // The horizon comes first: what is below it then is visible to every later statement.
    let horizon = tx.commit_horizon().await?;
    let batch = store::following(&mut tx, from, horizon, limit).await?;
    if let Some((to, _)) = batch.last() {
        let to = *to;
        let events: Vec<Event> = batch.into_iter().map(|(_, event)| event).collect();
        consumer.handle(ctx, &mut tx, &events).await?;
        let moved = store::move_cursor(&mut tx, name, from, to, now).await?;
        db::ensure_affected(moved, 1)?;
        tx.commit().await?;
        return Ok(events.len());
    }
    tx.commit().await?;
    Ok(0)
}

/// Whether a known consumer has nothing to do, found out without the writer.
async fn is_idle(ctx: &Ctx, name: &str) -> db::Result<bool> {
    let mut tx = ctx.read().await?;
    let Some(place) = store::cursor(&mut tx, name).await? else {
        return Ok(false);
    };
    let horizon = tx.commit_horizon().await?;
    Ok(store::following(&mut tx, place, horizon, 1)
        .await?
        .is_empty())
}

/// "Now" is the last stamp below which nothing can appear any more: on PostgreSQL just below the horizon, on SQLite
/// the newest stamp, which is this transaction's own.
async fn start_place(tx: &mut WriteTx, start: Start) -> db::Result<Place> {
    Ok(match start {
        Start::Beginning => Place { txn: -1, id: -1 },
        Start::Now => Place {
            txn: tx.commit_stamp().await?.min(tx.commit_horizon().await? - 1),
            id: i64::MAX,
        },
    })
}

/// A name as a number (FNV-1a). A collision makes two consumers take turns, nothing worse.
fn lock_id(name: &str) -> i64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // The class of the lock is in the highest byte.
    (hash >> 8) as i64
}

/// Pumps until everything is handled that was recorded before the call; the number of events. For tests and programs
/// that must know. It waits for other nodes that are at it, and for older transactions to end.
pub async fn catch_up<C: Consumer>(ctx: &Ctx, consumer: &C) -> kernel::Result<usize> {
    let Some(target) = store::last(&mut *ctx.read().await?).await? else {
        return pump(ctx, consumer).await;
    };
    let mut handled = 0;
    loop {
        let some = pump(ctx, consumer).await?;
        handled += some;
        if some == 0 {
            let place = store::cursor(&mut *ctx.read().await?, consumer.name()).await?;
            if place.is_some_and(|place| place >= target) {
                return Ok(handled);
            }
            tokio::time::sleep(HELD_BACK).await;
        }
    }
}

/// Follows the events until `ctx.shutdown`. Every node runs one; the cursor goes to one of them at a time. After an
/// error it tries again, with ever smaller batches and longer pauses, so that all events before the one that cannot be
/// handled are.
pub async fn run_consumer<C: Consumer>(ctx: Ctx, consumer: C) {
    let mut hints = ctx.db.wakeups(Topic::Events);
    let mut failures: u32 = 0;
    while !ctx.shutdown.is_cancelled() {
        let limit = (BATCH >> failures.min(10)).max(1);
        // A panic rolls the transaction back, like an error.
        let outcome = AssertUnwindSafe(pump_some(&ctx, &consumer, limit))
            .catch_unwind()
            .await;
        let pause = match outcome {
            Ok(Ok(0)) => NET,
            Ok(Ok(_)) => {
                failures = 0;
                continue;
            }
            Ok(Err(error)) => {
                report(consumer.name(), limit, &error);
                failures += 1;
                trouble(failures)
            }
            Err(_) => {
                tracing::error!(
                    consumer = consumer.name(),
                    limit,
                    "an event consumer panicked"
                );
                failures += 1;
                trouble(failures)
            }
        };
        tokio::select! {
            () = ctx.shutdown.cancelled() => {}
            () = wait(&ctx, &mut hints, pause, failures > 0) => {}
        }
    }
}

async fn wait(ctx: &Ctx, hints: &mut db::Wakeup, pause: Duration, in_trouble: bool) {
    if in_trouble {
        return tokio::time::sleep(pause).await;
    }
    let _ = ctx;
    hints.wait(pause).await;
}

fn trouble(failures: u32) -> Duration {
    (Duration::from_millis(100) * 2_u32.pow(failures.min(12))).min(LONGEST_TROUBLE)
}

fn report(consumer: &'static str, limit: usize, error: &kernel::Error) {
    tracing::error!(
        consumer,
        limit,
        error = error as &dyn std::error::Error,
        "an event consumer cannot handle its next events and tries again"
    );
}
