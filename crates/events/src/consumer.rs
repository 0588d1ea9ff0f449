//! Handing events to consumers.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

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

    /// Whether it reads the body of events of this kind; of others it gets `null`. Imports record events by the million,
    /// and taking a body apart costs more than all else of reading one.
    fn reads_body(&self, kind: &str) -> bool {
        let _ = kind;
        true
    }

    /// How long it lets events gather after a batch that was not full. While thousands of mails a second are sent, each
    /// commit has a few events, and a transaction of each consumer for each of them costs as much as the sending.
    fn gathers(&self) -> Duration {
        Duration::from_millis(50)
    }

    /// Whether it may work now. When it may not, it is asked again after a second; for a consumer whose work can wait
    /// and would slow down something that cannot.
    fn is_good_time(&self, ctx: &Ctx) -> impl Future<Output = kernel::Result<bool>> + Send {
        let _ = ctx;
        std::future::ready(Ok(true))
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
/// So long a transaction may last while something urgent waits for the writer, and so many events it has at least.
const SHORT: Duration = Duration::from_millis(8);
const SMALL: usize = 50;
/// How long a consumer waits without a hint.
const NET: Duration = Duration::from_secs(1);
/// How long it waits for an older transaction to end.
const HELD_BACK: Duration = Duration::from_millis(20);
const LONGEST_TROUBLE: Duration = Duration::from_secs(30);

/// Handles one batch of what is due; the number of events. 0 also when another node is at it, and when all there is
/// was recorded by transactions that are not below the horizon yet.
pub async fn pump<C: Consumer>(ctx: &Ctx, consumer: &C) -> kernel::Result<usize> {
    Ok(match pump_some(ctx, consumer, BATCH).await? {
        Pumped::Handled(events, _) => events,
        Pumped::Idle | Pumped::HeldBack | Pumped::NotNow => 0,
    })
}

/// Unless the consumer would rather wait.
async fn pump_in_time<C: Consumer>(
    ctx: &Ctx,
    consumer: &C,
    limit: usize,
) -> kernel::Result<Pumped> {
    if consumer.is_good_time(ctx).await? {
        pump_some(ctx, consumer, limit).await
    } else {
        Ok(Pumped::NotNow)
    }
}

enum Pumped {
    /// So many events; how long the transaction lasted, if something urgent waited for its end.
    Handled(usize, Option<Duration>),
    /// Nothing to do, or another node does it.
    Idle,
    /// There are events, but a transaction that is older than theirs still runs.
    HeldBack,
    /// The consumer would rather wait.
    NotNow,
}

async fn pump_some<C: Consumer>(ctx: &Ctx, consumer: &C, limit: usize) -> kernel::Result<Pumped> {
    let name = consumer.name();
    if let Some(nothing) = nothing_to_do(ctx, name).await? {
        return Ok(nothing);
    }
    let mut tx = ctx.write_behind().await?;
    let began = Instant::now();
    // The lock is released only after the commit is visible, so whoever gets it next reads the moved cursor.
    if !tx.try_lock(LockClass::Cursor, lock_id(name)).await? {
        return Ok(Pumped::Idle);
    }
    let now = ctx.clock.now();
    let from = if let Some(place) = store::cursor(&mut tx, name).await? {
        place
    } else {
        let place = start_place(&mut tx, consumer.start()).await?;
        store::add_cursor(&mut tx, name, place, now).await?;
        place
    };
    // The horizon comes first: what is below it then is visible to every later statement.
    let horizon = tx.commit_horizon().await?;
    let batch = store::following(&mut tx, from, horizon, limit, |kind| {
        consumer.reads_body(kind)
    })
    .await?;
    if let Some((to, _)) = batch.last() {
        let to = *to;
        let events: Vec<Event> = batch.into_iter().map(|(_, event)| event).collect();
        if let Err(error) = consumer.handle(ctx, &mut tx, &events).await {
            // Dropping it would roll back a moment later, and hold the lock until then: the next pump would look idle.
            tx.rollback().await?;
            return Err(error);
        }
        let moved = store::move_cursor(&mut tx, name, from, to, now).await?;
        db::ensure_affected(moved, 1)?;
        let urgent = ctx.db.is_writer_wanted();
        tx.commit().await?;
        let lasted = urgent.then(|| began.elapsed());
        return Ok(Pumped::Handled(events.len(), lasted));
    }
    tx.commit().await?;
    Ok(Pumped::Idle)
}

/// Finds out without the writer whether there is nothing to do for a consumer that has a cursor.
async fn nothing_to_do(ctx: &Ctx, name: &str) -> db::Result<Option<Pumped>> {
    let mut tx = ctx.read().await?;
    let Some(place) = store::cursor(&mut tx, name).await? else {
        return Ok(None);
    };
    let horizon = tx.commit_horizon().await?;
    Ok(match store::place_after(&mut tx, place).await? {
        None => Some(Pumped::Idle),
        Some(next) if next.txn >= horizon => Some(Pumped::HeldBack),
        Some(_) => None,
    })
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

/// Follows the events until `ctx.shutdown`. Every node runs one; the cursor goes to one of them at a time. A batch that
/// fails is tried again in smaller ones, so that every event before the one that cannot be handled is; that one is
/// tried again and again, with ever longer pauses.
pub async fn run_consumer<C: Consumer>(ctx: Ctx, consumer: C) {
    let mut hints = ctx.db.wakeups(Topic::Events);
    let mut limit = BATCH;
    let mut failures = 0;
    let mut held_back = HELD_BACK;
    while !ctx.shutdown.is_cancelled() {
        // A panic rolls the transaction back, like an error.
        let outcome = AssertUnwindSafe(pump_in_time(&ctx, &consumer, limit))
            .catch_unwind()
            .await;
        let pause = match outcome {
            Ok(Ok(pumped)) => {
                failures = 0;
                match pumped {
                    Pumped::Handled(events, kept_waiting) => {
                        let was_full = events == limit;
                        limit = match kept_waiting {
                            None => (limit * 2).min(BATCH),
                            Some(lasted) if lasted > SHORT => (limit / 2).max(SMALL.min(limit)),
                            Some(_) => limit,
                        };
                        held_back = HELD_BACK;
                        if !was_full {
                            rest(&ctx, consumer.gathers()).await;
                        }
                        continue;
                    }
                    Pumped::Idle => NET,
                    Pumped::NotNow => {
                        rest(&ctx, NET).await;
                        continue;
                    }
                    Pumped::HeldBack => {
                        // The end of the transaction that is waited for gives no hint if it recorded nothing.
                        held_back = (held_back * 2).min(NET);
                        held_back
                    }
                }
            }
            Ok(Err(_)) | Err(_) if limit > 1 => {
                limit = (limit / 8).max(1);
                continue;
            }
            Ok(Err(error)) => {
                failures += 1;
                tracing::error!(
                    consumer = consumer.name(),
                    error = &error as &dyn std::error::Error,
                    "an event consumer cannot handle its next event and tries again"
                );
                trouble(failures)
            }
            Err(_) => {
                failures += 1;
                tracing::error!(
                    consumer = consumer.name(),
                    "an event consumer panicked at its next event and tries again"
                );
                trouble(failures)
            }
        };
        let wait = async {
            if failures > 0 {
                tokio::time::sleep(pause).await;
            } else {
                hints.wait(pause).await;
            }
        };
        tokio::select! {
            () = ctx.shutdown.cancelled() => {}
            () = wait => {}
        }
    }
}

/// Without a hint, since there are many while it is not a good time.
async fn rest(ctx: &Ctx, pause: Duration) {
    tokio::select! {
        () = ctx.shutdown.cancelled() => {}
        () = tokio::time::sleep(pause) => {}
    }
}

fn trouble(failures: u32) -> Duration {
    (Duration::from_millis(50) * 2_u32.pow(failures.min(12))).min(LONGEST_TROUBLE)
}
