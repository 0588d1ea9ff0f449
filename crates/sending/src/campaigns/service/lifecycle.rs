//! From draft to sent.

use std::time::Duration;

use ctx::Ctx;
use db::{Topic, Tx, WriteTx};
use events::NewEvent;
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, TimeZone, Timestamp};
use serde_json::json;

use super::super::jobs::{CancelJob, SnapshotJob};
use super::super::local_time::LocalTime;
use super::super::model::{Campaign, CampaignId, CampaignState, faults_before_sending};
use super::super::store::shape::LocalTimes;
use super::super::store::{self, Shape};
use super::ab;
use super::edit::audit;
use super::{for_change, for_update};
use crate::messages::store::{self as messages, Totals};
use crate::messages::total;

/// Subscribers looked at in one transaction of the snapshot.
const SNAPSHOT_CHUNK: i64 = 20_000;
/// Messages cancelled in one transaction.
const CANCEL_CHUNK: i64 = 5_000;
/// A campaign that is later than this is not sent without asking.
pub(crate) const TOO_LATE: Duration = Duration::from_hours(1);

/// Starts sending now.
pub async fn send(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    campaign.check_state(
        &[CampaignState::Draft, CampaignState::Scheduled],
        "be sent again; duplicate it instead",
    )?;
    let before = campaign.clone();
    check_ready(&campaign)?;
    campaign.local_time = None;
    start_in(ctx, &mut tx, &mut campaign).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.started",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.commit().await?;
    Ok(campaign)
}

fn check_ready(campaign: &Campaign) -> Result<()> {
    let faults = faults_before_sending(campaign, campaign.revision.is_some());
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// The campaign of which a copy is to be sent now, or why that cannot be, in words.
pub(crate) async fn original(
    tx: &mut Tx,
    account: AccountId,
    id: CampaignId,
) -> Result<Result<Campaign, String>> {
    let Some(campaign) = store::find(tx, account, id).await? else {
        return Ok(Err("its draft was deleted".to_owned()));
    };
    let faults = faults_before_sending(&campaign, campaign.revision.is_some());
    if faults.is_empty() {
        return Ok(Ok(campaign));
    }
    let what: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.message))
        .collect();
    Ok(Err(format!(
        "its draft cannot be sent: {}",
        what.join("; ")
    )))
}

/// Whether a campaign is a draft of which copies can be sent. Errors are of the field `campaign_id`, or of the campaign.
pub(crate) async fn check_original(
    tx: &mut Tx,
    account: AccountId,
    id: CampaignId,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let refused = |code, message| FieldError::new("campaign_id", code, message);
    match store::find(tx, account, id).await? {
        None => errors.push(refused(
            "unknown",
            "there is no such campaign in this account",
        )),
        Some(campaign) if campaign.state != CampaignState::Draft => errors.push(refused(
            "not_a_draft",
            "choose a draft: a copy of it is sent each time",
        )),
        Some(campaign) => {
            let faults = faults_before_sending(&campaign, campaign.revision.is_some());
            errors.extend(faults.into_iter().map(|fault| FieldError {
                field: format!("campaign.{}", fault.field),
                ..fault
            }));
        }
    }
    Ok(())
}

/// Begins the snapshot, in the caller's transaction.
pub(crate) async fn start_in(ctx: &Ctx, tx: &mut WriteTx, campaign: &mut Campaign) -> Result<()> {
    let now = ctx.clock.now();
    if let Some(id) = campaign.sender
        && let Some(sender) = crate::senders::store::find(tx, campaign.account, id).await?
    {
        campaign.take_sender(&sender);
    }
    campaign.state = CampaignState::Sending;
    campaign.started_at = Some(now);
    campaign.scheduled_at = campaign.scheduled_at.filter(|at| *at <= now);
    campaign.pause_reason = None;
    ab::begin(ctx, tx, campaign).await?;
    store::update(tx, campaign, now).await?;
    let job = SnapshotJob {
        account: campaign.account,
        campaign: campaign.id,
    };
    jobs::New::of(&job)
        .account(campaign.account)
        .unique_key(campaign.id.to_string())
        .enqueue(ctx, tx)
        .await?;
    record(ctx, tx, campaign, events::kind::CAMPAIGN_STARTED).await
}

