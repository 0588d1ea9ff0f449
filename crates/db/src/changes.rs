//! What changed, for whoever watches: which kinds of things of which accounts.
//!
//! A transaction says with [`Tx::touch`](crate::Tx::touch) what it changes. After its commit that is gathered for a
//! moment, so that a thousand commits make one announcement, and then told to every process that [watches](Db::changes).
//! Nothing of it is stored and nothing waits for it: an announcement can be lost with a process or a connection, and
//! whoever watches asks again now and then. [`Changes::Unknown`] says that something may have been missed.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::AccountId;
use tokio::sync::{Notify, broadcast};

use crate::open::{Db, Pools};

/// How long changes are gathered before they are announced.
const GATHER: Duration = Duration::from_millis(250);
/// Announcements that a slow watcher can be behind.
const BACKLOG: usize = 256;
/// Announcements that are kept for watchers that were away: a minute, when something changes all the time.
const REMEMBERED: usize = 240;
/// Most changes of one announcement. Beyond that it says less.
const MOST: usize = 10_000;
/// PostgreSQL's longest payload is 8,000 bytes.
const LONGEST_PAYLOAD: usize = 7_900;
pub(crate) const CHANNEL: &str = "sendero_changes";
/// A payload that says that anything may have changed.
const ANYTHING: &str = "*";

/// A kind of things of an account, some of which changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Whose.
    pub account: AccountId,
    /// What they are called: `subscribers`.
    pub resource: String,
}

/// What is told to whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// These changed.
    Known(Arc<[Change]>),
    /// Something may have changed that nobody can tell.
    Unknown,
}

/// What is told at one time. The numbers of a process count up.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// Which one.
    pub number: u64,
    /// What changed.
    pub changes: Changes,
}

/// Hears what changes.
pub struct Watch {
    /// What was told since the announcement that was asked for; `None` if that is too long ago, or not of this process.
    pub missed: Option<Vec<Announcement>>,
    /// The number of the latest announcement.
    pub last: u64,
    /// What will be told.
    pub next: broadcast::Receiver<Announcement>,
}

/// What was committed and not yet announced, and those who wait for announcements.
pub(crate) struct Hub {
    pending: Mutex<Pending>,
    hint: Notify,
    told: Mutex<Told>,
    watchers: broadcast::Sender<Announcement>,
    /// Whether the connection that hears announcements of all nodes, also our own, is up.
    hearing: AtomicBool,
}

/// The latest announcements, for watchers that were away for a moment.
#[derive(Default)]
struct Told {
    last: u64,
    latest: VecDeque<Announcement>,
}

#[derive(Default)]
struct Pending {
    changes: BTreeSet<(AccountId, &'static str)>,
    too_many: bool,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            pending: Mutex::default(),
            hint: Notify::new(),
            told: Mutex::default(),
            watchers: broadcast::channel(BACKLOG).0,
            hearing: false.into(),
        }
    }

    pub(crate) fn add(&self, changes: BTreeSet<(AccountId, &'static str)>) {
        if changes.is_empty() {
            return;
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.changes.extend(changes);
        if pending.changes.len() > MOST {
            pending.changes.clear();
            pending.too_many = true;
        }
        drop(pending);
        self.hint.notify_one();
    }

    fn take(&self) -> Option<Changes> {
        let pending =
            std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if pending.too_many {
            return Some(Changes::Unknown);
        }
        if pending.changes.is_empty() {
            return None;
        }
        let changes = pending
            .changes
            .into_iter()
            .map(|(account, resource)| Change {
                account,
                resource: resource.to_owned(),
            });
        Some(Changes::Known(changes.collect()))
    }

    pub(crate) fn tell(&self, changes: Changes) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.last += 1;
        let announcement = Announcement {
            number: told.last,
            changes,
        };
        if told.latest.len() == REMEMBERED {
            told.latest.pop_front();
        }
        told.latest.push_back(announcement.clone());
        // Without watchers nobody is told, which is fine.
        let _ = self.watchers.send(announcement);
    }

    fn watch(&self, after: Option<u64>) -> Watch {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = told.last - told.latest.len() as u64;
        let missed = after
            .filter(|after| (oldest..=told.last).contains(after))
            .map(|after| {
                let newer = told.latest.iter().filter(|one| one.number > after);
                newer.cloned().collect()
            });
        Watch {
            missed,
            last: told.last,
            next: self.watchers.subscribe(),
        }
    }

    /// The connection that hears all nodes came up or went down: either way something may have been missed.
    pub(crate) fn hears(&self, hearing: bool) {
        let before = self.hearing.swap(hearing, Ordering::AcqRel);
        if before != hearing {
            self.tell(Changes::Unknown);
        }
    }
}

impl Db {
    /// What changes from now on, on any node, and what changed since announcement `after` of this process.
    pub fn changes(&self, after: Option<u64>) -> Watch {
        self.inner.hub.watch(after)
    }

