//! Takes due messages from the queue, fairly, as the transports have room.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use ctx::Ctx;
use db::Topic;
use kernel::{AccountId, Result};
use tokio::time::Instant;

use super::committer;
use super::merge;
use super::plan::{Plan, Plans};
use super::pool::{Pool, Pools, Ready};
use super::strain::Change;
use crate::Config;
use crate::campaigns::store as campaigns;
use crate::campaigns::{Campaign, CampaignId, RevisionId};
use crate::limits::{self, Gate, Through};
use crate::messages::{Claimed, Finish, Finished, Kind, MessageId, store};

/// Most messages of one claim.
const BATCH: usize = 256;
/// The net below the hints: how long a message that became due can go unnoticed.
const POLL: Duration = Duration::from_secs(1);

/// Claims until the process stops.
pub(super) async fn run(ctx: &Ctx, config: &Config) {
    let mut claimer = Claimer::new(ctx, config);
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
    let mut claimer = Claimer::new(ctx, config);
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
    eligible: Vec<(Claimed, Option<audience::subscribers::MergeValues>)>,
    fresh_until: Option<Instant>,
}

struct Claimer {
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
    fn new(ctx: &Ctx, config: &Config) -> Self {
        Self {
            pools: Pools::new(ctx, config),
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
        let sources = store::sources(&mut tx).await?;
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
        let (claimed, eligible) = self.lease(&campaign, kind, &pool, limit).await?;
        if claimed == 0 {
            if kind == Kind::Campaign && campaign.snapshot_done {
                self.end_if_done(account, id).await?;
            }
            return Ok(0);
        }
        self.queue(account, id, &pool, eligible).await?;
        Ok(claimed)
    }

    /// Leases a batch, and finishes those who may not get mail any more in the same transaction.
    async fn lease(
        &mut self,
        campaign: &Campaign,
        kind: Kind,
        pool: &Pool,
        limit: usize,
    ) -> Result<(usize, Leased)> {
        let ctx = &self.ctx;
        let (account, source) = (campaign.account, campaign.id.get());
        let (epoch, now) = (ctx.node.epoch(), ctx.clock.now());
        let mut tx = ctx.write().await?;
        let senders = campaign.sender_addresses();
        let through = Through {
            transport: pool.transport,
            per_second: pool.per_second,
            senders: &senders,
        };
        let mut gate = Gate::open(&mut tx, account, through, now).await?;
        let limit = limit.min(gate.room());
        if limit == 0 {
            return Ok((0, Leased::default()));
        }
        let queue = store::Queue {
            account,
            kind,
            source,
            // The variants of an A/B test keep theirs; so do tests.
            revision: campaign
                .revision
                .filter(|_| kind == Kind::Campaign && campaign.ab.is_none()),
        };
        let claimed = store::claim(&mut tx, queue, epoch, now, limit).await?;
        let count = claimed.len();
        if count == 0 {
            return Ok((0, Leased::default()));
        }
        let people: Vec<_> = claimed.iter().map(|m| m.held.subscriber).collect();
        let mut known = audience::subscribers::merge_values(&mut tx, account, &people).await?;
        // Tests too: whoever complained or was erased gets no mail of any kind.
        let suppressed = suppressed(ctx, &mut tx, account, &claimed).await?;
        let mut eligible = Vec::with_capacity(count);
        let mut others = Vec::new();
        for (place, message) in claimed.into_iter().enumerate() {
            let values = known.remove(&message.held.subscriber);
            match reason_to_skip(&message, values.as_ref(), suppressed.contains(&place)) {
                None => eligible.push((message, values)),
                Some(reason) => others.push(Finished {
                    held: message.held,
                    finish: Finish::Skipped { reason },
                }),
            }
        }
        let addresses: Vec<&str> = eligible
            .iter()
            .map(|(m, _): &(Claimed, _)| &*m.address)
            .collect();
        let mut later = gate.admit(&mut tx, &addresses).await?.into_iter();
        eligible.retain(|(message, _)| match later.next().flatten() {
            None => true,
            Some(not_before) => {
                others.push(Finished {
                    held: message.held,
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
        if let Err(error) = tx.commit().await {
            // It may have taken effect all the same.
            self.strays.extend(eligible.iter().map(|(m, _)| m.held.id));
            return Err(error.into());
        }
        let fresh_until = gate.counts().then(|| Instant::now() + limits::SLACK);
        Ok((
            count,
            Leased {
                eligible,
                fresh_until,
            },
        ))
    }

    async fn queue(
        &mut self,
        account: AccountId,
        campaign: CampaignId,
        pool: &Arc<Pool>,
        leased: Leased,
    ) -> Result<()> {
        let mut plans: HashMap<(i64, Option<i64>), Arc<Plan>> = HashMap::new();
        let Leased {
            eligible,
            fresh_until,
        } = leased;
        let mut eligible = eligible.into_iter();
        while let Some((message, values)) = eligible.next() {
            let key = (message.revision, message.held.variant);
            let plan = if let Some(plan) = plans.get(&key) {
                plan.clone()
            } else {
                let revision = RevisionId::from(message.revision);
                let plan = self
                    .plans
                    .get(&self.ctx, &self.config, account, campaign, revision, key.1)
                    .await;
                match plan {
                    Ok(plan) => plans.entry(key).or_insert(plan).clone(),
                    Err(error) => {
                        self.strays.push(message.held.id);
                        self.strays.extend(eligible.map(|(m, _)| m.held.id));
                        return Err(error);
                    }
                }
            };
            let values = match &values {
                Some(values) => merge::values(values, &plan.around),
                None => {
                    content::Values::new(&content::Person::nobody(&message.address), &plan.around)
                }
            };
            pool.push(Ready {
                message,
                plan,
                values,
                fresh_until,
            })
            .await;
        }
        Ok(())
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

fn reason_to_skip(
    message: &Claimed,
    values: Option<&audience::subscribers::MergeValues>,
    is_suppressed: bool,
) -> Option<&'static str> {
    if message.held.kind == Kind::Test {
        return is_suppressed.then_some("suppressed");
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
