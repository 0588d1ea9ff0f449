//! What leaves the database: requests to other programs, notes to colleagues, and what became of mails.
//!
//! A worker takes a row (its node's epoch is the lease), does the work with no transaction open, and writes the result with
//! what the run makes of it in one. When its node dies in between, another does it again: requests carry the same
//! `Idempotency-Key` (the run and the number of its step), notes are asked for with the same key.

mod breaker;
mod http;
mod notify;

pub(crate) use breaker::host_of;

use std::collections::HashMap;
use std::time::Duration;

use ctx::Ctx;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use kernel::{AccountId, Result, Timestamp};
use sending::messages::MessageId;
use serde_json::Value;

use super::catalog::Engine;
use super::session::{Item, Nudge, Session};
use super::store::{self, Due, Queued};
use super::trouble::{self, What, caught, is_passing};
use super::{BATCH, NET};
use crate::automations::store as automations;
use crate::definition::{Body, Retry, Step, StepId};
use crate::ids::RunId;
use crate::interpret::{Outcome, Reason, Run};
use breaker::Ask;

/// Most rows that a node works on at once.
const AT_ONCE: usize = 32;
/// Of a step that does not say.
const RETRY: Retry = Retry {
    attempts: 4,
    first_delay_seconds: 60,
};
const LONGEST: Duration = Duration::from_hours(24);

/// Why something failed, and whether another try may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) why: String,
    pub(super) for_good: bool,
    /// It was not tried, and is not before this time.
    pub(super) until: Option<Timestamp>,
}

impl Failure {
    fn passing(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            for_good: false,
            until: None,
        }
    }

    fn for_good(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            for_good: true,
            until: None,
        }
    }

    fn untried(why: impl Into<String>, until: Timestamp) -> Self {
        Self {
            why: why.into(),
            for_good: false,
            until: Some(until),
        }
    }
}

/// Works until the process stops.
pub(super) async fn run(ctx: &Ctx, engine: &Engine) {
    let mut working = FuturesUnordered::new();
    while !ctx.shutdown.is_cancelled() {
        let mut claimed = 0;
        if working.len() < AT_ONCE {
            match take(ctx, AT_ONCE - working.len()).await {
                Ok(rows) => {
                    claimed = rows.len();
                    working.extend(rows.into_iter().map(|due| one(ctx, engine, due)));
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what automations ask for cannot be taken; trying again"
                ),
            }
        }
        if claimed > 0 && working.len() < AT_ONCE {
            continue;
        }
        tokio::select! {
            Some(()) = working.next(), if !working.is_empty() => {}
            () = tokio::time::sleep(NET) => {}
            () = ctx.shutdown.cancelled() => {}
        }
    }
    drop(working);
    let outcome = async {
        let mut tx = ctx.write().await?;
        store::give_back(&mut tx, ctx.node.epoch()).await?;
        tx.commit().await
    };
    if let Err(error) = outcome.await {
        tracing::warn!(%error, "what automations ask for could not be given back");
    }
}

/// Works off what is due now; how many rows.
pub(super) async fn pass(ctx: &Ctx, engine: &Engine) -> Result<usize> {
    let mut done = 0;
    loop {
        let rows = take(ctx, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(done);
        }
        done += rows.len();
        for due in rows {
            one(ctx, engine, due).await;
        }
    }
}

pub(super) async fn take(ctx: &Ctx, most: usize) -> Result<Vec<Due>> {
    let (epoch, now) = (ctx.node.epoch(), ctx.clock.now());
    // Mostly there is nothing, and then the writer is left alone.
    if !store::any_due(&mut *ctx.read().await?, epoch, now).await? {
        return Ok(Vec::new());
    }
    let mut tx = ctx.write().await?;
    store::reclaim(&mut tx, epoch, now).await?;
    let rows = store::claim(&mut tx, epoch, now, most as i64).await?;
    tx.commit().await?;
    Ok(rows)
}

