//! SQL of DKIM keys.

use db::{Result, Row, Tx};
use kernel::AccountId;

use super::model::{DkimKey, DkimKeyId, KeyAlgorithm};

const COLUMNS: &str =
    "account_id, id, domain, selector, algorithm, secret, record, is_active, created_at";

fn from_row(row: &Row) -> Result<DkimKey> {
    Ok(DkimKey {
        account: row.get("account_id")?,
        id: row.get("id")?,
        domain: row.get("domain")?,
        selector: row.get("selector")?,
        algorithm: KeyAlgorithm::from_stored(&row.get::<String>("algorithm")?),
        secret: row.get("secret")?,
        record: row.get("record")?,
        is_active: row.get("is_active")?,
        created_at: row.get("created_at")?,
    })
}

/// All of an account: few.
pub(super) async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<DkimKey>> {
    tx.query(format!(
        "select {COLUMNS} from dkim_key where account_id = $1 order by id limit 1000"
    ))
    .bind(account)
    .fetch_all()
    .await?
    .iter()
    .map(from_row)
    .collect()
}

pub(super) async fn find(
    tx: &mut Tx,
    account: AccountId,
    id: DkimKeyId,
) -> Result<Option<DkimKey>> {
    let row = tx
        .query(format!(
            "select {COLUMNS} from dkim_key where account_id = $1 and id = $2"
        ))
        .bind(account)
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whether the selector was free.
pub(super) async fn insert(tx: &mut Tx, key: &DkimKey) -> Result<bool> {
    let inserted = tx
        .query(format!(
            "insert into dkim_key ({COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing"
        ))
        .bind(key.account)
        .bind(key.id)
        .bind(&key.domain)
        .bind(&key.selector)
        .bind(key.algorithm.as_str())
        .bind(key.secret.as_slice())
        .bind(&key.record)
        .bind(key.is_active)
        .bind(key.created_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

pub(super) async fn set_active(tx: &mut Tx, key: &DkimKey) -> Result<()> {
    let affected = tx
        .query("update dkim_key set is_active = $3 where account_id = $1 and id = $2")
        .bind(key.account)
        .bind(key.id)
        .bind(key.is_active)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

pub(super) async fn delete(tx: &mut Tx, account: AccountId, id: DkimKeyId) -> Result<()> {
    tx.query("delete from dkim_key where account_id = $1 and id = $2")
        .bind(account)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}
