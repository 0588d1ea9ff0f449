//! Timers that are due.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use ctx::Ctx;
use kernel::{AccountId, Result, Timestamp};

use super::catalog::Engine;
use super::session::{Item, Nudge, Session};
use super::translate::{Context, Recorded, is_own, translate};
use super::trouble::{self, What, caught, is_passing};
use super::{BATCH, CONSUMER, NET, store};
use crate::ids::{AutomationId, RunId};
use crate::interpret::WaitPath;

/// Events of this long ago have been handled, or their contact has come to know of them otherwise.
const UNHANDLED: Duration = Duration::from_hours(48);

/// One batch of each account; how many timers fired.
pub(super) async fn pass(ctx: &Ctx, engine: &Engine) -> Result<usize> {
    let catalog = engine.catalog(&mut *ctx.read().await?).await?;
    let mut fired = 0;
    for account in catalog.accounts() {
        if ctx.shutdown.is_cancelled() {
            break;
        }
        fired += fire(ctx, engine, account, BATCH).await?;
    }
    Ok(fired)
}

/// Fires what is due in an account, up to `most`; how many timers fired.
pub async fn process_due(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    most: usize,
) -> Result<usize> {
    let mut fired = 0;
    while fired < most {
        let some = fire(ctx, engine, account, BATCH.min(most - fired)).await?;
        if some == 0 {
            break;
        }
        fired += some;
    }
    Ok(fired)
}

async fn active(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
) -> Result<Option<Vec<AutomationId>>> {
    let now = ctx.clock.now();
    let mut tx = ctx.read().await?;
    let catalog = engine.catalog(&mut tx).await?;
    let mut active = catalog
        .account(account)
        .map(|automations| automations.firing())
        .unwrap_or_default();
    if active.is_empty()
        || store::due(&mut tx, account, &active, now, 1)
            .await?
            .is_empty()
    {
        return Ok(None);
    }
    // Each begins now and then, so that none waits for another for ever.
    let first = usize::try_from(ctx.ids.next::<i64>()).unwrap_or(0) % active.len();
    active.rotate_left(first);
    Ok(Some(active))
}

/// One batch; one by one if that fails, so that nobody keeps the others from going on.
pub(super) async fn fire(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    most: usize,
) -> Result<usize> {
    let mut left = resting(engine, ctx.clock.now());
    match caught(fire_some(ctx, engine, account, most, &left, &mut None)).await {
        Err(error) if !is_passing(&error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            account = account.get(),
            "timers of automations cannot be handled together; each is handled alone"
        ),
        other => return other,
    }
    let mut fired = 0;
    for _ in 0..most {
        let mut whom = None;
        match caught(fire_some(ctx, engine, account, 1, &left, &mut whom)).await {
            Ok(0) => break,
            Ok(some) => fired += some,
            Err(error) => {
                let Some(contact) = whom.filter(|_| !is_passing(&error)) else {
                    return Err(error);
                };
                left.insert(contact);
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    account = account.get(),
                    contact,
                    "timers of a contact cannot be handled"
                );
                if engine
                    .troubles()
                    .failed(What::Contact(contact), ctx.clock.now())
                {
                    put_aside(ctx, engine, account, contact).await?;
                    engine.troubles().forget(What::Contact(contact));
                    fired += 1;
                }
            }
        }
    }
    Ok(fired)
}

fn resting(engine: &Engine, now: Timestamp) -> BTreeSet<i64> {
    let resting = engine.troubles().resting(now).into_iter();
    resting
        .filter_map(|what| match what {
            What::Contact(contact) => Some(contact),
            _ => None,
        })
        .collect()
}