pub(super) async fn one(ctx: &Ctx, engine: &Engine, due: Due) {
    let outcome = match load(ctx, &due).await {
        Ok(Found::Task(task)) => perform(ctx, &due, &task).await,
        Ok(Found::Gone) => Ok(Performed::failed("the step or the contact is no more")),
        Ok(Found::Unwanted(why)) => {
            return written(&due, cancel(ctx, &due, why).await);
        }
        // Not the fault of whoever would be asked; but a run does not wait for ever.
        Err(error) if due.created_at + LONGEST <= ctx.clock.now() => Ok(Performed::failed(
            format!("it could not be done for a day, for a reason of our own: {error}"),
        )),
        Err(error) => Err(error),
    };
    let outcome = match outcome {
        Ok(performed) => complete(ctx, engine, &due, performed).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &outcome {
        let put_off = async {
            let mut tx = ctx.write().await?;
            let until = ctx.clock.now() + Duration::from_secs(30);
            let epoch = ctx.node.epoch();
            store::put_off(&mut tx, &due, epoch, &error.to_string(), until, false).await?;
            tx.commit().await
        };
        if let Err(error) = put_off.await {
            tracing::warn!(%error, "a row of the outbox stays with this node until it ends");
        }
    }
    written(&due, outcome);
}

fn written(due: &Due, outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            run = due.run.get(),
            "what a step asked for could not be done now; it will be tried again"
        );
    }
}

/// Nobody wants it any more, and no run waits for it.
async fn cancel(ctx: &Ctx, due: &Due, why: &str) -> Result<()> {
    let mut tx = ctx.write().await?;
    store::finish(&mut tx, due, ctx.node.epoch(), Some(why)).await?;
    tx.commit().await?;
    Ok(())
}

/// What a row asks for.
pub(super) struct Task {
    pub(super) step: Step,
    pub(super) person: audience::subscribers::MergeValues,
    pub(super) values: content::Values,
}

/// What there is to do for a row.
enum Found {
    Task(Box<Task>),
    Gone,
    /// Nothing, for this reason.
    Unwanted(&'static str),
}

/// Why what a run asked for is not wanted any more.
fn unwanted(due: &Due, run: &Run) -> Option<&'static str> {
    if due.awaited && (run.hold.reason != Reason::Outbox || run.seq != due.seq) {
        return Some("the run does not wait for it any more");
    }
    // Whoever goes by themselves has come past the step, and what it asked for is done.
    match run.hold.reason {
        Reason::Done(Outcome::Removed | Outcome::StepRemoved) => Some("the run was taken out"),
        _ => None,
    }
}

async fn load(ctx: &Ctx, due: &Due) -> Result<Found> {
    let mut tx = ctx.read().await?;
    let account = due.account;
    if automations::find(&mut tx, account, due.automation)
        .await?
        .is_none()
    {
        return Ok(Found::Unwanted("the automation was deleted"));
    }
    let versions = store::versions(&mut tx, account, &[due.version]).await?;
    let step = versions.get(&due.version).and_then(|version| {
        let id = StepId::parse(&due.step).ok()?;
        version.document.step(&id).cloned()
    });
    let run = store::runs(&mut tx, account, &[due.run]).await?.pop();
    let contact = due.contact.into();
    let people = audience::subscribers::merge_values(&mut tx, account, &[contact]).await?;
    if let Some(why) = run.as_ref().and_then(|run| unwanted(due, &run.run)) {
        return Ok(Found::Unwanted(why));
    }
    let (Some(step), Some(run), Some(person)) = (step, run, people.get(&contact)) else {
        return Ok(Found::Gone);
    };
    let mut values = sending::automated::values_in(&mut tx, account, person).await?;
    for (name, value) in &super::session::variables(&run.run.data) {
        values.set_variable(name, value);
    }
    Ok(Found::Task(Box::new(Task {
        step,
        person: person.clone(),
        values,
    })))
}

type Done = std::result::Result<Value, Failure>;

/// What came of a row.
struct Performed {
    retry: Option<Retry>,
    result: Done,
    /// The server that was asked.
    asked: Option<(String, Ask)>,
}

impl Performed {
    fn failed(why: impl Into<String>) -> Self {
        Self {
            retry: None,
            result: Err(Failure::for_good(why)),
            asked: None,
        }
    }
}

