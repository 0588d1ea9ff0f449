//! What a process runs beside its requests. Everything ends by itself when `ctx.shutdown` is cancelled.

use ctx::Ctx;
use jobs::{Worker, WorkerConfig};

use super::{Settings, jobs::registry};

/// Every process: it hears the hints of other nodes and says that it lives.
pub fn start_node(ctx: &Ctx) {
    let listening = ctx.clone();
    ctx.tasks.spawn(async move {
        tokio::select! {
            () = listening.db.listen() => {}
            () = listening.shutdown.cancelled() => {}
        }
    });
    ctx.tasks.spawn(::jobs::heartbeat_loop(ctx.clone()));
}

/// A process that works: jobs, schedules, consumers of events, delivery.
pub fn start_worker(ctx: &Ctx, settings: &Settings, concurrency: usize) {
    let worker = Worker::new(ctx.clone(), registry(), WorkerConfig { concurrency });
    ctx.tasks.spawn(worker.run());
    // What follows the events.
    ctx.tasks.spawn(events::run_consumer(
        ctx.clone(),
        audience::subscribers::LastActivity,
    ));
    ctx.tasks.spawn(sending::delivery::run(
        ctx.clone(),
        settings.sending.clone(),
    ));
}
