//! What a process can run.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ctx::Ctx;

use crate::job::{Attempt, Job, JobError};

pub(crate) type Running = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send>>;
type Handler = Arc<dyn Fn(Ctx, &str, Attempt) -> Running + Send + Sync>;
type Recurring =
    Arc<dyn Fn(Ctx) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// The kinds of jobs and the recurring work that this process knows. Clones share it.
#[derive(Clone, Default)]
pub struct Registry {
    pub(crate) kinds: BTreeMap<&'static str, Kind>,
    pub(crate) schedules: BTreeMap<&'static str, Schedule>,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Job(Handler),
    Drained,
}

#[derive(Clone)]
pub(crate) struct Schedule {
    pub(crate) interval: Duration,
    pub(crate) run: Recurring,
}

impl Registry {
    /// Knows nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs jobs of type `J`.
    pub fn job<J: Job>(self) -> Self {
        let handler: Handler = Arc::new(|ctx, payload, attempt| {
            let job = serde_json::from_str::<J>(payload);
            Box::pin(async move {
                let job = job
                    .context("the payload cannot be read")
                    .map_err(JobError::Fail)?;
                job.run(&ctx, attempt).await
            })
        });
        self.kind(J::KIND, Kind::Job(handler))
    }

    /// Takes jobs of a retired kind out of the queue without doing anything.
    pub fn drain(self, kind: &'static str) -> Self {
        self.kind(kind, Kind::Drained)
    }

    /// Runs `work` once per interval, on one of the nodes, and not while an earlier run still goes on. It also runs
    /// soon after it is first known, and at once when the node that ran it died or stopped. Intervals that were missed
    /// collapse into one run. A failure is logged, and the next run is at the next interval or in five minutes,
    /// whichever is sooner.
    pub fn every<F, W>(mut self, name: &'static str, interval: Duration, work: F) -> Self
    where
        F: Fn(Ctx) -> W + Send + Sync + 'static,
        W: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let schedule = Schedule {
            interval: interval.max(Duration::from_millis(1)),
            run: Arc::new(move |ctx| Box::pin(work(ctx))),
        };
        let before = self.schedules.insert(name, schedule);
        assert!(before.is_none(), "the schedule {name} is registered twice");
        self
    }

    fn kind(mut self, name: &'static str, kind: Kind) -> Self {
        let before = self.kinds.insert(name, kind);
        assert!(before.is_none(), "the job {name} is registered twice");
        self
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.kinds.keys().copied().collect()
    }
}
