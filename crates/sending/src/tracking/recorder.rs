//! Writes hits: each before it is answered, many in one transaction.

use std::collections::BTreeMap;

use ctx::Ctx;
use db::LockClass;
use events::NewEvent;
use kernel::{AccountId, Error, Result};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::model::{Class, Hit, HitKind};
use super::store::{self, LinkCounts, NewHit};
use super::targets::{Found, Targets};
use crate::messages::store::Totals;
use crate::messages::{Kind, MessageId, total};

/// Most hits of one transaction, and most that wait.
const BATCH: usize = 512;

/// A handle on the recording task. Clones share it.
#[derive(Clone)]
pub(super) struct Recorder(mpsc::Sender<(Hit, oneshot::Sender<bool>)>);

impl Recorder {
    /// Starts the task; it ends with the last handle.
    pub(super) fn start(ctx: &Ctx) -> Self {
        let (sender, receiver) = mpsc::channel(BATCH);
        ctx.tasks.spawn(run(ctx.clone(), receiver));
        Self(sender)
    }

    /// Returns when the hit is durable.
    pub(super) async fn record(&self, hit: Hit) -> Result<()> {
        let gone = || Error::Unavailable {
            message: "the server is stopping; try again".to_owned(),
            source: None,
        };
        let (done, answer) = oneshot::channel();
        self.0.send((hit, done)).await.map_err(|_| gone())?;
        match answer.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::Unavailable {
                message: "the database is not available; try again".to_owned(),
                source: None,
            }),
            Err(_) => Err(gone()),
        }
    }
}

async fn run(ctx: Ctx, mut receiver: mpsc::Receiver<(Hit, oneshot::Sender<bool>)>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut targets = Targets::default();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (hits, waiting): (Vec<Hit>, Vec<_>) = batch.drain(..).unzip();
        let written = match write(&ctx, &mut targets, &hits).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    hits = hits.len(),
                    "cannot record opens and clicks"
                );
                false
            }
        };
        for done in waiting {
            // Whoever asked may have hung up.
            let _ = done.send(written);
        }
    }
}

/// Hits, what they mean as events, and the roll-ups, in one transaction.
pub(super) async fn write(ctx: &Ctx, targets: &mut Targets, hits: &[Hit]) -> Result<()> {
    let mut by_account: BTreeMap<AccountId, Vec<&Hit>> = BTreeMap::new();
    for hit in hits {
        // A test is nobody's activity.
        if hit.subject.kind == Kind::Campaign {
            by_account.entry(hit.subject.account).or_default().push(hit);
        }
    }
    if by_account.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.write().await?;
    let mut totals = Totals::default();
    let mut found = Found::default();
    let mut links: BTreeMap<(AccountId, i64, u16), LinkCounts> = BTreeMap::new();
    for (account, hits) in by_account {
        // Two nodes must not both take the same person's hit for the first one.
        let mut campaigns: Vec<i64> = hits.iter().map(|hit| hit.subject.campaign).collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        for campaign in campaigns {
            tx.lock(LockClass::CampaignHits, campaign).await?;
        }
        let mut messages: Vec<MessageId> = hits.iter().map(|hit| hit.subject.message).collect();
        messages.sort_unstable();
        messages.dedup();
        let mut seen = store::seen(&mut tx, account, &messages).await?;

        let known = targets.of(ctx, &mut tx, account, &hits, &mut found).await?;
        let mut rows = Vec::with_capacity(hits.len());
        let mut recorded = Vec::with_capacity(hits.len());
        for hit in hits {
            let human = hit.class == Class::Human;
            let key = (hit.subject.message, hit.kind, hit.link.map(i64::from));
            let first_of_kind = human && seen.insert((hit.subject.message, hit.kind, None));
            // For an open, the key without a link is the same key.
            let first_of_link = if hit.link.is_some() {
                human && seen.insert(key)
            } else {
                first_of_kind
            };
            count(&mut totals, &mut links, hit, first_of_kind, first_of_link);
            let target = hit
                .link
                .and_then(|link| known.get(&(hit.subject.revision.into(), link)));
            recorded.push(event_of(hit, target.copied()));
            rows.push(NewHit {
                id: ctx.ids.next(),
                hit,
                is_first: first_of_link,
            });
        }
        store::insert_hits(&mut tx, &rows).await?;
        events::record(ctx, &mut tx, account, &recorded).await?;
    }
    store::add_link_counts(&mut tx, &links).await?;
    totals.write(&mut tx, ctx.clock.now()).await?;
    tx.commit().await?;
    targets.remember(found);
    Ok(())
}

fn count(
    totals: &mut Totals,
    links: &mut BTreeMap<(AccountId, i64, u16), LinkCounts>,
    hit: &Hit,
    first_of_kind: bool,
    first_of_link: bool,
) {
    let (account, campaign) = (hit.subject.account, hit.subject.campaign);
    let human = hit.class == Class::Human;
    let (all, unique, machine) = match hit.kind {
        HitKind::Open => (total::OPENS, total::UNIQUE_OPENS, total::MACHINE_OPENS),
        HitKind::Click => (total::CLICKS, total::UNIQUE_CLICKS, total::MACHINE_CLICKS),
    };
    totals.add(account, campaign, if human { all } else { machine }, 1);
    if first_of_kind {
        totals.add(account, campaign, unique, 1);
        totals.add_variant(account, campaign, hit.subject.variant, unique, 1);
    }
    if let Some(link) = hit.link {
        let counts = links.entry((account, campaign, link)).or_default();
        if human {
            counts.clicks += 1;
            counts.unique += i64::from(first_of_link);
        } else {
            counts.machine += 1;
        }
    }
}

fn event_of(hit: &Hit, target: Option<i64>) -> NewEvent {
    let kind = match (hit.kind, hit.class) {
        (HitKind::Open, Class::Human) => events::kind::MESSAGE_OPENED,
        (HitKind::Open, Class::Machine) => events::kind::MESSAGE_OPENED_BY_MACHINE,
        (HitKind::Click, Class::Human) => events::kind::MESSAGE_CLICKED,
        (HitKind::Click, Class::Machine) => events::kind::MESSAGE_CLICKED_BY_MACHINE,
    };
    let message = hit.subject.message;
    NewEvent {
        kind,
        subscriber: Some(hit.subject.subscriber.get()),
        subject: Some(hit.subject.campaign),
        at: Some(hit.at),
        body: match (hit.link, target) {
            (Some(link), Some(target)) => {
                json!({ "message_id": message, "link": link, "target_id": target.to_string() })
            }
            (Some(link), None) => json!({ "message_id": message, "link": link }),
            (None, _) => json!({ "message_id": message }),
        },
    }
}
