//! The tables `bulk_action` and `bulk_chunk`.

use db::{Insert, Json, Result, Row, Tx};
use kernel::{AccountId, Limit, Timestamp};

use super::model::{BulkAction, State};
use crate::BulkActionId;

const COLUMNS: &str = "id, state, selection, action, created_by, cursor_id, total, processed, changed, error, \
    created_at, finished_at";

pub(super) async fn insert(tx: &mut Tx, account: AccountId, it: &BulkAction) -> Result<()> {
    tx.query(
        "insert into bulk_action (account_id, id, state, selection, action, created_by, cursor_id, processed, changed,
         created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(account)
    .bind(it.id)
    .bind(it.state.as_str())
    .bind(Json(&it.selection))
    .bind(Json(&it.action))
    .bind(&it.created_by)
    .bind(it.cursor)
    .bind(it.processed)
    .bind(it.changed)
    .bind(it.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: BulkActionId,
) -> Result<Option<BulkAction>> {
    tx.query(format!(
        "select {COLUMNS} from bulk_action where account_id = $1 and id = $2"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// The newest first, `limit` and one more; only those with an id below `before`.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    before: i64,
    limit: Limit,
) -> Result<Vec<BulkAction>> {
    tx.query(format!(
        "select {COLUMNS} from bulk_action where account_id = $1 and id < $2 order by id desc limit $3"
    ))
    .bind(account)
    .bind(before)
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

/// Notes that the people are known, if nobody did before and it was not stopped; whether so.
pub(super) async fn begin(tx: &mut Tx, account: AccountId, it: &BulkAction) -> Result<bool> {
    tx.touch(account, "bulk_actions");
    let affected = tx
        .query(
            "update bulk_action set state = $3, total = $4
             where account_id = $1 and id = $2 and state = 'queued' and total is null",
        )
        .bind(account)
        .bind(it.id)
        .bind(it.state.as_str())
        .bind(it.total)
        .execute()
        .await?;
    Ok(affected > 0)
}

/// Writes the progress, unless it is over; whether it was not.
pub(super) async fn advance(tx: &mut Tx, account: AccountId, it: &BulkAction) -> Result<bool> {
    tx.touch(account, "bulk_actions");
    let affected = tx
        .query(
            "update bulk_action set state = $3, cursor_id = $4, total = $5, processed = $6, changed = $7, error = $8,
             finished_at = $9 where account_id = $1 and id = $2 and state in ('queued', 'running')",
        )
        .bind(account)
        .bind(it.id)
        .bind(it.state.as_str())
        .bind(it.cursor)
        .bind(it.total)
        .bind(it.processed)
        .bind(it.changed)
        .bind(it.error.as_ref())
        .bind(it.finished_at)
        .execute()
        .await?;
    Ok(affected > 0)
}

/// Writes whom it will visit. Nothing is left of an earlier attempt, since this is one transaction.
pub(super) async fn insert_chunks(
    tx: &mut Tx,
    account: AccountId,
    id: BulkActionId,
    chunks: Vec<Vec<u8>>,
) -> Result<()> {
    let mut insert = Insert::into("bulk_chunk", &["account_id", "action_id", "number", "ids"]);
    for (number, ids) in (0_i64..).zip(chunks) {
        insert.row(|row| {
            row.bind(account).bind(id).bind(number).bind(ids);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Takes the next people off the list; `None` behind the last.
pub(super) async fn take_chunk(
    tx: &mut Tx,
    account: AccountId,
    id: BulkActionId,
) -> Result<Option<Vec<u8>>> {
    tx.query(
        "delete from bulk_chunk where account_id = $1 and action_id = $2 and number =
         (select min(number) from bulk_chunk where account_id = $1 and action_id = $2) returning ids",
    )
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .map(|row| row.at(0))
    .transpose()
}

/// Ends it, unless it is over; whether it was not. Whom it did not visit is forgotten.
pub(super) async fn end(
    tx: &mut Tx,
    account: AccountId,
    id: BulkActionId,
    state: State,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    tx.touch(account, "bulk_actions");
    let affected = tx
        .query(
            "update bulk_action set state = $3, error = $4, finished_at = $5
             where account_id = $1 and id = $2 and state in ('queued', 'running')",
        )
        .bind(account)
        .bind(id)
        .bind(state.as_str())
        .bind(error)
        .bind(now)
        .execute()
        .await?;
    if affected > 0 {
        tx.query("delete from bulk_chunk where account_id = $1 and action_id = $2")
            .bind(account)
            .bind(id)
            .execute()
            .await?;
    }
    Ok(affected > 0)
}

fn read(row: &Row) -> Result<BulkAction> {
    let id: BulkActionId = row.get("id")?;
    let state: String = row.get("state")?;
    Ok(BulkAction {
        id,
        state: State::ALL
            .into_iter()
            .find(|it| it.as_str() == state)
            .ok_or_else(|| db::Error::Corrupt {
                table: "bulk_action",
                column: "state",
                id: id.get(),
                source: anyhow::anyhow!("unknown: {state:?}"),
            })?,
        selection: row.get::<Json<_>>("selection")?.0,
        action: row.get::<Json<_>>("action")?.0,
        created_by: row.get("created_by")?,
        total: row.get("total")?,
        processed: row.get("processed")?,
        changed: row.get("changed")?,
        error: row.get("error")?,
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
        cursor: row.get("cursor_id")?,
    })
}
