//! Running an A/B test.

use std::collections::BTreeMap;
use std::time::Duration;

use ::content::{CompileOptions, Compiled, Document};
use ctx::Ctx;
use db::{Topic, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, FieldError, Result, Timestamp};

use super::super::ab::{
    AbTest, NewAbTest, Numbers, Tally, Variant, VariantSender, WinnerBy, leader,
};
use super::super::jobs::{DecideJob, ReleaseJob};
use super::super::model::{Campaign, CampaignId, CampaignState, RevisionId};
use super::super::store::{self, shape};
use super::content::findings;
use super::edit::audit;
use super::for_update;
use crate::messages::store::{self as messages, Totals};
use crate::messages::total;
use crate::senders::store as senders;

/// People who get the winner in one transaction.
const RELEASE_CHUNK: i64 = 5_000;

/// Checks a test as it is asked for, keeps its texts, and makes it the campaign's.
pub(super) async fn set(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &mut Campaign,
    actor: &Actor,
    new: NewAbTest,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    errors.extend(new.check());
    let mut variants = Vec::with_capacity(new.variants.len());
    for (i, one) in new.variants.into_iter().enumerate() {
        let sender = match one.sender_id {
            None => None,
            Some(id) => {
                let found = senders::find(tx, campaign.account, id).await?;
                if found.is_none() {
                    errors.push(FieldError::new(
                        format!("ab.variants[{i}].sender_id"),
                        "unknown",
                        "there is no such sender in this account",
                    ));
                }
                found.map(|sender| VariantSender {
                    id: sender.id,
                    name: sender.name,
                    email: sender.email,
                    reply_to: sender.reply_to,
                })
            }
        };
        let mut content_revision_id = None;
        if let Some(document) = &one.content {
            let faults = faults(ctx, tx, campaign.account, document).await?;
            errors.extend(placed(faults, &format!("ab.variants[{i}].content")));
            if errors.is_empty() {
                content_revision_id =
                    Some(keep(ctx, tx, campaign.account, document, &actor.to_string()).await?);
            }
        }
        variants.push(Variant {
            subject: one.subject,
            preheader: one.preheader,
            content_revision_id,
            sender,
            delay_minutes: one.delay_minutes,
            revision_id: None,
        });
    }
    campaign.ab = Some(AbTest {
        share_percent: new.share_percent,
        winner_by: new.winner_by,
        test_minutes: new.test_minutes.filter(|_| new.winner_by != WinnerBy::Hand),
        variants,
        winner: None,
        decided_at: None,
        decided_on: None,
    });
    Ok(())
}

/// What is wrong with the texts that the variants come to.
pub(super) async fn check_variants(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &Campaign,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    let Some(ab) = &campaign.ab else {
        return Ok(());
    };
    for (i, variant) in ab.variants.iter().enumerate() {
        if let Some(document) = document_of(tx, campaign, variant).await? {
            let faults = faults(ctx, tx, campaign.account, &document).await?;
            errors.extend(placed(faults, &format!("ab.variants[{i}]")));
        }
    }
    Ok(())
}

fn placed(faults: Vec<FieldError>, prefix: &str) -> impl Iterator<Item = FieldError> {
    faults.into_iter().map(move |fault| FieldError {
        field: format!("{prefix}.{}", fault.field),
        ..fault
    })
}

pub(super) async fn faults(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    document: &Document,
) -> Result<Vec<FieldError>> {
    Ok(findings(ctx, tx, account, document)
        .await?
        .into_iter()
        .filter(::content::Finding::is_error)
        .map(FieldError::from)
        .collect())
}

/// What a variant says; nothing while neither it nor the campaign has a text.
pub(crate) async fn document_of(
    tx: &mut db::Tx,
    campaign: &Campaign,
    variant: &Variant,
) -> Result<Option<Document>> {
    let Some(base) = variant.content_revision_id.or(campaign.revision) else {
        return Ok(None);
    };
    let Some(mut document) = store::find_revision(tx, campaign.account, base).await? else {
        return Ok(None);
    };
    if let Some(subject) = &variant.subject {
        document.subject.clone_from(subject);
    }
    if let Some(preheader) = &variant.preheader {
        document.preheader = Some(preheader.clone());
    }
    Ok(Some(document))
}

/// Keeps a checked text for good.
pub(super) async fn keep(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    document: &Document,
    by: &str,
) -> Result<RevisionId> {
    let compiled = Compiled::compile(document, CompileOptions::default())
        .map_err(|faults| Error::Invalid(faults.into_iter().map(FieldError::from).collect()))?;
    let id: RevisionId = ctx.ids.next();
    let now = ctx.clock.now();
    store::insert_revision(tx, account, id, document, compiled.links(), by, now).await?;
    Ok(id)
}

