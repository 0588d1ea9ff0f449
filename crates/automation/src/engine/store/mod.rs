//! SQL of runs and what they wait for, for whole batches: no statement is repeated for each row.

mod effects;
mod finished;
mod history;
mod hosts;
mod merged;
mod postgres;
mod runs;
mod schedules;

use std::collections::HashMap;

use db::{Each, Engine, Insert, Json, LockClass, Result, Tx, WriteTx, in_list, look_up};
use kernel::{AccountId, Timestamp};
use serde_json::Value;

pub(crate) use effects::{
    Due, Letter, NewEffect, Queued, Sent, any_due, claim, finish, give_back, insert_effects,
    is_leased, last_failure, letters, messages_of, put_off, queued, reclaim, senders, settle,
    unsent,
};
pub(super) use finished::{all_automations, finished_runs, forget_runs};
pub(super) use history::{Line, StatKey, add_stats, insert_log};
pub(crate) use history::{log_of, outcome_words, people_now, stats, words};
pub(crate) use hosts::{Host, forget_host, forget_hosts, host, put_host, resting_hosts, try_host};
pub(super) use merged::repoint;
pub(crate) use runs::{RunFilter, Stored, list_runs, runs};
pub(super) use runs::{forget, live_runs, park_due, save_runs};
pub(super) use schedules::{ScheduleRow, drop_schedules, move_schedule, put_schedule, schedules};

use crate::automations::store as automations;
use crate::automations::{Moving, Status, Version};
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::Ledger;

/// So many events of a kind are remembered of a contact when a run looks back.
const MOST_EVENTS: usize = 500;

/// Rises with every change of an automation.
pub(super) async fn change(tx: &mut Tx) -> Result<i64> {
    tx.query("select n from automation_change where id = 1")
        .fetch_one()
        .await?
        .get("n")
}

/// An automation that is not a draft.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) account: AccountId,
    pub(super) id: AutomationId,
    pub(super) status: Status,
    pub(super) live: VersionId,
    /// A pause is over, and not everybody has been told yet.
    pub(super) resuming: bool,
}

/// Those of every account that were published and are not gone.
pub(super) async fn published(tx: &mut Tx) -> Result<Vec<Published>> {
    tx.query(
        "select account_id, id, status, live_version_id, moving from automation \
         where status in ('active', 'paused') and live_version_id is not null order by account_id, id",
    )
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Published {
            account: row.get("account_id")?,
            id: row.get("id")?,
            status: Status::from_stored(&row.get::<String>("status")?),
            live: row.get("live_version_id")?,
            resuming: row
                .get::<Option<Json<Moving>>>("moving")?
                .is_some_and(|moving| moving.0.resume.is_some()),
        })
    })
    .collect()
}

pub(super) async fn versions(
    tx: &mut Tx,
    account: AccountId,
    ids: &[VersionId],
) -> Result<HashMap<VersionId, Version>> {
    let mut all = HashMap::new();
    for some in ids.chunks(500) {
        all.extend(automations::find_versions(tx, account, some).await?);
    }
    Ok(all)
}

/// Holds these contacts until the end of the transaction, against everybody else who works on their runs. `ids` are sorted.
pub(super) async fn lock(tx: &mut WriteTx, ids: &[i64]) -> Result<()> {
    tx.lock_many(LockClass::Subscriber, ids).await
}

/// Locks the rows of these people, sorted, before anything changes them.
pub(super) async fn lock_rows(tx: &mut WriteTx, account: AccountId, ids: &[i64]) -> Result<()> {
    // Differs because SQLite's one writer holds every row.
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "s.id",
        "subscriber s",
        "s.account_id = $1 and s.id = each.value",
        true,
    );
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?;
    Ok(())
}

/// The same for those whom nobody else holds.
pub(super) async fn try_lock(tx: &mut WriteTx, ids: &[i64]) -> Result<Vec<i64>> {
    tx.try_lock_many(LockClass::Subscriber, ids).await
}

