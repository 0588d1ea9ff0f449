//! How many messages of a batch may go, and when the others may.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use ctx::Ctx;
use db::{LockClass, WriteTx};
use kernel::{AccountId, Result, Timestamp};

use super::model::{Limit, SPANS, Scope, Span};
use super::store::{self, Pause};
use crate::transports::TransportId;

/// What a batch goes through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Through<'a> {
    /// `None`: the sandbox.
    pub(crate) transport: Option<TransportId>,
    /// A transport's own limit.
    pub(crate) per_second: Option<i64>,
    /// Usually one. When it is not known which of several, a batch counts for each.
    pub(crate) senders: &'a [&'a str],
}

/// The limits that apply to one batch, and what is left of them. In the caller's transaction, from the look at what was
/// used until it is charged: on PostgreSQL a lock keeps other nodes out meanwhile.
pub(crate) struct Gate {
    account: AccountId,
    now: Timestamp,
    /// Of the account, the transport and the sender.
    shared: Vec<Limit>,
    domains: Vec<Limit>,
    pauses: HashMap<String, Pause>,
    room: i64,
}

impl Gate {
    pub(crate) async fn open(
        tx: &mut WriteTx,
        account: AccountId,
        through: Through<'_>,
        now: Timestamp,
    ) -> Result<Self> {
        let all = store::list(tx, account).await?;
        let transport = through.transport.map(|id| id.to_string());
        let (domains, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|limit| limit.scope == Scope::Domain);
        let mut shared: Vec<Limit> = others
            .into_iter()
            .filter(|limit| match limit.scope {
                Scope::Account => true,
                Scope::Transport => Some(&limit.key) == transport.as_ref(),
                Scope::Sender => through
                    .senders
                    .iter()
                    .any(|sender| limit.key.eq_ignore_ascii_case(sender)),
                Scope::Domain => false,
            })
            .collect();
        if let (Some(id), Some(per_second)) = (transport, through.per_second) {
            // Each node keeps the pace of a transport by itself; together they keep it by the minute.
            let most = per_second * 60;
            match shared.iter_mut().find(|l| l.scope == Scope::Transport) {
                Some(limit) => {
                    limit.per_minute = Some(limit.per_minute.map_or(most, |n| n.min(most)));
                }
                None => shared.push(Limit {
                    account,
                    id: 0.into(),
                    scope: Scope::Transport,
                    key: id,
                    per_minute: Some(most),
                    per_hour: None,
                    per_day: None,
                    warm_up: None,
                    created_at: now,
                    updated_at: now,
                }),
            }
        }
        if !shared.is_empty() || !domains.is_empty() {
            tx.lock(LockClass::SendLimits, account.get()).await?;
        }
        let room = room_of(tx, account, &shared, now).await?;
        Ok(Self {
            account,
            now,
            shared,
            domains,
            pauses: HashMap::new(),
            room,
        })
    }

    /// How many messages may be claimed.
    pub(crate) fn room(&self) -> usize {
        usize::try_from(self.room).unwrap_or(0)
    }

    /// Whether what goes through is counted, and so has to be handed over soon.
    pub(crate) fn counts(&self) -> bool {
        !self.shared.is_empty() || !self.domains.is_empty()
    }