/// Sends at a later time.
pub async fn schedule(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    at: Timestamp,
) -> Result<Campaign> {
    let now = ctx.clock.now();
    if at <= now {
        return Err(Error::invalid(
            "scheduled_at",
            "in_the_past",
            "choose a time in the future, or send it now",
        ));
    }
    check_soon("scheduled_at", at, now)?;
    plan(ctx, account, actor, id, at, None).await
}

/// Sends to everybody when it is this time where they live. The list of recipients is taken when that time comes first
/// anywhere, or at once if it has come there.
pub async fn schedule_local(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    at: LocalTime,
) -> Result<Campaign> {
    let now = ctx.clock.now();
    let first = at.first();
    if first + Duration::from_hours(26) <= now {
        return Err(Error::invalid(
            "local_time",
            "in_the_past",
            "choose a time that has not passed everywhere",
        ));
    }
    check_soon("local_time", first, now)?;
    plan(ctx, account, actor, id, first, Some(at)).await
}

fn check_soon(field: &str, at: Timestamp, now: Timestamp) -> Result<()> {
    if at > now + Duration::from_hours(2 * 366 * 24) {
        return Err(Error::invalid(
            field,
            "too_late",
            "choose a time within two years",
        ));
    }
    Ok(())
}

/// Begins at `at`, or now if that is past; for each person at `local_time`, if there is one.
async fn plan(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    at: Timestamp,
    local_time: Option<LocalTime>,
) -> Result<Campaign> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    campaign.check_state(
        &[CampaignState::Draft, CampaignState::Scheduled],
        "be scheduled",
    )?;
    if local_time.is_some() && campaign.ab.is_some() {
        return Err(Error::conflict(
            "ab_local_time",
            "an A/B test is decided at one moment for everybody, so it cannot go by local time",
        ));
    }
    let before = campaign.clone();
    check_ready(&campaign)?;
    campaign.local_time = local_time;
    campaign.scheduled_at = Some(at);
    if at <= now {
        start_in(ctx, &mut tx, &mut campaign).await?;
    } else {
        campaign.state = CampaignState::Scheduled;
        store::update(&mut tx, &mut campaign, now).await?;
        record(ctx, &mut tx, &campaign, events::kind::CAMPAIGN_SCHEDULED).await?;
    }
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.scheduled",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.commit().await?;
    Ok(campaign)
}

/// Back to a draft.
pub async fn unschedule(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    campaign.check_state(&[CampaignState::Scheduled], "be unscheduled")?;
    let before = campaign.clone();
    campaign.state = CampaignState::Draft;
    campaign.scheduled_at = None;
    campaign.local_time = None;
    store::update(&mut tx, &mut campaign, ctx.clock.now()).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.unscheduled",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.commit().await?;
    Ok(campaign)
}

/// Halts: what is on the wire finishes, the rest stays in the queue.
pub async fn pause(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let campaign = for_update(&mut tx, account, id).await?;
    campaign.check_state(&[CampaignState::Sending], "be paused")?;
    let campaign = pause_in(ctx, &mut tx, campaign, actor, None).await?;
    tx.commit().await?;
    Ok(campaign)
}

/// The same of a campaign that the caller has locked and that is being sent; with a reason when no person does it.
pub(crate) async fn pause_in(
    ctx: &Ctx,
    tx: &mut WriteTx,
    mut campaign: Campaign,
    actor: &Actor,
    reason: Option<String>,
) -> Result<Campaign> {
    let before = campaign.clone();
    campaign.state = CampaignState::Paused;
    campaign.pause_reason = reason;
    store::update(tx, &mut campaign, ctx.clock.now()).await?;
    record(ctx, tx, &campaign, events::kind::CAMPAIGN_PAUSED).await?;
    let (before, after) = (Some(&before), Some(&campaign));
    audit(ctx, tx, actor, "campaign.paused", before, after).await?;
    Ok(campaign)
}

/// Goes on where it was halted; a campaign that was held because it was overdue starts.
pub async fn resume(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    campaign.check_state(&[CampaignState::Paused], "be resumed")?;
    let before = campaign.clone();
    if campaign.started_at.is_none() {
        check_ready(&campaign)?;
        start_in(ctx, &mut tx, &mut campaign).await?;
    } else {
        campaign.state = CampaignState::Sending;
        campaign.pause_reason = None;
        store::update(&mut tx, &mut campaign, ctx.clock.now()).await?;
        record(ctx, &mut tx, &campaign, events::kind::CAMPAIGN_RESUMED).await?;
    }
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.resumed",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.nudge(Topic::Messages);
    tx.commit().await?;
    Ok(campaign)
}

