//! Differs because nodes of one PostgreSQL claim at the same time: `skip locked` passes over rows that another node
//! is just taking, where a plain update would wait for it only to learn that they are gone. The list of rows is
//! materialized, or the planner may evaluate it again for each row and lock more than it asked for.

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
        "with free as materialized ( \
             select id from job where state = 'ready' and id in {} order by id for update skip locked) \
         update job set state = 'running', lease_epoch = $1, leased_at = $2, attempts = attempts + 1 \
         from free where job.id = free.id \
         returning job.id, account_id, kind, payload, attempts, max_attempts, due_at",
        in_list(3, ids.len())
    );
    tx.query(sql)
        .bind(epoch)
        .bind(now)
        .bind_list(ids.iter().copied())
        .fetch_all()
        .await
}
