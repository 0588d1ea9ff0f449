//! What is to be done with every run of an automation, a batch at a time: after another version, a pause, the end.

use std::collections::BTreeSet;

use ctx::Ctx;
use db::LockClass;
use kernel::{AccountId, Result};

use super::catalog::Engine;
use super::session::{Item, Nudge, Session};
use super::trouble::{self, What, caught, is_passing};
use super::{BATCH, store};
use crate::automations::{Moving, store as automations};
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::Outcome;
use crate::migrate::Rebind;

/// One batch of each automation that has something to be done; how many runs were looked at, and sweeps that ended.
pub(super) async fn pass(ctx: &Ctx, engine: &Engine) -> Result<usize> {
    let all = store::sweeping(&mut *ctx.read().await?).await?;
    let mut done = 0;
    for (account, id) in all {
        if ctx.shutdown.is_cancelled() {
            break;
        }
        done += sweep(ctx, engine, account, id).await?;
    }
    Ok(done)
}

/// One batch; a single run if that fails, which is halted if it fails again and again.
async fn sweep(ctx: &Ctx, engine: &Engine, account: AccountId, id: AutomationId) -> Result<usize> {
    let mut whom = None;
    let first = caught(sweep_some(ctx, engine, account, id, BATCH, &mut whom)).await;
    let error = match first {
        Err(error) if !is_passing(&error) => error,
        other => return other,
    };
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        automation = id.get(),
        "runs of an automation cannot be moved together; each is moved alone"
    );
    let mut moved = 0;
    for _ in 0..BATCH {
        match caught(sweep_some(ctx, engine, account, id, 1, &mut whom)).await {
            Ok(0) => break,
            Ok(some) => moved += some,
            Err(error) => {
                let Some(run) = whom.filter(|_| !is_passing(&error)) else {
                    return Err(error);
                };
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    automation = id.get(),
                    run = run.get(),
                    "a run cannot be moved"
                );
                engine
                    .troubles()
                    .failed(What::Run(run.get()), ctx.clock.now());
                break;
            }
        }
    }
    Ok(moved)
}

async fn sweep_some(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    id: AutomationId,
    most: usize,
    whom: &mut Option<RunId>,
) -> Result<usize> {
    let mut tx = ctx.write().await?;
    match sweep_in(ctx, &mut tx, engine, (account, id), most, whom).await {
        Ok(moved) => {
            tx.commit().await?;
            Ok(moved)
        }
        Err(error) => {
            // Dropped, it would hold the lock for another moment, and the sweep would look taken.
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn sweep_in(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    engine: &Engine,
    (account, id): (AccountId, AutomationId),
    most: usize,
    whom: &mut Option<RunId>,
) -> Result<usize> {
    if !tx.try_lock(LockClass::Campaign, id.get()).await? {
        return Ok(0);
    }
    let Some((moving, after, live)) = store::sweep(tx, account, id).await? else {
        return Ok(0);
    };
    let span = (after, moving.last.unwrap_or(i64::MAX));
    let runs = store::sweep_runs(tx, account, id, span, most as i64).await?;
    *whom = runs.first().map(|it| it.0).filter(|_| runs.len() == 1);
    let Some((last, _)) = runs.last().copied() else {
        if moving.end {
            // Those of runs that had come to their end, too: it was deleted so that nothing leaves any more.
            let unsent = store::unsent(tx, account, id, BATCH as i64).await?;
            let why = "the automation was deleted";
            let taken = sending::automated::cancel_in(ctx, tx, account, &unsent, why).await?;
            if taken > 0 {
                return Ok(taken);
            }
        }
        store::note_sweep(tx, account, id, None).await?;
        if moving.resume.is_some() {
            // Its timers fire from now on.
            automations::note_change(tx).await?;
        }
        tx.touch(account, "automations");
        return Ok(1);
    };
    let contacts: BTreeSet<i64> = runs.iter().map(|(_, contact)| *contact).collect();
    let contacts: Vec<i64> = contacts.into_iter().collect();
    let mut session = Session::open(ctx, tx, engine, account, &contacts, false).await?;
    let mut versions: BTreeSet<VersionId> = session
        .runs
        .values()
        .map(|slot| slot.stored.run.version)
        .collect();
    versions.insert(live);
    if runs
        .iter()
        .any(|(run, _)| !engine.troubles().is_hopeless(What::Run(run.get())))
    {
        session.add_versions(tx, versions).await?;
    }
    for (run, contact) in &runs {
        if engine.troubles().is_hopeless(What::Run(run.get())) {
            session.halt(*run, trouble::WHY.to_owned());
            continue;
        }
        for nudge in prepare(&mut session, *run, moving, live) {
            session.push(*contact, Item::Wake(*run, nudge));
        }
    }
    session.work(tx).await?;
    store::note_sweep(tx, account, id, Some(last)).await?;
    Ok(runs.len())
}

/// Changes the run as far as that is not for the interpreter, and says what wakes it.
fn prepare(session: &mut Session<'_>, id: RunId, moving: Moving, live: VersionId) -> Vec<Nudge> {
    let walkable = session.version(live).cloned();
    let old = session
        .runs
        .get(&id)
        .and_then(|slot| session.version(slot.stored.run.version))
        .cloned();
    let Some(slot) = session.runs.get_mut(&id) else {
        return Vec::new();
    };
    if moving.end {
        return vec![Nudge::End(Outcome::Removed)];
    }
    // Whoever was halted by a person goes on when a person says so.
    if slot.stored.paused_at.is_some() {
        return Vec::new();
    }
    let mut nudges = Vec::new();
    if let Some((how, micros)) = moving.resume
        && moving
            .resumed_at
            .is_none_or(|at| slot.stored.run.step_at < at)
    {
        how.apply(
            &mut slot.stored.run,
            std::time::Duration::from_micros(micros),
        );
        slot.dirty = true;
    }
    if moving.rebind
        && slot.stored.run.version != live
        && let (Some(old), Some(new)) = (old, walkable)
    {
        nudges.extend(rebind(slot, &old, &new));
    }
    if moving.resume.is_some() {
        nudges.push(Nudge::Resumed);
        if let Some((seq, answer)) = slot.stored.run.data.answer.take() {
            slot.dirty = true;
            nudges.push(Nudge::Result(seq, answer));
        }
    }
    nudges
}

/// Lets a run follow another version, as the plan of that says.
pub(super) fn rebind(
    slot: &mut super::session::Slot,
    old: &super::catalog::Walkable,
    new: &super::catalog::Walkable,
) -> Option<Nudge> {
    let run = &mut slot.stored.run;
    let fate = new
        .plan
        .rebind(&old.program.document, &new.program.document, run);
    fate.apply(run, &new.program)?;
    slot.dirty = true;
    Some(match fate {
        Rebind::Keep | Rebind::Stay => Nudge::Rebound,
        Rebind::Move(step) => Nudge::MoveTo(step),
        Rebind::Exit => Nudge::End(Outcome::StepRemoved),
    })
}
