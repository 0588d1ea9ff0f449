//! Use cases of runs.

use std::collections::{BTreeMap, HashMap};

use audience::SubscriberId;
use ctx::Ctx;
use db::Tx;
use identity::Actor;
use jiff::civil::Date;
use kernel::{AccountId, Cursor, EmailAddress, Error, Limit, Page, Result};
use serde_json::{Map, Value, json};

use super::model::{
    Change, ChangeAction, Changed, DayStatistics, RestingServer, RunDetail, RunLine, RunStatus,
    RunView, Statistics, StepStatistics,
};
use crate::automations::store as automations;
use crate::definition::{Body, StepId};
use crate::engine::store::{self, RunFilter, Stored, outcome_words};
use crate::engine::{self, Action, Engine};
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::Reason;

/// Most runs of one call.
const MOST: usize = 1000;
/// Lines of a history that are shown.
const LINES: i64 = 1000;
/// Most ways that one list is asked for. Twenty cases of a split that meet again have four each.
const MOST_WAYS: usize = 200;

/// Which runs.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    pub status: Option<RunStatus>,
    pub step: Option<StepId>,
    pub subscriber: Option<SubscriberId>,
    /// Those that went on from a step by a way: one of these.
    pub went: Vec<Went>,
}

/// A step and a way out of it, as the statistics call it; `skipped` and `failed` too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Went {
    pub step: StepId,
    pub way: StepId,
}

impl Went {
    /// Reads `STEP:WAY`, several with commas.
    pub fn parse(text: &str) -> Result<Vec<Self>> {
        let one = |text: &str| {
            let (step, way) = text.split_once(':')?;
            Some(Self {
                step: StepId::parse(step).ok()?,
                way: StepId::parse(way).ok()?,
            })
        };
        let all: Option<Vec<Self>> = text.split(',').map(one).collect();
        all.filter(|all| all.len() <= MOST_WAYS).ok_or_else(|| {
            let message = format!(
                "must be 1 to {MOST_WAYS} times STEP:WAY with commas, such as `split:then`"
            );
            Error::invalid("went", "invalid", message)
        })
    }
}

impl ListFilter {
    fn stored(&self) -> RunFilter {
        let (state, paused, live) = match self.status {
            None => (None, None, false),
            Some(RunStatus::Waiting) => (Some("waiting"), Some(false), true),
            Some(RunStatus::Sending) => (Some("outbox"), None, true),
            Some(RunStatus::Failed) => (Some("parked"), None, true),
            Some(RunStatus::Paused) => (None, Some(true), true),
            Some(RunStatus::Finished) => (Some("done"), None, false),
        };
        RunFilter {
            state,
            paused,
            live,
            step: self.step.as_ref().map(ToString::to_string),
            contact: self.subscriber.map(SubscriberId::get),
            went: self
                .went
                .iter()
                .map(|it| (it.step.to_string(), it.way.to_string()))
                .collect(),
        }
    }
}

fn view(stored: &Stored, email: Option<String>) -> RunView {
    let run = &stored.run;
    let (status, error, outcome) = match &run.hold.reason {
        Reason::Done(outcome) => (RunStatus::Finished, None, Some(outcome_words(outcome))),
        Reason::Parked(why) => (RunStatus::Failed, Some(why.clone()), None),
        _ if stored.paused_at.is_some() => (RunStatus::Paused, None, None),
        Reason::Outbox => (RunStatus::Sending, None, None),
        Reason::Ready | Reason::Waiting => (RunStatus::Waiting, None, None),
    };
    RunView {
        id: run.id,
        automation_id: run.automation,
        version_id: run.version,
        subscriber_id: run.contact.into(),
        email,
        key: run.key.clone(),
        status,
        step: run.node.clone(),
        step_since: run.step_at,
        due_at: run.hold.timer.as_ref().map(|timer| timer.due),
        error,
        outcome,
        began_at: run.began_at,
        ended_at: stored.ended_at,
    }
}

async fn addresses(
    tx: &mut Tx,
    account: AccountId,
    runs: &[Stored],
) -> Result<HashMap<i64, String>> {
    let ids: Vec<SubscriberId> = runs.iter().map(|it| it.run.contact.into()).collect();
    let known = audience::subscribers::merge_values(tx, account, &ids).await?;
    Ok(known
        .into_iter()
        .map(|(id, values)| (id.get(), values.subscriber.email))
        .collect())
}

async fn exists(tx: &mut Tx, account: AccountId, automation: AutomationId) -> Result<()> {
    automations::find(tx, account, automation)
        .await?
        .map(|_| ())
        .ok_or_else(|| Error::not_found("automation", automation))
}

