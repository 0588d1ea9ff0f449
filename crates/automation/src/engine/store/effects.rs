//! What leaves the database: rows that workers take, and messages of the sending slice.

use std::collections::{BTreeSet, HashMap};

use db::{Each, Engine, Insert, Json, Result, Tx, in_list, look_up};
use kernel::{AccountId, Timestamp};
use sending::messages::MessageId;

use crate::definition::StepId;
use crate::ids::{AutomationId, RunId, VersionId};

/// To be written with the run that asked for it.
#[derive(Clone, Debug)]
pub(crate) struct NewEffect {
    pub(crate) run: RunId,
    pub(crate) seq: i64,
    pub(crate) automation: AutomationId,
    pub(crate) version: VersionId,
    pub(crate) contact: i64,
    pub(crate) step: StepId,
    pub(crate) kind: String,
    pub(crate) awaited: bool,
    /// The mail that it is.
    pub(crate) message: Option<MessageId>,
}

/// The key `(run, seq)` refuses a second one.
pub(crate) async fn insert_effects(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    effects: &[NewEffect],
) -> Result<()> {
    let mut insert = Insert::into(
        "automation_effect",
        &[
            "account_id",
            "run_id",
            "seq",
            "automation_id",
            "version_id",
            "contact_id",
            "step",
            "kind",
            "awaited",
            "state",
            "attempts",
            "not_before",
            "message_id",
            "created_at",
        ],
    );
    for effect in effects {
        let state = match (effect.message, effect.awaited) {
            (None, _) => "pending",
            (Some(_), true) => "queued",
            (Some(_), false) => "done",
        };
        insert.row(|row| {
            row.bind(account)
                .bind(effect.run)
                .bind(effect.seq)
                .bind(effect.automation)
                .bind(effect.version)
                .bind(effect.contact)
                .bind(effect.step.as_str())
                .bind(&effect.kind)
                .bind(effect.awaited)
                .bind(state)
                .bind(0_i64)
                .bind(now)
                .bind(effect.message)
                .bind(now);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// A row that a worker holds.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) account: AccountId,
    pub(crate) run: RunId,
    pub(crate) seq: i64,
    pub(crate) automation: AutomationId,
    pub(crate) version: VersionId,
    pub(crate) contact: i64,
    pub(crate) step: String,
    pub(crate) kind: String,
    pub(crate) awaited: bool,
    pub(crate) attempts: i64,
    pub(crate) created_at: Timestamp,
}

/// Whether there is anything to take, or to take back.
pub(crate) async fn any_due(tx: &mut Tx, epoch: i64, now: Timestamp) -> Result<bool> {
    let pending = tx
        .query(
            "select 1 as one from automation_effect where state = 'pending' and not_before <= $1 limit 1",
        )
        .bind(now)
        .fetch_optional()
        .await?;
    if pending.is_some() {
        return Ok(true);
    }
    let held = tx
        .query(
            "select 1 as one from automation_effect where state = 'leased' and lease_epoch <> $1 limit 1",
        )
        .bind(epoch)
        .fetch_optional()
        .await?;
    Ok(held.is_some())
}

/// Takes rows for the node `epoch`; not of automations that are paused.
pub(crate) async fn claim(tx: &mut Tx, epoch: i64, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    // Differs because only PostgreSQL has others that take rows at the same time.
    let skip = match tx.engine() {
        Engine::Sqlite => "",
        Engine::Postgres => "for update skip locked",
    };
    let found = tx
        .query(format!(
            "select run_id, seq from automation_effect e where state = 'pending' and not_before <= $1 \
             and exists (select 1 from automation a where a.account_id = e.account_id and a.id = e.automation_id \
                and a.status <> 'paused') order by not_before, run_id limit $2 {skip}"
        ))
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await?;
    let mut due = Vec::with_capacity(found.len());
    for row in &found {
        let taken = tx
            .query(
                "update automation_effect set state = 'leased', lease_epoch = $3 \
                 where run_id = $1 and seq = $2 and state = 'pending' \
                 returning account_id, run_id, seq, automation_id, version_id, contact_id, step, kind, awaited, attempts, created_at",
            )
            .bind(row.get::<RunId>("run_id")?)
            .bind(row.get::<i64>("seq")?)
            .bind(epoch)
            .fetch_optional()
            .await?;
        let Some(row) = taken else { continue };
        due.push(Due {
            account: row.get("account_id")?,
            run: row.get("run_id")?,
            seq: row.get("seq")?,
            automation: row.get("automation_id")?,
            version: row.get("version_id")?,
            contact: row.get("contact_id")?,
            step: row.get("step")?,
            kind: row.get("kind")?,
            awaited: row.get("awaited")?,
            attempts: row.get("attempts")?,
            created_at: row.get("created_at")?,
        });
    }
    Ok(due)
}

/// Whether this node still holds it.
pub(crate) async fn is_leased(tx: &mut Tx, due: &Due, epoch: i64) -> Result<bool> {
    Ok(tx
        .query(
            "select 1 as one from automation_effect \
             where run_id = $1 and seq = $2 and state = 'leased' and lease_epoch = $3 and account_id = $4",
        )
        .bind(due.run)
        .bind(due.seq)
        .bind(epoch)
        .bind(due.account)
        .fetch_optional()
        .await?
        .is_some())
}

/// Of something that is tried again: why the last try failed, and when the next is.
pub(crate) async fn last_failure(
    tx: &mut Tx,
    account: AccountId,
    run: RunId,
    seq: i64,
) -> Result<Option<(String, Timestamp)>> {
    tx.query(
        "select error, not_before from automation_effect \
         where run_id = $2 and seq = $3 and account_id = $1 and state in ('pending', 'leased') and error is not null",
    )
    .bind(account)
    .bind(run)
    .bind(seq)
    .fetch_optional()
    .await?
    .map(|row| Ok((row.get("error")?, row.get("not_before")?)))
    .transpose()
}

/// Writes how it ended.
pub(crate) async fn finish(tx: &mut Tx, due: &Due, epoch: i64, error: Option<&str>) -> Result<()> {
    let affected = tx
        .query(
            "update automation_effect set state = $4, error = $5, attempts = attempts + 1, lease_epoch = null \
             where run_id = $1 and seq = $2 and state = 'leased' and lease_epoch = $3",
        )
        .bind(due.run)
        .bind(due.seq)
        .bind(epoch)
        .bind(if error.is_some() { "failed" } else { "done" })
        .bind(error)
        .execute()
        .await?;
    db::ensure_affected(affected, 1)
}

/// It is tried again at a later time: it failed, or, if that does not count, could not even be tried.
pub(crate) async fn put_off(
    tx: &mut Tx,
    due: &Due,
    epoch: i64,
    error: &str,
    until: Timestamp,
    counts: bool,
) -> Result<()> {
    tx.query(
        "update automation_effect set state = 'pending', error = $4, attempts = attempts + $6, not_before = $5, \
            lease_epoch = null \
         where run_id = $1 and seq = $2 and state = 'leased' and lease_epoch = $3",
    )
    .bind(due.run)
    .bind(due.seq)
    .bind(epoch)
    .bind(error)
    .bind(until)
    .bind(i64::from(counts))
    .execute()
    .await?;
    Ok(())
}

/// Gives everything back that a stopping node holds.
pub(crate) async fn give_back(tx: &mut Tx, epoch: i64) -> Result<u64> {
    tx.query(
        "update automation_effect set state = 'pending', lease_epoch = null \
         where state = 'leased' and lease_epoch = $1",
    )
    .bind(epoch)
    .execute()
    .await
}

/// Takes back what dead nodes held. What they did may be done again, under the same key.
pub(crate) async fn reclaim(tx: &mut Tx, epoch: i64, now: Timestamp) -> Result<u64> {
    tx.query(
        "update automation_effect set state = 'pending', lease_epoch = null, attempts = attempts + 1 \
         where state = 'leased' and lease_epoch <> $2 \
            and lease_epoch in (select epoch from node where alive_until <= $1)",
    )
    .bind(now)
    .bind(epoch)
    .execute()
    .await
}

/// A message whose run waits for what becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) account: AccountId,
    pub(crate) run: RunId,
    pub(crate) seq: i64,
    pub(crate) automation: AutomationId,
    pub(crate) contact: i64,
    pub(crate) message: MessageId,
}

/// The next of these behind a run; not of automations that are paused.
pub(crate) async fn queued(
    tx: &mut Tx,
    after: (AccountId, RunId),
    limit: i64,
) -> Result<Vec<Queued>> {
    tx.query(
        "select account_id, run_id, seq, automation_id, contact_id, message_id from automation_effect e \
         where state = 'queued' and (account_id > $1 or (account_id = $1 and run_id > $2)) \
            and not exists (select 1 from automation a where a.account_id = e.account_id and a.id = e.automation_id \
                and a.status = 'paused') \
         order by account_id, run_id, seq limit $3",
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(Queued {
            account: row.get("account_id")?,
            run: row.get("run_id")?,
            seq: row.get("seq")?,
            automation: row.get("automation_id")?,
            contact: row.get("contact_id")?,
            message: row.get("message_id")?,
        })
    })
    .collect()
}

/// Writes what became of messages, each with its error if it was not sent; those of which it was not known yet.
pub(crate) async fn settle(
    tx: &mut Tx,
    account: AccountId,
    ended: &[(MessageId, Option<&String>)],
) -> Result<BTreeSet<MessageId>> {
    // Differs because each engine has its own way to unfold a list.
    let list = match tx.engine() {
        Engine::Sqlite => {
            "select cast(value ->> 0 as integer) as id, value ->> 1 as error from json_each($2)"
        }
        Engine::Postgres => {
            "select cast(value ->> 0 as bigint) as id, value ->> 1 as error \
             from json_array_elements(cast($2 as json))"
        }
    };
    let ended: Vec<(i64, Option<&String>)> = ended
        .iter()
        .map(|(message, error)| (message.get(), *error))
        .collect();
    tx.query(format!(
        "update automation_effect set state = case when l.error is null then 'done' else 'failed' end, error = l.error \
         from ({list}) l where account_id = $1 and message_id = l.id and state = 'queued' \
         returning automation_effect.message_id as message_id"
    ))
    .bind(account)
    .bind(Json(ended))
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("message_id"))
    .collect()
}

