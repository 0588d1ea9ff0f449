//! The loop that claims, runs and finishes.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use ctx::Ctx;
use db::Topic;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use kernel::{AccountId, Timestamp};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::claim::{Claim, Load, claim};
use crate::job::JobId;
use crate::registry::Registry;
use crate::report::report;
use crate::run::{self, Ended, Ending, Why, write_endings};
use crate::{schedule, store};

/// How much a worker does at once.
#[derive(Clone, Copy, Debug)]
pub struct WorkerConfig {
    /// Most jobs running at the same time. Recurring work comes on top.
    pub concurrency: usize,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { concurrency: 8 }
    }
}

/// Runs the jobs and the recurring work of one process.
pub struct Worker {
    ctx: Ctx,
    registry: Registry,
    concurrency: usize,
    kinds: Vec<&'static str>,
    running: RunningSet,
    /// How long running jobs may go on after shutdown began.
    pub(crate) grace: Duration,
    /// Ended, but not written yet.
    ended: Vec<Ended>,
    ended_schedules: Vec<(&'static str, schedule::Ending)>,
    /// Until when this node's leases hold, as the database said when it was last asked.
    leased_until: Timestamp,
    /// A transaction may have leased jobs without our knowing.
    pub(crate) in_doubt: bool,
    next_report: Instant,
    strangers: BTreeSet<String>,
    reported: BTreeSet<(String, String)>,
}

/// How long it waits without a hint: the net below lost hints, and the beat at which it looks at its own lease.
const NET: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(5);
/// How long stopped jobs may take to reach an await.
const STOPPING: Duration = Duration::from_secs(1);
const REPORT_EVERY: Duration = Duration::from_secs(15);
const SHORTEST_TROUBLE: Duration = Duration::from_millis(100);
const LONGEST_TROUBLE: Duration = Duration::from_secs(5);

impl Worker {
    /// Ready to [`Worker::run`]. One per process: it takes all leases of its node for its own.
    pub fn new(ctx: Ctx, registry: Registry, config: WorkerConfig) -> Self {
        Self {
            kinds: registry.names(),
            concurrency: config.concurrency.max(1),
            running: RunningSet::default(),
            grace: GRACE,
            ended: Vec::new(),
            ended_schedules: Vec::new(),
            leased_until: ctx.clock.now(),
            in_doubt: false,
            next_report: Instant::now(),
            strangers: BTreeSet::new(),
            reported: BTreeSet::new(),
            ctx,
            registry,
        }
    }

    /// Works until `ctx.shutdown`, then winds down: running jobs have a few seconds to end, the rest is stopped and
    /// given back. [`crate::heartbeat_loop`] must run beside it.
    pub async fn run(mut self) {
        let mut hints = self.ctx.db.wakeups(Topic::Jobs);
        let mut trouble = Duration::ZERO;
        while !self.ctx.shutdown.is_cancelled() {
            let pause = match self.turn_within_lease().await {
                Ok(pause) => {
                    trouble = Duration::ZERO;
                    pause
                }
                Err(error) => {
                    if trouble.is_zero() {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the job queue cannot be reached; trying again"
                        );
                    }
                    self.in_doubt = true;
                    trouble = (trouble * 2).clamp(SHORTEST_TROUBLE, LONGEST_TROUBLE);
                    trouble
                }
            };
            self.stop_if_lease_lapsed();
            let shutdown = self.ctx.shutdown.clone();
            let wait = async {
                if trouble.is_zero() {
                    hints.wait(pause).await;
                } else {
                    tokio::time::sleep(pause).await;
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                // In trouble, a result waits for the pause like everything else.
                Some(end) = self.running.next(), if trouble.is_zero() => self.collect(end),
                () = wait => {}
            }
            self.collect_ready();
        }
        self.wind_down().await;
    }

