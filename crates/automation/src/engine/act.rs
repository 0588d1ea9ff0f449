//! What people and programs do with runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use ctx::Ctx;
use db::WriteTx;
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::{Map, Value, json};

use super::catalog::Engine;
use super::session::{Item, Nudge, Session};
use super::store;
use super::sweep::rebind;
use super::translate::{Context, Recorded, translate};
use crate::definition::StepId;
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::{Outcome, Reason, Refusal};

/// What is to be done with runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Those that failed try their step again.
    Retry,
    /// They go on as if their step were done.
    Skip,
    /// They are over.
    Exit,
    /// They go on at this step of the live version.
    Move(StepId),
    /// They halt.
    Pause,
    /// They go on after a halt.
    Resume,
}

/// Does something with runs of an automation; how many it fitted. In the transaction of whoever asks, who also audits it.
pub async fn act(
    ctx: &Ctx,
    tx: &mut WriteTx,
    engine: &Engine,
    account: AccountId,
    automation: AutomationId,
    runs: &[RunId],
    action: &Action,
) -> Result<usize> {
    let found = store::runs(tx, account, runs).await?;
    let contacts: BTreeSet<i64> = found
        .iter()
        .filter(|stored| stored.run.automation == automation)
        .map(|stored| stored.run.contact)
        .collect();
    if contacts.is_empty() {
        return Ok(0);
    }
    let contacts: Vec<i64> = contacts.into_iter().collect();
    let mut session = Session::open(ctx, tx, engine, account, &contacts, false).await?;
    let leads_on = !matches!(action, Action::Exit | Action::Pause);
    if leads_on && !session.automations().is_active(automation) {
        return Err(Error::conflict(
            "automation_paused",
            "nothing goes on while the automation is paused: resume it first",
        ));
    }
    let live = session.automations().all.get(&automation).map(|it| it.1);
    let mut versions: BTreeSet<VersionId> = session
        .runs
        .values()
        .map(|slot| slot.stored.run.version)
        .collect();
    versions.extend(live);
    session.add_versions(tx, versions).await?;
    let wanted: BTreeSet<RunId> = runs.iter().copied().collect();
    let mut fitted = 0;
    for id in wanted {
        let Some(nudges) = prepare(&mut session, id, automation, live, action) else {
            continue;
        };
        fitted += 1;
        let contact = session.runs[&id].stored.run.contact;
        for nudge in nudges {
            session.push(contact, Item::Wake(id, nudge));
        }
    }
    session.work(tx).await?;
    Ok(fitted)
}

/// What wakes the run; `None` if the action does not fit it.
fn prepare(
    session: &mut Session<'_>,
    id: RunId,
    automation: AutomationId,
    live: Option<VersionId>,
    action: &Action,
) -> Option<Vec<Nudge>> {
    let now = session.now;
    let new = live.and_then(|live| session.version(live)).cloned();
    let old = session
        .runs
        .get(&id)
        .and_then(|slot| session.version(slot.stored.run.version))
        .cloned();
    let slot = session.runs.get_mut(&id)?;
    let run = &slot.stored.run;
    if run.automation != automation || !run.is_live() {
        return None;
    }
    let reason = run.hold.reason.clone();
    match action {
        Action::Exit => Some(vec![Nudge::End(Outcome::Removed)]),
        Action::Retry if slot.stored.halted => {
            slot.stored.paused_at = None;
            slot.stored.halted = false;
            slot.dirty = true;
            let run = &mut slot.stored.run;
            if let Some((seq, answer)) = run.data.answer.take() {
                run.hold.reason = Reason::Outbox;
                return Some(vec![Nudge::Resumed, Nudge::Result(seq, answer)]);
            }
            run.hold.reason = Reason::Waiting;
            Some(vec![Nudge::Resumed])
        }
        Action::Retry if matches!(reason, Reason::Parked(_)) => {
            slot.stored.paused_at = None;
            Some(vec![Nudge::Retry])
        }
        Action::Skip if reason != Reason::Outbox => {
            slot.stored.paused_at = None;
            slot.stored.halted = false;
            Some(vec![Nudge::Skip])
        }
        Action::Move(step) => {
            let new = new?;
            new.program.step(step)?;
            slot.stored.run.version = new.program.version;
            slot.stored.paused_at = None;
            slot.stored.halted = false;
            slot.dirty = true;
            Some(vec![Nudge::MoveTo(step.clone())])
        }
        // What is being sent comes back by itself, and would move it.
        Action::Pause if slot.stored.paused_at.is_none() && reason != Reason::Outbox => {
            slot.stored.paused_at = Some(now);
            slot.dirty = true;
            Some(Vec::new())
        }
        Action::Resume if slot.stored.paused_at.is_some() => {
            slot.stored.paused_at = None;
            slot.dirty = true;
            let mut nudges = Vec::new();
            if let (Some(old), Some(new)) = (old, new)
                && old.program.version != new.program.version
            {
                nudges.extend(rebind(slot, &old, &new));
            }
            nudges.push(Nudge::Resumed);
            Some(nudges)
        }
        Action::Retry | Action::Skip | Action::Pause | Action::Resume => None,
    }
}

/// How somebody was let in, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The run, if one began.
    pub run: Option<RunId>,
    /// Stable, for programs: see [`Refusal`].
    pub refused: Option<&'static str>,
}

/// Sends a contact into an automation; the first steps are made before this returns.
pub async fn enter(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    actor: &Actor,
    automation: AutomationId,
    contact: i64,
    properties: Map<String, Value>,
) -> Result<Entered> {
    let mut tx = ctx.write().await?;
    store::lock(&mut tx, &[contact]).await?;
    let mark: i64 = ctx.ids.next();
    let mut body = properties;
    body.insert("actor".to_owned(), json!(actor.as_str()));
    // The consumer will not act on it again.
    body.insert("handled".to_owned(), json!(true));
    let event = events::NewEvent {
        kind: events::kind::AUTOMATION_STARTED,
        subscriber: Some(contact),
        subject: Some(automation.get()),
        at: None,
        body: Value::Object(body),
    };
    events::record(ctx, &mut tx, account, &[event]).await?;
    let recorded = events::recorded_since(&mut tx, mark).await?;
    let mut session = Session::open(ctx, &mut tx, engine, account, &[contact], true).await?;
    if !session.automations().is_active(automation) {
        return Err(Error::conflict(
            "not_active",
            "the automation is not active: publish or resume it first",
        ));
    }
    let mut meant = false;
    for recorded in recorded {
        let parts = Recorded {
            id: recorded.id.get(),
            kind: recorded.kind,
            contact,
            subject: recorded.subject,
            at: recorded.at,
            body: recorded.body,
        };
        for event in translate(parts, &Context::default()) {
            meant |= !session.automations().meant_by(&event).is_empty();
            let event = Arc::new(event);
            session.push(
                contact,
                Item::Event {
                    event,
                    enrols: true,
                },
            );
        }
    }
    if !meant {
        return Err(Error::conflict(
            "no_trigger",
            "the automation lets nobody in by hand: add a trigger of the event automation.started and publish it",
        ));
    }
    session.work(&mut tx).await?;
    let run = session.begun.iter().copied().find(|id| {
        session
            .runs
            .get(id)
            .is_some_and(|slot| slot.stored.run.automation == automation)
    });
    let refused = session
        .refused
        .iter()
        .find(|(of, why)| *of == automation && *why != Refusal::OtherEvent)
        .map(|(_, why)| super::session::refusal_words(*why));
    drop(session);
    tx.commit().await?;
    Ok(Entered {
        run,
        refused: refused.filter(|_| run.is_none()),
    })
}
