//! Runs: how they are stored, found and written.

use db::{Each, Insert, Json, Result, Row, Tx, in_list, look_up};
use kernel::{AccountId, Timestamp};

use crate::definition::StepId;
use crate::ids::{AutomationId, RunId};
use crate::interpret::{Data, Hold, Outcome, Reason, Run};

/// A run as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) run: Run,
    pub(crate) paused_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    /// It is parked by the engine and not by its step, which still waits as it did.
    pub(crate) halted: bool,
}

const RUN_COLUMNS: &str = "r.id, r.automation_id, r.version_id, r.contact_id, r.entry_key, r.step, r.state, r.reason, r.seq, \
     r.began_at, r.step_at, r.began_with, r.step_after, r.chain, r.data, r.hold, r.paused_at, r.ended_at";

/// What of a hold is not in columns of its own.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct StoredHold {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timer: Option<crate::time::Timer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waits: Vec<(String, String, crate::interpret::WaitPath, i64)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    halted: bool,
}

fn corrupt(id: i64, column: &'static str, why: impl Into<anyhow::Error>) -> db::Error {
    db::Error::Corrupt {
        table: "automation_run",
        column,
        id,
        source: why.into(),
    }
}

fn or_default<T: Default + serde::de::DeserializeOwned>(
    row: &Row,
    column: &'static str,
    unreadable: &mut Option<String>,
) -> T {
    match row.get::<Json<T>>(column) {
        Ok(json) => json.0,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "what is stored of a run cannot be read"
            );
            *unreadable = Some(format!("what is stored of it cannot be read ({column})"));
            T::default()
        }
    }
}

fn run_from_row(row: &Row) -> Result<Stored> {
    let id: RunId = row.get("id")?;
    // One that cannot be read stands still and says so; the others of its contact go on.
    let mut unreadable = None;
    let hold: StoredHold = or_default(row, "hold", &mut unreadable);
    let chain: Vec<AutomationId> = or_default(row, "chain", &mut unreadable);
    let data: Data = or_default(row, "data", &mut unreadable);
    let text: Option<String> = row.get("reason")?;
    let state: String = row.get("state")?;
    let reason = match (state.as_str(), text) {
        (state, _) if state != "done" && unreadable.is_some() => {
            Reason::Parked(unreadable.unwrap_or_default())
        }
        ("waiting", _) => Reason::Waiting,
        ("outbox", _) => Reason::Outbox,
        ("parked", text) => Reason::Parked(text.unwrap_or_default()),
        (_, text) => {
            let text = text.unwrap_or_default();
            let outcome: Outcome =
                serde_json::from_str(&text).map_err(|error| corrupt(id.get(), "reason", error))?;
            Reason::Done(outcome)
        }
    };
    let step: String = row.get("step")?;
    let node =
        StepId::parse(&step).map_err(|why| corrupt(id.get(), "step", anyhow::anyhow!("{why}")))?;
    let waits = hold
        .waits
        .into_iter()
        .map(|(kind, key, path, since)| crate::interpret::Wait {
            signal: crate::event::Signal { kind, key },
            path,
            since,
        })
        .collect();
    Ok(Stored {
        run: Run {
            id,
            automation: row.get("automation_id")?,
            version: row.get("version_id")?,
            contact: row.get("contact_id")?,
            key: row.get("entry_key")?,
            node,
            seq: row.get("seq")?,
            began_at: row.get("began_at")?,
            step_at: row.get("step_at")?,
            began_with: row.get("began_with")?,
            step_after: row.get("step_after")?,
            chain,
            data,
            hold: Hold {
                reason,
                timer: hold.timer,
                until: hold.until,
                waits,
            },
        },
        paused_at: row.get("paused_at")?,
        ended_at: row.get("ended_at")?,
        halted: hold.halted,
    })
}

/// The runs of some contacts that are not over.
pub(in crate::engine) async fn live_runs(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[i64],
) -> Result<Vec<Stored>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        RUN_COLUMNS,
        "automation_run r",
        "r.account_id = $1 and r.contact_id = each.value and r.state <> 'done'",
        false,
    );
    tx.query(sql)
        .bind(account)
        .bind(Json(contacts))
        .fetch_all()
        .await?
        .iter()
        .map(run_from_row)
        .collect()
}

