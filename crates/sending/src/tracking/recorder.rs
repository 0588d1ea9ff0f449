//! Writes hits: each before it is answered, many in one transaction.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, WriteTx};
use events::NewEvent;
use kernel::{AccountId, Error, Result};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use super::agents::Agents;
use super::bursts;
use super::counts::Counts;
use super::model::{Class, Hit, HitKind, Machine};
use super::store::{self, NewHit};
use super::targets::{Found, Targets};
use crate::messages::{Kind, MessageId};

/// Most hits of one transaction, and most that wait.
const BATCH: usize = 512;

/// A batch of so many says that more are coming, and that it is worth waiting for them: a transaction of a few costs
/// nearly as much as one of many.
const MANY: usize = 8;
const GATHERS: Duration = Duration::from_millis(2);

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
    let mut known = Known::default();
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let (hits, waiting): (Vec<Hit>, Vec<_>) = batch.drain(..).unzip();
        let written = match write(&ctx, &mut known, &hits).await {
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
        let many = waiting.len() >= MANY;
        for done in waiting {
            // Whoever asked may have hung up.
            let _ = done.send(written);
        }
        if many {
            tokio::time::sleep(GATHERS).await;
        }
    }
}

/// What is found out once.
#[derive(Debug, Default)]
pub(super) struct Known {
    targets: Targets,
    agents: Agents,
}

/// Hits, what they mean as events, and the roll-ups, in one transaction.
async fn write(ctx: &Ctx, known: &mut Known, hits: &[Hit]) -> Result<()> {
    let mut by_account: BTreeMap<AccountId, Vec<&Hit>> = BTreeMap::new();
    for hit in hits {
        // A test is nobody's activity.
        if hit.subject.kind != Kind::Test {
            by_account.entry(hit.subject.account).or_default().push(hit);
        }
    }
    if by_account.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.write_urgently().await?;
    let mut counts = Counts::default();
    let mut found = Found::default();
    for (account, hits) in by_account {
        // Two nodes must not both take the same person's hit for the first one.
        let mut campaigns: Vec<i64> = hits.iter().map(|hit| hit.subject.campaign).collect();
        campaigns.sort_unstable();
        campaigns.dedup();
        for campaign in campaigns {
            tx.lock(LockClass::CampaignHits, campaign).await?;
        }
        let bursts = undo_bursts(&mut tx, account, &hits, known, &mut counts).await?;
        let mut messages: Vec<MessageId> = hits.iter().map(|hit| hit.subject.message).collect();
        messages.sort_unstable();
        messages.dedup();
        let mut seen = store::seen(&mut tx, account, &messages).await?;
        counts.settle(&seen);

        let targets = known
            .targets
            .of(ctx, &mut tx, account, &hits, &mut found)
            .await?;
        let mut rows = Vec::with_capacity(hits.len());
        let mut recorded = Vec::with_capacity(hits.len());
        let mut of_messages = Vec::new();
        for hit in hits {
            let in_burst = hit.kind == HitKind::Click && bursts.contains(&hit.subject.message);
            let class = match hit.class {
                Class::Human if in_burst => Class::Machine(Machine::Burst),
                class => class,
            };
            let human = class == Class::Human;
            let key = (hit.subject.message, hit.kind, hit.link.map(i64::from));
            let first_of_kind = human && seen.insert((hit.subject.message, hit.kind, None));
            // For an open, the key without a link is the same key.
            let first_of_link = if hit.link.is_some() {
                human && seen.insert(key)
            } else {
                first_of_kind
            };
            let new = NewHit {
                id: ctx.ids.next(),
                hit,
                class,
                is_first: first_of_link,
            };
            counts.add(
                &new,
                first_of_kind,
                known.agents.of(hit.user_agent.as_deref()),
            );
            let target = hit
                .link
                .and_then(|link| targets.get(&(hit.subject.revision.into(), link)));
            let event = event_of(hit, class, target.copied());
            if hit.subject.kind == Kind::Transactional {
                of_messages.push(event);
            } else {
                recorded.push(event);
            }
            rows.push(new);
        }
        store::insert_hits(&mut tx, &rows).await?;
        events::record(ctx, &mut tx, account, &recorded).await?;
        crate::transactional::record(ctx, &mut tx, account, &of_messages).await?;
    }
    counts.write(&mut tx, ctx.clock.now()).await?;
    tx.commit().await?;
    known.targets.remember(found);
    Ok(())
}

/// Finds links that were followed in a burst, and counts the earlier clicks of it anew.
async fn undo_bursts(
    tx: &mut WriteTx,
    account: AccountId,
    hits: &[&Hit],
    known: &mut Known,
    counts: &mut Counts,
) -> Result<HashSet<MessageId>> {
    let clicked: Vec<MessageId> = bursts::clicked(hits).into_iter().collect();
    let Some(first) = hits
        .iter()
        .map(|hit| hit.at)
        .min()
        .filter(|_| !clicked.is_empty())
    else {
        return Ok(HashSet::new());
    };
    let since = first - bursts::WINDOW;
    let links = store::recent_links(tx, account, &clicked, since).await?;
    let suspects = bursts::suspects(hits, &links);
    if suspects.is_empty() {
        return Ok(HashSet::new());
    }
    let recent = store::recent_clicks(tx, account, &suspects, since).await?;
    let (found, undone) = bursts::find(hits, &recent);
    let ids: Vec<i64> = undone.iter().map(|one| one.id).collect();
    store::set_burst(tx, account, &ids).await?;
    for one in &undone {
        let hit = hits.iter().find(|hit| hit.subject.message == one.message);
        if let Some(hit) = hit {
            let agent = known.agents.of(one.user_agent.as_deref());
            counts.undo(&hit.subject, one, agent);
        }
    }
    Ok(found)
}

fn event_of(hit: &Hit, class: Class, target: Option<i64>) -> NewEvent {
    let kind = match (hit.kind, class) {
        (HitKind::Open, Class::Human) => events::kind::MESSAGE_OPENED,
        (HitKind::Open, Class::Machine(_)) => events::kind::MESSAGE_OPENED_BY_MACHINE,
        (HitKind::Click, Class::Human) => events::kind::MESSAGE_CLICKED,
        (HitKind::Click, Class::Machine(_)) => events::kind::MESSAGE_CLICKED_BY_MACHINE,
    };
    let mut body = json!({ "message_id": hit.subject.message });
    if let Some(link) = hit.link {
        body["link"] = json!(link);
    }
    if let Some(target) = target {
        body["target_id"] = json!(target.to_string());
    }
    if let Some(machine) = class.machine() {
        body["machine"] = json!(machine.as_str());
    }
    if hit.subject.kind == Kind::Transactional {
        body["transactional"] = json!(true);
    }
    NewEvent {
        kind,
        subscriber: Some(hit.subject.subscriber.get()).filter(|id| *id != 0),
        subject: Some(hit.subject.event_subject()),
        at: Some(hit.at),
        body,
    }
}
