//! The tables `import_change` and `import_undo`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use db::{Each, Insert, Json, Result, Row, Tx, ensure_affected, in_list, look_up};
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::imports::model::{Undo, UndoState};
use crate::subscribers::Trace;
use crate::{FieldId, GroupId, ImportId, SubscriberId, TagId};

const COLUMNS: &str = "import_id, state, cursor_id, total, processed, deleted, restored, kept, error, created_by, \
    created_at, finished_at";

/// What an import changed of one person, as it is stored. In each pair the value before comes first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::imports) struct Change {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::imports) attributes: Vec<(String, Option<String>, Option<String>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::imports) fields: Vec<(FieldId, Value, Value)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::imports) consent: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::imports) groups: Vec<GroupId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::imports) tags: Vec<TagId>,
}

impl Change {
    /// Whether values changed, not only memberships.
    pub(in crate::imports) fn has_values(&self) -> bool {
        !self.attributes.is_empty() || !self.fields.is_empty() || self.consent
    }
}

impl From<Trace> for Change {
    fn from(trace: Trace) -> Self {
        let json = |value: Option<crate::fields::FieldValue>| {
            value.map_or(Value::Null, |value| Value::String(value.to_string()))
        };
        Self {
            attributes: trace
                .attributes
                .into_iter()
                .map(|(name, before, after)| (name.to_owned(), before, after))
                .collect(),
            fields: trace
                .fields
                .into_iter()
                .map(|(field, before, after)| (field, json(before), json(after)))
                .collect(),
            consent: trace.consent,
            groups: trace.groups,
            tags: trace.tags,
        }
    }
}

pub(in crate::imports) async fn insert_changes(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    mut traces: Vec<Trace>,
) -> Result<()> {
    traces.sort_unstable_by_key(|trace| trace.person);
    let mut insert = Insert::into(
        "import_change",
        &["account_id", "import_id", "subscriber_id", "body"],
    )
    // Somebody whose address changed may be in a file twice. Then what the second row changed stays.
    .on_conflict("on conflict do nothing");
    for trace in traces {
        insert.row(|row| {
            row.bind(account)
                .bind(import)
                .bind(trace.person)
                .bind(Json(Change::from(trace)));
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// In the order of the people, at most `limit`.
pub(in crate::imports) async fn changes(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    limit: i64,
) -> Result<Vec<(SubscriberId, Change)>> {
    tx.query(
        "select subscriber_id, body from import_change
         where account_id = $1 and import_id = $2 order by subscriber_id limit $3",
    )
    .bind(account)
    .bind(import)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.at(0)?, row.at::<Json<Change>>(1)?.0)))
    .collect()
}

/// Forgets the changes of people up to `last`.
pub(in crate::imports) async fn forget_changes(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    last: SubscriberId,
) -> Result<u64> {
    tx.query(
        "delete from import_change where account_id = $1 and import_id = $2 and subscriber_id <= $3",
    )
    .bind(account)
    .bind(import)
    .bind(last)
    .execute()
    .await
}

/// Forgets changes of imports that ended before `before`, in one import at a time and at most `limit`; how many.
pub(in crate::imports) async fn sweep_changes(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<u64> {
    let found = tx
        .query(
            "select i.account_id, i.id from import i
             where i.finished_at < $1 and exists (select 1 from import_change c
                 where c.account_id = i.account_id and c.import_id = i.id) limit 1",
        )
        .bind(before)
        .fetch_optional()
        .await?;
    let Some(row) = found else { return Ok(0) };
    let (account, import): (AccountId, ImportId) = (row.at(0)?, row.at(1)?);
    tx.query(
        "delete from import_change where account_id = $1 and import_id = $2 and subscriber_id in
         (select subscriber_id from import_change where account_id = $1 and import_id = $2
          order by subscriber_id limit $3)",
    )
    .bind(account)
    .bind(import)
    .bind(limit)
    .execute()
    .await
}

/// People whom the import created, in the order of their ids, of those between the two; `Import::ids` says which.
pub(in crate::imports) async fn created_after(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    ids: Range<i64>,
    limit: i64,
) -> Result<Vec<SubscriberId>> {
    tx.query(
        "select id from subscriber where account_id = $1 and id > $3 and id < $4 and import_id = $2 order by id limit $5",
    )
    .bind(account)
    .bind(import)
    .bind(ids.start)
    .bind(ids.end)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// Those of `people` to whom anything happened after they were created.
pub(in crate::imports) async fn touched(
    tx: &mut Tx,
    account: AccountId,
    people: &[SubscriberId],
) -> Result<HashSet<SubscriberId>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "distinct e.subscriber_id",
        "event e",
        &format!(
            "e.account_id = $1 and e.subscriber_id = each.value and e.kind <> '{}'",
            events::kind::SUBSCRIBER_CREATED
        ),
        false,
    );
    let ids: Vec<i64> = people.iter().map(|id| id.get()).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.at(0))
        .collect()
}

