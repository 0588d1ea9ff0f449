//! What must hold after each commit. The numbers are those of the crate's documentation.

use std::collections::BTreeMap;

use super::store::{Automation, RowState, Store, Tx, count};
use crate::definition::{Body, CapPeriod, Reentry, Since};
use crate::interpret::{Advance, Effect, Logged, Program, Reason, Run, is_about};
use crate::time::wall;

/// Of what is committed.
pub(super) fn check(store: &Store) {
    let state = &store.state;
    let mut live: BTreeMap<(i64, i64, &str), u32> = BTreeMap::new();
    for (id, run) in &state.runs {
        let program = &store.env.programs[&run.version.get()];
        let hold = &run.hold;
        let has_timer = hold
            .timer
            .as_ref()
            .is_some_and(|timer| state.timers.contains(&(timer.due, *id)));
        let awaited = state.outbox.get(&(*id, run.seq)).is_some_and(|row| {
            row.awaited && matches!(row.state, RowState::Pending | RowState::Leased(_))
        });
        let reasons = match &hold.reason {
            Reason::Waiting => has_timer && !awaited,
            Reason::Outbox => awaited && hold.timer.is_none(),
            Reason::Parked(_) => !awaited && hold.timer.is_none(),
            Reason::Done(_) => hold.timer.is_none() && hold.waits.is_empty(),
            Reason::Ready => false,
        };
        assert!(reasons, "I3: run {id} has not one reason to go on: {run:?}");
        if run.is_live() {
            assert!(
                program.step(&run.node).is_some(),
                "I5: run {id} is at {}, which is not in its version",
                run.node
            );
            *live
                .entry((run.automation.get(), run.contact, run.key.as_str()))
                .or_default() += 1;
        }
        for wait in &hold.waits {
            assert!(
                state
                    .waits
                    .get(&(run.contact, wait.signal.clone()))
                    .is_some_and(|runs| runs.contains(id)),
                "I3: run {id} cannot be found by {wait:?}"
            );
        }
        assert!(run.data.fits(), "run {id} knows too much");
    }
    for (due, id) in &state.timers {
        let run = &state.runs[id];
        assert!(
            run.hold
                .timer
                .as_ref()
                .is_some_and(|timer| timer.due == *due),
            "I4: a timer of run {id} is left over"
        );
    }
    for ((contact, signal), runs) in &state.waits {
        for id in runs {
            let run = &state.runs[id];
            assert!(
                run.contact == *contact && run.hold.waits.iter().any(|it| it.signal == *signal),
                "I4: a wait of run {id} is left over: {signal:?}"
            );
        }
    }
    for ((automation, contact, key), ledger) in &state.ledger {
        let place = (*automation, *contact, key.as_str());
        let live = live.get(&place).copied().unwrap_or(0);
        assert_eq!(live, ledger.live, "I6: the ledger of {place:?} is wrong");
        let parallel = store.env.programs.values().any(|program| {
            program.automation.get() == *automation
                && (program.document.triggers.iter())
                    .any(|trigger| matches!(trigger.reentry, Reentry::Always))
        });
        assert!(parallel || live <= 1, "I6: {place:?} has {live} runs");
    }
}

/// That nothing that is due is left, and that the counters are the sum of the log.
pub(super) fn check_settled(store: &Store) {
    let state = &store.state;
    for (due, id) in state.timers.range(..=(store.now, i64::MAX)) {
        let automation = state.runs[id].automation.get();
        let Automation { paused, .. } = state.automations[&automation];
        assert!(paused, "I8: run {id} was due at {due} and was left");
    }
    let mut folded: BTreeMap<(i64, String), [u32; 4]> = BTreeMap::new();
    for line in &state.log {
        let stat = folded
            .entry((line.version, line.entry.step.to_string()))
            .or_default();
        count(stat, &line.entry.what);
    }
    assert_eq!(
        folded, state.stats,
        "I9: counters are not the sum of the log"
    );
}

/// Of one advance, before it is written.
pub(super) fn check_advance(tx: &Tx<'_>, old: &Run, advanced: &Advance, program: &Program) {
    let new = &advanced.run;
    assert!(new.seq >= old.seq, "a run went back");
    for effect in &advanced.effects {
        assert!(
            effect.seq() > old.seq || old.hold.reason == Reason::Waiting,
            "I1: the effect of a step that was done"
        );
        if let Effect::Outbox { step, outgoing, .. } = effect
            && outgoing.is_message
            && !outgoing.transactional
        {
            assert!(program.step(step).is_some());
            check_message(tx, old.contact, program);
        }
    }
    // The first line is about the step where it held.
    if let (Some(step), Some(first)) = (program.step(&old.node), advanced.log.first())
        && let Body::WaitForAny(wait) = &step.body
        && old.hold.reason == Reason::Waiting
        && first.what == Logged::Passed("timeout".to_owned())
    {
        let after = match wait.since {
            Since::Step => old.step_after,
            Since::Run => old.began_with,
        };
        for event in &tx.state.people[&old.contact].events {
            let own_past = wait.since == Since::Step
                && event
                    .cause
                    .is_some_and(|(run, seq)| run == old.id && seq <= old.seq);
            let missed = event.id > after
                && !own_past
                && is_about(program, old, event)
                && (wait.paths.iter()).any(|path| {
                    (path.on.as_ref())
                        .is_some_and(|on| on.means(event, &tx.env.kinds, Some(old.id)))
                });
            assert!(!missed, "I7: {event:?} came in time for {old:?}");
        }
        let waited = tx.now.since(old.step_at).as_secs();
        assert!(
            waited >= wait.timeout.delay().total_minutes() * 60,
            "I8: it timed out early"
        );
    }
}

/// Caps and quiet hours, counted in another way than the interpreter does.
fn check_message(tx: &Tx<'_>, contact: i64, program: &Program) {
    let person = &tx.state.people[&contact];
    let zone = person.zone.as_ref().unwrap_or(&tx.env.zone);
    let local = wall(tx.now, zone);
    let settings = &program.document.settings;
    if settings.quiet_hours.is_some() {
        assert!(
            (8..21).contains(&local.hour()),
            "I11: a message at {local}, in quiet hours"
        );
    }
    for cap in &settings.caps {
        let same = |at: &&kernel::Timestamp| {
            let (one, other) = (wall(**at, zone).date(), local.date());
            match cap.per {
                CapPeriod::Day => one == other,
                CapPeriod::Week => {
                    let week = |date: jiff::civil::Date| {
                        let iso = date.iso_week_date();
                        (iso.year(), iso.week())
                    };
                    week(one) == week(other)
                }
            }
        };
        let sent = person.plain.iter().filter(same).count();
        assert!(
            sent <= cap.messages as usize,
            "I11: {sent} messages, the cap is {cap:?}"
        );
    }
}