/// The mails that some runs asked for, whatever became of them.
pub(crate) async fn messages_of(
    tx: &mut Tx,
    account: AccountId,
    runs: &[RunId],
) -> Result<Vec<MessageId>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "e.message_id",
        "automation_effect e",
        "e.account_id = $1 and e.run_id = each.value and e.message_id is not null",
        false,
    );
    let runs: Vec<i64> = runs.iter().map(|id| id.get()).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(runs))
        .fetch_all()
        .await?
        .iter()
        .map(|row| row.at(0))
        .collect()
}

/// Mails of an automation that are not on the wire yet, whatever became of their runs; at most `limit`.
///
/// By what is queued, which is little: what automations ever sent is much, and no index of it names them.
pub(crate) async fn unsent(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    limit: i64,
) -> Result<Vec<MessageId>> {
    let some = |state: &str| {
        format!(
            "select m.id from message m where m.account_id = $1 and {state} and m.source_id in \
                (select c.id from campaign c where c.account_id = $1 and c.automated is not null \
                 union all select cast($1 as bigint)) \
             and exists (select 1 from automation_effect e where e.account_id = m.account_id and e.message_id = m.id \
                and e.automation_id = $2)"
        )
    };
    let (queued, held) = (
        some("m.state = 'queued'"),
        some("m.state in ('leased', 'wire') and m.state = 'leased'"),
    );
    tx.query(format!(
        "select u.id as id from ({queued} union all {held}) u limit $3"
    ))
    .bind(account)
    .bind(automation)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| row.get("id"))
    .collect()
}