/// Runs by their ids.
pub(crate) async fn runs(tx: &mut Tx, account: AccountId, ids: &[RunId]) -> Result<Vec<Stored>> {
    let sql = look_up(
        tx.engine(),
        (Each::Int, "$2"),
        RUN_COLUMNS,
        "automation_run r",
        "r.account_id = $1 and r.id = each.value",
        false,
    );
    let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
    tx.query(sql)
        .bind(account)
        .bind(Json(ids))
        .fetch_all()
        .await?
        .iter()
        .map(run_from_row)
        .collect()
}

/// Runs for the API: those of an automation, newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunFilter {
    pub(crate) state: Option<&'static str>,
    pub(crate) paused: Option<bool>,
    pub(crate) live: bool,
    pub(crate) step: Option<String>,
    pub(crate) contact: Option<i64>,
    /// Steps with ways out of them: those that went one of them.
    pub(crate) went: Vec<(String, String)>,
}

pub(crate) async fn list_runs(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    filter: &RunFilter,
    before: i64,
    limit: i64,
) -> Result<Vec<Stored>> {
    use std::fmt::Write as _;
    let mut conditions = String::new();
    if let Some(state) = filter.state {
        let _ = write!(conditions, " and r.state = '{state}'");
    }
    if filter.live || filter.step.is_some() {
        conditions.push_str(" and r.state <> 'done'");
    }
    match filter.paused {
        Some(true) => conditions.push_str(" and r.paused_at is not null"),
        Some(false) => conditions.push_str(" and r.paused_at is null"),
        None => {}
    }
    let mut next = 5;
    if filter.step.is_some() {
        let _ = write!(conditions, " and r.step = ${next}");
        next += 1;
    }
    if filter.contact.is_some() {
        let _ = write!(conditions, " and r.contact_id = ${next}");
        next += 1;
    }
    if !filter.went.is_empty() {
        // A step that is left out, or failed and went on, has a line of its own instead of one with a way.
        let ways = (0..filter.went.len()).map(|n| {
            let (step, way) = (next + 2 * n, next + 2 * n + 1);
            format!(
                "l.step = ${step} and (l.what = 'passed' and l.detail = ${way} \
                 or l.what = ${way} and l.what in ('skipped', 'failed'))"
            )
        });
        let ways = ways.collect::<Vec<_>>().join(" or ");
        let _ = write!(
            conditions,
            " and exists (select 1 from automation_log l \
             where l.account_id = $1 and l.run_id = r.id and ({ways}))"
        );
    }
    let mut query = tx
        .query(format!(
            "select {RUN_COLUMNS} from automation_run r \
             where r.account_id = $1 and r.automation_id = $2 and r.id < $3{conditions} order by r.id desc limit $4"
        ))
        .bind(account)
        .bind(automation)
        .bind(before)
        .bind(limit);
    if let Some(step) = &filter.step {
        query = query.bind(step);
    }
    if let Some(contact) = filter.contact {
        query = query.bind(contact);
    }
    for (step, way) in &filter.went {
        query = query.bind(step).bind(way);
    }
    query.fetch_all().await?.iter().map(run_from_row).collect()
}