/// Runs, newest first.
pub async fn list(
    ctx: &Ctx,
    account: AccountId,
    automation: AutomationId,
    filter: &ListFilter,
    before: Option<Cursor>,
    limit: Limit,
) -> Result<Page<RunView>> {
    let mut tx = ctx.read().await?;
    exists(&mut tx, account, automation).await?;
    let before = before.map_or(i64::MAX, |cursor| cursor.id);
    let filter = filter.stored();
    let rows = store::list_runs(
        &mut tx,
        account,
        automation,
        &filter,
        before,
        limit.plus_one(),
    )
    .await?;
    let emails = addresses(&mut tx, account, &rows).await?;
    let page = Page::from_rows(rows, limit, |stored| Cursor {
        key: 0,
        id: stored.run.id.get(),
    });
    Ok(page.map(|stored| {
        let email = emails.get(&stored.run.contact).cloned();
        view(&stored, email)
    }))
}

async fn find(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    id: RunId,
) -> Result<Stored> {
    exists(tx, account, automation).await?;
    store::runs(tx, account, &[id])
        .await?
        .pop()
        .filter(|stored| stored.run.automation == automation)
        .ok_or_else(|| Error::not_found("run", id))
}

/// One run with its history.
pub async fn get(
    ctx: &Ctx,
    account: AccountId,
    automation: AutomationId,
    id: RunId,
) -> Result<RunDetail> {
    let mut tx = ctx.read().await?;
    let stored = find(&mut tx, account, automation, id).await?;
    let emails = addresses(&mut tx, account, std::slice::from_ref(&stored)).await?;
    let lines = store::log_of(&mut tx, account, id, LINES).await?;
    let mut versions: Vec<VersionId> = lines.iter().map(|line| line.version).collect();
    versions.sort_unstable();
    versions.dedup();
    let versions = automations::find_versions(&mut tx, account, &versions).await?;
    let path = lines
        .into_iter()
        .filter_map(|line| {
            let step = StepId::parse(&line.step).ok()?;
            let named = versions
                .get(&line.version)
                .and_then(|version| version.document.step(&step));
            Some(RunLine {
                title: named.map_or_else(|| line.step.clone(), |step| step.title().to_owned()),
                step,
                seq: line.seq,
                version_id: line.version,
                what: line.what,
                detail: line.detail,
                at: line.at,
            })
        })
        .collect();
    let email = emails.get(&stored.run.contact).cloned();
    let mut data = stored.run.data.clone();
    // Not yet known to the run, and known only to the engine.
    data.answer = None;
    data.own.clear();
    let mut run = view(&stored, email);
    if run.status == RunStatus::Sending
        && let Some((why, next)) = store::last_failure(&mut tx, account, id, stored.run.seq).await?
    {
        run.error = Some(why);
        run.due_at = Some(next);
    }
    Ok(RunDetail {
        run,
        path,
        data: serde_json::to_value(&data).map_err(Error::internal)?,
    })
}

/// Does something with many runs.
pub async fn change(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    actor: &Actor,
    automation: AutomationId,
    change: &Change,
) -> Result<Changed> {
    if change.runs.len() > MOST {
        return Err(Error::invalid(
            "runs",
            "too_many",
            format!("send at most {MOST} at a time"),
        ));
    }
    let action = action_of(change)?;
    let by_filter = change.step.is_some() || change.status.is_some();
    if change.runs.is_empty() != by_filter {
        return Err(Error::invalid(
            "runs",
            "required",
            "say which: give runs, or a step or a status",
        ));
    }
    if change.after.is_some() && !by_filter {
        return Err(Error::invalid(
            "after",
            "unexpected",
            "runs are given: there are none behind them",
        ));
    }
    let mut tx = ctx.write().await?;
    exists(&mut tx, account, automation).await?;
    if let Action::Move(step) = &action {
        check_target(&mut tx, account, automation, step).await?;
    }
    let (runs, next) = if by_filter {
        let filter = ListFilter {
            status: change.status,
            step: change.step.clone(),
            ..ListFilter::default()
        };
        let mut filter = filter.stored();
        filter.live = true;
        let after = change.after.map_or(i64::MAX, RunId::get);
        let most = MOST as i64;
        let rows = store::list_runs(&mut tx, account, automation, &filter, after, most + 1).await?;
        let more = rows.len() > MOST;
        let runs: Vec<RunId> = rows.iter().take(MOST).map(|it| it.run.id).collect();
        // Many still are where they were found, whether it fitted them or not: the next call begins behind them.
        let next = runs.last().copied().filter(|_| more);
        (runs, next)
    } else {
        (change.runs.clone(), None)
    };
    let changed = engine::act(ctx, &mut tx, engine, account, automation, &runs, &action).await?;
    note(ctx, &mut tx, account, actor, automation, change, changed).await?;
    tx.commit().await?;
    Ok(Changed {
        changed,
        more: next.is_some(),
        next,
    })
}