/// Gives up what was not sent.
pub async fn cancel(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_change(&mut tx, account, id).await?;
    campaign.check_state(
        &[
            CampaignState::Scheduled,
            CampaignState::Sending,
            CampaignState::Paused,
        ],
        "be cancelled",
    )?;
    let before = campaign.clone();
    let now = ctx.clock.now();
    campaign.state = CampaignState::Cancelled;
    campaign.finished_at = Some(now);
    store::update(&mut tx, &mut campaign, now).await?;
    jobs::New::of(&CancelJob {
        account,
        campaign: id,
    })
    .account(account)
    .unique_key(id.to_string())
    .enqueue(ctx, &mut tx)
    .await?;
    record(ctx, &mut tx, &campaign, events::kind::CAMPAIGN_CANCELLED).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.cancelled",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.commit().await?;
    Ok(campaign)
}

/// Sends the messages again of which nobody knows whether they were sent; the number of them.
pub async fn resend_unknown(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
) -> Result<u64> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    campaign.check_state(
        &[
            CampaignState::Sending,
            CampaignState::Paused,
            CampaignState::Sent,
        ],
        "have messages sent again",
    )?;
    let before = campaign.clone();
    let now = ctx.clock.now();
    let again = messages::requeue_unknown(&mut tx, account, id.get(), now).await?;
    if again == 0 {
        return Ok(0);
    }
    let mut totals = Totals::default();
    totals.add(account, id.get(), total::UNKNOWN, -(again as i64));
    totals.write(&mut tx, now).await?;
    if campaign.state == CampaignState::Sent {
        campaign.state = CampaignState::Sending;
        campaign.finished_at = None;
    }
    store::update(&mut tx, &mut campaign, now).await?;
    audit(
        ctx,
        &mut tx,
        actor,
        "campaign.unknown_resent",
        Some(&before),
        Some(&campaign),
    )
    .await?;
    tx.nudge(Topic::Messages);
    tx.commit().await?;
    Ok(again)
}

/// Holds a campaign whose time is long past, for a person to decide.
pub(crate) async fn hold_overdue(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &mut Campaign,
) -> Result<()> {
    campaign.state = CampaignState::Paused;
    campaign.pause_reason = Some(
        "it is overdue by more than an hour: the server was off, or a back-up was restored; \
         resume it to send it now, or cancel it"
            .to_owned(),
    );
    store::update(tx, campaign, ctx.clock.now()).await?;
    record(ctx, tx, campaign, events::kind::CAMPAIGN_PAUSED).await
}

/// After a back-up was restored: pauses whatever would send something at once, since it may have been sent after the
/// back-up was made. How many campaigns that were.
pub async fn hold_restored(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock.now();
    let found = store::about_to_send(&mut *ctx.read().await?, now).await?;
    for campaign in &found {
        let mut tx = ctx.write().await?;
        let mut campaign = for_update(&mut tx, campaign.account, campaign.id).await?;
        campaign.state = CampaignState::Paused;
        campaign.pause_reason = Some(
            "a back-up was restored: what was sent after it was made is not known here, so whoever got the mail then \
             would get it again; resume it to send what is queued here, or cancel it"
                .to_owned(),
        );
        store::update(&mut tx, &mut campaign, now).await?;
        record(ctx, &mut tx, &campaign, events::kind::CAMPAIGN_PAUSED).await?;
        tx.commit().await?;
    }
    let mut tx = ctx.write().await?;
    let single = messages::hold_transactional(&mut tx).await?;
    tx.commit().await?;
    let single = usize::try_from(single).unwrap_or(usize::MAX);
    let series = crate::series::hold_due(ctx).await?;
    let feeds = crate::feeds::hold_all(ctx).await?;
    Ok(found.len() + single + series + feeds)
}

