//! Giving the runs of one contact to another, with all that belongs to them.

use std::collections::BTreeSet;

use db::{Result, Tx};
use kernel::AccountId;

use crate::ids::RunId;

/// A run that goes on stays where it is if the other contact goes the same way already: it ends, since nobody has its
/// contact any more, and nobody is written to twice. Those that go on and moved.
pub(in crate::engine) async fn repoint(
    tx: &mut Tx,
    account: AccountId,
    from: i64,
    to: i64,
) -> Result<BTreeSet<RunId>> {
    let moved = tx
        .query(
            "update automation_run set contact_id = $3 where account_id = $1 and contact_id = $2 and (state = 'done' \
             or not exists (select 1 from automation_run o where o.account_id = $1 and o.contact_id = $3 \
                and o.automation_id = automation_run.automation_id and o.entry_key = automation_run.entry_key \
                and o.state <> 'done')) returning id, state",
        )
        .bind(account)
        .bind(from)
        .bind(to)
        .fetch_all()
        .await?;
    let mut live = BTreeSet::new();
    for row in &moved {
        if row.get::<String>("state")? != "done" {
            live.insert(row.get("id")?);
        }
    }
    for sql in [
        "update automation_timer set contact_id = $3 where account_id = $1 and contact_id = $2 and run_id in \
         (select r.id from automation_run r where r.account_id = $1 and r.contact_id = $3)",
        "update automation_effect set contact_id = $3 where account_id = $1 and contact_id = $2 and run_id in \
         (select r.id from automation_run r where r.account_id = $1 and r.contact_id = $3)",
        // Whoever was there under either record was there.
        "insert into automation_enrolment (account_id, automation_id, contact_id, entry_key, runs, last_at) \
         select e.account_id, e.automation_id, $3, e.entry_key, e.runs, e.last_at from automation_enrolment e \
         where e.account_id = $1 and e.contact_id = $2 \
            and e.automation_id in (select a.id from automation a where a.account_id = $1) \
         on conflict (account_id, automation_id, contact_id, entry_key) do update set \
            runs = automation_enrolment.runs + excluded.runs, \
            last_at = case when excluded.last_at > automation_enrolment.last_at \
                then excluded.last_at else automation_enrolment.last_at end",
    ] {
        tx.query(sql)
            .bind(account)
            .bind(from)
            .bind(to)
            .execute()
            .await?;
    }
    tx.query(
        "delete from automation_enrolment where account_id = $1 and contact_id = $2 and automation_id in \
         (select a.id from automation a where a.account_id = $1)",
    )
    .bind(account)
    .bind(from)
    .execute()
    .await?;
    Ok(live)
}
