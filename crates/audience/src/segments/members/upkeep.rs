//! What no event tells: that a segment is new or changed, that time passes, that a broken one is whole again.

use std::time::{Duration, Instant};

use ctx::Ctx;
use db::{LockClass, WriteTx};
use jobs::{Attempt, Job, JobError};
use kernel::{AccountId, Result, Timestamp};
use rules::{Moment, Tempo};
use serde::{Deserialize, Serialize};

use super::model::{State, Stored};
use super::refresh::{Concerned, refresh};
use super::{roster, store};
use crate::segments::compile::Surroundings;
use crate::segments::store::ids_in;
use crate::{SegmentId, SubscriberId};

/// People who are regarded in one transaction when a segment is filled, by the database itself.
const CHUNK: i64 = 50_000;
/// The same when time has passed, one by one.
const PAGE: i64 = 1_000;
/// Members of one transaction when a segment is forgotten.
const STEP: i64 = 5_000;
/// A rule that changes at any moment is regarded so often, and so much more seldom than it takes.
const OFTEN: Duration = Duration::from_mins(1);
const SELDOM: u32 = 50;
/// After so many days without upkeep a segment is filled anew.
const MOST_STEPS: usize = 400;
/// Segments that one tick enqueues.
const AT_ONCE: i64 = 500;

/// The upkeep of one segment.
#[derive(Debug, Serialize, Deserialize)]
pub struct Upkeep {
    account: AccountId,
    segment: SegmentId,
}

impl Job for Upkeep {
    const KIND: &'static str = "audience.segment";

    async fn run(self, ctx: &Ctx, _: Attempt) -> Result<(), JobError> {
        while keep_up(ctx, self.account, self.segment).await? {
            if ctx.shutdown.is_cancelled() {
                return Err(JobError::Snooze(Duration::ZERO));
            }
        }
        Ok(())
    }
}

pub(in crate::segments) async fn enqueue(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    segment: SegmentId,
) -> Result<()> {
    jobs::New::of(&Upkeep { account, segment })
        .account(account)
        .unique_key(format!("{account}/{segment}"))
        .enqueue(ctx, tx)
        .await?;
    Ok(())
}

/// Enqueues the upkeep of the segments that are due.
pub async fn upkeep_due(ctx: &Ctx) -> Result<()> {
    let due = store::due(&mut *ctx.read().await?, ctx.clock.now(), AT_ONCE).await?;
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.write().await?;
    for (account, segment) in due {
        enqueue(ctx, &mut tx, account, segment).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Does what is due; whether there is more.
pub(super) async fn keep_up(ctx: &Ctx, account: AccountId, id: SegmentId) -> Result<bool> {
    let mut tx = ctx.read().await?;
    let Some(stored) = store::find(&mut tx, account, id).await? else {
        drop(tx);
        return forget(ctx, account, id).await;
    };
    let surroundings =
        Surroundings::load(&mut tx, ctx, account, stored.rule.references(), None).await?;
    drop(tx);
    let begun = Instant::now();
    match surroundings.compile(&stored.rule, "rule") {
        Err(error) => {
            let mut tx = ctx.write().await?;
            tx.lock(LockClass::Segments, account.get()).await?;
            roster::mark_broken(&mut tx, account, &stored, error, surroundings.moment.now).await?;
            tx.commit().await?;
            Ok(false)
        }
        Ok(_)
            if stored.state == State::Current
                && stored.time_zone == surroundings.moment.zone.name() =>
        {
            pass_time(ctx, account, &stored, surroundings, begun).await
        }
        Ok(_) => fill(ctx, account, &stored, surroundings).await,
    }
}

async fn forget(ctx: &Ctx, account: AccountId, id: SegmentId) -> Result<bool> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Segments, account.get()).await?;
    let more = store::forget(&mut tx, account, id, STEP).await?;
    tx.commit().await?;
    Ok(more)
}

