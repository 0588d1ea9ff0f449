//! What happened, line by line and in sums.

use std::collections::BTreeMap;

use db::{Insert, Result, Tx};
use kernel::{AccountId, IdBlock, Timestamp};

use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::{LogEntry, Logged, Outcome};

/// A line of the log.
pub(in crate::engine) struct Line {
    pub(in crate::engine) run: RunId,
    pub(in crate::engine) version: VersionId,
    pub(in crate::engine) entry: LogEntry,
}

pub(in crate::engine) async fn insert_log(
    tx: &mut Tx,
    account: AccountId,
    ids: IdBlock,
    lines: &[Line],
) -> Result<()> {
    let mut insert = Insert::into(
        "automation_log",
        &[
            "account_id",
            "run_id",
            "id",
            "seq",
            "version_id",
            "step",
            "what",
            "detail",
            "at",
        ],
    );
    for (n, line) in lines.iter().enumerate() {
        let (what, detail) = words(&line.entry.what);
        insert.row(|row| {
            row.bind(account)
                .bind(line.run)
                .bind(ids.nth(n as i64))
                .bind(line.entry.seq)
                .bind(line.version)
                .bind(line.entry.step.as_str())
                .bind(what)
                .bind(detail)
                .bind(line.entry.at);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// As it is stored.
pub(crate) fn words(what: &Logged) -> (&'static str, Option<String>) {
    match what {
        Logged::Held => ("waits", None),
        Logged::Passed(edge) => ("passed", Some(edge.clone())),
        Logged::Skipped(why) => ("skipped", Some(why.clone())),
        Logged::Failed(why) => ("failed", Some(why.clone())),
        Logged::Parked(why) => ("stopped", Some(why.clone())),
        Logged::Left(why) => ("left", Some(why.clone())),
        Logged::Ended(outcome) => ("ended", Some(outcome_words(outcome))),
    }
}

/// How a run ended, in words that programs can rely on.
pub(crate) fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Completed => "completed".to_owned(),
        Outcome::Goal => "goal".to_owned(),
        Outcome::Exit { exit } => format!("exit:{exit}"),
        Outcome::Unsubscribed => "unsubscribed".to_owned(),
        Outcome::Removed => "removed".to_owned(),
        Outcome::StepRemoved => "step_removed".to_owned(),
    }
}

/// A line of the log as it is read.
#[derive(Clone, Debug)]
pub(crate) struct LogRow {
    pub(crate) seq: i64,
    pub(crate) version: VersionId,
    pub(crate) step: String,
    pub(crate) what: String,
    pub(crate) detail: Option<String>,
    pub(crate) at: Timestamp,
}

/// What happened to a run, in order.
pub(crate) async fn log_of(
    tx: &mut Tx,
    account: AccountId,
    run: RunId,
    limit: i64,
) -> Result<Vec<LogRow>> {
    tx.query(
        "select seq, version_id, step, what, detail, at from automation_log \
         where account_id = $1 and run_id = $2 order by id limit $3",
    )
    .bind(account)
    .bind(run)
    .bind(limit)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok(LogRow {
            seq: row.get("seq")?,
            version: row.get("version_id")?,
            step: row.get("step")?,
            what: row.get("what")?,
            detail: row.get("detail")?,
            at: row.get("at")?,
        })
    })
    .collect()
}

/// What is counted: automation, version, step and name.
pub(in crate::engine) type StatKey = (AutomationId, VersionId, String, String);

pub(in crate::engine) async fn add_stats(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
    stats: &BTreeMap<StatKey, i64>,
) -> Result<()> {
    let day = now.as_micros().div_euclid(86_400_000_000);
    let mut insert = Insert::into(
        "automation_stat",
        &[
            "account_id",
            "automation_id",
            "day",
            "version_id",
            "step",
            "name",
            "n",
        ],
    )
    .on_conflict(
        "on conflict (account_id, automation_id, day, version_id, step, name) \
         do update set n = automation_stat.n + excluded.n",
    );
    for ((automation, version, step, name), n) in stats {
        insert.row(|row| {
            row.bind(account)
                .bind(*automation)
                .bind(day)
                .bind(*version)
                .bind(step)
                .bind(name)
                .bind(*n);
        });
    }
    insert.execute(tx).await?;
    Ok(())
}

/// The counters of an automation: day, step, name, number.
pub(crate) async fn stats(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    days: (i64, i64),
) -> Result<Vec<(i64, String, String, i64)>> {
    tx.query(
        "select day, step, name, cast(sum(n) as bigint) as n from automation_stat \
         where account_id = $1 and automation_id = $2 and day >= $3 and day <= $4 group by day, step, name",
    )
    .bind(account)
    .bind(automation)
    .bind(days.0)
    .bind(days.1)
    .fetch_all()
    .await?
    .iter()
    .map(|row| {
        Ok((
            row.get("day")?,
            row.get("step")?,
            row.get("name")?,
            row.get("n")?,
        ))
    })
    .collect()
}

/// How many are at each step now, and how many of them failed there.
pub(crate) async fn people_now(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
) -> Result<Vec<(String, String, i64)>> {
    tx.query(
        "select step, state, count(*) as n from automation_run \
         where account_id = $1 and automation_id = $2 and state <> 'done' group by step, state",
    )
    .bind(account)
    .bind(automation)
    .fetch_all()
    .await?
    .iter()
    .map(|row| Ok((row.get("step")?, row.get("state")?, row.get("n")?)))
    .collect()
}
