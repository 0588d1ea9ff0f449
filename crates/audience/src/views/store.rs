//! The table `saved_view`.

use db::{Json, Result, Row, Tx, ensure_affected};
use kernel::{AccountId, Limit};

use super::model::View;
use crate::ViewId;

const COLUMNS: &str = "id, name, shared, filter, columns, sort, created_by, created_at, updated_at";

fn read(row: &Row) -> Result<View> {
    Ok(View {
        id: row.get("id")?,
        name: row.get("name")?,
        shared: row.get("shared")?,
        filter: row.get::<Json<_>>("filter")?.0,
        columns: row.get::<Json<_>>("columns")?.0,
        sort: row.get::<Json<_>>("sort")?.0,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A view that `actor` may see.
pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    actor: &str,
    id: ViewId,
) -> Result<Option<View>> {
    tx.query(format!(
        "select {COLUMNS} from saved_view where account_id = $1 and id = $2 and (shared = 1 or created_by = $3)"
    ))
    .bind(account)
    .bind(id)
    .bind(actor)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

/// Those that `actor` may see, the newest first, `limit` and one more; only those with an id below `before`.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    actor: &str,
    before: i64,
    limit: Limit,
) -> Result<Vec<View>> {
    tx.query(format!(
        "select {COLUMNS} from saved_view where account_id = $1 and id < $2 and (shared = 1 or created_by = $3)
         order by id desc limit $4"
    ))
    .bind(account)
    .bind(before)
    .bind(actor)
    .bind(limit.plus_one())
    .fetch_all()
    .await?
    .iter()
    .map(read)
    .collect()
}

pub(super) async fn count(tx: &mut Tx, account: AccountId) -> Result<i64> {
    tx.query("select count(*) as n from saved_view where account_id = $1")
        .bind(account)
        .fetch_one()
        .await?
        .get("n")
}

pub(super) async fn insert(
    tx: &mut Tx,
    account: AccountId,
    view: &View,
    name_folded: &str,
) -> Result<()> {
    tx.query(
        "insert into saved_view (account_id, id, name, name_folded, shared, filter, columns, sort, created_by,
         created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(account)
    .bind(view.id)
    .bind(&view.name)
    .bind(name_folded)
    .bind(view.shared)
    .bind(Json(&view.filter))
    .bind(Json(&view.columns))
    .bind(Json(view.sort))
    .bind(&view.created_by)
    .bind(view.created_at)
    .bind(view.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(
    tx: &mut Tx,
    account: AccountId,
    view: &View,
    name_folded: &str,
) -> Result<()> {
    let affected = tx
        .query(
            "update saved_view set name = $3, name_folded = $4, shared = $5, filter = $6, columns = $7, sort = $8,
             updated_at = $9 where account_id = $1 and id = $2",
        )
        .bind(account)
        .bind(view.id)
        .bind(&view.name)
        .bind(name_folded)
        .bind(view.shared)
        .bind(Json(&view.filter))
        .bind(Json(&view.columns))
        .bind(Json(view.sort))
        .bind(view.updated_at)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: ViewId) -> Result<()> {
    let affected = tx
        .query("delete from saved_view where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}
