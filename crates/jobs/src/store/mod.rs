//! The tables `job` and `schedule`.

mod postgres;
mod reports;
mod schedules;
mod sqlite;

use std::fmt::Write as _;
use std::time::Duration;

use db::{Engine, Insert, Result, Row, Tx, WriteTx, in_list};
use kernel::{AccountId, Timestamp};

use crate::enqueue::New;
use crate::job::JobId;

pub(crate) use reports::*;
pub(crate) use schedules::*;

/// A due job that nobody has yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) id: JobId,
    pub(crate) account: Option<AccountId>,
    pub(crate) at: Timestamp,
}

/// A job that this node has a lease on.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) id: JobId,
    pub(crate) account: Option<AccountId>,
    pub(crate) kind: String,
    pub(crate) payload: String,
    pub(crate) attempt: u16,
    pub(crate) max_attempts: u16,
    pub(crate) due: Timestamp,
}

pub(crate) async fn insert(
    tx: &mut WriteTx,
    id: JobId,
    new: &New,
    now: Timestamp,
) -> Result<Option<JobId>> {
    let mut insert = Insert::into(
        "job",
        &[
            "id",
            "account_id",
            "kind",
            "payload",
            "unique_key",
            "state",
            "due_at",
            "attempts",
            "max_attempts",
            "created_at",
        ],
    )
    .on_conflict(
        "on conflict (kind, unique_key) where state in ('ready', 'running') and unique_key is not null do nothing",
    )
    .returning("id");
    insert.row(|row| {
        row.bind(id)
            .bind(new.account)
            .bind(new.kind)
            .bind(&new.payload)
            .bind(new.unique_key.clone())
            .bind("ready")
            .bind(new.due.unwrap_or(now))
            .bind(0)
            .bind(new.max_attempts)
            .bind(now);
    });
    let rows = insert.fetch_all(tx).await?;
    rows.first().map(|row| row.get("id")).transpose()
}

