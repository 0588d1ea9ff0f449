//! Takes due messages from the queue, fairly, as the transports have room.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use ctx::Ctx;
use db::Topic;
use kernel::{AccountId, Result};
use tokio::time::Instant;

use super::committer;
use super::merge;
use super::plan::{Plan, Plans};
use super::pool::{Lane, Pool, Pools, Ready};
use super::shown;
use super::strain::Change;
use crate::Config;
use crate::campaigns::store as campaigns;
use crate::campaigns::{CampaignId, RevisionId};
use crate::limits::{self, Gate, Through};
use crate::messages::{Claimed, Finish, Finished, Kind, MessageId, store};
use crate::transactional::{self, Envelope};

/// Most messages of one claim.
const BATCH: usize = 256;
/// The net below the hints: how long a message that became due can go unnoticed.
const POLL: Duration = Duration::from_secs(1);

/// Claims until the process stops. Each lane has a task of its own: what is urgent waits for no batch of a campaign.
pub(super) async fn run(ctx: &Ctx, config: &Config) {
    let (their_ctx, their_config) = (ctx.clone(), config.clone());
    let urgent = ctx.tasks.spawn(async move {
        run_lane(&their_ctx, &their_config, Lane::Urgent).await;
    });
    run_lane(ctx, config, Lane::Bulk).await;
    if let Err(error) = urgent.await {
        tracing::error!(%error, "the lane of transactional messages broke down");
    }
}

async fn run_lane(ctx: &Ctx, config: &Config, lane: Lane) {
    let mut claimer = Claimer::new(ctx, config, lane);
    let mut hints = ctx.db.wakeups(Topic::Messages);
    let space = claimer.pools.space();
    while !ctx.shutdown.is_cancelled() {
        match claimer.pass().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot claim messages; trying again"
                );
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
        tokio::select! {
            () = hints.wait(POLL) => {}
            () = space.notified() => {}
            () = ctx.shutdown.cancelled() => {}
        }
    }
    claimer.wait_for_connections().await;
}

/// Claims until nothing is due and every connection is idle.
pub(super) async fn run_until_idle(ctx: &Ctx, config: &Config) -> Result<()> {
    for lane in [Lane::Urgent, Lane::Bulk] {
        lane_until_idle(ctx, config, lane).await?;
    }
    Ok(())
}

async fn lane_until_idle(ctx: &Ctx, config: &Config, lane: Lane) -> Result<()> {
    let mut claimer = Claimer::new(ctx, config, lane);
    let space = claimer.pools.space();
    while !ctx.shutdown.is_cancelled() {
        if claimer.pass().await? {
            continue;
        }
        if claimer.pools.all_idle() {
            // What came back to the queue while the last messages finished, and campaigns that ended with them.
            claimer.looked_at.clear();
            if !claimer.pass().await? && claimer.pools.all_idle() {
                break;
            }
        } else {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
                () = space.notified() => {}
            }
        }
    }
    Ok(())
}

/// What one claim leased and may be sent.
#[derive(Default)]
struct Leased {
    eligible: Vec<Eligible>,
    fresh_until: Option<Instant>,
}

/// A message that may be sent, and what it is made from.
struct Eligible {
    message: Claimed,
    values: Option<audience::subscribers::MergeValues>,
    envelope: Option<Box<Envelope>>,
}

/// Which messages are made from one plan.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PlanKey {
    /// Those of one content, and of one variant of an A/B test.
    Shared(i64, Option<i64>),
    /// A message with an envelope of its own.
    Own(MessageId),
}

impl Eligible {
    fn plan_key(&self) -> PlanKey {
        match self.envelope {
            Some(_) => PlanKey::Own(self.message.held.id),
            None => PlanKey::Shared(self.message.revision, self.message.held.variant),
        }
    }
}

struct Claimer {
    lane: Lane,
    ctx: Ctx,
    config: Config,
    pools: Pools,
    plans: Plans,
    /// Where the last pass ended, so that the next begins behind it.
    last_account: Option<AccountId>,
    last_campaign: HashMap<AccountId, i64>,
    /// When it was last looked whether a campaign has ended.
    looked_at: HashMap<i64, Instant>,
    /// Perhaps leased to this node, but in no queue: the database did not say whether a claim took effect, or what is
    /// needed to send them could not be read.
    strays: Vec<MessageId>,
}