fn action_of(change: &Change) -> Result<Action> {
    if change.to.is_some() != (change.action == ChangeAction::Move) {
        return Err(Error::invalid(
            "to",
            "required",
            "name the step to move to; only for the action \"move\"",
        ));
    }
    Ok(match (change.action, &change.to) {
        (ChangeAction::Retry, _) => Action::Retry,
        (ChangeAction::Skip, _) => Action::Skip,
        (ChangeAction::Pause, _) => Action::Pause,
        (ChangeAction::Resume, _) => Action::Resume,
        (ChangeAction::Move, Some(step)) => Action::Move(step.clone()),
        (ChangeAction::Exit | ChangeAction::Move, _) => Action::Exit,
    })
}

async fn check_target(
    tx: &mut Tx,
    account: AccountId,
    automation: AutomationId,
    step: &StepId,
) -> Result<()> {
    let found = automations::find(tx, account, automation).await?;
    let live = found.and_then(|automation| automation.live);
    let versions = match live {
        Some(live) => automations::find_versions(tx, account, &[live]).await?,
        None => HashMap::new(),
    };
    if versions
        .values()
        .any(|version| version.document.step(step).is_some())
    {
        return Ok(());
    }
    Err(Error::invalid(
        "to",
        "unknown",
        format!("the live version has no step {step}"),
    ))
}

async fn note(
    ctx: &Ctx,
    tx: &mut Tx,
    account: AccountId,
    actor: &Actor,
    automation: AutomationId,
    change: &Change,
    changed: usize,
) -> Result<()> {
    let after = json!({
        "action": change.action.as_str(), "changed": changed, "to": change.to, "step": change.step,
    });
    identity::audit(
        ctx,
        tx,
        account,
        actor,
        "automation.runs_changed",
        ("automation", automation),
        None,
        Some(after),
    )
    .await
}

/// Lets one run go on: after a halt, or after a failure by trying again or passing the step over.
pub async fn resume(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    actor: &Actor,
    automation: AutomationId,
    id: RunId,
    skip: bool,
) -> Result<RunDetail> {
    let mut tx = ctx.write().await?;
    let stored = find(&mut tx, account, automation, id).await?;
    let action = match &stored.run.hold.reason {
        Reason::Parked(_) if skip => ChangeAction::Skip,
        Reason::Parked(_) => ChangeAction::Retry,
        _ if stored.paused_at.is_some() => ChangeAction::Resume,
        _ => {
            return Err(Error::conflict(
                "not_halted",
                "only a run that failed or was paused can be resumed",
            ));
        }
    };
    let change = Change {
        action,
        to: None,
        runs: vec![id],
        step: None,
        status: None,
        after: None,
    };
    let action = action_of(&change)?;
    let changed = engine::act(ctx, &mut tx, engine, account, automation, &[id], &action).await?;
    note(ctx, &mut tx, account, actor, automation, &change, changed).await?;
    tx.commit().await?;
    get(ctx, account, automation, id).await
}

/// To whom something is about: by id, or by address.
pub(crate) async fn contact(
    tx: &mut Tx,
    account: AccountId,
    id: Option<SubscriberId>,
    email: Option<&str>,
) -> Result<SubscriberId> {
    match (id, email) {
        (Some(id), None) => {
            let known = audience::subscribers::merge_values(tx, account, &[id]).await?;
            if known.contains_key(&id) {
                return Ok(id);
            }
            Err(Error::invalid(
                "subscriber_id",
                "unknown",
                "there is no such subscriber in this account",
            ))
        }
        (None, Some(email)) => {
            let address = EmailAddress::parse(email).map_err(|why| {
                Error::invalid("email", "invalid_email", format!("the address {why}"))
            })?;
            audience::subscribers::find_by_address(tx, account, &address)
                .await?
                .ok_or_else(|| {
                    Error::invalid(
                        "email",
                        "unknown",
                        "no subscriber has this address; create them first",
                    )
                })
        }
        _ => Err(Error::invalid(
            "subscriber_id",
            "required",
            "say who: give subscriber_id or email, one of them",
        )),
    }
}

