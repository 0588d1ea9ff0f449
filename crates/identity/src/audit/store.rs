//! The table `audit_log`.

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, Timestamp};
use serde_json::Value;

use super::model::{Entry, EntryId, Filter};
use crate::auth::Actor;

#[expect(clippy::too_many_arguments, reason = "one parameter per column")]
pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    id: EntryId,
    at: Timestamp,
    actor: &Actor,
    action: &str,
    target: (&str, String),
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    tx.query(
        "insert into audit_log
         (account_id, id, at, actor, action, target_kind, target_id, before, after)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(account)
    .bind(id)
    .bind(at)
    .bind(actor)
    .bind(action)
    .bind(target.0)
    .bind(target.1)
    .bind(before.map(Json))
    .bind(after.map(Json))
    .execute()
    .await?;
    Ok(())
}

/// Newest first.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    filter: &Filter,
    cursor: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<Entry>> {
    tx.query(
        "select id, at, actor, action, target_kind, target_id, before, after
         from audit_log
         where account_id = $1 and id < $2
           and (cast($3 as text) is null or actor = $3)
           and (cast($4 as text) is null or action = $4)
           and (cast($5 as text) is null or target_kind = $5)
           and (cast($6 as text) is null or target_id = $6)
         order by id desc
         limit $7",
    )
    .bind(account)
    .bind(cursor.map_or(i64::MAX, |cursor| cursor.id))
    .bind(filter.actor.as_ref())
    .bind(filter.action.as_ref())
    .bind(filter.target_kind.as_ref())
    .bind(filter.target_id.as_ref())
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

fn from_row(row: &Row) -> Result<Entry> {
    let json = |column| -> Result<Option<Value>> {
        Ok(row.get::<Option<Json<Value>>>(column)?.map(|json| json.0))
    };
    Ok(Entry {
        id: row.get("id")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        target_kind: row.get("target_kind")?,
        target_id: row.get("target_id")?,
        before: json("before")?,
        after: json("after")?,
    })
}
