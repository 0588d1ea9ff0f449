//! Recurring work: one run per interval, whichever node takes it.
//!
//! The row of a schedule says when its next run is due. A node takes the run by moving that instant on, which succeeds
//! only if the row still has the instant it read (compare and set), and by leaving its epoch there, which keeps later
//! runs away until this one has ended or its node has died. A run that failed or was stopped brings the next one forward.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use ctx::Ctx;
use db::WriteTx;
use kernel::Timestamp;
use tokio::task::AbortHandle;
use tracing::Instrument as _;

use crate::registry::{Registry, Schedule};
use crate::run;
use crate::store::{self, Stored};

pub(crate) type AllStored = BTreeMap<String, Stored>;

/// The schedules that this node may start now, and when the next other one is due.
pub(crate) fn due(
    registry: &Registry,
    stored: &AllStored,
    now: Timestamp,
) -> (Vec<&'static str>, Option<Timestamp>) {
    let mut names = Vec::new();
    let mut next = None;
    for (name, schedule) in &registry.schedules {
        match stored.get(*name) {
            Some(stored) if stored.leased => {}
            Some(stored) if !is_due(stored.next, schedule.interval, now) => {
                next = Some(next.map_or(stored.next, |next: Timestamp| next.min(stored.next)));
            }
            _ => names.push(*name),
        }
    }
    (names, next)
}

/// An instant further away than the interval was set when the interval was longer.
fn is_due(next: Timestamp, interval: Duration, now: Timestamp) -> bool {
    next <= now || next > now + interval
}

/// The first instant of the grid `due, due + interval, ...` after now: missed ones collapse.
fn following(due: Timestamp, interval: Duration, now: Timestamp) -> Timestamp {
    if due > now {
        return now + interval;
    }
    let late = now.since(due).as_micros();
    let steps = late / interval.as_micros().max(1) + 1;
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    // A grid finer than the lateness allows starts anew.
    interval
        .checked_mul(steps)
        .map(|by| due + by)
        .filter(|next| *next > now)
        .unwrap_or(now + interval)
}

/// Takes those of `names` that are still due; the ones this node shall run.
pub(crate) async fn take(
    ctx: &Ctx,
    tx: &mut WriteTx,
    registry: &Registry,
    names: &[&'static str],
) -> db::Result<Vec<&'static str>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let now = ctx.clock.now();
    store::add_schedules(tx, names.iter().copied(), now).await?;
    let stored = store::schedules(tx).await?;
    let mut taken = Vec::new();
    for name in names {
        let (Some(schedule), Some(row)) = (registry.schedules.get(name), stored.get(*name)) else {
            continue;
        };
        if row.leased || !is_due(row.next, schedule.interval, now) {
            continue;
        }
        let next = following(row.next, schedule.interval, now);
        if store::take_schedule(tx, name, row.next, next, ctx.node.epoch(), now).await? {
            taken.push(*name);
        }
    }
    Ok(taken)
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ending {
    Done,
    Failed(String),
    Stopped,
}

/// Starts a run that was taken. The future waits for its end.
pub(crate) fn start(
    ctx: &Ctx,
    name: &'static str,
    schedule: &Schedule,
) -> (AbortHandle, impl Future<Output = Ending> + Send + use<>) {
    let span = tracing::info_span!("schedule", name);
    let task = ctx
        .tasks
        .spawn((schedule.run)(ctx.clone()).instrument(span));
    let handle = task.abort_handle();
    let ended = async move {
        match task.await {
            Ok(Ok(())) => Ending::Done,
            Ok(Err(error)) => Ending::Failed(run::describe(&error)),
            Err(error) if error.is_cancelled() => Ending::Stopped,
            Err(error) => Ending::Failed(run::describe_panic(error)),
        }
    };
    (handle, ended)
}

/// When work with a long interval is tried again after a failure.
const AFTER_FAILURE: Duration = Duration::from_mins(5);

/// Frees the schedule for its next run.
pub(crate) async fn write_ending(
    ctx: &Ctx,
    tx: &mut WriteTx,
    name: &str,
    ending: &Ending,
) -> db::Result<()> {
    let now = ctx.clock.now();
    let again = match ending {
        Ending::Done => None,
        Ending::Failed(_) => Some(now + AFTER_FAILURE),
        Ending::Stopped => Some(now),
    };
    store::finish_schedule(tx, name, ctx.node.epoch(), again).await?;
    Ok(())
}

/// Counts and logs how a run ended.
pub(crate) fn tell(name: &'static str, ending: &Ending) {
    let outcome = match ending {
        Ending::Done => "done",
        Ending::Failed(_) => "failed",
        Ending::Stopped => "stopped",
    };
    metrics::counter!("schedules_finished_total", "name" => name, "outcome" => outcome)
        .increment(1);
    if let Ending::Failed(error) = ending {
        tracing::warn!(name, error, "recurring work failed and is tried again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn missed_intervals_collapse_into_the_next_one() {
        let interval = Duration::from_micros(10);
        for (due, now, next) in [
            (100, 100, 110),
            (100, 109, 110),
            (100, 110, 120),
            (100, 1_004, 1_010),
            // Set with a longer interval.
            (500, 100, 110),
        ] {
            assert_eq!(
                following(at(due), interval, at(now)),
                at(next),
                "{due} {now}"
            );
        }
        let ages = at(1_777_887_000_000_000);
        assert!(following(at(0), Duration::from_micros(1), ages) > ages);
    }

    #[test]
    fn due_is_now_or_too_far_away() {
        let interval = Duration::from_micros(10);
        for (next, due) in [
            (99, true),
            (100, true),
            (101, false),
            (110, false),
            (111, true),
        ] {
            assert_eq!(is_due(at(next), interval, at(100)), due, "{next}");
        }
    }
}