/// The first `limit` due jobs of these kinds.
pub(crate) async fn due(
    tx: &mut Tx,
    now: Timestamp,
    kinds: &[&'static str],
    limit: usize,
) -> Result<Vec<Due>> {
    let sql = format!(
        "select id, account_id, due_at from job where state = 'ready' and due_at <= $1 and kind in {} \
         order by due_at, id limit $2",
        in_list(3, kinds.len())
    );
    let rows = tx
        .query(sql)
        .bind(now)
        .bind(limit as i64)
        .bind_list(kinds.iter().copied())
        .fetch_all()
        .await?;
    rows.iter().map(read_due).collect()
}

/// The first due job of each account. It skips from account to account through the index, so it costs what the
/// number of accounts with waiting jobs asks for, not the number of jobs.
pub(crate) async fn first_due_of_each_account(
    tx: &mut Tx,
    now: Timestamp,
    kinds: &[&'static str],
) -> Result<Vec<Due>> {
    let kinds_list = in_list(2, kinds.len());
    let sql = format!(
        "with recursive account (id) as ( \
             select min(account_id) from job where state = 'ready' \
             union all \
             select (select min(job.account_id) from job where job.state = 'ready' and job.account_id > account.id) \
             from account where account.id is not null), \
         head (id) as ( \
             select (select job.id from job where job.state = 'ready' and job.account_id = account.id \
                     and job.due_at <= $1 and job.kind in {kinds_list} order by job.due_at, job.id limit 1) \
             from account where account.id is not null \
             union all \
             select (select job.id from job where job.state = 'ready' and job.account_id is null \
                     and job.due_at <= $1 and job.kind in {kinds_list} order by job.due_at, job.id limit 1)) \
         select job.id, job.account_id, job.due_at from head join job on job.id = head.id"
    );
    let rows = tx
        .query(sql)
        .bind(now)
        .bind_list(kinds.iter().copied())
        .fetch_all()
        .await?;
    rows.iter().map(read_due).collect()
}

fn read_due(row: &Row) -> Result<Due> {
    Ok(Due {
        id: row.get("id")?,
        account: row.get("account_id")?,
        at: row.get("due_at")?,
    })
}

/// Takes a lease on those of `ids` that are still ready, and counts the attempt.
pub(crate) async fn lease(
    tx: &mut WriteTx,
    epoch: i64,
    now: Timestamp,
    ids: &[JobId],
) -> Result<Vec<Claimed>> {
    let rows = match tx.engine() {
        Engine::Sqlite => sqlite::lease(tx, epoch, now, ids).await?,
        Engine::Postgres => postgres::lease(tx, epoch, now, ids).await?,
    };
    rows.iter().map(read_claimed).collect()
}

fn read_claimed(row: &Row) -> Result<Claimed> {
    Ok(Claimed {
        id: row.get("id")?,
        account: row.get("account_id")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        attempt: row.get::<i64>("attempts")? as u16,
        max_attempts: row.get::<i64>("max_attempts")? as u16,
        due: row.get("due_at")?,
    })
}

/// The fence of a result: the job is still running, by this node, and this is the attempt that ended. The attempt
/// matters when a node lost its lease, came back, and claimed the same job again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fence {
    pub(crate) id: JobId,
    pub(crate) attempt: u16,
}

/// Marks jobs as done; those that were still this node's.
pub(crate) async fn finish_done(
    tx: &mut WriteTx,
    epoch: i64,
    now: Timestamp,
    fences: &[Fence],
) -> Result<Vec<JobId>> {
    let Some(last) = fences.last() else {
        return Ok(Vec::new());
    };
    // Padded like a list, so that few different statements are prepared.
    let padded = fences.len().next_power_of_two();
    let mut pairs = String::new();
    for i in 0..padded {
        let comma = if i == 0 { "" } else { "," };
        let _ = write!(pairs, "{comma}(${}, ${})", 3 + 2 * i, 4 + 2 * i);
    }
    let sql = format!(
        "update job set state = 'done', lease_epoch = null, leased_at = null, last_error = null, finished_at = $2 \
         where state = 'running' and lease_epoch = $1 and (id, attempts) in (values {pairs}) returning id"
    );
    let mut query = tx.query(sql).bind(epoch).bind(now);
    for i in 0..padded {
        let fence = fences.get(i).unwrap_or(last);
        query = query.bind(fence.id).bind(fence.attempt);
    }
    let rows = query.fetch_all().await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Puts a job back, due then; `counted` says whether this attempt is used up. Affects nothing when fenced off.
pub(crate) async fn finish_ready(
    tx: &mut WriteTx,
    epoch: i64,
    fence: Fence,
    due: Timestamp,
    counted: bool,
    error: Option<&str>,
) -> Result<u64> {
    tx.query(
        "update job set state = 'ready', lease_epoch = null, leased_at = null, due_at = $4, attempts = $5, \
         last_error = coalesce($6, last_error) \
         where id = $2 and state = 'running' and lease_epoch = $1 and attempts = $3",
    )
    .bind(epoch)
    .bind(fence.id)
    .bind(fence.attempt)
    .bind(due)
    .bind(fence.attempt - u16::from(!counted))
    .bind(error)
    .execute()
    .await
}

/// Makes a job a dead letter. Affects nothing when fenced off.
pub(crate) async fn finish_dead(
    tx: &mut WriteTx,
    epoch: i64,
    now: Timestamp,
    fence: Fence,
    error: &str,
) -> Result<u64> {
    tx.query(
        "update job set state = 'dead', lease_epoch = null, leased_at = null, finished_at = $4, last_error = $5 \
         where id = $2 and state = 'running' and lease_epoch = $1 and attempts = $3",
    )
    .bind(epoch)
    .bind(fence.id)
    .bind(fence.attempt)
    .bind(now)
    .bind(error)
    .execute()
    .await
}

/// Whether a lease belongs to a node that is no longer alive.
pub(crate) async fn has_orphans(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let row = tx
        .query(
            "select case when exists (select 1 from job where state = 'running' \
                 and lease_epoch not in (select epoch from node where alive_until > $1)) \
             or exists (select 1 from schedule where lease_epoch is not null \
                 and lease_epoch not in (select epoch from node where alive_until > $1)) \
             then 1 else 0 end as orphans",
        )
        .bind(now)
        .fetch_one()
        .await?;
    Ok(row.get::<i64>("orphans")? == 1)
}

const ORPHANED: &str = "the process ended while it ran";

/// Takes back the leases of dead nodes. The attempt stays counted: its job may be what killed the process.
pub(crate) async fn reclaim(tx: &mut WriteTx, now: Timestamp) -> Result<u64> {
    let dead = tx
        .query(
            "update job set state = 'dead', lease_epoch = null, leased_at = null, finished_at = $1, last_error = $2 \
             where state = 'running' and attempts >= max_attempts \
             and lease_epoch not in (select epoch from node where alive_until > $1)",
        )
        .bind(now)
        .bind(ORPHANED)
        .execute()
        .await?;
    let ready = tx
        .query(
            "update job set state = 'ready', lease_epoch = null, leased_at = null, last_error = $2 \
             where state = 'running' and lease_epoch not in (select epoch from node where alive_until > $1)",
        )
        .bind(now)
        .bind(ORPHANED)
        .execute()
        .await?;
    tx.query(
        "update schedule set lease_epoch = null, next_at = $1 where lease_epoch is not null \
         and lease_epoch not in (select epoch from node where alive_until > $1)",
    )
    .bind(now)
    .execute()
    .await?;
    Ok(dead + ready)
}

/// Takes back leases of this node that it does not know of: it claimed them in a transaction whose commit was answered
/// by an error although it happened.
pub(crate) async fn release_strays(
    tx: &mut WriteTx,
    epoch: i64,
    known: &[JobId],
    known_schedules: &[&'static str],
) -> Result<u64> {
    let sql = format!(
        "update job set state = 'ready', lease_epoch = null, leased_at = null, attempts = attempts - 1 \
         where state = 'running' and lease_epoch = $1{}",
        unless("id", known.len())
    );
    let jobs = tx
        .query(sql)
        .bind(epoch)
        .bind_list(known.iter().copied())
        .execute()
        .await?;
    let sql = format!(
        "update schedule set lease_epoch = null where lease_epoch = $1{}",
        unless("name", known_schedules.len())
    );
    tx.query(sql)
        .bind(epoch)
        .bind_list(known_schedules.iter().copied())
        .execute()
        .await?;
    Ok(jobs)
}

fn unless(column: &str, n: usize) -> String {
    if n == 0 {
        String::new()
    } else {
        format!(" and {column} not in {}", in_list(2, n))
    }
}

/// Until when this node's leases hold, as the others see it; `None` when it signed off.
pub(crate) async fn alive_until(tx: &mut Tx, epoch: i64) -> Result<Option<Timestamp>> {
    tx.query("select alive_until from node where epoch = $1 and stopped_at is null")
        .bind(epoch)
        .fetch_optional()
        .await?
        .map(|row| row.get("alive_until"))
        .transpose()
}

/// When the next job of these kinds is due, which may be in the past.
pub(crate) async fn next_due(tx: &mut Tx, kinds: &[&'static str]) -> Result<Option<Timestamp>> {
    let sql = format!(
        "select due_at from job where state = 'ready' and kind in {} order by due_at, id limit 1",
        in_list(1, kinds.len())
    );
    tx.query(sql)
        .bind_list(kinds.iter().copied())
        .fetch_optional()
        .await?
        .map(|row| row.get("due_at"))
        .transpose()
}

/// How much later than `now` a snoozed or retried job may be due at the earliest: it must not come back at once.
pub(crate) const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
