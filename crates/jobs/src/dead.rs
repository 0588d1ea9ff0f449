//! Dead letters, and how finished jobs leave.

use std::time::Duration;

use ctx::Ctx;
use db::{Topic, Tx, WriteTx};
use kernel::{AccountId, Cursor, Limit, Page, Timestamp};

use crate::job::JobId;
use crate::store::{self, Finished};

/// A job that is not tried again by itself.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The job.
    pub id: JobId,
    /// On whose behalf it was.
    pub account: Option<AccountId>,
    /// What it is.
    pub kind: String,
    /// Its payload, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub error: String,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// The dead letters of an account, or of the whole instance (for its operator), the latest first.
pub async fn dead_letters(
    tx: &mut Tx,
    account: Option<AccountId>,
    after: Option<Cursor>,
    limit: Limit,
) -> kernel::Result<Page<DeadLetter>> {
    let rows = store::dead_letters(tx, account, after, limit).await?;
    Ok(Page::from_rows(rows, limit, |letter| Cursor {
        key: letter.died_at.as_micros(),
        id: letter.id.get(),
    }))
}

/// Puts a dead letter back in the queue, due now and with all its attempts.
pub async fn retry_dead(ctx: &Ctx, tx: &mut WriteTx, id: JobId) -> kernel::Result<()> {
    let replaced = || {
        kernel::Error::conflict(
            "job_replaced",
            "a newer job does the same work already; there is no need to retry this one",
        )
    };
    match store::revive(tx, id, ctx.clock.now()).await {
        Ok(0) if store::is_dead(tx, id).await? => Err(replaced()),
        Ok(0) => Err(kernel::Error::not_found("dead letter", id)),
        Ok(_) => {
            tx.nudge(Topic::Jobs);
            Ok(())
        }
        // It was enqueued by a transaction that committed just now.
        Err(db::Error::Unique(_)) => Err(replaced()),
        Err(error) => Err(error.into()),
    }
}

const PRUNE_BATCH: i64 = 5000;

/// Deletes jobs that were done longer ago than `keep_done`, and dead letters older than `keep_dead`. An ordinary
/// schedule calls this; it takes short transactions so that others get their turn in between.
pub async fn prune(ctx: &Ctx, keep_done: Duration, keep_dead: Duration) -> kernel::Result<u64> {
    let now = ctx.clock.now();
    let mut pruned = 0;
    for (state, before) in [
        (Finished::Done, now - keep_done),
        (Finished::Dead, now - keep_dead),
    ] {
        loop {
            let mut tx = ctx.write().await?;
            let affected = store::prune(&mut tx, state, before, PRUNE_BATCH).await?;
            tx.commit().await?;
            pruned += affected;
            if affected < PRUNE_BATCH as u64 || ctx.shutdown.is_cancelled() {
                break;
            }
        }
    }
    Ok(pruned)
}