/// Makes the members those whom the rule selects, a part of all people at a time.
async fn fill(
    ctx: &Ctx,
    account: AccountId,
    segment: &Stored,
    surroundings: Surroundings,
) -> Result<bool> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Segments, account.get()).await?;
    let now = ctx.clock.now();
    store::set_building(&mut tx, account, &[segment.id], now).await?;
    let Some(Stored { generation, .. }) = store::find(&mut tx, account, segment.id).await? else {
        return Ok(true);
    };
    tx.commit().await?;
    let moment = &surroundings.moment;
    let compiled = surroundings.compile(&segment.rule, "rule")?;
    let mut after = i64::MIN;
    loop {
        let mut tx = ctx.write().await?;
        tx.lock(LockClass::Segments, account.get()).await?;
        // The rule, or one that it refers to, may have been changed.
        match store::find(&mut tx, account, segment.id).await? {
            Some(now)
                if now.state == State::Building
                    && now.generation == generation
                    && !ctx.shutdown.is_cancelled() => {}
            _ => return Ok(true),
        }
        let last = store::end_of_chunk(&mut tx, account, after, CHUNK).await?;
        let range = (after, last.unwrap_or(i64::MAX));
        let more = store::fill(&mut tx, account, segment.id, &compiled, range, moment.now).await?;
        let size = store::grow(&mut tx, account, segment.id, more).await?;
        if let Some(last) = last {
            after = last;
            tx.commit().await?;
            continue;
        }
        store::count_day(&mut tx, account, segment.id, moment.today(), (0, 0, size)).await?;
        store::set_current(
            &mut tx,
            account,
            (segment.id, generation),
            moment.now,
            due(compiled.tempo(), moment, OFTEN),
            moment.zone.name(),
        )
        .await?;
        tx.commit().await?;
        return Ok(false);
    }
}

/// Looks at those whom the passing of time may have moved.
async fn pass_time(
    ctx: &Ctx,
    account: AccountId,
    segment: &Stored,
    mut surroundings: Surroundings,
    begun: Instant,
) -> Result<bool> {
    let zone = surroundings.moment.zone.clone();
    let earlier = Moment::new(segment.as_of, zone.clone());
    let mut moment = surroundings.moment.clone();
    moment.now = moment.now.max(segment.as_of);
    let steps = moment.steps_from(&earlier);
    if steps.len() > MOST_STEPS {
        return fill(ctx, account, segment, surroundings).await;
    }
    let mut tempo = Tempo::Still;
    let mut before = None;
    for step in steps {
        surroundings.moment = step;
        let compiled = surroundings.compile(&segment.rule, "rule")?;
        tempo = compiled.tempo();
        if let Some(before) = &before
            && let Some(suspects) = compiled.changed_since(before)
        {
            look_at(ctx, account, segment.id, &suspects).await?;
        }
        before = Some(compiled);
    }
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Segments, account.get()).await?;
    store::set_current(
        &mut tx,
        account,
        (segment.id, segment.generation),
        moment.now,
        due(tempo, &moment, OFTEN.max(begun.elapsed() * SELDOM)),
        zone.name(),
    )
    .await?;
    tx.commit().await?;
    Ok(false)
}

async fn look_at(
    ctx: &Ctx,
    account: AccountId,
    segment: SegmentId,
    suspects: &rules::Compiled,
) -> Result<()> {
    let mut after = None;
    loop {
        let mut tx = ctx.read().await?;
        // More than are regarded at once, since finding them costs the same for few.
        let found = ids_in(&mut tx, account, suspects, after, PAGE * 50).await?;
        drop(tx);
        let Some(last) = found.last().copied() else {
            return Ok(());
        };
        for people in found.chunks(PAGE as usize) {
            look_at_some(ctx, account, segment, people).await?;
        }
        if found.len() < PAGE as usize * 50 {
            return Ok(());
        }
        after = Some(last);
    }
}

async fn look_at_some(
    ctx: &Ctx,
    account: AccountId,
    segment: SegmentId,
    people: &[SubscriberId],
) -> Result<()> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Segments, account.get()).await?;
    let roster = roster::load(ctx, &mut tx, account, Some(segment)).await?;
    if roster.segments.is_empty() {
        return Ok(());
    }
    let concerned: Concerned = people.iter().map(|it| (*it, [0].into())).collect();
    refresh(ctx, &mut tx, account, &roster, &concerned).await?;
    tx.commit().await?;
    Ok(())
}

/// When time has to be regarded again.
fn due(tempo: Tempo, moment: &Moment, often: Duration) -> Option<Timestamp> {
    match tempo {
        Tempo::Still => None,
        Tempo::Daily => moment.next_day().map(|next| next.now),
        Tempo::Continuous => {
            let away = i64::try_from(often.as_micros()).unwrap_or(i64::MAX);
            Some(Timestamp::from_micros(
                moment.now.as_micros().saturating_add(away),
            ))
        }
    }
}
