//! Choosing and leasing due jobs, in turns between accounts.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ctx::Ctx;
use db::WriteTx;
use kernel::AccountId;

use crate::job::JobId;
use crate::store::{self, Claimed, Due};

/// How many due jobs are looked at. A longer queue is a flood, and then each account's first job is looked up too.
const WINDOW: usize = 256;

/// How many jobs of each account this node runs already.
pub(crate) type Load = HashMap<Option<AccountId>, usize>;

/// What a claim got.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    /// The leased jobs, in the order of their due times.
    pub(crate) jobs: Vec<Claimed>,
    /// Another node was faster for some: it is worth trying again at once.
    pub(crate) contended: bool,
}

/// Leases up to `slots` due jobs of these kinds.
pub(crate) async fn claim(
    ctx: &Ctx,
    tx: &mut WriteTx,
    kinds: &[&'static str],
    slots: usize,
    load: &Load,
) -> db::Result<Claim> {
    if slots == 0 || kinds.is_empty() {
        return Ok(Claim::default());
    }
    let now = ctx.clock.now();
    let mut candidates = store::due(tx, now, kinds, WINDOW.max(slots)).await?;
    if candidates.len() >= WINDOW {
        candidates.extend(store::first_due_of_each_account(tx, now, kinds).await?);
    }
    let picked = in_turns(candidates, load, slots);
    if picked.is_empty() {
        return Ok(Claim::default());
    }
    let mut jobs = store::lease(tx, ctx.node.epoch(), now, &picked).await?;
    jobs.sort_by_key(|job| (job.due, job.id));
    Ok(Claim {
        contended: jobs.len() < picked.len(),
        jobs,
    })
}

/// Gives each slot to the account that has the fewest, running or just picked; among equals to the job that is due
/// first. With one account this is the order of the due times.
fn in_turns(mut candidates: Vec<Due>, load: &Load, slots: usize) -> Vec<JobId> {
    candidates.sort_by_key(|job| (job.at, job.id));
    candidates.dedup_by_key(|job| job.id);
    let mut waiting: BTreeMap<Option<AccountId>, VecDeque<Due>> = BTreeMap::new();
    for job in candidates {
        waiting.entry(job.account).or_default().push_back(job);
    }
    let mut load = load.clone();
    let mut picked = Vec::with_capacity(slots);
    while picked.len() < slots {
        let next = waiting
            .iter()
            .filter_map(|(account, jobs)| Some((account, jobs.front()?)))
            .min_by_key(|(account, job)| (load.get(account).copied().unwrap_or(0), job.at, job.id))
            .map(|(account, _)| *account);
        let Some(job) = next.and_then(|account| waiting.get_mut(&account)?.pop_front()) else {
            break;
        };
        *load.entry(job.account).or_default() += 1;
        picked.push(job.id);
    }
    picked
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    fn due(id: i64, account: Option<i64>, at: i64) -> Due {
        Due {
            id: JobId::from(id),
            account: account.map(AccountId::from),
            at: Timestamp::from_micros(at),
        }
    }

    fn picked(candidates: Vec<Due>, load: &Load, slots: usize) -> Vec<i64> {
        in_turns(candidates, load, slots)
            .into_iter()
            .map(JobId::get)
            .collect()
    }

    #[test]
    fn accounts_take_turns_and_the_earliest_due_goes_first() {
        let flood = (0..10).map(|n| due(n, Some(1), n));
        let others = [
            due(20, Some(2), 50),
            due(21, None, 60),
            due(22, Some(2), 70),
        ];
        let all: Vec<Due> = flood.chain(others).collect();
        assert_eq!(picked(all.clone(), &Load::new(), 5), [0, 20, 21, 1, 22]);
        assert_eq!(picked(all.clone(), &Load::new(), 1), [0]);
        let load = Load::from([(Some(AccountId::from(1)), 3)]);
        assert_eq!(picked(all, &load, 3), [20, 21, 22]);
    }

    #[test]
    fn one_account_is_served_in_the_order_of_due_times() {
        let jobs = vec![due(3, Some(1), 5), due(1, Some(1), 7), due(2, Some(1), 5)];
        assert_eq!(picked(jobs, &Load::new(), 9), [2, 3, 1]);
        assert!(picked(Vec::new(), &Load::new(), 9).is_empty());
    }
}