/// Whose timer is due: the runs with their contacts, of each automation the earliest first, in the order in which the
/// automations are given.
pub(super) async fn due(
    tx: &mut Tx,
    account: AccountId,
    automations: &[AutomationId],
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(RunId, i64)>> {
    let from = format!(
        "automation_timer t on t.account_id = $1 and t.automation_id = each.value and t.due <= $3 limit {limit}"
    );
    // Differs because each engine has its own way to unfold a list and to stop early within each of its values.
    let sql = match tx.engine() {
        Engine::Sqlite => format!(
            "select t.run_id as run_id, t.contact_id as contact_id from json_each($2) each cross join {from}"
        ),
        Engine::Postgres => postgres::due(limit),
    };
    let ids: Vec<i64> = automations.iter().map(|id| id.get()).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .bind(now)
        .fetch_all()
        .await?
        .iter()
        .map(|row| Ok((row.get("run_id")?, row.get("contact_id")?)))
        .collect()
}

/// When the next timer of these automations is due.
pub(super) async fn next_due(
    tx: &mut Tx,
    account: AccountId,
    automations: &[AutomationId],
) -> Result<Option<Timestamp>> {
    // Differs because each engine has its own way to unfold a list.
    let list = match tx.engine() {
        Engine::Sqlite => "json_each($2)",
        Engine::Postgres => {
            "(select cast(value as bigint) as value from json_array_elements_text(cast($2 as json)))"
        }
    };
    let ids: Vec<i64> = automations.iter().map(|id| id.get()).collect();
    tx.query(format!(
        "select min(first.due) as due from (select (select t.due from automation_timer t \
            where t.account_id = $1 and t.automation_id = each.value order by t.due limit 1) as due from {list} each) first"
    ))
    .bind(account)
    .bind(Json(ids))
    .fetch_one()
    .await?
    .get("due")
}

/// What is known of earlier runs of these contacts in these automations, by automation, contact and key. How many are going
/// on is for whoever knows the runs.
pub(super) async fn ledgers(
    tx: &mut Tx,
    account: AccountId,
    automations: &[AutomationId],
    contacts: &[i64],
) -> Result<HashMap<(AutomationId, i64, String), Ledger>> {
    let mut all = HashMap::new();
    for automation in automations {
        let sql = look_up(
            tx.engine(),
            (Each::Int, "$2"),
            "e.contact_id, e.entry_key, e.runs, e.last_at",
            "automation_enrolment e",
            "e.account_id = $1 and e.automation_id = $3 and e.contact_id = each.value",
            false,
        );
        let rows = tx
            .query(sql)
            .bind(account)
            .bind(Json(contacts))
            .bind(*automation)
            .fetch_all()
            .await?;
        for row in &rows {
            let runs: i64 = row.at(2)?;
            let ledger = Ledger {
                runs: u32::try_from(runs).unwrap_or(u32::MAX),
                last_at: Some(row.at(3)?),
                live: 0,
            };
            all.insert((*automation, row.at(0)?, row.at(1)?), ledger);
        }
    }
    Ok(all)
}

/// Writes the ledger of those who were let in. It must be one behind: else somebody else let them in.
pub(super) async fn save_ledgers(
    tx: &mut Tx,
    account: AccountId,
    entries: &[((AutomationId, i64, String), Ledger)],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut insert = Insert::into(
        "automation_enrolment",
        &[
            "account_id",
            "automation_id",
            "contact_id",
            "entry_key",
            "runs",
            "last_at",
        ],
    )
    .on_conflict(
        "on conflict (account_id, automation_id, contact_id, entry_key) do update set runs = excluded.runs, \
            last_at = excluded.last_at where automation_enrolment.runs < excluded.runs",
    );
    for ((automation, contact, key), ledger) in entries {
        insert.row(|row| {
            row.bind(account)
                .bind(*automation)
                .bind(*contact)
                .bind(key)
                .bind(i64::from(ledger.runs))
                .bind(ledger.last_at);
        });
    }
    let written = insert.execute(tx).await?;
    db::ensure_affected(written, entries.len() as u64)
}

/// The last event of each of these contacts that was recorded since a time.
pub(super) async fn last_events(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[i64],
    since: Timestamp,
) -> Result<HashMap<i64, i64>> {
    let found = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "e.subscriber_id as subscriber_id, e.id as id",
        "event e",
        "e.account_id = $1 and e.subscriber_id = each.value and e.at >= $3",
        false,
    );
    tx.query(format!(
        "select subscriber_id, max(id) as id from ({found}) f group by subscriber_id"
    ))
    .bind(account)
    .bind(Json(contacts))
    .bind(since)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("subscriber_id")?, row.get("id")?)))
    .collect()
}

/// Their events of some kinds since a time, in order: contact, id, kind, subject, time, body. Of each kind the newest of a
/// contact: some people open everything for years.
pub(super) async fn events(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[i64],
    kinds: &[String],
    since: Timestamp,
) -> Result<Vec<(i64, i64, String, Option<i64>, Timestamp, Value)>> {
    if contacts.is_empty() || kinds.is_empty() {
        return Ok(Vec::new());
    }
    let found = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "e.subscriber_id as subscriber_id, e.id as id, e.kind as kind, e.subject_id as subject_id, e.at as at, \
         e.body as body, row_number() over (partition by e.subscriber_id, e.kind order by e.id desc) as place",
        "event e",
        &format!(
            "e.account_id = $1 and e.subscriber_id = each.value and e.at >= $3 and e.kind in {}",
            in_list(4, kinds.len())
        ),
        false,
    );
    let rows = tx
        .query(format!(
            "select subscriber_id, id, kind, subject_id, at, body from ({found}) f where place <= {MOST_EVENTS}"
        ))
        .bind(account)
        .bind(Json(contacts))
        .bind(since)
        .bind_list(kinds.iter().map(String::as_str))
        .fetch_all()
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.push((
            row.at(0)?,
            row.at(1)?,
            row.at(2)?,
            row.at(3)?,
            row.at(4)?,
            row.at::<Json<Value>>(5)?.0,
        ));
    }
    all.sort_by_key(|event: &(i64, i64, String, Option<i64>, Timestamp, Value)| event.1);
    Ok(all)
}