    /// A turn that does not outlast the lease of what runs: the database may hang instead of failing.
    async fn turn_within_lease(&mut self) -> db::Result<Duration> {
        if self.running.is_empty() || self.running.stopped.is_some() {
            return self.turn().await;
        }
        let left = self.leased_until.since(self.ctx.clock.now());
        tokio::time::timeout(left, self.turn())
            .await
            .unwrap_or_else(|_| {
                Err(db::Error::Unavailable {
                    why: "it did not answer for as long as this node's lease holds".into(),
                    source: None,
                })
            })
    }

    /// Looks at the queue and does what is to be done in one short transaction: results, recurring work, claims.
    /// Returns how long there is nothing else to do.
    pub(crate) async fn turn(&mut self) -> db::Result<Duration> {
        let ctx = self.ctx.clone();
        if Instant::now() >= self.next_report {
            report(
                &ctx,
                &self.registry,
                &mut self.strangers,
                &mut self.reported,
            )
            .await?;
            self.next_report = Instant::now() + REPORT_EVERY;
        }
        let now = ctx.clock.now();
        let mut tx = ctx.read().await?;
        let alive_until = store::alive_until(&mut tx, ctx.node.epoch()).await?;
        let next_job = store::next_due(&mut tx, &self.kinds).await?;
        let stored = store::schedules(&mut tx).await?;
        drop(tx);
        self.leased_until = alive_until.unwrap_or(now);
        let leased = self.leased_until > now;
        let (schedules, next_schedule) = schedule::due(&self.registry, &stored, now);
        let slots = self.concurrency.saturating_sub(self.running.jobs.len());
        let claims = leased && slots > 0 && next_job.is_some_and(|due| due <= now);
        let schedules = if leased { schedules } else { Vec::new() };

        let mut contended = false;
        let nothing_ended = self.ended.is_empty() && self.ended_schedules.is_empty();
        if claims || !schedules.is_empty() || !nothing_ended || self.in_doubt {
            let claim = self
                .write(if claims { slots } else { 0 }, &schedules)
                .await?;
            contended = claim.contended;
        }
        if contended {
            return Ok(Duration::ZERO);
        }
        let slots_left = self.running.jobs.len() < self.concurrency;
        // What is due and was not claimed just now waits for a hint: a slot, a lease.
        let alarm = [
            next_job.filter(|due| slots_left && *due > now),
            next_schedule,
        ]
        .into_iter()
        .flatten()
        .min()
        .map_or(NET, |at| at.since(now).min(NET));
        // More may be due behind what was just claimed.
        Ok(if claims && slots_left && leased {
            Duration::ZERO
        } else {
            alarm
        })
    }

