//! SQL of saved blocks.

use db::{Json, Result, Row, Tx};
use kernel::{AccountId, Cursor, Limit, fold};

use super::model::{SavedBlock, SavedBlockId};

const COLUMNS: &str = "account_id, id, name, block, version, created_at, updated_at, created_by";

fn from_row(row: &Row) -> Result<SavedBlock> {
    Ok(SavedBlock {
        account: row.get("account_id")?,
        id: row.get("id")?,
        name: row.get("name")?,
        block: row.get::<Json<serde_json::Value>>("block")?.0,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        created_by: row.get("created_by")?,
    })
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: SavedBlockId,
) -> Result<Option<SavedBlock>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from saved_block where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Newest first, those whose names contain `search`.
pub(super) async fn list(
    tx: &mut Tx,
    account: AccountId,
    search: Option<&str>,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Vec<SavedBlock>> {
    let filter = match search {
        Some(_) => format!(" and {} > 0", tx.strpos("name_folded", "$4")),
        None => String::new(),
    };
    let mut query = tx
        .query(format!(
            "select {COLUMNS} from saved_block where account_id = $1 and id < $2{filter} order by id desc limit $3"
        ))
        .bind(account)
        .bind(before.map_or(i64::MAX, |cursor| cursor.id))
        .bind(limit.plus_one());
    if let Some(search) = search {
        query = query.bind(fold(search));
    }
    query.fetch_all().await?.iter().map(from_row).collect()
}

pub(super) async fn insert(tx: &mut Tx, block: &SavedBlock) -> Result<()> {
    tx.query(format!(
        "insert into saved_block ({COLUMNS}, name_folded) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(block.account)
    .bind(block.id)
    .bind(&block.name)
    .bind(Json(&block.block))
    .bind(block.version)
    .bind(block.created_at)
    .bind(block.updated_at)
    .bind(&block.created_by)
    .bind(fold(&block.name))
    .execute()
    .await?;
    Ok(())
}

/// Whether nobody else has changed the row since it was read.
pub(super) async fn update(tx: &mut Tx, block: &mut SavedBlock) -> Result<bool> {
    let read_version = block.version;
    block.version += 1;
    let affected = tx
        .query(
            "update saved_block set name = $3, name_folded = $4, block = $5, version = $6, updated_at = $7 \
             where account_id = $1 and id = $2 and version = $8",
        )
        .bind(block.account)
        .bind(block.id)
        .bind(&block.name)
        .bind(fold(&block.name))
        .bind(Json(&block.block))
        .bind(block.version)
        .bind(block.updated_at)
        .bind(read_version)
        .execute()
        .await?;
    Ok(affected == 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: SavedBlockId) -> Result<()> {
    tx.query("delete from saved_block where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
