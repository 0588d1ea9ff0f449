//! What only PostgreSQL runs.

use db::{Json, LockClass, Result, WriteTx};

fn key(contact: i64) -> i64 {
    contact ^ ((LockClass::Subscriber as i64) << 56)
}

/// Differs because only PostgreSQL has several writers: who registers a wait, and who looks whether somebody waits, must not
/// pass each other.
pub(super) async fn lock(tx: &mut WriteTx, contacts: &[i64]) -> Result<()> {
    let keys: Vec<i64> = contacts.iter().map(|id| key(*id)).collect();
    tx.query(
        "select count(held) as n from (select cast(pg_advisory_xact_lock(cast(value as bigint)) as text) as held \
         from json_array_elements_text(cast($1 as json)) offset 0) as locked",
    )
    .bind(Json(keys))
    .fetch_one()
    .await?;
    Ok(())
}

/// The same, without waiting: those that were free.
pub(super) async fn try_lock(tx: &mut WriteTx, contacts: &[i64]) -> Result<Vec<i64>> {
    let keys: Vec<i64> = contacts.iter().map(|id| key(*id)).collect();
    let rows = tx
        .query(
            "select cast(value as bigint) as locked, pg_try_advisory_xact_lock(cast(value as bigint)) as got \
             from json_array_elements_text(cast($1 as json)) offset 0",
        )
        .bind(Json(keys))
        .fetch_all()
        .await?;
    let mut free = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.get::<bool>("got")? {
            // The same again gives the contact back.
            free.push(key(row.get("locked")?));
        }
    }
    Ok(free)
}

/// See [`super::due`].
pub(super) fn due(limit: i64) -> String {
    format!(
        "select t.run_id as run_id, t.contact_id as contact_id from \
         (select cast(value as bigint) as value from json_array_elements_text(cast($2 as json))) each \
         cross join lateral (select run_id, contact_id from automation_timer \
            where account_id = $1 and automation_id = each.value and due <= $3 order by due limit {limit}) t limit {limit}"
    )
}
