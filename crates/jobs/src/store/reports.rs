//! Reading the queue as a whole: dead letters, depths, pruning.

use db::{Result, Row, Tx, WriteTx};
use kernel::{AccountId, Cursor, Limit, Timestamp};

use crate::dead::DeadLetter;
use crate::job::JobId;

const DEAD_COLUMNS: &str =
    "id, account_id, kind, payload, attempts, last_error, created_at, finished_at";

/// The newest first, one more than the page holds.
pub(crate) async fn dead_letters(
    tx: &mut Tx,
    account: Option<AccountId>,
    after: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<DeadLetter>> {
    let after = after.unwrap_or(Cursor {
        key: i64::MAX,
        id: i64::MAX,
    });
    let of_account = if account.is_some() {
        "account_id = $4 and"
    } else {
        "$4 is null and"
    };
    // The null needs a type, which the cast gives it on PostgreSQL.
    let of_account = of_account.replace("$4", "cast($4 as bigint)");
    let sql = format!(
        "select {DEAD_COLUMNS} from job where {of_account} state = 'dead' and (finished_at, id) < ($1, $2) \
         order by finished_at desc, id desc limit $3"
    );
    let rows = tx
        .query(sql)
        .bind(after.key)
        .bind(after.id)
        .bind(limit.plus_one())
        .bind(account)
        .fetch_all()
        .await?;
    rows.iter().map(read_dead).collect()
}

fn read_dead(row: &Row) -> Result<DeadLetter> {
    Ok(DeadLetter {
        id: row.get("id")?,
        account: row.get("account_id")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        attempts: row.get("attempts")?,
        error: row.get::<Option<String>>("last_error")?.unwrap_or_default(),
        created_at: row.get("created_at")?,
        died_at: row.get("finished_at")?,
    })
}

/// Makes a dead job ready with fresh attempts. Not while its unique key is taken by a younger job.
pub(crate) async fn revive(tx: &mut WriteTx, id: JobId, now: Timestamp) -> Result<u64> {
    tx.query(
        "update job set state = 'ready', attempts = 0, due_at = $2, finished_at = null \
         where id = $1 and state = 'dead' and not exists ( \
             select 1 from job other where other.kind = job.kind and other.unique_key = job.unique_key \
             and other.state in ('ready', 'running') and other.unique_key is not null)",
    )
    .bind(id)
    .bind(now)
    .execute()
    .await
}

pub(crate) async fn is_dead(tx: &mut Tx, id: JobId) -> Result<bool> {
    let row = tx
        .query("select 1 as one from job where id = $1 and state = 'dead'")
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Deletes up to `limit` done or dead jobs that ended before then.
pub(crate) async fn prune(
    tx: &mut WriteTx,
    state: Finished,
    before: Timestamp,
    limit: i64,
) -> Result<u64> {
    let sql = match state {
        Finished::Done => {
            "delete from job where id in (select id from job where state = 'done' and finished_at < $1 \
             order by finished_at limit $2)"
        }
        Finished::Dead => {
            "delete from job where id in (select id from job where state = 'dead' and finished_at < $1 \
             order by finished_at limit $2)"
        }
    };
    tx.query(sql).bind(before).bind(limit).execute().await
}

/// The two states that end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finished {
    Done,
    Dead,
}

/// Ready and running jobs of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Depth {
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) jobs: i64,
    pub(crate) oldest_due: Timestamp,
}

pub(crate) async fn depths(tx: &mut Tx) -> Result<Vec<Depth>> {
    tx.query(
        "select kind, 'ready' as state, count(*) as jobs, min(due_at) as oldest from job where state = 'ready' group by kind \
         union all \
         select kind, 'running' as state, count(*) as jobs, min(due_at) as oldest from job where state = 'running' group by kind",
    )
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Depth {
            kind: row.get("kind")?,
            state: row.get("state")?,
            jobs: row.get("jobs")?,
            oldest_due: row.get("oldest")?,
        })
    })
    .collect()
}
