//! How often something may be asked for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kernel::{Error, Result, Timestamp};

/// Most keys that are remembered. With more, those whose time is over are forgotten first, then all.
const MOST: usize = 20_000;

/// Counts by a key, in the memory of a process: another node counts for itself. Clones share the counts.
#[derive(Clone, Debug)]
pub struct Pace<K> {
    window: Duration,
    /// Since when, and how often.
    counts: Arc<Mutex<HashMap<K, (Timestamp, u32)>>>,
}

impl<K: Eq + Hash> Pace<K> {
    /// Counts over so long from the first time on.
    pub fn new(window: Duration) -> Self {
        Self {
            window,
            counts: Arc::default(),
        }
    }

    /// Once more.
    ///
    /// # Errors
    ///
    /// [`Error::RateLimited`] if it was `most` times in the window already.
    pub fn count(&self, key: K, now: Timestamp, most: u32) -> Result<()> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST {
            counts.retain(|_, (since, _)| now.since(*since) < self.window);
            if counts.len() >= MOST {
                counts.clear();
            }
        }
        let (since, count) = counts.entry(key).or_insert((now, 0));
        let passed = now.since(*since);
        if passed >= self.window {
            (*since, *count) = (now, 0);
        }
        if *count >= most {
            return Err(Error::RateLimited {
                retry_after: self.window.saturating_sub(passed),
            });
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    #[test]
    fn each_key_has_a_window_of_its_own() {
        let (pace, start) = (Pace::new(WINDOW), Timestamp::from_micros(1_000_000_000));
        for _ in 0..3 {
            pace.count("one", start, 3).unwrap();
        }
        let refused = pace.count("one", start + Duration::from_secs(20), 3);
        assert!(matches!(
            refused,
            Err(Error::RateLimited { retry_after }) if retry_after == Duration::from_secs(40)
        ));
        pace.clone().count("other", start, 3).unwrap();
        pace.count("one", start + WINDOW, 3).unwrap();
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (pace, now) = (Pace::new(WINDOW), Timestamp::from_micros(1_000_000_000));
        for key in 0..MOST + 5 {
            pace.count(key, now, 3).unwrap();
        }
        assert!(pace.counts.lock().unwrap().len() <= MOST);
    }
}