    /// Announces what this process commits, until it is dropped. Once per process.
    pub async fn announce(&self) {
        let hub = &self.inner.hub;
        loop {
            hub.hint.notified().await;
            tokio::time::sleep(GATHER).await;
            if let Some(changes) = hub.take() {
                self.announce_one(changes).await;
            }
        }
    }

    async fn announce_one(&self, changes: Changes) {
        let hub = &self.inner.hub;
        if let Pools::Postgres { pool, .. } = &self.inner.pools {
            let mut sent = true;
            for payload in payloads(&changes) {
                // Outside of the transactions that changed something, so that none of them waits for it: PostgreSQL
                // commits those that notify one after the other.
                let told = sqlx::query("select pg_notify($1, $2)")
                    .bind(CHANNEL)
                    .bind(payload)
                    .execute(pool)
                    .await;
                if let Err(error) = told {
                    tracing::debug!(%error, "other nodes are not told what changed");
                    sent = false;
                }
            }
            // What was sent comes back to us too.
            if sent && hub.hearing.load(Ordering::Acquire) {
                return;
            }
        }
        hub.tell(changes);
    }
}

/// `7 groups,subscribers` a line, in as few texts as it takes.
fn payloads(changes: &Changes) -> Vec<String> {
    let Changes::Known(changes) = changes else {
        return vec![ANYTHING.to_owned()];
    };
    let mut all = vec![String::new()];
    for of_account in changes.chunk_by(|a, b| a.account == b.account) {
        let names: Vec<&str> = of_account.iter().map(|one| one.resource.as_str()).collect();
        let line = format!("{} {}\n", of_account[0].account, names.join(","));
        match all.last_mut() {
            Some(last) if last.len() + line.len() <= LONGEST_PAYLOAD => last.push_str(&line),
            _ => all.push(line),
        }
    }
    all
}

/// The other way. What another version of Sendero says differently is unknown.
pub(crate) fn from_payload(payload: &str) -> Changes {
    let parse = || -> Option<Vec<Change>> {
        let mut changes = Vec::new();
        for line in payload.lines() {
            let (account, names) = line.split_once(' ')?;
            let account = AccountId::from(account.parse::<i64>().ok()?);
            changes.extend(names.split(',').map(|name| Change {
                account,
                resource: name.to_owned(),
            }));
        }
        Some(changes)
    };
    parse().map_or(Changes::Unknown, |changes| Changes::Known(changes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(of: &[(i64, &'static str)]) -> Changes {
        let hub = Hub::new();
        hub.add(
            of.iter()
                .map(|(id, name)| (AccountId::from(*id), *name))
                .collect(),
        );
        hub.take().unwrap()
    }

    #[test]
    fn what_is_sent_is_what_is_heard() {
        let some = changes(&[
            (1, "groups"),
            (1, "subscribers"),
            (2, "campaigns"),
            (1, "groups"),
        ]);
        let payloads = payloads(&some);
        assert_eq!(payloads, ["1 groups,subscribers\n2 campaigns\n"]);
        assert_eq!(from_payload(&payloads[0]), some);
        for odd in [ANYTHING, "x groups", "7"] {
            assert_eq!(from_payload(odd), Changes::Unknown, "{odd}");
        }
    }

    #[test]
    fn who_was_away_for_a_moment_is_told_what_was_missed() {
        let hub = Hub::new();
        assert!(hub.watch(None).missed.is_none());
        hub.tell(changes(&[(1, "groups")]));
        hub.tell(changes(&[(1, "tags")]));
        let missed = |after| {
            let missed = hub.watch(Some(after)).missed;
            missed.map(|all| all.iter().map(|one| one.number).collect::<Vec<_>>())
        };
        assert_eq!(missed(0), Some(vec![1, 2]));
        assert_eq!(missed(1), Some(vec![2]));
        assert_eq!(missed(2), Some(vec![]));
        assert_eq!(missed(3), None, "of another process");
        for _ in 0..REMEMBERED {
            hub.tell(Changes::Unknown);
        }
        assert_eq!(missed(1), None, "too long ago");
        assert_eq!(missed(2).map(|all| all.len()), Some(REMEMBERED));
        assert_eq!(hub.watch(None).last, 2 + REMEMBERED as u64);
    }

    #[test]
    fn many_accounts_take_several_payloads_and_too_many_are_not_listed() {
        let accounts: Vec<(i64, &str)> = (0..2_000)
            .map(|id| (1_000_000 + id, "subscribers"))
            .collect();
        let many = changes(&accounts);
        let payloads = payloads(&many);
        assert!(payloads.len() > 4);
        assert!(payloads.iter().all(|one| one.len() <= LONGEST_PAYLOAD));
        let heard: usize = payloads.iter().map(|one| one.lines().count()).sum();
        assert_eq!(heard, 2_000);

        let accounts: Vec<(i64, &str)> = (0..=MOST as i64).map(|id| (id, "groups")).collect();
        assert_eq!(changes(&accounts), Changes::Unknown);
    }
}
