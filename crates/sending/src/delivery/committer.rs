//! One transaction for what many connections have to say: which messages go on the wire next, and how the last ones
//! ended.
//!
//! A commit costs a disk flush, so while one is under way the rounds of all other connections queue up and share the
//! next one. A round is answered when it is durable, not before: only then are bytes handed to a connection, so a crash
//! leaves in doubt what was truly in flight and nothing else.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use ctx::Ctx;
use events::NewEvent;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::bounces::{self, BounceClass};
use crate::campaigns::CampaignId;
use crate::messages::store::{self, Totals};
use crate::messages::{Finish, Finished, Kind, MessageId, total};
use crate::transactional;

/// Most rounds in one commit: 50 connections with a few messages each.
const MAX_ROUNDS: usize = 128;

/// A handle on the committing task, which ends when the last handle is dropped.
#[derive(Clone)]
pub(super) struct Committer(mpsc::Sender<Round>);

struct Round {
    finished: Vec<Finished>,
    wire: Vec<MessageId>,
    durable: oneshot::Sender<HashSet<MessageId>>,
}

impl Committer {
    pub(super) fn start(ctx: &Ctx) -> Self {
        let (sender, receiver) = mpsc::channel(MAX_ROUNDS);
        ctx.tasks.spawn(run(ctx.clone(), receiver));
        Self(sender)
    }

    /// Writes how messages ended and marks the next ones; returns when that is durable, with those that may be handed
    /// over. An empty answer also means that the process is stopping while the database is away.
    pub(super) async fn round(
        &self,
        finished: Vec<Finished>,
        wire: Vec<MessageId>,
    ) -> HashSet<MessageId> {
        if finished.is_empty() && wire.is_empty() {
            return HashSet::new();
        }
        let (durable, answer) = oneshot::channel();
        let round = Round {
            finished,
            wire,
            durable,
        };
        if self.0.send(round).await.is_err() {
            return HashSet::new();
        }
        answer.await.unwrap_or_default()
    }
}

async fn run(ctx: Ctx, mut receiver: mpsc::Receiver<Round>) {
    let mut rounds = Vec::with_capacity(MAX_ROUNDS);
    while receiver.recv_many(&mut rounds, MAX_ROUNDS).await > 0 {
        match commit_patiently(&ctx, &rounds).await {
            Ok(marked) => rounds.drain(..).for_each(|round| answer(round, &marked)),
            // One round that the database refuses for ever must not hold up the others.
            Err(Refused) => {
                for round in rounds.drain(..) {
                    let marked = commit_patiently(&ctx, std::slice::from_ref(&round)).await;
                    answer(round, &marked.unwrap_or_default());
                }
            }
        }
    }
}

fn answer(round: Round, marked: &HashSet<MessageId>) {
    let mine = round
        .wire
        .iter()
        .copied()
        .filter(|id| marked.contains(id))
        .collect();
    // A connection that was aborted meanwhile does not listen any more.
    let _ = round.durable.send(mine);
}

/// The database will not take it, or the process stops. What was on the wire becomes `unknown`, as after a crash.
struct Refused;

/// How often a commit is tried when the fault does not look like one that passes.
const TRIES: u32 = 8;

/// Tries until the database takes it: results in memory are all there is to tell that a mail was sent.
async fn commit_patiently(ctx: &Ctx, rounds: &[Round]) -> Result<HashSet<MessageId>, Refused> {
    let mut pause = Duration::from_millis(50);
    let mut tries = 0;
    loop {
        let error = match commit(ctx, rounds).await {
            Ok(marked) => return Ok(marked),
            Err(error) => error,
        };
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            rounds = rounds.len(),
            "cannot write how messages ended; sending waits"
        );
        let passes = matches!(error, kernel::Error::Unavailable { .. });
        if !passes || ctx.shutdown.is_cancelled() {
            tries += 1;
        }
        if tries >= TRIES {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "gave up writing how messages ended; they will count as unknown"
            );
            return Err(Refused);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

async fn commit(ctx: &Ctx, rounds: &[Round]) -> kernel::Result<HashSet<MessageId>> {
    let epoch = ctx.node.epoch();
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let finished: Vec<Finished> = rounds
        .iter()
        .flat_map(|round| round.finished.iter().cloned())
        .collect();
    if !finished.is_empty() {
        record(ctx, &mut tx, epoch, now, &finished).await?;
    }
    let wire: Vec<MessageId> = rounds
        .iter()
        .flat_map(|round| round.wire.iter().copied())
        .collect();
    let marked = store::mark_wire(&mut tx, epoch, now, &wire).await?;
    tx.commit().await?;
    look_after(ctx, &finished).await;
    Ok(marked)
}

/// Pauses campaigns of which too many addresses were refused.
async fn look_after(ctx: &Ctx, finished: &[Finished]) {
    let refused: BTreeSet<_> = finished
        .iter()
        .filter(|one| {
            let hard = matches!(
                &one.finish,
                Finish::Failed { bounce: Some(bounce), .. } if bounce.class == BounceClass::Hard
            );
            hard && one.held.kind == Kind::Campaign
        })
        .map(|one| (one.held.account, one.held.source))
        .collect();
    for (account, campaign) in refused {
        let id = CampaignId::from(campaign);
        if let Err(error) = bounces::pause_if_bad(ctx, account, id).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                campaign,
                "cannot look whether a campaign goes wrong"
            );
        }
    }
}

