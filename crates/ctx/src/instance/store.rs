//! The key's part of the row of `instance`.

use db::{Result, Tx};
use kernel::Timestamp;

pub(super) async fn key_check(tx: &mut Tx) -> Result<Option<Vec<u8>>> {
    let row = tx
        .query("select key_check from instance where id = 1")
        .fetch_optional()
        .await?;
    row.map_or(Ok(None), |row| row.get("key_check"))
}

/// Unless there is one.
pub(super) async fn keep_key_check(tx: &mut Tx, check: Vec<u8>, now: Timestamp) -> Result<()> {
    tx.query(
        "insert into instance (id, created_at, key_check) values (1, $1, $2)
         on conflict (id) do update set key_check = excluded.key_check
         where instance.key_check is null",
    )
    .bind(now)
    .bind(check)
    .execute()
    .await?;
    Ok(())
}
