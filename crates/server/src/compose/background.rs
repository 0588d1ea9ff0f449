//! What a process runs beside its requests. Everything ends by itself when `ctx.shutdown` is cancelled.

use std::path::PathBuf;
use std::time::Duration;

use ctx::Ctx;
use jobs::{Worker, WorkerConfig};

use super::{Settings, jobs::registry};
use crate::calendar_alerts::CalendarAlerts;
use crate::invitations::Invitations;

/// How often uploads that were abandoned are looked for.
const SWEEP_EVERY: Duration = Duration::from_hours(24);

/// Every process: it hears the hints of other nodes, tells what it changed and says that it lives.
pub fn start_node(ctx: &Ctx) {
    let listening = ctx.clone();
    ctx.tasks.spawn(async move {
        tokio::select! {
            () = listening.db.listen() => {}
            () = listening.shutdown.cancelled() => {}
        }
    });
    let telling = ctx.clone();
    ctx.tasks.spawn(async move {
        tokio::select! {
            () = telling.db.announce() => {}
            () = telling.shutdown.cancelled() => {}
        }
    });
    ctx.tasks.spawn(::jobs::heartbeat_loop(ctx.clone()));
}

/// A server, whatever it does: it clears up after an earlier life. Not a schedule, because those run on one node and
/// each node may have a directory of its own.
pub fn start_sweeping(ctx: &Ctx, settings: &Settings) {
    let directory = settings.web.spool_dir.clone();
    ctx.tasks.spawn(sweep_uploads(ctx.clone(), directory));
}

async fn sweep_uploads(ctx: Ctx, directory: PathBuf) {
    loop {
        match audience::imports::sweep(&ctx, &directory).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "uploads that were abandoned are removed"),
            Err(error) => tracing::warn!(%error, "abandoned uploads cannot be looked for"),
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            () = ctx.shutdown.cancelled() => return,
        }
    }
}

/// A process that works: jobs, schedules, consumers of events, delivery.
pub fn start_worker(ctx: &Ctx, settings: &Settings, concurrency: usize) {
    let registry = registry(settings.sandbox, settings.automation.clone());
    let worker = Worker::new(ctx.clone(), registry, WorkerConfig { concurrency });
    ctx.tasks.spawn(worker.run());
    // What follows the events.
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        audience::segments::members::Membership,
    ));
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        audience::subscribers::SearchIndex,
    ));
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        sending::messages::FollowMerges,
    ));
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        Invitations::new(&settings.web.public_url),
    ));
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        CalendarAlerts::new(&settings.web.public_url),
    ));
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        booking::bookings::FollowMerges,
    ));
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        automation::engine::Follow::new(settings.automation.clone()),
    ));
    ctx.tasks.spawn(automation::engine::run(
        ctx.clone(),
        settings.automation.clone(),
    ));
    ctx.tasks.spawn(sending::delivery::run(
        ctx.clone(),
        settings.sending.clone(),
    ));
}
