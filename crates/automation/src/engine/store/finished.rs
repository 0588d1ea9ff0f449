//! SQL that forgets runs which are long over.

use db::{Result, Tx, in_list};
use kernel::{AccountId, Timestamp};

use crate::ids::{AutomationId, RunId};

/// Every automation, also those that were deleted.
pub(in crate::engine) async fn all_automations(
    tx: &mut Tx,
) -> Result<Vec<(AccountId, AutomationId)>> {
    tx.query("select account_id, id from automation order by account_id, id")
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.get("account_id")?, row.get("id")?)))
        .collect()
}

/// The next runs of an automation that ended before a time, behind one; `bound` is the first id that is too young.
pub(in crate::engine) async fn finished_runs(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    (after, bound): (i64, i64),
    before: Timestamp,
    limit: i64,
) -> Result<Vec<RunId>> {
    tx.query(
        "select id from automation_run where account_id = $1 and automation_id = $2 and id > $3 and id < $4 \
            and state = 'done' and ended_at < $5 order by id limit $6",
    )
    .bind(account)
    .bind(automation)
    .bind(after)
    .bind(bound)
    .bind(before)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}

/// Deletes runs with their histories. That they were there stays in the ledger and in the counters.
pub(in crate::engine) async fn forget_runs(
    tx: &mut Tx,
    account: AccountId,
    runs: &[RunId],
) -> Result<()> {
    for (table, key) in [
        ("automation_log", "run_id"),
        ("automation_effect", "run_id"),
        ("automation_run", "id"),
    ] {
        tx.query(format!(
            "delete from {table} where account_id = $1 and {key} in {}",
            in_list(2, runs.len())
        ))
        .bind(account)
        .bind_list(runs.iter().copied())
        .execute()
        .await?;
    }
    Ok(())
}