/// At the start: settles what each variant says and who it is from, and sets the alarm for the decision.
pub(super) async fn begin(ctx: &Ctx, tx: &mut WriteTx, campaign: &mut Campaign) -> Result<()> {
    let Some(mut ab) = campaign.ab.take() else {
        return Ok(());
    };
    let by = campaign.created_by.clone();
    for variant in &mut ab.variants {
        variant.revision_id = if variant.subject.is_none() && variant.preheader.is_none() {
            variant.content_revision_id.or(campaign.revision)
        } else {
            match document_of(tx, campaign, variant).await? {
                Some(document) => Some(keep(ctx, tx, campaign.account, &document, &by).await?),
                None => campaign.revision,
            }
        };
        if let Some(sender) = &mut variant.sender
            && let Some(now) = senders::find(tx, campaign.account, sender.id).await?
        {
            (sender.name, sender.email, sender.reply_to) = (now.name, now.email, now.reply_to);
        }
    }
    if let Some(minutes) = ab.test_minutes.filter(|_| ab.is_open()) {
        let job = DecideJob {
            account: campaign.account,
            campaign: campaign.id,
        };
        jobs::New::of(&job)
            .account(campaign.account)
            .due(ctx.clock.now() + minutes_of(minutes))
            .unique_key(campaign.id.to_string())
            .enqueue(ctx, tx)
            .await?;
    }
    campaign.ab = Some(ab);
    Ok(())
}

fn minutes_of(minutes: i64) -> Duration {
    Duration::from_mins(minutes.unsigned_abs())
}

/// What comes of looking whether a test can be decided.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Deciding {
    /// It is, or there is nothing to decide any more.
    Done,
    /// Not yet.
    Later(Duration),
}

/// Decides a test by its numbers when its time has come.
pub(crate) async fn decide(ctx: &Ctx, account: AccountId, id: CampaignId) -> Result<Deciding> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let mut campaign = match for_update(&mut tx, account, id).await {
        Ok(campaign) => campaign,
        Err(Error::NotFound { .. }) => return Ok(Deciding::Done),
        Err(other) => return Err(other),
    };
    let (Some(ab), Some(started)) = (campaign.ab.clone(), campaign.started_at) else {
        return Ok(Deciding::Done);
    };
    let Some(minutes) = ab.test_minutes.filter(|_| ab.is_open()) else {
        return Ok(Deciding::Done);
    };
    match campaign.state {
        CampaignState::Sending => {}
        CampaignState::Paused => return Ok(Deciding::Later(Duration::from_mins(1))),
        _ => return Ok(Deciding::Done),
    }
    let due = started + minutes_of(minutes);
    if now < due {
        return Ok(Deciding::Later(due.since(now)));
    }
    let counts = messages::variant_totals(&mut tx, account, id.get()).await?;
    let numbers = numbers(&counts, ab.variants.len());
    let sent: i64 = numbers.iter().map(|one| one.sent).sum();
    let expected: i64 = counts
        .iter()
        .filter(|((_, name), _)| name == total::RECIPIENTS)
        .map(|(_, n)| n)
        .sum();
    // A limit or a relay that was away: numbers of a test that hardly went out say nothing.
    if (!campaign.snapshot_done || sent * 2 < expected) && now < due + Duration::from_hours(24) {
        return Ok(Deciding::Later(Duration::from_mins(1)));
    }
    let tallies: Vec<Tally> = numbers
        .iter()
        .map(|one| Tally {
            sent: one.sent,
            reacted: match ab.winner_by {
                WinnerBy::Clicks => one.clicked,
                WinnerBy::Opens | WinnerBy::Hand => one.opened,
            },
        })
        .collect();
    // Nobody did anything: the first is as good as any.
    let winner = leader(&tallies).unwrap_or(0) as i64 + 1;
    win(ctx, &mut tx, &mut campaign, winner, &Actor::system()).await?;
    tx.commit().await?;
    Ok(Deciding::Done)
}

/// Of each variant.
fn numbers(counts: &BTreeMap<(i64, String), i64>, variants: usize) -> Vec<Numbers> {
    (1..=variants as i64)
        .map(|number| {
            let n = |name: &str| counts.get(&(number, name.to_owned())).copied().unwrap_or(0);
            Numbers {
                sent: n(total::SENT),
                opened: n(total::UNIQUE_OPENS),
                clicked: n(total::UNIQUE_CLICKS),
            }
        })
        .collect()
}

