//! Recipient domains whose servers say "later" to one message after the other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kernel::AccountId;
use mail::smtp::{Outcome, Stage};

use crate::limits::domain_of;

/// So many deferrals without anything accepted in between, and a domain rests.
const TOO_MANY: u32 = 8;

/// What is to be remembered of a domain.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Rest(AccountId, String),
    Relieved(AccountId, String),
}

/// Counts deferrals by domain. While nothing is deferred it costs nothing.
#[derive(Default)]
pub(super) struct Strain {
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    domains: HashMap<(AccountId, String), Count>,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    in_a_row: u32,
    rested: bool,
}

/// Most domains that are counted at once: more are forgotten, which costs some deferrals.
const MOST_DOMAINS: usize = 10_000;

impl Strain {
    /// How the server of an address answered.
    pub(super) fn note(&self, account: AccountId, address: &str, outcome: &Outcome) {
        match outcome {
            Outcome::Deferred { stage, code, .. }
                if (400..500).contains(code) && *stage != Stage::Mail =>
            {
                self.deferred(account, domain_of(address));
            }
            Outcome::Sent { .. } if self.any.load(Ordering::Relaxed) => {
                self.accepted(account, domain_of(address));
            }
            _ => {}
        }
    }

    fn deferred(&self, account: AccountId, domain: String) {
        let mut state = self.state();
        if state.domains.len() >= MOST_DOMAINS {
            state.domains.clear();
        }
        self.any.store(true, Ordering::Relaxed);
        let count = state.domains.entry((account, domain.clone())).or_default();
        count.in_a_row += 1;
        if count.in_a_row >= TOO_MANY {
            *count = Count {
                in_a_row: 0,
                rested: true,
            };
            state.changes.push(Change::Rest(account, domain));
        }
    }

    fn accepted(&self, account: AccountId, domain: String) {
        let mut state = self.state();
        let key = (account, domain);
        if let Some(count) = state.domains.remove(&key)
            && count.rested
        {
            state.changes.push(Change::Relieved(key.0, key.1));
        }
        if state.domains.is_empty() {
            self.any.store(false, Ordering::Relaxed);
        }
    }

    /// What is to be written down, once.
    pub(super) fn take(&self) -> Vec<Change> {
        if !self.any.load(Ordering::Relaxed) && self.state().changes.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut self.state().changes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_rests_after_deferrals_in_a_row_and_is_relieved_by_an_accepted_message() {
        let strain = Strain::default();
        let account = AccountId::from(1);
        let domain = || "example.com".to_owned();
        strain.accepted(account, domain());
        for _ in 0..TOO_MANY - 1 {
            strain.deferred(account, domain());
        }
        strain.accepted(account, domain());
        for _ in 0..TOO_MANY - 1 {
            strain.deferred(account, domain());
            strain.deferred(account, "other.example".to_owned());
        }
        assert_eq!(strain.take(), []);
        strain.deferred(account, domain());
        assert_eq!(strain.take(), [Change::Rest(account, domain())]);
        assert_eq!(strain.take(), []);
        strain.accepted(account, domain());
        assert_eq!(strain.take(), [Change::Relieved(account, domain())]);
    }
}
