//! The table `export`.

use std::collections::HashMap;
use std::hash::Hash;

use db::{Json, Result, Row, Tx, in_list};
use kernel::{AccountId, FromValue, Limit, Timestamp, ToValue};

use super::model::{Export, State};
use crate::ExportId;

const COLUMNS: &str = "id, state, selection, options, file_path, cursor_id, total, processed, size_bytes, error, \
    created_by, created_at, finished_at";

pub(super) async fn insert(tx: &mut Tx, account: AccountId, it: &Export) -> Result<()> {
    tx.touch(account, "exports");
    tx.query(
        "insert into export (account_id, id, state, selection, options, file_path, cursor_id, processed, size_bytes,
             created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9)",
    )
    .bind(account)
    .bind(it.id)
    .bind(it.state.as_str())
    .bind(Json(&it.selection))
    .bind(Json(&it.options))
    .bind(&it.path)
    .bind(it.cursor)
    .bind(&it.created_by)
    .bind(it.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: ExportId) -> Result<Option<Export>> {
    tx.query(format!(
        "select {COLUMNS} from export where account_id = $1 and id = $2"
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
) -> Result<Vec<Export>> {
    tx.query(format!(
        "select {COLUMNS} from export where account_id = $1 and id < $2 order by id desc limit $3"
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

/// Writes the progress of one batch, unless it is over or another worker did that one; whether it did.
pub(super) async fn advance(
    tx: &mut Tx,
    account: AccountId,
    from: i64,
    it: &Export,
) -> Result<bool> {
    tx.touch(account, "exports");
    let affected = tx
        .query(
            "update export set state = $4, cursor_id = $5, total = $6, processed = $7, size_bytes = $8, finished_at = $9
             where account_id = $1 and id = $2 and size_bytes = $3 and state in ('queued', 'running')",
        )
        .bind(account)
        .bind(it.id)
        .bind(from)
        .bind(it.state.as_str())
        .bind(it.cursor)
        .bind(it.total)
        .bind(it.processed)
        .bind(it.size_bytes)
        .bind(it.finished_at)
        .execute()
        .await?;
    Ok(affected > 0)
}

/// Ends it, unless it is over; whether it was not.
pub(super) async fn end(
    tx: &mut Tx,
    account: AccountId,
    id: ExportId,
    state: State,
    error: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    tx.touch(account, "exports");
    let affected = tx
        .query(
            "update export set state = $3, error = $4, finished_at = $5
             where account_id = $1 and id = $2 and state in ('queued', 'running')",
        )
        .bind(account)
        .bind(id)
        .bind(state.as_str())
        .bind(error)
        .bind(now)
        .execute()
        .await?;
    Ok(affected > 0)
}

/// Those whose files are older than `before` expire; what they are called.
pub(super) async fn expire(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<Vec<String>> {
    tx.query(
        "update export set state = 'expired' where id in
         (select id from export where state = 'completed' and finished_at < $1 limit $2) returning file_path",
    )
    .bind(before)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// The names of groups (`contact_group`) or tags (`tag`).
pub(super) async fn names<Id>(
    tx: &mut Tx,
    account: AccountId,
    table: &str,
    ids: &[Id],
) -> Result<HashMap<Id, String>>
where
    Id: Copy + Eq + Hash + ToValue + FromValue,
{
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    tx.query(format!(
        "select id, name from {table} where account_id = $1 and id in {}",
        in_list(2, ids.len())
    ))
    .bind(account)
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?)))
    .collect()
}

fn read(row: &Row) -> Result<Export> {
    let id: ExportId = row.get("id")?;
    let state: String = row.get("state")?;
    Ok(Export {
        id,
        state: State::ALL
            .into_iter()
            .find(|it| it.as_str() == state)
            .ok_or_else(|| db::Error::Corrupt {
                table: "export",
                column: "state",
                id: id.get(),
                source: anyhow::anyhow!("unknown: {state:?}"),
            })?,
        selection: row.get::<Json<_>>("selection")?.0,
        options: row.get::<Json<_>>("options")?.0,
        total: row.get("total")?,
        processed: row.get("processed")?,
        size_bytes: row.get("size_bytes")?,
        error: row.get("error")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
        path: row.get("file_path")?,
        cursor: row.get("cursor_id")?,
    })
}