/// Decides a test by hand, before its time or without one.
pub async fn choose_winner(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    id: CampaignId,
    winner: i64,
) -> Result<Campaign> {
    let mut tx = ctx.write().await?;
    let mut campaign = for_update(&mut tx, account, id).await?;
    let Some(ab) = &campaign.ab else {
        return Err(Error::conflict(
            "no_test",
            "the campaign is not an A/B test",
        ));
    };
    if ab.variant(winner).is_none() {
        return Err(Error::invalid(
            "variant",
            "out_of_range",
            format!("choose 1 to {}", ab.variants.len()),
        ));
    }
    if !ab.is_open() {
        return Err(Error::conflict(
            "decided",
            "the test is decided, or everybody was in it; nobody waits for a winner",
        ));
    }
    campaign.check_state(
        &[CampaignState::Sending, CampaignState::Paused],
        "be decided",
    )?;
    if campaign.started_at.is_none() {
        return Err(Error::conflict(
            "campaign_state",
            "the campaign has not started yet",
        ));
    }
    win(ctx, &mut tx, &mut campaign, winner, actor).await?;
    tx.commit().await?;
    Ok(campaign)
}

async fn win(
    ctx: &Ctx,
    tx: &mut WriteTx,
    campaign: &mut Campaign,
    winner: i64,
    actor: &Actor,
) -> Result<()> {
    let now = ctx.clock.now();
    let before = campaign.clone();
    let counts = messages::variant_totals(tx, campaign.account, campaign.id.get()).await?;
    if let Some(ab) = &mut campaign.ab {
        ab.winner = Some(winner);
        ab.decided_at = Some(now);
        ab.decided_on = Some(numbers(&counts, ab.variants.len()));
    }
    store::update(tx, campaign, now).await?;
    let job = ReleaseJob {
        account: campaign.account,
        campaign: campaign.id,
    };
    jobs::New::of(&job)
        .account(campaign.account)
        .unique_key(campaign.id.to_string())
        .enqueue(ctx, tx)
        .await?;
    audit(
        ctx,
        tx,
        actor,
        "campaign.decided",
        Some(&before),
        Some(campaign),
    )
    .await
}

/// What one pass over those who wait for the winner has found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Releasing {
    More,
    /// The list of recipients is still being taken.
    Waiting,
    Done,
}

/// Gives the winner to some of those who waited for it.
pub(crate) async fn release_chunk(
    ctx: &Ctx,
    account: AccountId,
    id: CampaignId,
) -> Result<Releasing> {
    let mut tx = ctx.write().await?;
    let campaign = match for_update(&mut tx, account, id).await {
        Ok(campaign) => campaign,
        Err(Error::NotFound { .. }) => return Ok(Releasing::Done),
        Err(other) => return Err(other),
    };
    let (Some(ab), Some(started)) = (&campaign.ab, campaign.started_at) else {
        return Ok(Releasing::Done);
    };
    let Some((winner, variant)) = ab.winner.and_then(|n| Some((n, ab.variant(n)?))) else {
        return Ok(Releasing::Done);
    };
    let Some(revision) = variant.revision_id.or(campaign.revision) else {
        return Ok(Releasing::Done);
    };
    let now = ctx.clock.now();
    let timed = ab.variants.iter().any(|one| one.delay_minutes > 0);
    let decided = ab.decided_at.unwrap_or(now);
    let from = if timed {
        next_turn(started, variant.delay_minutes, decided)
    } else {
        decided
    };
    let released = shape::release(
        &mut tx,
        &campaign,
        winner,
        revision.get(),
        from,
        RELEASE_CHUNK,
    )
    .await?;
    let mut totals = Totals::default();
    totals.add_variant(
        account,
        id.get(),
        Some(winner),
        total::RECIPIENTS,
        released as i64,
    );
    totals.write(&mut tx, now).await?;
    tx.nudge(Topic::Messages);
    tx.commit().await?;
    Ok(if released > 0 {
        Releasing::More
    } else if campaign.snapshot_done || campaign.state == CampaignState::Cancelled {
        Releasing::Done
    } else {
        Releasing::Waiting
    })
}

/// When the rest gets it after a test of times: when the winner's time of day comes next.
fn next_turn(started: Timestamp, delay_minutes: i64, decided: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000_000;
    let first = started + minutes_of(delay_minutes);
    let late = (decided.as_micros() - first.as_micros()).max(0);
    let days = (late + DAY - 1) / DAY;
    Timestamp::from_micros(first.as_micros() + days * DAY)
}