/// Halts the runs of a contact whose timers are due.
async fn put_aside(ctx: &Ctx, engine: &Engine, account: AccountId, contact: i64) -> Result<()> {
    let now = ctx.clock.now();
    let halted = caught(async {
        let mut tx = ctx.write().await?;
        let mut session = Session::open(ctx, &mut tx, engine, account, &[contact], false).await?;
        let due: Vec<RunId> = session
            .runs
            .values()
            .filter(|slot| {
                let timer = slot.stored.run.hold.timer.as_ref();
                slot.stored.paused_at.is_none() && timer.is_some_and(|timer| timer.due <= now)
            })
            .map(|slot| slot.stored.run.id)
            .collect();
        for run in due {
            session.halt(run, trouble::WHY.to_owned());
        }
        session.work(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    });
    match halted.await {
        Err(error) if !is_passing(&error) => {
            // Without looking at what is in them.
            let mut tx = ctx.write().await?;
            store::park_due(&mut tx, account, contact, now, trouble::WHY).await?;
            tx.commit().await?;
            Ok(())
        }
        other => other,
    }
}

/// `left` are left alone. `whom` is told if it is only one.
async fn fire_some(
    ctx: &Ctx,
    engine: &Engine,
    account: AccountId,
    most: usize,
    left: &BTreeSet<i64>,
    whom: &mut Option<i64>,
) -> Result<usize> {
    // Without the writer, which others need.
    let Some(active) = active(ctx, engine, account).await? else {
        return Ok(0);
    };
    let mut tx = ctx.write().await?;
    match fire_in(ctx, &mut tx, engine, account, &active, most, left, whom).await {
        Ok(fired) => {
            tx.commit().await?;
            Ok(fired)
        }
        Err(error) => {
            // Dropped, it would hold its contacts for another moment, and they would look taken.
            tx.rollback().await?;
            Err(error)
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one function that ends its transaction either way"
)]
async fn fire_in(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    engine: &Engine,
    account: AccountId,
    active: &[AutomationId],
    most: usize,
    left: &BTreeSet<i64>,
    whom: &mut Option<i64>,
) -> Result<usize> {
    let now = ctx.clock.now();
    // More than can be taken: other nodes may hold the first.
    let limit = (most * 4 + left.len()) as i64;
    let candidates = store::due(tx, account, active, now, limit).await?;
    let mut by_contact: HashMap<i64, Vec<RunId>> = HashMap::new();
    let mut order = Vec::new();
    for (run, contact) in candidates {
        if left.contains(&contact) {
            continue;
        }
        let runs = by_contact.entry(contact).or_default();
        if runs.is_empty() {
            order.push(contact);
        }
        runs.push(run);
    }
    let mut taken: Vec<i64> = Vec::new();
    let mut runs = 0;
    for some in order.chunks(most.max(1)) {
        for contact in store::try_lock(tx, some).await? {
            let theirs = by_contact.get(&contact).map_or(0, Vec::len);
            if runs >= most {
                break;
            }
            runs += theirs;
            taken.push(contact);
        }
        if runs >= most {
            break;
        }
    }
    if taken.is_empty() {
        return Ok(0);
    }
    taken.sort_unstable();
    *whom = taken.first().copied().filter(|_| taken.len() == 1);
    let mut session = Session::open(ctx, tx, engine, account, &taken, true).await?;
    deliver_unhandled(&mut session, tx, &taken).await?;
    let mut fired = 0;
    let mut stale = Vec::new();
    for contact in &taken {
        for run in by_contact.remove(contact).unwrap_or_default() {
            let due = session.runs.get(&run).is_some_and(|slot| {
                let timer = slot.stored.run.hold.timer.as_ref();
                slot.stored.paused_at.is_none()
                    && timer.is_some_and(|timer| timer.due <= now)
                    // It may have been paused since the list was read.
                    && session.automations().is_firing(slot.stored.run.automation)
            });
            if due {
                session.push(*contact, Item::Wake(run, Nudge::Timer));
                fired += 1;
            } else {
                stale.push(run);
            }
        }
    }
    let pushed: BTreeSet<RunId> = stale.iter().copied().collect();
    let gone: Vec<RunId> = pushed
        .into_iter()
        .filter(|run| !session.runs.contains_key(run))
        .collect();
    store::drop_timers(tx, account, &gone).await?;
    session.work(tx).await?;
    Ok(fired + gone.len())
}

/// What is committed and not handled yet of contacts who wait for something decides before their timers do.
async fn deliver_unhandled(
    session: &mut Session<'_>,
    tx: &mut db::WriteTx,
    contacts: &[i64],
) -> Result<()> {
    let waiting: BTreeSet<i64> = session
        .runs
        .values()
        .filter(|slot| {
            let mut waits = slot.stored.run.hold.waits.iter();
            waits.any(|wait| wait.path != WaitPath::Status)
        })
        .map(|slot| slot.stored.run.contact)
        .collect();
    let waiting: Vec<i64> = contacts
        .iter()
        .filter(|id| waiting.contains(id))
        .copied()
        .collect();
    let since = session.now - UNHANDLED;
    let account = session.account;
    let events = events::unhandled_in(tx, CONSUMER, account, &waiting, since).await?;
    if events.is_empty() {
        return Ok(());
    }
    let bodies = events.iter().map(|it| (it.kind.as_str(), &it.body));
    let context = Context::load(tx, account, bodies).await?;
    for event in events {
        let Some(contact) = event.subscriber.filter(|_| !is_own(&event.body)) else {
            continue;
        };
        let parts = Recorded {
            id: event.id.get(),
            kind: event.kind,
            contact,
            subject: event.subject,
            at: event.at,
            body: event.body,
        };
        for event in translate(parts, &context) {
            let event = Arc::new(event);
            // Whom it lets in, the consumer decides when it comes to it.
            session.push(
                contact,
                Item::Event {
                    event,
                    enrols: false,
                },
            );
        }
    }
    Ok(())
}

/// How long nothing will be due.
pub(super) async fn rest(ctx: &Ctx, engine: &Engine) -> Result<Duration> {
    let mut tx = ctx.read().await?;
    let catalog = engine.catalog(&mut tx).await?;
    let now = ctx.clock.now();
    let mut rest = NET;
    for account in catalog.accounts() {
        let active = catalog
            .account(account)
            .map(|automations| automations.firing())
            .unwrap_or_default();
        if let Some(due) = store::next_due(&mut tx, account, &active).await? {
            rest = rest.min(due.since(now));
        }
    }
    // Due and not taken is held by another node.
    Ok(rest.max(Duration::from_millis(20)))
}
