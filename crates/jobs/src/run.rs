//! Running one job on a task of its own, and writing down how jobs ended.

use std::future::Future;
use std::time::Duration;

use ctx::Ctx;
use db::{Topic, WriteTx};
use tokio::task::{AbortHandle, JoinError};
use tracing::Instrument as _;

use crate::backoff::backoff;
use crate::job::{Attempt, JobError};
use crate::registry::{Kind, Registry, Running};
use crate::store::{self, Claimed, Fence};

/// How a job ended.
#[derive(Debug)]
pub(crate) enum Ending {
    Done,
    Drained,
    Retry(String),
    Fail(String),
    Snooze(Duration),
    /// Stopped by us before it ended.
    Stopped(Why),
}

/// Why a job was stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    /// The process ends: the attempt does not count.
    Shutdown,
    /// This node could not renew its lease, so another one may run the job by now.
    LeaseLapsed,
}

/// A job that ended, on its way into the database.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) job: Claimed,
    pub(crate) ending: Ending,
}

/// Starts a leased job. The future waits for its end; dropping it does not stop the job, the handle does.
pub(crate) fn start(
    ctx: &Ctx,
    registry: &Registry,
    job: Claimed,
) -> (AbortHandle, impl Future<Output = Ended> + Send + use<>) {
    let attempt = Attempt {
        number: job.attempt,
        last: job.attempt >= job.max_attempts,
        job: job.id,
    };
    let work: Running = match registry.kinds.get(job.kind.as_str()) {
        Some(Kind::Job(handler)) => handler(ctx.clone(), &job.payload, attempt),
        // Only known kinds are claimed, so this is a retired one.
        Some(Kind::Drained) | None => Box::pin(async { Ok(()) }),
    };
    let drained = matches!(registry.kinds.get(job.kind.as_str()), Some(Kind::Drained));
    let span = tracing::info_span!("job", id = %job.id, kind = job.kind, attempt = job.attempt);
    let task = ctx.tasks.spawn(work.instrument(span));
    let handle = task.abort_handle();
    let ended = async move {
        let ending = match task.await {
            Ok(Ok(())) if drained => Ending::Drained,
            Ok(Ok(())) => Ending::Done,
            Ok(Err(JobError::Retry(error))) => Ending::Retry(describe(&error)),
            Ok(Err(JobError::Fail(error))) => Ending::Fail(describe(&error)),
            Ok(Err(JobError::Snooze(pause))) => Ending::Snooze(pause),
            Err(error) if error.is_cancelled() => Ending::Stopped(Why::Shutdown),
            Err(error) => Ending::Retry(describe_panic(error)),
        };
        Ended { job, ending }
    };
    (handle, ended)
}

/// Longest error text that is kept.
const MAX_ERROR_CHARS: usize = 2000;

/// The whole chain of causes, in a form every database stores.
pub(crate) fn describe(error: &anyhow::Error) -> String {
    store_text(&format!("{error:#}"))
}

pub(crate) fn describe_panic(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else {
        return "stopped".to_owned();
    };
    let said = payload
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    store_text(&format!("panicked: {said}"))
}

fn store_text(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\0' { '\u{fffd}' } else { c })
        .take(MAX_ERROR_CHARS)
        .collect()
}

/// What became of each ended job. To be told once the transaction has committed.
#[must_use = "tell it after the commit"]
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Line>);

#[derive(Debug)]
struct Line {
    job: String,
    kind: String,
    attempt: u16,
    outcome: &'static str,
    error: Option<String>,
}

/// Writes how jobs ended, as far as they are still this node's.
pub(crate) async fn write_endings(
    ctx: &Ctx,
    tx: &mut WriteTx,
    ended: &[Ended],
) -> db::Result<Report> {
    let now = ctx.clock.now();
    let epoch = ctx.node.epoch();
    let mut report = Report::default();
    let is_done = |ended: &&Ended| matches!(ended.ending, Ending::Done | Ending::Drained);
    let done: Vec<Fence> = ended.iter().filter(is_done).map(fence).collect();
    let confirmed = store::finish_done(tx, epoch, now, &done).await?;
    for one in ended {
        let due = now + store::SHORTEST_PAUSE;
        let fence = fence(one);
        let (affected, outcome, error) = match &one.ending {
            Ending::Done => (confirmed.contains(&one.job.id).into(), "done", None),
            Ending::Drained => (confirmed.contains(&one.job.id).into(), "drained", None),
            Ending::Retry(error) if one.job.attempt < one.job.max_attempts => {
                let due = now + backoff(one.job.attempt, &ctx.rng);
                let affected =
                    store::finish_ready(tx, epoch, fence, due, true, Some(error)).await?;
                (affected, "retried", Some(error.clone()))
            }
            Ending::Retry(error) | Ending::Fail(error) => {
                let affected = store::finish_dead(tx, epoch, now, fence, error).await?;
                (affected, "dead", Some(error.clone()))
            }
            Ending::Snooze(pause) => {
                let due = due.max(now + *pause);
                let affected = store::finish_ready(tx, epoch, fence, due, false, None).await?;
                (affected, "snoozed", None)
            }
            Ending::Stopped(Why::Shutdown) => {
                let affected =
                    store::finish_ready(tx, epoch, fence, one.job.due, false, None).await?;
                (affected, "released", None)
            }
            Ending::Stopped(Why::LeaseLapsed) => {
                let error = "stopped because this node lost its lease".to_owned();
                let affected =
                    store::finish_ready(tx, epoch, fence, now, true, Some(&error)).await?;
                (affected, "released", Some(error))
            }
        };
        if matches!(outcome, "retried" | "snoozed" | "released") {
            tx.nudge(Topic::Jobs);
        }
        report.0.push(Line {
            job: one.job.id.to_string(),
            kind: one.job.kind.clone(),
            attempt: one.job.attempt,
            outcome: if affected == 1 { outcome } else { "lost" },
            error,
        });
    }
    Ok(report)
}

fn fence(ended: &Ended) -> Fence {
    Fence {
        id: ended.job.id,
        attempt: ended.job.attempt,
    }
}

impl Report {
    /// Counts and logs.
    pub(crate) fn tell(self) {
        for line in self.0 {
            let Line {
                job,
                kind,
                attempt,
                outcome,
                error,
            } = line;
            metrics::counter!("jobs_finished_total", "kind" => kind.clone(), "outcome" => outcome)
                .increment(1);
            let error = error.unwrap_or_default();
            match outcome {
                "dead" => {
                    tracing::error!(job, kind, attempt, error, "a job failed for good");
                }
                "retried" => {
                    tracing::warn!(job, kind, attempt, error, "a job failed and is tried again");
                }
                "lost" => tracing::warn!(
                    job,
                    kind,
                    attempt,
                    "a job ended after its lease was lost; its result is dropped"
                ),
                _ => tracing::debug!(job, kind, attempt, outcome, "a job ended"),
            }
        }
    }
}
