//! The conformance suite: what the queue promises, on both engines.

mod failures;
mod leases;
mod queue;
mod schedules;
mod worker;

use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use testkit::TestDb;

use crate::{Attempt, Job, JobError, JobId, New, Registry};

/// A job that writes down that it ran, and then does as it is told.
#[derive(Clone, Serialize, Deserialize)]
struct Probe {
    label: String,
    does: Does,
}

#[derive(Clone, Serialize, Deserialize)]
enum Does {
    Succeed,
    Retry,
    Fail,
    Panic,
    Snooze(Duration),
    Hang,
    Enqueue(String),
}

impl Job for Probe {
    const KIND: &'static str = "test.probe";
    const MAX_ATTEMPTS: u16 = 3;

    async fn run(self, ctx: &Ctx, at: Attempt) -> Result<(), JobError> {
        let mut tx = ctx.write().await?;
        note(ctx, &mut tx, &self.label, i64::from(at.number)).await?;
        if let Does::Enqueue(label) = &self.does {
            let next = probe(label, Does::Succeed);
            crate::enqueue(ctx, &mut tx, None, &next).await?;
        }
        tx.commit().await?;
        assert_eq!(at.last, at.number >= Self::MAX_ATTEMPTS);
        match self.does {
            Does::Succeed | Does::Enqueue(_) => Ok(()),
            Does::Retry => Err(JobError::Retry(
                anyhow::anyhow!("the relay is away").context("cannot send"),
            )),
            Does::Fail => Err(JobError::Fail(anyhow::anyhow!("a nul\0 byte"))),
            Does::Panic => panic!("index out of range"),
            Does::Snooze(pause) => Err(JobError::Snooze(pause)),
            Does::Hang => std::future::pending().await,
        }
    }
}

fn probe(label: &str, does: Does) -> Probe {
    Probe {
        label: label.to_owned(),
        does,
    }
}

fn registry() -> Registry {
    Registry::new().job::<Probe>()
}

async fn note(ctx: &Ctx, tx: &mut db::WriteTx, label: &str, attempt: i64) -> db::Result<()> {
    tx.query("insert into ran (n, label, attempt, epoch) values ($1, $2, $3, $4)")
        .bind(ctx.ids.next::<i64>())
        .bind(label)
        .bind(attempt)
        .bind(ctx.node.epoch())
        .execute()
        .await?;
    Ok(())
}

/// The first node, with the table that probes write to.
async fn prepare(db: &TestDb) -> Ctx {
    let ctx = db.ctx();
    let mut tx = ctx.write().await.unwrap();
    tx.execute_script(
        "create table ran (n bigint not null primary key, label text not null, attempt bigint not null, epoch bigint not null)".to_owned(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    ctx
}

async fn enqueue(ctx: &Ctx, new: New) -> Option<JobId> {
    let mut tx = ctx.write().await.unwrap();
    let id = new.enqueue(ctx, &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn enqueue_probe(ctx: &Ctx, label: &str, does: Does) -> JobId {
    enqueue(ctx, New::of(&probe(label, does))).await.unwrap()
}

/// Labels and attempts, in the order in which they ran.
async fn ran(ctx: &Ctx) -> Vec<(String, i64)> {
    let mut tx = ctx.read().await.unwrap();
    let rows = tx
        .query("select label, attempt from ran order by n")
        .fetch_all()
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get("label").unwrap(), row.get("attempt").unwrap()))
        .collect()
}

async fn labels(ctx: &Ctx) -> Vec<String> {
    ran(ctx).await.into_iter().map(|(label, _)| label).collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Stored {
    state: String,
    attempts: i64,
    due: Timestamp,
    error: Option<String>,
    leased_to: Option<i64>,
}

async fn state(ctx: &Ctx, id: JobId) -> Stored {
    let mut tx = ctx.read().await.unwrap();
    let row = tx
        .query("select state, attempts, due_at, last_error, lease_epoch from job where id = $1")
        .bind(id)
        .fetch_one()
        .await
        .unwrap();
    Stored {
        state: row.get("state").unwrap(),
        attempts: row.get("attempts").unwrap(),
        due: row.get("due_at").unwrap(),
        error: row.get("last_error").unwrap(),
        leased_to: row.get("lease_epoch").unwrap(),
    }
}

/// Waits for a condition, as long as a slow machine may need.
async fn eventually<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(value) = check().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .unwrap_or_else(|_| panic!("it never happened that {what}"))
}

fn account(n: i64) -> AccountId {
    AccountId::from(n)
}

const PAST_LIFE: Duration = ctx::TIME_TO_LIVE.saturating_add(Duration::from_secs(1));
