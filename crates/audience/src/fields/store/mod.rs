//! The table `field`.

mod values;

use db::{Json, Result, Row, Tx, ensure_affected};
use kernel::{AccountId, Timestamp};

pub use values::values_of;
pub(crate) use values::{Place, places_for_writing, purge_values};

use super::model::{Catalog, Field, FieldKind, MAX_FIELDS, Visibility};
use crate::FieldId;

const COLUMNS: &str = "id, key, name, kind, visibility, options, slot, created_at, updated_at";

/// All fields of the account.
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Catalog> {
    let rows = tx
        .query(format!(
            "select {COLUMNS} from field where account_id = $1 and deleted_at is null order by id"
        ))
        .bind(account)
        .fetch_all()
        .await?;
    Ok(Catalog::new(rows.iter().map(read).collect::<Result<_>>()?))
}

pub(super) async fn find(tx: &mut Tx, account: AccountId, id: FieldId) -> Result<Option<Field>> {
    tx.query(format!(
        "select {COLUMNS} from field where account_id = $1 and id = $2 and deleted_at is null"
    ))
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .as_ref()
    .map(read)
    .transpose()
}

pub(super) async fn insert(tx: &mut Tx, account: AccountId, field: &Field) -> Result<()> {
    tx.query(
        "insert into field (account_id, id, key, name, kind, visibility, options, slot, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(account)
    .bind(field.id)
    .bind(&field.key)
    .bind(&field.name)
    .bind(field.kind.as_str())
    .bind(field.visibility.as_str())
    .bind(Json(&field.options))
    .bind(i64::from(field.slot))
    .bind(field.created_at)
    .bind(field.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, account: AccountId, field: &Field) -> Result<()> {
    let affected = tx
        .query(
            "update field set name = $3, visibility = $4, options = $5, updated_at = $6
             where account_id = $1 and id = $2 and deleted_at is null",
        )
        .bind(account)
        .bind(field.id)
        .bind(&field.name)
        .bind(field.visibility.as_str())
        .bind(Json(&field.options))
        .bind(field.updated_at)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

/// The lowest slot that no field has, deleted ones included whose values are not gone yet. `None` if all are taken.
pub(super) async fn free_slot(tx: &mut Tx, account: AccountId) -> Result<Option<u8>> {
    let rows = tx
        .query("select slot from field where account_id = $1")
        .bind(account)
        .fetch_all()
        .await?;
    let taken: Vec<i64> = rows.iter().map(|row| row.at(0)).collect::<Result<_>>()?;
    Ok((1..=MAX_FIELDS).find(|slot| !taken.contains(&i64::from(*slot))))
}

/// From now on nobody sees the field or writes values of it. Its slot stays taken until [`purge_values`] has removed
/// what people have in it.
pub(super) async fn delete(
    tx: &mut Tx,
    account: AccountId,
    id: FieldId,
    now: Timestamp,
) -> Result<()> {
    let affected = tx
        .query(
            "update field set deleted_at = $3 where account_id = $1 and id = $2 and deleted_at is null",
        )
        .bind(account)
        .bind(id)
        .bind(now)
        .execute()
        .await?;
    ensure_affected(affected, 1)
}

fn read(row: &Row) -> Result<Field> {
    let id: FieldId = row.get("id")?;
    let corrupt = |column, text: &str| db::Error::Corrupt {
        table: "field",
        column,
        id: id.get(),
        source: anyhow::anyhow!("unknown: {text:?}"),
    };
    let kind: String = row.get("kind")?;
    let visibility: String = row.get("visibility")?;
    Ok(Field {
        id,
        key: row.get("key")?,
        name: row.get("name")?,
        kind: FieldKind::ALL
            .into_iter()
            .find(|it| it.as_str() == kind)
            .ok_or_else(|| corrupt("kind", &kind))?,
        visibility: Visibility::ALL
            .into_iter()
            .find(|it| it.as_str() == visibility)
            .ok_or_else(|| corrupt("visibility", &visibility))?,
        options: row.get::<Json<Vec<String>>>("options")?.0,
        slot: row.get::<i64>("slot")? as u8,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