async fn perform(ctx: &Ctx, due: &Due, task: &Task) -> Result<Performed> {
    let mut asked = None;
    let result = match &task.step.body {
        Body::HttpCall(call) => match http::address(ctx, call, task) {
            Err(failure) => Err(failure),
            Ok(url) => {
                let host = host_of(&url).unwrap_or_default();
                match breaker::ask(ctx, due.account, &host).await? {
                    // Who waited for a day may know it.
                    Ask::Later(_, why) if due.created_at + LONGEST <= ctx.clock.now() => {
                        Err(Failure::for_good(why))
                    }
                    Ask::Later(until, why) => Err(Failure::untried(why, until)),
                    ask => {
                        asked = Some((host, ask));
                        http::call(ctx, due, url, call, task).await
                    }
                }
            }
        },
        Body::NotifyTeam(note) => notify::notify(ctx, due, note, task).await?,
        _ => Err(Failure::for_good(format!(
            "nothing carries out {}",
            due.kind
        ))),
    };
    Ok(Performed {
        retry: Some(task.step.retry.unwrap_or(RETRY)),
        result,
        asked,
    })
}

/// How long to rest after so many tries that failed: twice as long each time.
pub(super) fn pause(retry: Retry, tries: u32) -> Duration {
    let first = Duration::from_secs(u64::from(retry.first_delay_seconds));
    2_u32
        .checked_pow(tries.saturating_sub(1))
        .and_then(|factor| first.checked_mul(factor))
        .map_or(LONGEST, |pause| pause.min(LONGEST))
}

/// Writes the result, unless another worker has the row by now; and wakes the run with it.
async fn complete(ctx: &Ctx, engine: &Engine, due: &Due, performed: Performed) -> Result<()> {
    let Performed {
        retry,
        result,
        asked,
    } = performed;
    let epoch = ctx.node.epoch();
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    store::lock(&mut tx, &[due.contact]).await?;
    if !store::is_leased(&mut tx, due, epoch).await? {
        return Ok(());
    }
    if let Some((host, ask)) = &asked {
        let failure = result.as_ref().err().filter(|failure| !failure.for_good);
        let why = failure.map(|failure| failure.why.as_str());
        breaker::note(&mut tx, due.account, host, ask, why, now).await?;
    }
    if let Err(Failure {
        why,
        until: Some(until),
        ..
    }) = &result
    {
        store::put_off(&mut tx, due, epoch, why, *until, false).await?;
        tx.commit().await?;
        return Ok(());
    }
    if let (Some(retry), Err(failure)) = (retry, &result) {
        let tries = u32::try_from(due.attempts + 1).unwrap_or(u32::MAX);
        if !failure.for_good && tries < retry.attempts {
            let until = now + pause(retry, tries);
            store::put_off(&mut tx, due, epoch, &failure.why, until, true).await?;
            tx.commit().await?;
            return Ok(());
        }
    }
    let result = result.map_err(|failure| failure.why);
    store::finish(
        &mut tx,
        due,
        epoch,
        result.as_ref().err().map(String::as_str),
    )
    .await?;
    if due.awaited {
        wake(
            ctx,
            &mut tx,
            engine,
            due.account,
            due.contact,
            &[(due.run, due.seq, result)],
        )
        .await?;
    } else if let Err(why) = result {
        // The run went on without it: that it failed is counted at the step.
        let mut session =
            Session::open(ctx, &mut tx, engine, due.account, &[due.contact], true).await?;
        tracing::info!(run = due.run.get(), why, "a step of an automation failed");
        session.count(
            due.automation,
            due.version,
            &due.step,
            "failed".to_owned(),
            1,
        );
        session.work(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

type Results = [(RunId, i64, std::result::Result<Value, String>)];

/// Wakes runs of one contact, which is held, with results that they wait for.
async fn wake(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    engine: &Engine,
    account: AccountId,
    contact: i64,
    results: &Results,
) -> Result<()> {
    let mut session = Session::open(ctx, tx, engine, account, &[contact], true).await?;
    push_results(&mut session, contact, results);
    session.work(tx).await
}

fn push_results(session: &mut Session<'_>, contact: i64, results: &Results) {
    for (run, seq, result) in results {
        let Some(slot) = session.runs.get(run) else {
            continue;
        };
        let (at, automation) = (slot.stored.run.seq, slot.stored.run.automation);
        if at != *seq {
            continue;
        }
        if session.automations().is_active(automation) {
            session.push(
                contact,
                Item::Wake(*run, Nudge::Result(*seq, result.clone())),
            );
        } else if session.automations().is_paused(automation)
            && let Some(slot) = session.runs.get_mut(run)
        {
            // What was asked for before the pause came back in it: it counts when it is over.
            slot.stored.run.data.answer = Some((*seq, result.clone()));
            slot.dirty = true;
        }
    }
}

/// Tells runs what became of the mails that they wait for; how many. Of automations that are paused, it waits.
pub(super) async fn settle_messages(ctx: &Ctx, engine: &Engine) -> Result<usize> {
    let mut after = (AccountId::from(i64::MIN), RunId::from(i64::MIN));
    let mut settled = 0;
    loop {
        let mut tx = ctx.read().await?;
        let mut rows = store::queued(&mut tx, after, BATCH as i64).await?;
        let Some(account) = rows.first().map(|row| row.account) else {
            return Ok(settled);
        };
        // The next account's turn comes with the next look.
        rows.retain(|row| row.account == account);
        after = rows.last().map_or(after, |row| (row.account, row.run));
        let ids: Vec<_> = rows.iter().map(|row| row.message).collect();
        let results = sending::automated::results_in(&mut tx, account, &ids).await?;
        drop(tx);
        let resting = engine.troubles().resting(ctx.clock.now());
        rows.retain(|row| {
            results.contains_key(&row.message)
                && !resting.contains(&What::Message(row.message.get()))
        });
        if rows.is_empty() {
            continue;
        }
        match caught(settle_some(ctx, engine, account, &rows, &results)).await {
            Err(error) if !is_passing(&error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    account = account.get(),
                    "what became of mails cannot be told together; each run is told alone"
                );
                for row in &rows {
                    settled += settle_alone(ctx, engine, row, &results).await?;
                }
            }
            other => settled += other?,
        }
    }
}

type Ended = HashMap<MessageId, std::result::Result<(), String>>;

async fn settle_some(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    rows: &[Queued],
    results: &Ended,
) -> Result<usize> {
    let mut tx = ctx.write().await?;
    let mut contacts: Vec<i64> = rows.iter().map(|row| row.contact).collect();
    contacts.sort_unstable();
    contacts.dedup();
    store::lock(&mut tx, &contacts).await?;
    let mut session = Session::open(ctx, &mut tx, engine, account, &contacts, true).await?;
    // It may have been paused in between.
    let rows: Vec<&Queued> = rows
        .iter()
        .filter(|row| !session.automations().is_paused(row.automation))
        .collect();
    let ended: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.message, results.get(&row.message)?.as_ref().err())))
        .collect();
    let written = store::settle(&mut tx, account, &ended).await?;
    for row in rows.iter().filter(|row| written.contains(&row.message)) {
        let result = results.get(&row.message).cloned().unwrap_or(Ok(()));
        let result = result.map(|()| Value::Null);
        push_results(&mut session, row.contact, &[(row.run, row.seq, result)]);
    }
    session.work(&mut tx).await?;
    tx.commit().await?;
    Ok(written.len())
}

