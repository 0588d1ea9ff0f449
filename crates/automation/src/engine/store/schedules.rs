//! SQL of times that come again.

use std::collections::BTreeMap;

use db::{Insert, Result, Tx, in_list};
use kernel::{AccountId, Timestamp};

/// When a schedule is due, and how far those are told who are concerned.
#[derive(Clone, Debug)]
pub(in crate::engine) struct ScheduleRow {
    pub(in crate::engine) schedule: String,
    pub(in crate::engine) zone: String,
    pub(in crate::engine) due: Timestamp,
    pub(in crate::engine) after: i64,
}

/// Those of every account.
pub(in crate::engine) async fn schedules(
    tx: &mut Tx,
) -> Result<BTreeMap<AccountId, Vec<ScheduleRow>>> {
    let rows = tx
        .query("select account_id, schedule, zone, due, after_id from automation_schedule order by account_id, schedule")
        .fetch_all()
        .await?;
    let mut all: BTreeMap<AccountId, Vec<ScheduleRow>> = BTreeMap::new();
    for row in &rows {
        all.entry(row.get("account_id")?)
            .or_default()
            .push(ScheduleRow {
                schedule: row.get("schedule")?,
                zone: row.get("zone")?,
                due: row.get("due")?,
                after: row.get("after_id")?,
            });
    }
    Ok(all)
}

/// It is due next at this time.
pub(in crate::engine) async fn put_schedule(
    tx: &mut Tx,
    account: AccountId,
    schedule: &str,
    zone: &str,
    due: Timestamp,
) -> Result<()> {
    let mut insert = Insert::into(
        "automation_schedule",
        &["account_id", "schedule", "zone", "due", "after_id"],
    )
    .on_conflict(
        "on conflict (account_id, schedule) do update set zone = excluded.zone, due = excluded.due, \
            after_id = excluded.after_id",
    );
    insert.row(|row| {
        row.bind(account)
            .bind(schedule)
            .bind(zone)
            .bind(due)
            .bind(i64::MIN);
    });
    insert.execute(tx).await?;
    Ok(())
}

/// Goes on, if nobody else did.
pub(in crate::engine) async fn move_schedule(
    tx: &mut Tx,
    account: AccountId,
    row: &ScheduleRow,
    after: i64,
    (due, next_after): (Timestamp, i64),
) -> Result<bool> {
    let moved = tx
        .query(
            "update automation_schedule set due = $5, after_id = $6 \
             where account_id = $1 and schedule = $2 and due = $3 and after_id = $4",
        )
        .bind(account)
        .bind(&row.schedule)
        .bind(row.due)
        .bind(after)
        .bind(due)
        .bind(next_after)
        .execute()
        .await?;
    Ok(moved == 1)
}

/// Nobody names them any more.
pub(in crate::engine) async fn drop_schedules(
    tx: &mut Tx,
    account: AccountId,
    schedules: &[&str],
) -> Result<()> {
    for some in schedules.chunks(500) {
        tx.query(format!(
            "delete from automation_schedule where account_id = $1 and schedule in {}",
            in_list(2, some.len())
        ))
        .bind(account)
        .bind_list(some.iter().copied())
        .execute()
        .await?;
    }
    Ok(())
}