/// One chunk of the snapshot; whether there is more.
pub(crate) async fn snapshot_chunk(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<bool> {
    let mut tx = ctx.write().await?;
    let mut campaign = match for_update(&mut tx, account, id).await {
        Ok(campaign) => campaign,
        Err(Error::NotFound { .. }) => return Ok(false),
        Err(other) => return Err(other),
    };
    let goes_on = matches!(
        campaign.state,
        CampaignState::Sending | CampaignState::Paused
    );
    if campaign.snapshot_done || !goes_on {
        return Ok(false);
    }
    let rule =
        audience::segments::compile_rule_in(&mut tx, ctx, account, &campaign.audience.to_rule())
            .await?;
    let now = ctx.clock.now();
    let ids = ctx.ids.reserve(SNAPSHOT_CHUNK as usize);
    let shape = shape_of(&mut tx, &campaign, now).await?;
    let chunk =
        store::snapshot_chunk(&mut tx, &campaign, &rule, ids, SNAPSHOT_CHUNK, now, &shape).await?;
    campaign.snapshot_cursor = chunk.cursor;
    campaign.snapshot_done = chunk.done;
    store::update(&mut tx, &mut campaign, now).await?;
    let mut totals = Totals::default();
    totals.add(
        account,
        id.get(),
        total::RECIPIENTS,
        i64::try_from(chunk.inserted).unwrap_or(i64::MAX),
    );
    if let Some(ab) = &campaign.ab {
        for place in shape.before..shape.before + chunk.inserted as i64 {
            let variant = ab.variant_at(place);
            totals.add_variant(account, id.get(), variant, total::RECIPIENTS, 1);
        }
    }
    totals.write(&mut tx, now).await?;
    tx.nudge(Topic::Messages);
    tx.commit().await?;
    Ok(!chunk.done)
}

/// How the next chunk of a snapshot is made.
async fn shape_of(tx: &mut WriteTx, campaign: &Campaign, now: Timestamp) -> Result<Shape> {
    let start = campaign.started_at.unwrap_or(now);
    let local = match campaign.local_time {
        None => None,
        Some(time) => {
            let account = identity::accounts::get(tx, campaign.account).await?;
            let names = store::zones(
                tx,
                campaign.account,
                campaign.snapshot_cursor,
                SNAPSHOT_CHUNK,
            )
            .await?;
            let zones = names
                .into_iter()
                .filter_map(|name| {
                    let zone = TimeZone::parse(&name).ok()?;
                    Some((name, time.in_zone(&zone, start)))
                })
                .collect();
            Some(LocalTimes {
                zones,
                elsewhere: time.in_zone(&account.time_zone, start),
            })
        }
    };
    let before = if campaign.ab.is_some() {
        messages::recipients(tx, campaign.account, campaign.id.get()).await?
    } else {
        0
    };
    Ok(Shape {
        start,
        local,
        before,
    })
}

/// What one pass over a cancelled campaign's queue has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cancelling {
    /// More is queued.
    More,
    /// Some messages are held by a node that will give them back.
    Waiting,
    Done,
}

pub(crate) async fn cancel_chunk(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
) -> Result<Cancelling> {
    let mut tx = ctx.write().await?;
    let cancelled = messages::cancel_queued(&mut tx, account, id.get(), CANCEL_CHUNK).await?;
    let mut totals = Totals::default();
    totals.add(account, id.get(), total::CANCELLED, cancelled as i64);
    totals.write(&mut tx, ctx.clock.now()).await?;
    let unfinished = messages::any_unfinished(&mut tx, account, id.get()).await?;
    tx.commit().await?;
    Ok(if cancelled == CANCEL_CHUNK as u64 {
        Cancelling::More
    } else if unfinished {
        Cancelling::Waiting
    } else {
        Cancelling::Done
    })
}

/// Ends a campaign none of whose messages is under way; whether it did.
pub(crate) async fn finish_if_done(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<bool> {
    // Looks without taking the writer's turn first: usually there is still something to do.
    let mut read = ctx.read().await?;
    if messages::any_unfinished(&mut read, account, id.get()).await? {
        return Ok(false);
    }
    drop(read);
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    if campaign.state != CampaignState::Sending
        || !campaign.snapshot_done
        || messages::any_unfinished(&mut tx, account, id.get()).await?
    {
        return Ok(false);
    }
    let now = ctx.clock.now();
    campaign.state = CampaignState::Sent;
    campaign.finished_at = Some(now);
    store::update(&mut tx, &mut campaign, now).await?;
    record(ctx, &mut tx, &campaign, events::kind::CAMPAIGN_COMPLETED).await?;
    tx.commit().await?;
    tracing::info!(campaign = %id, "campaign sent");
    Ok(true)
}

async fn record(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &Campaign,
    kind: &'static str,
) -> Result<()> {
    let event = NewEvent {
        kind,
        subscriber: None,
        subject: Some(campaign.id.get()),
        at: None,
        body: json!({ "name": campaign.name }),
    };
    events::record(ctx, tx, campaign.account, &[event]).await?;
    Ok(())
}