/// A mail that somebody got from an automation.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) at: Timestamp,
    pub(crate) automation: AutomationId,
    pub(crate) step: String,
    /// It never left: it was taken back, or its recipient could not be written to.
    pub(crate) kept_back: bool,
}

/// Mails that automations wrote to these contacts since a time.
pub(crate) async fn letters(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[i64],
    since: Timestamp,
) -> Result<HashMap<i64, Vec<Letter>>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        "e.contact_id, e.created_at, e.automation_id, e.step, case when exists (select 1 from message m \
            where m.account_id = e.account_id and m.id = e.message_id and m.state in ('cancelled', 'skipped')) \
            then 1 else 0 end",
        "automation_effect e",
        "e.account_id = $1 and e.contact_id = each.value and e.created_at >= $3 and e.message_id is not null",
        false,
    );
    let rows = tx
        .query(sql)
        .bind(account)
        .bind(Json(contacts))
        .bind(since)
        .fetch_all()
        .await?;
    let mut all: HashMap<i64, Vec<Letter>> = HashMap::new();
    for row in &rows {
        all.entry(row.at(0)?).or_default().push(Letter {
            at: row.at(1)?,
            automation: row.at(2)?,
            step: row.at(3)?,
            kept_back: row.at(4)?,
        });
    }
    Ok(all)
}

/// Which run, at which step, sent a message.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) run: RunId,
    pub(crate) automation: AutomationId,
    pub(crate) version: VersionId,
    pub(crate) step: String,
}

pub(crate) async fn senders(
    tx: &mut Tx,
    account: AccountId,
    messages: &[i64],
) -> Result<HashMap<i64, Sent>> {
    let mut all = HashMap::new();
    for some in messages.chunks(1000) {
        let rows = tx
            .query(format!(
                "select message_id, run_id, automation_id, version_id, step from automation_effect \
                 where account_id = $1 and message_id is not null and message_id in {}",
                in_list(2, some.len())
            ))
            .bind(account)
            .bind_list(some.iter().copied())
            .fetch_all()
            .await?;
        for row in &rows {
            all.insert(
                row.get("message_id")?,
                Sent {
                    run: row.get("run_id")?,
                    automation: row.get("automation_id")?,
                    version: row.get("version_id")?,
                    step: row.get("step")?,
                },
            );
        }
    }
    Ok(all)
}