/// Those of `people` who have been in a group, or have had a tag, since they were created.
pub(in crate::imports) async fn added_at_birth(
    tx: &mut Tx,
    account: AccountId,
    (members, column): (&str, &str),
    label: i64,
    people: &[SubscriberId],
) -> Result<Vec<SubscriberId>> {
    tx.query(format!(
        "select m.subscriber_id from {members} m join subscriber s on s.id = m.subscriber_id
         where m.account_id = $1 and s.account_id = $1 and m.{column} = $2 and m.added_at = s.created_at
           and m.subscriber_id in {}",
        in_list(3, people.len())
    ))
    .bind(account)
    .bind(label)
    .bind_list(people.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.at(0))
    .collect()
}

/// How many people it created or changed.
pub(in crate::imports) async fn count_undo(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    ids: Range<i64>,
) -> Result<i64> {
    tx.query(
        "select (select count(*) from subscriber where account_id = $1 and id > $3 and id < $4 and import_id = $2)
             + (select count(*) from import_change where account_id = $1 and import_id = $2) as n",
    )
    .bind(account)
    .bind(import)
    .bind(ids.start)
    .bind(ids.end)
    .fetch_one()
    .await?
    .get("n")
}

pub(in crate::imports) async fn insert_undo(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    undo: &Undo,
) -> Result<()> {
    tx.touch(account, "imports");
    tx.query(
        "insert into import_undo (account_id, import_id, state, cursor_id, total, processed, deleted, restored, kept,
             created_by, created_at)
         values ($1, $2, $3, 0, $4, 0, 0, 0, 0, $5, $6)",
    )
    .bind(account)
    .bind(import)
    .bind(undo.state.as_str())
    .bind(undo.total)
    .bind(&undo.created_by)
    .bind(undo.created_at)
    .execute()
    .await?;
    Ok(())
}

/// After it failed.
pub(in crate::imports) async fn retry_undo(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
) -> Result<()> {
    tx.touch(account, "imports");
    let affected = tx
        .query(
            "update import_undo set state = 'queued', error = null, finished_at = null
             where account_id = $1 and import_id = $2 and state = 'failed'",
        )
        .bind(account)
        .bind(import)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

pub(in crate::imports) async fn find_undo(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
) -> Result<Option<Undo>> {
    Ok(of_imports(tx, account, &[import]).await?.remove(&import))
}

pub(super) async fn of_imports(
    tx: &mut Tx,
    account: AccountId,
    imports: &[ImportId],
) -> Result<HashMap<ImportId, Undo>> {
    if imports.is_empty() {
        return Ok(HashMap::new());
    }
    tx.query(format!(
        "select {COLUMNS} from import_undo where account_id = $1 and import_id in {}",
        in_list(2, imports.len())
    ))
    .bind(account)
    .bind_list(imports.iter().copied())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

fn read(row: &Row) -> Result<(ImportId, Undo)> {
    let import: ImportId = row.get("import_id")?;
    let state: String = row.get("state")?;
    let undo = Undo {
        state: UndoState::ALL
            .into_iter()
            .find(|it| it.as_str() == state)
            .ok_or_else(|| db::Error::Corrupt {
                table: "import_undo",
                column: "state",
                id: import.get(),
                source: anyhow::anyhow!("unknown: {state:?}"),
            })?,
        total: row.get("total")?,
        processed: row.get("processed")?,
        deleted: row.get("deleted")?,
        restored: row.get("restored")?,
        kept: row.get("kept")?,
        error: row.get("error")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        finished_at: row.get("finished_at")?,
        cursor: row.get("cursor_id")?,
    };
    Ok((import, undo))
}

/// Writes the progress of one batch, unless another worker did that one; whether it did not.
pub(in crate::imports) async fn advance_undo(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    from: i64,
    undo: &Undo,
) -> Result<bool> {
    tx.touch(account, "imports");
    let affected = tx
        .query(
            "update import_undo set state = $4, cursor_id = $5, processed = $6, deleted = $7, restored = $8, kept = $9,
                 finished_at = $10
             where account_id = $1 and import_id = $2 and processed = $3 and state in ('queued', 'running')",
        )
        .bind(account)
        .bind(import)
        .bind(from)
        .bind(undo.state.as_str())
        .bind(undo.cursor)
        .bind(undo.processed)
        .bind(undo.deleted)
        .bind(undo.restored)
        .bind(undo.kept)
        .bind(undo.finished_at)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(in crate::imports) async fn end_undo(
    tx: &mut Tx,
    account: AccountId,
    import: ImportId,
    error: &str,
    now: Timestamp,
) -> Result<()> {
    tx.touch(account, "imports");
    tx.query(
        "update import_undo set state = 'failed', error = $3, finished_at = $4
         where account_id = $1 and import_id = $2 and state in ('queued', 'running')",
    )
    .bind(account)
    .bind(import)
    .bind(error)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}
