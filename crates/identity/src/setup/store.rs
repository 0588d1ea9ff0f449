//! The row of the table `instance`.

use db::{Result, Tx};
use kernel::Timestamp;

pub(super) async fn is_set_up(tx: &mut Tx) -> Result<bool> {
    let row = tx
        .query("select set_up_at from instance where id = 1")
        .fetch_optional()
        .await?;
    row.map_or(Ok(false), |row| {
        Ok(row.get::<Option<Timestamp>>("set_up_at")?.is_some())
    })
}

/// `false` when it was set up before.
pub(super) async fn mark_set_up(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let affected = tx
        .query(
            "insert into instance (id, created_at, set_up_at) values (1, $1, $1)
             on conflict (id) do update set set_up_at = excluded.set_up_at
             where instance.set_up_at is null",
        )
        .bind(now)
        .execute()
        .await?;
    Ok(affected == 1)
}