    async fn write(&mut self, slots: usize, schedules: &[&'static str]) -> db::Result<Claim> {
        let ctx = &self.ctx;
        let mut tx = ctx.write().await?;
        let report = write_endings(ctx, &mut tx, &self.ended).await?;
        for (name, ending) in &self.ended_schedules {
            schedule::write_ending(ctx, &mut tx, name, ending).await?;
        }
        if self.in_doubt {
            let known: Vec<JobId> = self.running.jobs.keys().copied().collect();
            let known_schedules: Vec<_> = self.running.schedules.keys().copied().collect();
            store::release_strays(&mut tx, ctx.node.epoch(), &known, &known_schedules).await?;
        }
        let taken = schedule::take(ctx, &mut tx, &self.registry, schedules).await?;
        let mut claimed = claim(ctx, &mut tx, &self.kinds, slots, &self.running.load()).await?;
        tx.commit().await?;

        self.in_doubt = false;
        self.ended.clear();
        report.tell();
        for (name, ending) in self.ended_schedules.drain(..) {
            schedule::tell(name, &ending);
        }
        if self.running.is_empty() {
            self.running.stopped = None;
        }
        for name in taken {
            self.running.start_schedule(&self.ctx, &self.registry, name);
        }
        for job in std::mem::take(&mut claimed.jobs) {
            self.running.start_job(&self.ctx, &self.registry, job);
        }
        Ok(claimed)
    }

    fn collect(&mut self, end: End) {
        match end {
            End::Job(ended) => {
                self.running.jobs.remove(&ended.job.id);
                self.ended.push(*ended);
            }
            End::Schedule(name, ending) => {
                self.running.schedules.remove(name);
                self.ended_schedules.push((name, ending));
            }
        }
    }

    /// What else has ended meanwhile goes into the same transaction.
    fn collect_ready(&mut self) {
        while let Some(Some(end)) = self.running.next().now_or_never() {
            self.collect(end);
        }
    }

    /// Another node may take over what this one runs as soon as its lease is over, so it stops by itself then. The
    /// database need not be reachable for that: when it last answered, it said how long the lease holds.
    fn stop_if_lease_lapsed(&mut self) {
        let lapsed = self.leased_until <= self.ctx.clock.now();
        if !lapsed || self.running.is_empty() || self.running.stopped.is_some() {
            return;
        }
        tracing::error!(
            jobs = self.running.jobs.len(),
            "this node could not renew its lease; its running jobs are stopped"
        );
        self.running.stop_all(Why::LeaseLapsed);
    }

    async fn wind_down(mut self) {
        let deadline = Instant::now() + self.grace;
        while let Ok(Some(end)) = tokio::time::timeout_at(deadline, self.running.next()).await {
            self.collect(end);
        }
        self.running.stop_all(Why::Shutdown);
        let deadline = Instant::now() + STOPPING;
        while let Ok(Some(end)) = tokio::time::timeout_at(deadline, self.running.next()).await {
            self.collect(end);
        }
        if self.ended.is_empty() && self.ended_schedules.is_empty() && !self.in_doubt {
            return;
        }
        if let Err(error) = self.write(0, &[]).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the last results could not be written; these jobs run again"
            );
        }
    }
}

enum End {
    Job(Box<Ended>),
    Schedule(&'static str, schedule::Ending),
}

/// What runs now.
#[derive(Default)]
struct RunningSet {
    jobs: HashMap<JobId, (Option<AccountId>, AbortHandle)>,
    schedules: HashMap<&'static str, AbortHandle>,
    ends: FuturesUnordered<Pin<Box<dyn Future<Output = End> + Send>>>,
    stopped: Option<Why>,
}

impl RunningSet {
    fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn load(&self) -> Load {
        let mut load = Load::new();
        for (account, _) in self.jobs.values() {
            *load.entry(*account).or_default() += 1;
        }
        load
    }

    fn start_job(&mut self, ctx: &Ctx, registry: &Registry, job: store::Claimed) {
        let (id, account) = (job.id, job.account);
        let (handle, ended) = run::start(ctx, registry, job);
        self.jobs.insert(id, (account, handle));
        self.ends
            .push(Box::pin(ended.map(|ended| End::Job(Box::new(ended)))));
    }

    fn start_schedule(&mut self, ctx: &Ctx, registry: &Registry, name: &'static str) {
        let (handle, ended) = schedule::start(ctx, name, &registry.schedules[name]);
        self.schedules.insert(name, handle);
        self.ends.push(Box::pin(
            ended.map(move |ending| End::Schedule(name, ending)),
        ));
    }

    /// The next end; `None` when nothing runs.
    async fn next(&mut self) -> Option<End> {
        let mut end = self.ends.next().await;
        if let Some(End::Job(ended)) = &mut end
            && let (Ending::Stopped(why), Some(stopped)) = (&mut ended.ending, self.stopped)
        {
            *why = stopped;
        }
        end
    }

    fn stop_all(&mut self, why: Why) {
        self.stopped = Some(why);
        for (_, handle) in self.jobs.values() {
            handle.abort();
        }
        for handle in self.schedules.values() {
            handle.abort();
        }
    }
}