/// Sends a contact into an automation.
pub async fn trigger(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    actor: &Actor,
    automation: AutomationId,
    who: (Option<SubscriberId>, Option<&str>),
    properties: Map<String, Value>,
) -> Result<engine::Entered> {
    let mut tx = ctx.read().await?;
    exists(&mut tx, account, automation).await?;
    let contact = contact(&mut tx, account, who.0, who.1).await?;
    drop(tx);
    engine::enter(
        ctx,
        engine,
        account,
        actor,
        automation,
        contact.get(),
        properties,
    )
    .await
}

fn day_name(day: i64) -> String {
    let epoch = Date::constant(1970, 1, 1);
    jiff::Span::new()
        .try_days(day)
        .and_then(|span| epoch.checked_add(span))
        .map_or_else(|_| String::new(), |date| date.to_string())
}

/// Days since 1970.
fn day_of(date: Date) -> i64 {
    rules::days_since_epoch(date)
}

/// What was counted in a span of days, and who is where now.
pub async fn statistics(
    ctx: &Ctx,
    account: AccountId,
    automation: AutomationId,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Statistics> {
    let mut tx = ctx.read().await?;
    exists(&mut tx, account, automation).await?;
    let span = (from.map_or(i64::MIN, day_of), to.map_or(i64::MAX, day_of));
    let rows = store::stats(&mut tx, account, automation, span).await?;
    let now = store::people_now(&mut tx, account, automation).await?;
    let mut all = Statistics::default();
    let mut steps: BTreeMap<String, StepStatistics> = BTreeMap::new();
    let mut days: BTreeMap<i64, DayStatistics> = BTreeMap::new();
    for (day, step, name, n) in rows {
        if step.is_empty() {
            let of_day = days.entry(day).or_insert_with(|| DayStatistics {
                day: day_name(day),
                ..DayStatistics::default()
            });
            whole(&mut all, of_day, &name, n);
        } else {
            count(steps.entry(step).or_default(), &name, n);
        }
    }
    for (step, state, n) in now {
        let entry = steps.entry(step).or_default();
        entry.people += n;
        if state == "parked" {
            entry.failed_now += n;
        }
    }
    for (step, resting) in resting(&mut tx, ctx, account, automation).await? {
        steps.entry(step).or_default().resting = Some(resting);
    }
    for (step, statistics) in &mut steps {
        statistics.step.clone_from(step);
    }
    all.steps = steps.into_values().collect();
    all.days = days.into_values().collect();
    Ok(all)
}

/// The steps of the live version whose server is left alone now.
async fn resting(
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    automation: AutomationId,
) -> Result<Vec<(String, RestingServer)>> {
    let hosts = store::resting_hosts(tx, account, ctx.clock.now()).await?;
    if hosts.is_empty() {
        return Ok(Vec::new());
    }
    let found = automations::find(tx, account, automation).await?;
    let live: Vec<VersionId> = found.and_then(|it| it.live).into_iter().collect();
    let versions = automations::find_versions(tx, account, &live).await?;
    let steps = versions.values().flat_map(|it| &it.document.steps);
    let resting = steps.filter_map(|step| {
        let Body::HttpCall(call) = &step.body else {
            return None;
        };
        let host = engine::outbox::host_of(&call.url)?;
        let known = hosts.get(&host)?;
        let resting = RestingServer {
            host,
            until: known.until?,
            failures: known.failures,
            error: known.error.clone(),
            failed_at: known.failed_at,
        };
        Some((step.id.to_string(), resting))
    });
    Ok(resting.collect())
}

fn whole(all: &mut Statistics, day: &mut DayStatistics, name: &str, n: i64) {
    match name {
        "entered" => {
            all.entered += n;
            day.entered += n;
        }
        "finished" => {
            all.finished += n;
            day.finished += n;
        }
        _ => {
            if let Some(outcome) = name.strip_prefix("finished:") {
                *all.outcomes.entry(outcome.to_owned()).or_default() += n;
                if outcome == "goal" {
                    day.goal += n;
                }
            } else if let Some(why) = name.strip_prefix("refused:") {
                *all.refused.entry(why.to_owned()).or_default() += n;
            }
        }
    }
}

fn count(step: &mut StepStatistics, name: &str, n: i64) {
    match name {
        "waited" => step.waited += n,
        "skipped" => step.skipped += n,
        "failed" => step.failed += n,
        "mail:sent" => step.mail.sent += n,
        "mail:opened" => step.mail.opened += n,
        "mail:clicked" => step.mail.clicked += n,
        "mail:bounced" => step.mail.bounced += n,
        "mail:complained" => step.mail.complained += n,
        "mail:unsubscribed" => step.mail.unsubscribed += n,
        _ => {
            if let Some(way) = name.strip_prefix("passed:") {
                step.passed += n;
                *step.ways.entry(way.to_owned()).or_default() += n;
            }
        }
    }
}