/// Writes runs as they are now, new ones too; and their timers. Nobody else can have changed them: their contacts are held,
/// and a run never goes back.
pub(in crate::engine) async fn save_runs(
    tx: &mut Tx,
    account: AccountId,
    runs: &[Stored],
) -> Result<()> {
    if runs.is_empty() {
        return Ok(());
    }
    let mut rows = Insert::into(
        "automation_run",
        &[
            "account_id",
            "id",
            "automation_id",
            "version_id",
            "contact_id",
            "entry_key",
            "step",
            "state",
            "reason",
            "seq",
            "began_at",
            "step_at",
            "began_with",
            "step_after",
            "chain",
            "data",
            "hold",
            "paused_at",
            "ended_at",
        ],
    )
    .on_conflict(
        "on conflict (id) do update set version_id = excluded.version_id, step = excluded.step, state = excluded.state, \
            reason = excluded.reason, seq = excluded.seq, step_at = excluded.step_at, step_after = excluded.step_after, \
            chain = excluded.chain, data = excluded.data, hold = excluded.hold, paused_at = excluded.paused_at, \
            ended_at = excluded.ended_at \
         where automation_run.seq <= excluded.seq and automation_run.state <> 'done'",
    );
    let mut timers = Insert::into(
        "automation_timer",
        &[
            "account_id",
            "run_id",
            "automation_id",
            "contact_id",
            "due",
            "seq",
        ],
    )
    .on_conflict("on conflict (run_id) do update set due = excluded.due, seq = excluded.seq");
    let mut idle = Vec::new();
    for stored in runs {
        let run = &stored.run;
        let (state, reason) = match &run.hold.reason {
            Reason::Ready | Reason::Waiting => ("waiting", None),
            Reason::Outbox => ("outbox", None),
            Reason::Parked(why) => ("parked", Some(why.clone())),
            Reason::Done(outcome) => (
                "done",
                Some(serde_json::to_string(outcome).unwrap_or_default()),
            ),
        };
        let hold = StoredHold {
            timer: run.hold.timer.clone(),
            until: run.hold.until,
            waits: run
                .hold
                .waits
                .iter()
                .map(|wait| {
                    (
                        wait.signal.kind.clone(),
                        wait.signal.key.clone(),
                        wait.path.clone(),
                        wait.since,
                    )
                })
                .collect(),
            halted: stored.halted,
        };
        rows.row(|row| {
            row.bind(account)
                .bind(run.id)
                .bind(run.automation)
                .bind(run.version)
                .bind(run.contact)
                .bind(&run.key)
                .bind(run.node.as_str())
                .bind(state)
                .bind(reason)
                .bind(run.seq)
                .bind(run.began_at)
                .bind(run.step_at)
                .bind(run.began_with)
                .bind(run.step_after)
                .bind(Json(&run.chain))
                .bind(Json(&run.data))
                .bind(Json(&hold))
                .bind(stored.paused_at)
                .bind(stored.ended_at);
        });
        match &run.hold.timer {
            Some(timer) if stored.paused_at.is_none() && state == "waiting" => {
                timers.row(|row| {
                    row.bind(account)
                        .bind(run.id)
                        .bind(run.automation)
                        .bind(run.contact)
                        .bind(timer.due)
                        .bind(run.seq);
                });
            }
            _ => idle.push(run.id.get()),
        }
    }
    let written = rows.execute(tx).await?;
    db::ensure_affected(written, runs.len() as u64)?;
    timers.execute(tx).await?;
    for some in idle.chunks(500) {
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

/// Parks the runs of a contact whose timers are due, whatever is in them.
pub(in crate::engine) async fn park_due(
    tx: &mut Tx,
    account: AccountId,
    contact: i64,
    now: Timestamp,
    why: &str,
) -> Result<()> {
    tx.query(
        "update automation_run set state = 'parked', reason = $4 \
         where account_id = $1 and contact_id = $2 and state = 'waiting' and id in \
            (select t.run_id from automation_timer t where t.account_id = $1 and t.contact_id = $2 and t.due <= $3)",
    )
    .bind(account)
    .bind(contact)
    .bind(now)
    .bind(why)
    .execute()
    .await?;
    tx.query(
        "delete from automation_timer where account_id = $1 and contact_id = $2 and due <= $3",
    )
    .bind(account)
    .bind(contact)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Forgets what runs know of somebody who is no more.
pub(in crate::engine) async fn forget(
    tx: &mut Tx,
    account: AccountId,
    contacts: &[i64],
) -> Result<()> {
    for some in contacts.chunks(500) {
        tx.query(format!(
            "update automation_run set data = '{{}}' where account_id = $1 and contact_id in {}",
            in_list(2, some.len())
        ))
        .bind(account)
        .bind_list(some.iter().copied())
        .execute()
        .await?;
    }
    Ok(())
}
