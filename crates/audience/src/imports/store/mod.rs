//! The tables `import` and `import_error`; `undo` has those of taking back.

mod undo;

use std::borrow::Cow;
use std::collections::HashMap;

use db::{Engine, Insert, Json, Result, Row, Tx, ensure_affected};
use kernel::{AccountId, Cursor, Limit, Timestamp};
use serde::{Deserialize, Serialize};

pub(super) use undo::{
    Change, added_at_birth, advance_undo, changes, count_undo, created_after, end_undo, find_undo,
    forget_changes, insert_changes, insert_undo, retry_undo, sweep_changes, touched,
};

use super::model::{Counters, Import, Options, Plan, RowError, Severity, State, Undo};
use super::records::Position;
use crate::ImportId;

const COLUMNS: &str = "id, state, file_name, file_path, size_bytes, options, created_by, byte_offset, line, total, \
    processed, created, updated, unchanged, skipped, invalid, warnings, error, created_at, started_at, \
    finished_at";

/// The column `options`.
#[derive(Serialize, Deserialize)]
struct Stored<O, P> {
    options: O,
    plan: P,
}

fn read(row: &Row) -> Result<Import> {
    let id: ImportId = row.get("id")?;
    let state: String = row.get("state")?;
    let stored: Stored<Options, Plan> = row.get::<Json<_>>("options")?.0;
    let number = |column: &str| row.get::<i64>(column);
    Ok(Import {
        id,
        state: State::from_name(&state).ok_or_else(|| db::Error::Corrupt {
            table: "import",
            column: "state",
            id: id.get(),
            source: anyhow::anyhow!("unknown: {state:?}"),
        })?,
        file_name: row.get("file_name")?,
        file_path: row.get("file_path")?,
        size_bytes: number("size_bytes")?,
        options: stored.options,
        plan: stored.plan,
        position: Position {
            offset: number("byte_offset")? as u64,
            line: number("line")? as u64,
        },
        total: row.get("total")?,
        counters: Counters {
            processed: number("processed")?,
            created: number("created")?,
            updated: number("updated")?,
            unchanged: number("unchanged")?,
            skipped: number("skipped")?,
            invalid: number("invalid")?,
            warnings: number("warnings")?,
        },
        error: row.get("error")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        undo: None,
    })
}

pub(super) async fn insert(tx: &mut Tx, account: AccountId, import: &Import) -> Result<()> {
    tx.query(
        "insert into import (account_id, id, state, file_name, file_path, size_bytes, options, created_by,
             byte_offset, line, processed, created, updated, unchanged, skipped, invalid, created_at, dry_run)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, 0, $11, $12)",
    )
    .bind(account)
    .bind(import.id)
    .bind(import.state.as_str())
    .bind(&import.file_name)
    .bind(&import.file_path)
    .bind(import.size_bytes)
    .bind(Json(Stored {
        options: &import.options,
        plan: &import.plan,
    }))
    .bind(&import.created_by)
    .bind(import.position.offset as i64)
    .bind(import.position.line as i64)
    .bind(import.created_at)
    .bind(import.options.dry_run)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: ImportId) -> Result<Option<Import>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from import where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut import = read(&row)?;
    import.undo = find_undo(tx, account, id).await?;
    Ok(Some(import))
}

/// Its state, and the byte of the file up to which it is done.
pub(super) async fn find_progress(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
) -> Result<Option<(State, u64)>> {
    let row = tx
        .query("select state, byte_offset from import where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let state: String = row.get("state")?;
    let offset: i64 = row.get("byte_offset")?;
    Ok(State::from_name(&state).map(|state| (state, offset.unsigned_abs())))
}

/// The newest first, `limit` and one more.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Import>> {
    let rows = tx
        .query(format!(
            "select {COLUMNS} from import where account_id = $1 and id < $2 order by id desc limit $3"
        ))
        .bind(account)
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(limit.plus_one())
        .fetch_all()
        .await?;
    let mut imports = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    let ids: Vec<ImportId> = imports.iter().map(|import| import.id).collect();
    let mut undone: HashMap<ImportId, Undo> = undo::of_imports(tx, account, &ids).await?;
    for import in &mut imports {
        import.undo = undone.remove(&import.id);
    }
    Ok(imports)
}

/// After a dry run: from the first row again, and now for good.
pub(super) async fn start_over(tx: &mut Tx, account: AccountId, import: &Import) -> Result<()> {
    tx.touch(account, "imports");
    tx.query("delete from import_error where account_id = $1 and import_id = $2")
        .bind(account)
        .bind(import.id)
        .execute()
        .await?;
    let first = Position::START;
    let affected = tx
        .query(
            "update import set state = 'queued', options = $3, byte_offset = $4, line = $5, processed = 0, created = 0,
                 updated = 0, unchanged = 0, skipped = 0, invalid = 0, warnings = 0, error = null, started_at = null,
                 finished_at = null, dry_run = 0
             where account_id = $1 and id = $2 and state = 'completed'",
        )
        .bind(account)
        .bind(import.id)
        .bind(Json(Stored {
            options: &import.options,
            plan: &import.plan,
        }))
        .bind(first.offset as i64)
        .bind(first.line as i64)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// The files of dry runs that ended before `before` and were not run: their imports and paths.
pub(super) async fn old_trials(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<(AccountId, ImportId, String)>> {
    tx.query(
        "select account_id, id, file_path from import
         where dry_run = 1 and state = 'completed' and finished_at < $1 and file_path <> ''
         limit $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at(1)?, row.at(2)?)))
    .collect()
}

