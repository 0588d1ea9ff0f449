//! Differs because SQLite has one writer, which holds the whole database: no row can be taken meanwhile.

use db::{Result, Row, WriteTx, in_list};
use kernel::Timestamp;

use crate::job::JobId;

pub(super) async fn lease(
    tx: &mut WriteTx,
    epoch: i64,
    now: Timestamp,
    ids: &[JobId],
) -> Result<Vec<Row>> {
    let sql = format!(
        "update job set state = 'running', lease_epoch = $1, leased_at = $2, attempts = attempts + 1 \
         where state = 'ready' and id in {} \
         returning id, account_id, kind, payload, attempts, max_attempts, due_at",
        in_list(3, ids.len())
    );
    tx.query(sql)
        .bind(epoch)
        .bind(now)
        .bind_list(ids.iter().copied())
        .fetch_all()
        .await
}