    /// Says of each address whether it may get its message now (`None`) or when it is looked at again, and charges those
    /// that go.
    pub(crate) async fn admit(
        &mut self,
        tx: &mut WriteTx,
        addresses: &[&str],
    ) -> Result<Vec<Option<Timestamp>>> {
        self.pauses = store::pauses(tx, self.account, self.now).await?;
        let mut answers = vec![None; addresses.len()];
        if self.pauses.is_empty() && !self.counts() {
            return Ok(answers);
        }
        let mut by_domain: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, address) in addresses.iter().enumerate() {
            by_domain.entry(domain_of(address)).or_default().push(place);
        }
        let rooms = self.domain_rooms(tx, &by_domain).await?;
        let mut changed = Vec::new();
        let mut charges = Vec::new();
        let mut going = 0;
        for (domain, places) in &by_domain {
            let pause = self.pauses.get(domain).copied().unwrap_or_default();
            if pause.resting_until > self.now {
                for place in places {
                    answers[*place] = Some(pause.resting_until);
                }
                continue;
            }
            let Some((limit, room)) = rooms.get(domain) else {
                going += places.len();
                continue;
            };
            let go = places.len().min(usize::try_from(*room).unwrap_or(0));
            going += go;
            for span in SPANS {
                if go > 0 && limit.most(span, self.now).is_some() {
                    charges.push(charge(Scope::Domain, domain, span, self.now, go));
                }
            }
            let late = &places[go..];
            if !late.is_empty() {
                // Each is given a turn of its own, at the pace of the limit, behind those that have one.
                let interval = interval(limit, self.now);
                let mut turn = pause.planned_until.max(self.now);
                for place in late {
                    turn = turn + interval;
                    answers[*place] = Some(turn);
                }
                let planned_until = turn;
                changed.push((
                    &**domain,
                    Pause {
                        planned_until,
                        ..pause
                    },
                ));
            }
        }
        for limit in &self.shared {
            for span in SPANS {
                if going > 0 && limit.most(span, self.now).is_some() {
                    charges.push(charge(limit.scope, &limit.key, span, self.now, going));
                }
            }
        }
        store::charge(tx, self.account, &charges).await?;
        store::set_pauses(tx, self.account, &changed).await?;
        Ok(answers)
    }

    /// Charges what goes in any case.
    pub(crate) async fn count(&self, tx: &mut WriteTx, addresses: &[&str]) -> Result<()> {
        if addresses.is_empty() || !self.counts() {
            return Ok(());
        }
        let mut by_domain: BTreeMap<String, usize> = BTreeMap::new();
        for address in addresses {
            *by_domain.entry(domain_of(address)).or_default() += 1;
        }
        let mut charges = Vec::new();
        for (domain, n) in &by_domain {
            let Some(limit) = self.limit_of(domain) else {
                continue;
            };
            for span in SPANS {
                if limit.most(span, self.now).is_some() {
                    charges.push(charge(Scope::Domain, domain, span, self.now, *n));
                }
            }
        }
        for limit in &self.shared {
            for span in SPANS {
                if limit.most(span, self.now).is_some() {
                    let n = addresses.len();
                    charges.push(charge(limit.scope, &limit.key, span, self.now, n));
                }
            }
        }
        store::charge(tx, self.account, &charges).await?;
        Ok(())
    }

    fn limit_of(&self, domain: &str) -> Option<&Limit> {
        let named = self.domains.iter().find(|limit| limit.key == domain);
        named.or_else(|| self.domains.iter().find(|limit| limit.key == "*"))
    }

    /// The limit of each of these domains, if it has one, and how many may still go there.
    async fn domain_rooms<'a>(
        &'a self,
        tx: &mut WriteTx,
        by_domain: &BTreeMap<String, Vec<usize>>,
    ) -> Result<HashMap<String, (&'a Limit, i64)>> {
        let mut limited = Vec::new();
        for domain in by_domain.keys() {
            if let Some(limit) = self.limit_of(domain) {
                limited.push((domain.as_str(), limit));
            }
        }
        let mut asked = Vec::new();
        for (place, (domain, limit)) in limited.iter().enumerate() {
            for span in SPANS {
                if let Some(most) = limit.most(span, self.now) {
                    let slot = span.first_slot(self.now);
                    asked.push((place, most, (Scope::Domain, *domain, span.index, slot)));
                }
            }
        }
        let questions: Vec<_> = asked.iter().map(|(_, _, question)| *question).collect();
        let used = store::used(tx, self.account, &questions).await?;
        let mut rooms = vec![i64::MAX; limited.len()];
        for ((place, most, _), used) in asked.iter().zip(used) {
            rooms[*place] = rooms[*place].min((most - used).max(0));
        }
        Ok(limited
            .into_iter()
            .zip(rooms)
            .map(|((domain, limit), room)| (domain.to_owned(), (limit, room)))
            .collect())
    }
}

async fn room_of(
    tx: &mut WriteTx,
    account: AccountId,
    limits: &[Limit],
    now: Timestamp,
) -> Result<i64> {
    let mut asked = Vec::new();
    for limit in limits {
        for span in SPANS {
            if let Some(most) = limit.most(span, now) {
                let slot = span.first_slot(now);
                asked.push((most, (limit.scope, limit.key.as_str(), span.index, slot)));
            }
        }
    }
    let questions: Vec<_> = asked.iter().map(|(_, question)| *question).collect();
    let used = store::used(tx, account, &questions).await?;
    let rooms = asked.iter().zip(used).map(|((most, _), used)| most - used);
    Ok(rooms.min().unwrap_or(i64::MAX).max(0))
}

fn charge(
    scope: Scope,
    key: &str,
    span: Span,
    now: Timestamp,
    n: usize,
) -> (Scope, String, i64, i64, i64) {
    (
        scope,
        key.to_owned(),
        span.index,
        span.slot_of(now),
        n as i64,
    )
}

/// The pace that a limit comes to.
fn interval(limit: &Limit, now: Timestamp) -> Duration {
    let micros = SPANS
        .iter()
        .filter_map(|span| Some(span.micros / limit.most(*span, now)?.max(1)))
        .max()
        .unwrap_or(0);
    Duration::from_micros(micros.unsigned_abs())
}

/// The domain of an address, as limits and pauses name it.
pub(crate) fn domain_of(address: &str) -> String {
    address
        .rsplit_once('@')
        .map_or(address, |(_, domain)| domain)
        .to_ascii_lowercase()
}

/// The longest that a domain rests.
const LONGEST_REST: Duration = Duration::from_mins(30);

/// Gives a domain a rest whose servers say "later" to one message after the other: a minute, and twice as long each
/// time until something is accepted there.
pub(crate) async fn rest(ctx: &Ctx, account: AccountId, domain: &str) -> Result<Duration> {
    let now = ctx.clock.now();
    let mut tx = ctx.write().await?;
    let pause = store::pause_of(&mut tx, account, domain).await?;
    let mut pause = pause.unwrap_or_default();
    if pause.resting_until <= now {
        pause.level += 1;
        let doublings = u32::try_from(pause.level - 1).unwrap_or(0).min(5);
        pause.resting_until = now + Duration::from_mins(1 << doublings).min(LONGEST_REST);
        store::set_pauses(&mut tx, account, &[(domain, pause)]).await?;
    }
    tx.commit().await?;
    Ok(pause.resting_until.since(now))
}

/// A domain that had to rest accepts mail again.
pub(crate) async fn relieve(ctx: &Ctx, account: AccountId, domain: &str) -> Result<()> {
    let mut tx = ctx.write().await?;
    if let Some(pause) = store::pause_of(&mut tx, account, domain).await? {
        let (resting_until, level) = (Timestamp::default(), 0);
        let pause = Pause {
            resting_until,
            level,
            ..pause
        };
        store::set_pauses(&mut tx, account, &[(domain, pause)]).await?;
    }
    tx.commit().await?;
    Ok(())
}