/// Those of `ids`, of whatever account, whose file may still be read: also the stopped and the failed, which can be
/// resumed.
pub(super) async fn unfinished(tx: &mut Tx, ids: &[ImportId]) -> Result<Vec<ImportId>> {
    tx.query(format!(
        "select id from import where (state <> 'completed' or dry_run = 1) and id in {}",
        db::in_list(1, ids.len())
    ))
    .bind_list(ids.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}

/// Notes that the file is gone.
pub(super) async fn forget_file(tx: &mut Tx, account: AccountId, id: ImportId) -> Result<()> {
    tx.query("update import set file_path = '' where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// From one of `from` to `to`; whether it was in one of those.
pub(super) async fn change_state(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    from: &[State],
    to: State,
) -> Result<bool> {
    tx.touch(account, "imports");
    let affected = tx
        .query(format!(
            "update import set state = $3, error = null where account_id = $1 and id = $2 and state in {}",
            db::in_list(4, from.len())
        ))
        .bind(account)
        .bind(id)
        .bind(to.as_str())
        .bind_list(from.iter().map(|state| state.as_str()))
        .execute()
        .await?;
    Ok(affected == 1)
}

/// Notes that a worker has it.
pub(super) async fn start(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    now: Timestamp,
) -> Result<()> {
    tx.touch(account, "imports");
    let affected = tx
        .query(
            "update import set state = 'running', started_at = coalesce(started_at, $3), finished_at = null
             where account_id = $1 and id = $2 and state in ('queued', 'running')",
        )
        .bind(account)
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Tells the engine how much there is now.
///
/// Differs because SQLite plans these queries well without. PostgreSQL looks for itself only every minute; until then it
/// believes that the tables are nearly empty, and a segment of ten thousand people who were just imported takes half a
/// minute instead of a fraction of a second.
pub(super) async fn refresh_statistics(tx: &mut Tx) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        tx.query("analyze subscriber, group_member, tagging, event")
            .execute()
            .await?;
    }
    Ok(())
}

/// Tells it that there is anybody at all, and how addresses differ: all that finding them needs, and a tenth of what
/// looking at all columns takes.
pub(super) async fn begin_statistics(tx: &mut Tx) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        for table in [
            "analyze subscriber (account_id, id, email_folded)",
            "analyze group_member (account_id, subscriber_id)",
        ] {
            tx.query(table).execute().await?;
        }
    }
    Ok(())
}

/// Notes that it ended.
pub(super) async fn finish(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    state: State,
    error: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    tx.touch(account, "imports");
    let affected = tx
        .query(
            "update import set state = $3, error = $4, finished_at = $5
             where account_id = $1 and id = $2 and state in ('queued', 'running', 'stopping')",
        )
        .bind(account)
        .bind(id)
        .bind(state.as_str())
        .bind(error)
        .bind(now)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

pub(super) async fn set_total(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    total: i64,
) -> Result<()> {
    tx.touch(account, "imports");
    let affected = tx
        .query("update import set total = $3 where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .bind(total)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// Moves on from one place in the file to another and adds to the counters. `false` if it is not at that place any
/// more: somebody else has it, or it has ended.
pub(super) async fn advance(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    from: Position,
    to: Position,
    added: &Counters,
) -> Result<bool> {
    tx.touch(account, "imports");
    let affected = tx
        .query(
            "update import set byte_offset = $4, line = $5, processed = processed + $6, created = created + $7,
                 updated = updated + $8, unchanged = unchanged + $9, skipped = skipped + $10, invalid = invalid + $11,
                 warnings = warnings + $12
             where account_id = $1 and id = $2 and byte_offset = $3 and state in ('running', 'stopping')",
        )
        .bind(account)
        .bind(id)
        .bind(from.offset as i64)
        .bind(to.offset as i64)
        .bind(to.line as i64)
        .bind(added.processed)
        .bind(added.created)
        .bind(added.updated)
        .bind(added.unchanged)
        .bind(added.skipped)
        .bind(added.invalid)
        .bind(added.warnings)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn insert_errors(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    errors: &[RowError],
) -> Result<()> {
    let mut insert = Insert::into(
        "import_error",
        &[
            "account_id",
            "import_id",
            "line",
            "position",
            "code",
            "column_name",
            "value",
            "reason",
        ],
    );
    for error in errors {
        insert.row(|row| {
            row.bind(account)
                .bind(id)
                .bind(error.line)
                .bind(error.position)
                .bind(&*error.code)
                .bind(error.column.as_ref())
                .bind(error.value.as_ref())
                .bind(&error.reason);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// In the order of the file, behind `after`, at most `limit`.
pub(super) async fn errors(
    tx: &mut Tx,
    account: AccountId,
    id: ImportId,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<RowError>> {
    let after = after.unwrap_or(Cursor { key: -1, id: -1 });
    tx.query(
        "select line, position, code, column_name, value, reason from import_error
         where account_id = $1 and import_id = $2 and (line, position) > ($3, $4)
         order by line, position limit $5",
    )
    .bind(account)
    .bind(id)
    .bind(after.key)
    .bind(after.id)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        let code: String = row.at(2)?;
        Ok(RowError {
            line: row.at(0)?,
            position: row.at(1)?,
            severity: Severity::of(&code),
            code: Cow::Owned(code),
            column: row.at(3)?,
            value: row.at(4)?,
            reason: row.at(5)?,
        })
    })
    .collect()
}
