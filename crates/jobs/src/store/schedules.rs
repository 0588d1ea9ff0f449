//! The table `schedule`.

use std::collections::BTreeMap;

use db::{Insert, Result, Tx, WriteTx};
use kernel::Timestamp;

/// A schedule as the database knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored {
    pub(crate) next: Timestamp,
    pub(crate) leased: bool,
}

pub(crate) async fn schedules(tx: &mut Tx) -> Result<BTreeMap<String, Stored>> {
    tx.query("select name, next_at, lease_epoch from schedule")
        .fetch_all()
        .await?
        .iter()
        .map(|row| {
            let stored = Stored {
                next: row.get("next_at")?,
                leased: row.get::<Option<i64>>("lease_epoch")?.is_some(),
            };
            Ok((row.get("name")?, stored))
        })
        .collect()
}

/// Makes known the schedules that the table lacks, due now.
pub(crate) async fn add_schedules(
    tx: &mut WriteTx,
    names: impl IntoIterator<Item = &'static str>,
    now: Timestamp,
) -> Result<()> {
    let mut insert =
        Insert::into("schedule", &["name", "next_at"]).on_conflict("on conflict (name) do nothing");
    for name in names {
        insert.row(|row| {
            row.bind(name).bind(now);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// Takes the run that is due at `due`, unless another node was faster: then its `next_at` is another one.
pub(crate) async fn take_schedule(
    tx: &mut WriteTx,
    name: &str,
    due: Timestamp,
    next: Timestamp,
    epoch: i64,
    now: Timestamp,
) -> Result<bool> {
    let affected = tx
        .query(
            "update schedule set next_at = $3, last_at = $4, lease_epoch = $5 \
             where name = $1 and next_at = $2 and lease_epoch is null",
        )
        .bind(name)
        .bind(due)
        .bind(next)
        .bind(now)
        .bind(epoch)
        .execute()
        .await?;
    Ok(affected == 1)
}

/// The run has ended; `again` brings the next one forward. Affects nothing when the lease was lost meanwhile.
pub(crate) async fn finish_schedule(
    tx: &mut WriteTx,
    name: &str,
    epoch: i64,
    again: Option<Timestamp>,
) -> Result<u64> {
    tx.query(
        "update schedule set lease_epoch = null, \
         next_at = case when $3 < next_at then $3 else next_at end \
         where name = $1 and lease_epoch = $2",
    )
    .bind(name)
    .bind(epoch)
    .bind(again.unwrap_or(Timestamp::from_micros(i64::MAX)))
    .execute()
    .await
}
