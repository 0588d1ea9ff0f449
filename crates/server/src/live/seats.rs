//! How many streams may be open.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kernel::AccountId;

/// A stream holds one of the 4,096 connections of a process.
const OF_PROCESS: usize = 1_000;
const OF_ACCOUNT: usize = 100;

/// The streams of this process.
pub(super) struct Seats {
    taken: Mutex<BTreeMap<AccountId, usize>>,
}

/// The right to hold a stream, until it is dropped.
pub(super) struct Seat {
    seats: &'static Seats,
    account: AccountId,
}

impl Seats {
    pub(super) const fn new() -> Self {
        Self {
            taken: Mutex::new(BTreeMap::new()),
        }
    }

    /// `None` when all are taken.
    pub(super) fn take(&'static self, account: AccountId) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_account = taken.get(&account).copied().unwrap_or_default();
        if of_account >= OF_ACCOUNT || taken.values().sum::<usize>() >= OF_PROCESS {
            return None;
        }
        taken.insert(account, of_account + 1);
        Some(Seat {
            seats: self,
            account,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let taken = &self.seats.taken;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_account) = taken.get_mut(&self.account) {
            *of_account -= 1;
            if *of_account == 0 {
                taken.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_cannot_take_them_all_and_what_is_given_back_is_free() {
        static SEATS: Seats = Seats::new();
        let take = |account: i64| SEATS.take(AccountId::from(account));
        let mut held: Vec<_> = (0..OF_ACCOUNT).map(|_| take(1).unwrap()).collect();
        assert!(take(1).is_none());
        held.pop();
        let again = take(1);
        assert!(again.is_some());
        let others: Vec<_> = (0..OF_PROCESS - OF_ACCOUNT)
            .map(|n| take(2 + (n / OF_ACCOUNT) as i64).unwrap())
            .collect();
        assert!(take(1_000).is_none(), "the process has no more");
        drop((held, again, others));
        assert!(SEATS.taken.lock().unwrap().is_empty());
    }
}