/// Results, what they mean as events, and the roll-ups, in the caller's transaction.
pub(super) async fn record(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    epoch: i64,
    now: kernel::Timestamp,
    finished: &[Finished],
) -> kernel::Result<()> {
    let written = store::finish(tx, epoch, now, finished).await?;
    let mut corrected = HashSet::new();
    if written.len() < finished.len() {
        // Some leases were lost. A mail that was sent all the same is not `unknown` any more.
        let late: Vec<Finished> = finished
            .iter()
            .filter(|one| {
                !written.contains(&one.held.id) && matches!(one.finish, Finish::Sent { .. })
            })
            .cloned()
            .collect();
        corrected = store::correct_unknown(tx, epoch, now, &late).await?;
    }

    let mut totals = Totals::default();
    let refused: Vec<bounces::Refused<'_>> = finished
        .iter()
        .filter(|one| written.contains(&one.held.id))
        .filter_map(|one| match &one.finish {
            Finish::Failed {
                bounce: Some(bounce),
                ..
            } => Some(bounces::Refused {
                account: one.held.account,
                message: one.held.id,
                kind: one.held.kind,
                campaign: one.held.source,
                subscriber: one.held.subscriber,
                address: &bounce.address,
                class: bounce.class,
            }),
            _ => None,
        })
        .collect();
    if !refused.is_empty() {
        bounces::record_refused(ctx, tx, &refused, &mut totals).await?;
    }
    let mut sandboxed = Vec::new();
    let mut recorded: std::collections::BTreeMap<_, Vec<NewEvent>> =
        std::collections::BTreeMap::new();
    let mut single: std::collections::BTreeMap<_, Vec<NewEvent>> =
        std::collections::BTreeMap::new();
    for one in finished {
        let late = corrected.contains(&one.held.id);
        if !late && !written.contains(&one.held.id) {
            continue;
        }
        if matches!(one.finish, Finish::Sandboxed { .. }) {
            sandboxed.push((ctx.ids.next::<i64>(), one));
        }
        match one.held.kind {
            Kind::Campaign => {}
            Kind::Test => continue,
            Kind::Transactional => {
                if let Some(event) = transactional::event_of(one) {
                    single.entry(one.held.account).or_default().push(event);
                }
                continue;
            }
        }
        let (name, event) = match &one.finish {
            Finish::Sent { .. } | Finish::Sandboxed { .. } => {
                (Some(total::SENT), Some((events::kind::MESSAGE_SENT, None)))
            }
            Finish::Failed { text, .. } => (
                Some(total::FAILED),
                Some((events::kind::MESSAGE_FAILED, Some(text))),
            ),
            Finish::Deferred { .. } => (Some(total::DEFERRED), None),
            Finish::Skipped { .. } => (Some(total::SKIPPED), None),
            Finish::Unknown { .. } => (Some(total::UNKNOWN), None),
            Finish::Returned { .. } => (None, None),
        };
        if let Some(name) = name {
            totals.add(one.held.account, one.held.source, name, 1);
            totals.add_variant(one.held.account, one.held.source, one.held.variant, name, 1);
        }
        if late {
            totals.add(one.held.account, one.held.source, total::UNKNOWN, -1);
            let variant = one.held.variant;
            totals.add_variant(
                one.held.account,
                one.held.source,
                variant,
                total::UNKNOWN,
                -1,
            );
        }
        if let Some((kind, text)) = event {
            recorded
                .entry(one.held.account)
                .or_default()
                .push(NewEvent {
                    kind,
                    subscriber: Some(one.held.subscriber.get()),
                    subject: Some(one.held.source),
                    at: None,
                    body: match text {
                        Some(text) => json!({ "message_id": one.held.id, "text": text }),
                        None => json!({ "message_id": one.held.id }),
                    },
                });
        }
    }
    store::insert_sandboxed(tx, &sandboxed, now).await?;
    for (account, events) in recorded {
        events::record(ctx, tx, account, &events).await?;
    }
    for (account, events) in single {
        transactional::record(ctx, tx, account, &events).await?;
    }
    totals.write(tx, now).await?;
    for one in finished {
        if let Some(outcome) = metric_of(&one.finish) {
            metrics::counter!("messages_finished_total", "outcome" => outcome).increment(1);
        }
    }
    Ok(())
}

fn metric_of(finish: &Finish) -> Option<&'static str> {
    match finish {
        Finish::Sent { .. } | Finish::Sandboxed { .. } => Some("sent"),
        Finish::Deferred { .. } => Some("deferred"),
        Finish::Failed { .. } => Some("failed"),
        Finish::Skipped { .. } => Some("skipped"),
        Finish::Unknown { .. } => Some("unknown"),
        Finish::Returned { .. } => None,
    }
}