impl Claimer {
    fn new(ctx: &Ctx, config: &Config, lane: Lane) -> Self {
        Self {
            lane,
            pools: Pools::new(ctx, config, lane),
            ctx: ctx.clone(),
            config: config.clone(),
            plans: Plans::default(),
            last_account: None,
            last_campaign: HashMap::new(),
            looked_at: HashMap::new(),
            strays: Vec::new(),
        }
    }

    /// One batch for one campaign of each account, accounts in turn: a long list delays nobody else's. Whether any
    /// message was claimed.
    async fn pass(&mut self) -> Result<bool> {
        self.give_back_strays().await?;
        self.rest_domains().await?;
        let mut tx = self.ctx.read().await?;
        let sources = match self.lane {
            Lane::Bulk => store::sources(&mut tx).await?,
            Lane::Urgent => store::urgent_sources(&mut tx, self.ctx.clock.now()).await?,
        };
        drop(tx);
        let mut by_account: BTreeMap<AccountId, Vec<(Kind, i64)>> = BTreeMap::new();
        for (account, kind, source) in sources {
            by_account.entry(account).or_default().push((kind, source));
        }
        let mut accounts: Vec<AccountId> = by_account.keys().copied().collect();
        if let Some(last) = self.last_account {
            let behind = accounts.partition_point(|account| *account <= last);
            accounts.rotate_left(behind);
        }
        let mut claimed_any = false;
        for account in accounts {
            let mut sources = by_account.remove(&account).unwrap_or_default();
            if let Some(last) = self.last_campaign.get(&account) {
                let behind = sources
                    .iter()
                    .position(|(_, source)| source == last)
                    .map_or(0, |at| at + 1);
                let turns = behind % sources.len().max(1);
                sources.rotate_left(turns);
            }
            for (kind, source) in sources {
                if self.ctx.shutdown.is_cancelled() {
                    return Ok(claimed_any);
                }
                // One broken campaign must not stop the others.
                match self.claim(account, kind, source).await {
                    Ok(0) => {}
                    Ok(_) => {
                        self.last_account = Some(account);
                        self.last_campaign.insert(account, source);
                        claimed_any = true;
                        break;
                    }
                    Err(error @ kernel::Error::Unavailable { .. }) => return Err(error),
                    Err(error) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        campaign = source,
                        "cannot claim messages of a campaign"
                    ),
                }
            }
        }
        Ok(claimed_any)
    }

    /// A lease that nobody holds would last as long as this process.
    async fn give_back_strays(&mut self) -> Result<()> {
        if self.strays.is_empty() {
            return Ok(());
        }
        let mut tx = self.ctx.write().await?;
        store::release_some(&mut tx, self.ctx.node.epoch(), &self.strays).await?;
        tx.commit().await?;
        self.strays.clear();
        Ok(())
    }

    /// Domains that must be left alone, and those that need not be any more.
    async fn rest_domains(&mut self) -> Result<()> {
        for change in self.pools.strain.take() {
            match change {
                Change::Rest(account, domain) => {
                    let pause = limits::rest(&self.ctx, account, &domain).await?;
                    tracing::info!(
                        domain,
                        pause_s = pause.as_secs(),
                        "a domain says \"later\"; it rests"
                    );
                }
                Change::Relieved(account, domain) => {
                    limits::relieve(&self.ctx, account, &domain).await?;
                }
            }
        }
        Ok(())
    }

    async fn claim(&mut self, account: AccountId, kind: Kind, source: i64) -> Result<usize> {
        let mut queue = store::Queue {
            account,
            kind,
            source,
            revision: None,
        };
        if kind == Kind::Transactional {
            let pool = self.pools.get(account, None).await?;
            let limit = pool.room().min(BATCH);
            let (claimed, leased) = self.lease_urgent(queue, &pool, limit).await?;
            self.queue(queue, &pool, leased).await?;
            return Ok(claimed);
        }
        let id = CampaignId::from(source);
        let mut tx = self.ctx.read().await?;
        let Some(campaign) = campaigns::find(&mut tx, account, id).await? else {
            return Ok(0);
        };
        drop(tx);
        let pool = self.pools.get(account, campaign.transport).await?;
        let limit = pool.room().min(BATCH);
        if limit == 0 {
            return Ok(0);
        }
        // The variants of an A/B test keep theirs; so do tests.
        queue.revision = campaign
            .revision
            .filter(|_| kind == Kind::Campaign && campaign.ab.is_none());
        let senders = campaign.sender_addresses();
        let (claimed, leased) = self.lease(queue, &senders, &pool, limit).await?;
        if claimed == 0 {
            if kind == Kind::Campaign && campaign.snapshot_done {
                self.end_if_done(account, id).await?;
            }
            return Ok(0);
        }
        self.queue(queue, &pool, leased).await?;
        Ok(claimed)
    }

    /// Leases a batch, and finishes those who may not get mail any more in the same transaction.
    async fn lease(
        &mut self,
        queue: store::Queue,
        senders: &[&str],
        pool: &Pool,
        limit: usize,
    ) -> Result<(usize, Leased)> {
        let ctx = &self.ctx;
        let (epoch, now) = (ctx.node.epoch(), ctx.clock.now());
        let mut tx = ctx.write().await?;
        let through = Through {
            transport: pool.transport,
            per_second: pool.per_second,
            senders,
        };
        let mut gate = Gate::open(&mut tx, queue.account, through, now).await?;
        let limit = limit.min(gate.room());
        if limit == 0 {
            return Ok((0, Leased::default()));
        }
        let claimed = store::claim(&mut tx, queue, epoch, now, limit).await?;
        let count = claimed.len();
        if count == 0 {
            return Ok((0, Leased::default()));
        }
        let (mut eligible, mut others) = sort_out(ctx, &mut tx, queue.account, claimed).await?;
        let addresses: Vec<&str> = eligible.iter().map(|one| &*one.message.address).collect();
        let mut later = gate.admit(&mut tx, &addresses).await?.into_iter();
        eligible.retain(|one| match later.next().flatten() {
            None => true,
            Some(not_before) => {
                others.push(Finished {
                    held: one.message.held,
                    finish: Finish::Returned {
                        not_before,
                        text: None,
                    },
                });
                false
            }
        });
        if !others.is_empty() {
            committer::record(ctx, &mut tx, epoch, now, &others).await?;
        }
        self.commit(tx, &eligible).await?;
        let fresh_until = gate.counts().then(|| Instant::now() + limits::SLACK);
        Ok((
            count,
            Leased {
                eligible,
                fresh_until,
            },
        ))
    }

    /// The same for transactional messages: limits count them, but do not hold them up.
    async fn lease_urgent(
        &mut self,
        queue: store::Queue,
        pool: &Pool,
        limit: usize,
    ) -> Result<(usize, Leased)> {
        if limit == 0 {
            return Ok((0, Leased::default()));
        }
        let ctx = &self.ctx;
        let (epoch, now) = (ctx.node.epoch(), ctx.clock.now());
        let mut tx = ctx.write().await?;
        let claimed = store::claim(&mut tx, queue, epoch, now, limit).await?;
        let count = claimed.len();
        if count == 0 {
            return Ok((0, Leased::default()));
        }
        let ids: Vec<MessageId> = claimed.iter().map(|message| message.held.id).collect();
        let mut envelopes = transactional::envelopes(&mut tx, queue.account, &ids).await?;
        let (mut eligible, mut others) = sort_out(ctx, &mut tx, queue.account, claimed).await?;
        eligible.retain_mut(|one| {
            one.envelope = envelopes.remove(&one.message.held.id).map(Box::new);
            if one.envelope.is_none() {
                others.push(Finished {
                    held: one.message.held,
                    finish: Finish::Skipped {
                        reason: "forgotten",
                    },
                });
            }
            one.envelope.is_some()
        });
        let senders: BTreeSet<&str> = eligible
            .iter()
            .filter_map(|one| Some(&*one.envelope.as_ref()?.sender_email))
            .collect();
        let senders: Vec<&str> = senders.into_iter().collect();
        let through = Through {
            transport: pool.transport,
            per_second: pool.per_second,
            senders: &senders,
        };
        let gate = Gate::open(&mut tx, queue.account, through, now).await?;
        let addresses: Vec<&str> = eligible.iter().map(|one| &*one.message.address).collect();
        gate.count(&mut tx, &addresses).await?;
        if !others.is_empty() {
            committer::record(ctx, &mut tx, epoch, now, &others).await?;
        }
        self.commit(tx, &eligible).await?;
        Ok((
            count,
            Leased {
                eligible,
                fresh_until: None,
            },
        ))
    }

    async fn commit(&mut self, tx: db::WriteTx, eligible: &[Eligible]) -> Result<()> {
        if let Err(error) = tx.commit().await {
            // It may have taken effect all the same.
            self.strays
                .extend(eligible.iter().map(|one| one.message.held.id));
            return Err(error.into());
        }
        Ok(())
    }

    async fn queue(&mut self, queue: store::Queue, pool: &Arc<Pool>, leased: Leased) -> Result<()> {
        let mut plans: HashMap<PlanKey, Arc<Plan>> = HashMap::new();
        let Leased {
            eligible,
            fresh_until,
        } = leased;
        let ready = self.prepare(queue, &eligible, &mut plans).await;
        let shown = match ready {
            Ok(shown) => shown,
            Err(error) => {
                let ids = eligible.iter().map(|one| one.message.held.id);
                self.strays.extend(ids);
                return Err(error);
            }
        };
        for one in eligible {
            let Some(plan) = plans.get(&one.plan_key()).cloned() else {
                continue;
            };
            let Eligible {
                message,
                values,
                envelope,
            } = one;
            let mut values = match &values {
                Some(values) => merge::values(values, &plan.around),
                None => {
                    content::Values::new(&content::Person::nobody(&message.address), &plan.around)
                }
            };
            plan.merge_into(&mut values);
            let held = &message.held;
            plan.invite(&mut values, queue.account, held.kind, held.subscriber);
            if let Some(own) = &envelope {
                own.merge_into(&mut values);
            }
            if let Some(bits) = shown.get(&message.held.id) {
                shown::tell(&mut values, plan.compiled.conditions(), *bits);
            }
            pool.push(Ready {
                message,
                plan,
                values,
                envelope,
                fresh_until,
            })
            .await;
        }
        Ok(())
    }

    async fn plan_of(&self, queue: store::Queue, one: &Eligible) -> Result<Arc<Plan>> {
        let (ctx, config, account) = (&self.ctx, &self.config, queue.account);
        let revision = RevisionId::from(one.message.revision);
        if let Some(own) = &one.envelope {
            let from = &own.sender_email;
            self.plans
                .transactional(ctx, config, account, revision, from)
                .await
        } else {
            let campaign = CampaignId::from(queue.source);
            let variant = one.message.held.variant;
            self.plans
                .get(ctx, config, account, campaign, revision, variant)
                .await
        }
    }

    /// Makes the plans that a batch needs, and decides which of their blocks the recipients see.
    async fn prepare(
        &self,
        queue: store::Queue,
        eligible: &[Eligible],
        plans: &mut HashMap<PlanKey, Arc<Plan>>,
    ) -> Result<HashMap<MessageId, i64>> {
        let account = queue.account;
        for one in eligible {
            let key = one.plan_key();
            if let std::collections::hash_map::Entry::Vacant(e) = plans.entry(key) {
                e.insert(self.plan_of(queue, one).await?);
            }
        }
        let mut decided = HashMap::new();
        if plans
            .values()
            .all(|plan| plan.compiled.conditions().is_empty())
        {
            return Ok(decided);
        }
        let mut tx = self.ctx.write().await?;
        for (key, plan) in plans {
            let conditions = plan.compiled.conditions();
            if conditions.is_empty() {
                continue;
            }
            let theirs = || {
                eligible
                    .iter()
                    .filter(|one| one.plan_key() == *key)
                    .map(|one| &one.message)
            };
            let people: Vec<_> = theirs().map(|message| message.held.subscriber).collect();
            let shown = shown::decide(&self.ctx, &mut tx, account, conditions, &people).await?;
            for message in theirs() {
                let bits = shown.get(&message.held.subscriber).copied().unwrap_or(0);
                decided.insert(message.held.id, bits);
            }
        }
        let bits = decided.iter().map(|(message, bits)| (*message, *bits));
        store::shown::keep(&mut tx, account, bits).await?;
        tx.commit().await?;
        Ok(decided)
    }

    /// A campaign ends when no message of it is under way: looked for at most once a second.
    async fn end_if_done(&mut self, account: AccountId, id: CampaignId) -> Result<()> {
        let now = Instant::now();
        let looked = self.looked_at.insert(id.get(), now);
        if looked.is_some_and(|at| now.duration_since(at) < Duration::from_millis(200)) {
            return Ok(());
        }
        if crate::campaigns::finish_if_done(&self.ctx, account, id).await? {
            self.looked_at.remove(&id.get());
        }
        Ok(())
    }

    /// After a stop: the connections finish what they hold.
    async fn wait_for_connections(self) {
        let until = Instant::now() + Duration::from_secs(8);
        let pools = self.pools;
        while !pools.nothing_in_hand() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Those who may get their message, with their values, and the others.
async fn sort_out(
    ctx: &Ctx,
    tx: &mut db::WriteTx,
    account: AccountId,
    claimed: Vec<Claimed>,
) -> Result<(Vec<Eligible>, Vec<Finished>)> {
    let people: Vec<_> = claimed.iter().map(|m| m.held.subscriber).collect();
    let mut known = audience::subscribers::merge_values(tx, account, &people).await?;
    // Of every kind: whoever complained or was erased gets no mail at all.
    let suppressed = suppressed(ctx, tx, account, &claimed).await?;
    let mut eligible = Vec::with_capacity(claimed.len());
    let mut others = Vec::new();
    for (place, message) in claimed.into_iter().enumerate() {
        // A person may get several transactional messages.
        let values = match message.held.kind {
            Kind::Transactional => known.get(&message.held.subscriber).cloned(),
            _ => known.remove(&message.held.subscriber),
        };
        match reason_to_skip(&message, values.as_ref(), suppressed.contains(&place)) {
            None => eligible.push(Eligible {
                message,
                values,
                envelope: None,
            }),
            Some(reason) => others.push(Finished {
                held: message.held,
                finish: Finish::Skipped { reason },
            }),
        }
    }
    Ok((eligible, others))
}

fn reason_to_skip(
    message: &Claimed,
    values: Option<&audience::subscribers::MergeValues>,
    is_suppressed: bool,
) -> Option<&'static str> {
    if message.held.kind == Kind::Test {
        return is_suppressed.then_some("suppressed");
    }
    if message.held.kind == Kind::Transactional {
        use audience::subscribers::Status;
        // Who unsubscribed from news still gets the receipt of what they bought; who cannot be reached does not.
        return match values.map(|values| values.subscriber.status) {
            _ if is_suppressed => Some("suppressed"),
            Some(status @ (Status::Bounced | Status::Suppressed)) => Some(status.as_str()),
            None if message.held.subscriber.get() != 0 => Some("deleted"),
            _ => None,
        };
    }
    let Some(values) = values else {
        return Some("deleted");
    };
    if is_suppressed {
        return Some("suppressed");
    }
    if values.subscriber.status != audience::subscribers::Status::Active {
        return Some(values.subscriber.status.as_str());
    }
    None
}

/// Which of these, by their place, have an address that must not be written to.
async fn suppressed(
    ctx: &Ctx,
    tx: &mut db::Tx,
    account: AccountId,
    claimed: &[Claimed],
) -> Result<HashSet<usize>> {
    let folded: Vec<String> = claimed.iter().map(|m| kernel::fold(&m.address)).collect();
    let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
    audience::suppressions::suppressed_in(ctx, tx, account, &folded).await
}