/// One of those that cannot be told together. A run that cannot be told again and again is halted with what it would
/// have been told.
async fn settle_alone(ctx: &Ctx, engine: &Engine, row: &Queued, results: &Ended) -> Result<usize> {
    let one = std::slice::from_ref(row);
    let error = match caught(settle_some(ctx, engine, row.account, one, results)).await {
        Err(error) if !is_passing(&error) => error,
        other => return other,
    };
    tracing::error!(
        error = &error as &dyn std::error::Error,
        run = row.run.get(),
        "a run cannot be told what became of its mail"
    );
    let what = What::Message(row.message.get());
    if !engine.troubles().failed(what, ctx.clock.now()) {
        return Ok(0);
    }
    let mut tx = ctx.write().await?;
    store::lock(&mut tx, &[row.contact]).await?;
    let mut session =
        Session::open(ctx, &mut tx, engine, row.account, &[row.contact], true).await?;
    let result = results.get(&row.message).cloned().unwrap_or(Ok(()));
    let ended = [(row.message, result.as_ref().err())];
    store::settle(&mut tx, row.account, &ended).await?;
    if let Some(slot) = session.runs.get_mut(&row.run)
        && slot.stored.run.seq == row.seq
    {
        slot.stored.run.data.answer = Some((row.seq, result.map(|()| Value::Null)));
        session.halt(row.run, trouble::WHY.to_owned());
    }
    session.work(&mut tx).await?;
    tx.commit().await?;
    engine.troubles().forget(what);
    Ok(1)
}
