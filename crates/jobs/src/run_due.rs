//! Running the queue dry, for tests and the command line.

use ctx::Ctx;

use crate::claim::{Claim, Load, claim};
use crate::heartbeat::reclaim;
use crate::registry::Registry;
use crate::run::{self, write_endings};
use crate::{schedule, store};

/// Jobs leased at a time. They run one after another.
const BATCH: usize = 32;

/// Runs what is due, one job after another in the order of the due times, until nothing is: recurring work once,
/// then jobs and the jobs that they enqueue. Returns how many jobs ran. With a clock that stands still this ends;
/// a retried or snoozed job is due later and stays.
///
/// Panics when the database fails, so that a test stops there; a program calls [`try_run_due`].
pub async fn run_due(ctx: &Ctx, registry: &Registry) -> usize {
    match try_run_due(ctx, registry).await {
        Ok(ran) => ran,
        Err(error) => panic!("the queue cannot be run: {error} ({error:?})"),
    }
}

/// [`run_due`], with the error of the database. What was leased then stays leased until this node is dead.
pub async fn try_run_due(ctx: &Ctx, registry: &Registry) -> db::Result<usize> {
    // The clock of a test may have been moved past this node's time to live.
    ctx.node.heartbeat(&ctx.db, &ctx.clock).await?;
    reclaim(ctx).await?;
    let kinds = registry.names();
    let mut ran = 0;
    loop {
        let schedules = run_schedules(ctx, registry).await?;
        let jobs = run_batch(ctx, registry, &kinds).await?;
        ran += jobs;
        if schedules + jobs == 0 {
            return Ok(ran);
        }
    }
}

async fn run_schedules(ctx: &Ctx, registry: &Registry) -> db::Result<usize> {
    let stored = store::schedules(&mut *ctx.read().await?).await?;
    let (names, _) = schedule::due(registry, &stored, ctx.clock.now());
    if names.is_empty() {
        return Ok(0);
    }
    let mut tx = ctx.write().await?;
    let taken = schedule::take(ctx, &mut tx, registry, &names).await?;
    tx.commit().await?;
    for name in &taken {
        let (_, ended) = schedule::start(ctx, name, &registry.schedules[name]);
        let ending = ended.await;
        let mut tx = ctx.write().await?;
        schedule::write_ending(ctx, &mut tx, name, &ending).await?;
        tx.commit().await?;
        schedule::tell(name, &ending);
    }
    Ok(taken.len())
}

async fn run_batch(ctx: &Ctx, registry: &Registry, kinds: &[&'static str]) -> db::Result<usize> {
    let mut tx = ctx.write().await?;
    let Claim { jobs, contended } = claim(ctx, &mut tx, kinds, BATCH, &Load::new()).await?;
    tx.commit().await?;
    let claimed = jobs.len();
    for job in jobs {
        let (_, ended) = run::start(ctx, registry, job);
        let ended = [ended.await];
        let mut tx = ctx.write().await?;
        let report = write_endings(ctx, &mut tx, &ended).await?;
        tx.commit().await?;
        report.tell();
    }
    Ok(claimed + usize::from(contended && claimed == 0))
}