/// Automations whose runs are all to be moved.
pub(super) async fn sweeping(tx: &mut Tx) -> Result<Vec<(AccountId, AutomationId)>> {
    tx.query(
        "select account_id, id from automation where moving is not null and status in ('active', 'deleted') order by id",
    )
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("account_id")?, row.get("id")?)))
    .collect()
}

/// What is to be done with the runs of one, behind which run, and its live version.
pub(super) async fn sweep(
    tx: &mut Tx,
    account: AccountId,
    id: AutomationId,
) -> Result<Option<(Moving, i64, VersionId)>> {
    tx.query(
        "select moving, moving_after, live_version_id from automation \
         where account_id = $1 and id = $2 and moving is not null and live_version_id is not null \
            and status in ('active', 'deleted')",
    )
    .bind(account)
    .bind(id)
    .fetch_optional()
    .await?
    .map(|row| {
        Ok((
            row.get::<Json<Moving>>("moving")?.0,
            row.get("moving_after")?,
            row.get("live_version_id")?,
        ))
    })
    .transpose()
}

/// The next runs of a sweep, with their contacts: behind one, up to another.
pub(super) async fn sweep_runs(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    (after, last): (i64, i64),
    limit: i64,
) -> Result<Vec<(RunId, i64)>> {
    tx.query(
        "select id, contact_id from automation_run \
         where account_id = $1 and automation_id = $2 and id > $3 and id <= $5 and state <> 'done' order by id limit $4",
    )
    .bind(account)
    .bind(automation)
    .bind(after)
    .bind(limit)
    .bind(last)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, row.get("contact_id")?)))
    .collect()
}

/// How far a sweep has come; `None`: to the end.
pub(super) async fn note_sweep(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    after: Option<RunId>,
) -> Result<()> {
    let query = match after {
        Some(after) => tx
            .query("update automation set moving_after = $3 where account_id = $1 and id = $2")
            .bind(account)
            .bind(automation)
            .bind(after),
        None => tx
            .query(
                "update automation set moving = null, moving_after = -1 where account_id = $1 and id = $2",
            )
            .bind(account)
            .bind(automation),
    };
    query.execute().await?;
    Ok(())
}

/// What events say that were read without it: ids with bodies.
pub(super) async fn bodies(
    tx: &mut Tx,
    account: AccountId,
    kinds: &[&str],
    span: (Timestamp, Timestamp),
    ids: &[i64],
) -> Result<HashMap<i64, Value>> {
    let mut all = HashMap::new();
    for some in ids.chunks(1000) {
        let rows = tx
            .query(format!(
                "select id, body from event where account_id = $1 and at >= $2 and at <= $3 and kind in {} and id in {}",
                in_list(4, kinds.len()),
                in_list(4 + kinds.len().next_power_of_two(), some.len())
            ))
            .bind(account)
            .bind(span.0)
            .bind(span.1)
            .bind_list(kinds.iter().copied())
            .bind_list(some.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            all.insert(row.get("id")?, row.get::<Json<Value>>("body")?.0);
        }
    }
    Ok(all)
}

/// Timers of runs that do not wait for any.
pub(super) async fn drop_timers(tx: &mut Tx, account: AccountId, runs: &[RunId]) -> Result<()> {
    for some in runs.chunks(500) {
        tx.query(format!(
            "delete from automation_timer where account_id = $1 and run_id in {}",
            in_list(2, some.len())
        ))
        .bind(account)
        .bind_list(some.iter().copied())
        .execute()
        .await?;
    }
    Ok(())
}

/// Takes keys of events; those that nobody had taken.
pub(crate) async fn take_keys(
    tx: &mut Tx,
    account: AccountId,
    keys: &[&str],
    now: Timestamp,
) -> Result<Vec<String>> {
    let mut insert = Insert::into("automation_event_key", &["account_id", "event_key", "at"])
        .on_conflict("on conflict do nothing")
        .returning("event_key");
    for key in keys {
        insert.row(|row| {
            row.bind(account).bind(*key).bind(now);
        });
    }
    insert
        .fetch_all(tx)
        .await?
        .iter()
        .map(|row| row.get("event_key"))
        .collect()
}

/// Forgets keys of long ago; how many.
pub(crate) async fn forget_keys(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64> {
    tx.query(
        "delete from automation_event_key where (account_id, event_key) in \
         (select account_id, event_key from automation_event_key where at < $1 order by at limit $2)",
    )
    .bind(before)
    .bind(limit)
    .execute()
    .await
}
