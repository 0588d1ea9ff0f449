//! The engine: what makes automations happen. The decisions are those of [`crate::interpret`]; here is the database.
//!
//! ```text
//! events ──► follow ──┐                    ┌─► runs, timers, ledger, log, counters   one transaction
//! timers ──► pump ────┼──► Session ────────┼─► messages of the sending slice          for a whole batch
//! results ─► outbox ──┤   (interpreter)    ├─► changes of contacts, by audience's own functions
//! people ──► act ─────┤                    └─► rows for workers: HTTP calls, notes to colleagues
//! plans ───► sweep ───┘
//! ```
//!
//! - [`Catalog`]: what is published, in memory: events find the triggers that mean them without looking at the others.
//! - `Session`: one account's contacts with their runs, held, walked and written back set by set.
//! - [`Follow`]: the consumer of events. Enrolment and first steps are in the transaction that moves its cursor.
//! - `pump`: timers that are due. `sweep`: what is to be done with every run. `outbox`: what leaves the database.
//!
//! # How no wake-up is lost
//!
//! Waits are part of the run, and runs are found by their contact. Whoever works on the runs of a contact holds the contact
//! (an advisory lock on PostgreSQL; SQLite has one writer): who registers a wait, and who looks whether somebody waits,
//! cannot pass each other. The consumer waits for contacts; the pump takes those that are free, so they never wait for
//! each other in a circle. Before a timer decides, events of the contact that are committed and not handled yet are
//! delivered first, so an event that came before its time-out was processed decides.
//!
//! # What goes wrong
//!
//! A batch that fails is done again one by one, and what fails alone three times is halted where people see it (see
//! `trouble`). Automations that wake one another without a rest are halted in the hundredth round. While an automation is
//! paused nothing moves: results are kept in the run, and after the pause a sweep tells each run what happened before any
//! timer fires. When two contacts become one, the runs follow.
//!
//! Events that a run causes (a group joined by a step) are dispatched in the same transaction, with their cause; the
//! consumer knows them by their actor, `automation:ID`, and passes them over.
//!
//! Tables: `automation_run`, `automation_timer`, `automation_enrolment`, `automation_effect`, `automation_log`,
//! `automation_stat`, `automation_event_key`, `automation_schedule`,
//! `automation_host`. Events: `automation.started`, `automation.finished`, and those of what it changes.
//! Consumer: `automation.engine`.

mod act;
mod catalog;
mod dates;
mod follow;
mod named;
pub(crate) mod outbox;
mod person;
mod pump;
pub(crate) mod rehearsing;
mod retention;
mod schedules;
mod session;
pub(crate) mod store;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;
mod translate;
mod trouble;
mod write;

pub use act::{Action, Entered, act, enter};
pub(crate) use catalog::Walkable;
pub use catalog::{Catalog, Engine};
pub use dates::run_due as reach_dates;
pub use follow::Follow;
pub use named::numbers_named;
pub use pump::process_due;
pub use retention::{KEPT_DAYS, forget_finished};
pub use schedules::run_due as keep_schedules;
pub(crate) use session::{conditions_of, refusal_words, variables};

use std::time::Duration;

use ctx::Ctx;
use kernel::Result;

/// Most runs of one transaction of the pump and of a sweep.
pub(crate) const BATCH: usize = 500;
/// The name of the consumer's cursor.
pub(crate) const CONSUMER: &str = "automation.engine";
/// How long a process that has nothing to do looks the other way.
const NET: Duration = Duration::from_secs(1);

/// The actor of what an automation does.
pub(crate) fn actor(automation: crate::ids::AutomationId) -> String {
    format!("{ACTOR_PREFIX}{automation}")
}

pub(crate) const ACTOR_PREFIX: &str = "automation:";

/// Works until the process stops: timers, sweeps and the outbox, side by side. The consumer is run like any other.
pub async fn run(ctx: Ctx, engine: Engine) {
    let (their_ctx, their_engine) = (ctx.clone(), engine.clone());
    let outbox = ctx.tasks.spawn(async move {
        outbox::run(&their_ctx, &their_engine).await;
    });
    while !ctx.shutdown.is_cancelled() {
        let pause = match pass(&ctx, &engine).await {
            Ok(None) => continue,
            Ok(Some(pause)) => pause,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "automations cannot go on; trying again"
                );
                NET
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = ctx.shutdown.cancelled() => {}
        }
    }
    if let Err(error) = outbox.await {
        tracing::error!(%error, "the outbox of automations broke down");
    }
}

/// One round of timers, results and sweeps; how long to rest after it, `None` if there is more to do.
async fn pass(ctx: &Ctx, engine: &Engine) -> Result<Option<Duration>> {
    // None of them waits for another that cannot go on. On the heap, since each is large.
    let moved = trouble::caught(Box::pin(sweep::pass(ctx, engine))).await;
    let settled = trouble::caught(Box::pin(outbox::settle_messages(ctx, engine))).await;
    let fired = trouble::caught(Box::pin(pump::pass(ctx, engine))).await;
    if moved? + settled? + fired? > 0 {
        return Ok(None);
    }
    pump::rest(ctx, engine).await.map(Some)
}

/// Everything there is to do now, apart from what other slices do: for tests and programs that must know.
pub async fn run_until_idle(ctx: &Ctx, engine: &Engine) -> Result<()> {
    loop {
        let followed = events::catch_up(ctx, &Follow::new(engine.clone())).await?;
        let mut done = sweep::pass(ctx, engine).await?;
        done += outbox::settle_messages(ctx, engine).await?;
        done += pump::pass(ctx, engine).await?;
        done += outbox::pass(ctx, engine).await?;
        if followed + done == 0 {
            return Ok(());
        }
    }
}
