//! How often one hook may be asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kernel::{Error, Result, Timestamp};

use super::model::HookId;

const WINDOW: Duration = Duration::from_mins(1);

/// Counts the requests of each hook by the minute, in the memory of a process: only hooks that exist are counted.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<HookId, (Timestamp, u32)>>);

impl Pace {
    /// One more; refused if there were `most` since the minute began.
    pub(super) fn count(&self, hook: HookId, now: Timestamp, most: u32) -> Result<()> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (began, _)| *began + WINDOW > now);
        let (began, n) = all.entry(hook).or_insert((now, 0));
        if *n >= most {
            return Err(Error::RateLimited {
                retry_after: (*began + WINDOW).since(now),
            });
        }
        *n += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hook_has_its_own_minute() {
        let (pace, start) = (Pace::default(), Timestamp::from_micros(1_000_000_000));
        let (one, other) = (HookId::from(1), HookId::from(2));
        for _ in 0..3 {
            pace.count(one, start, 3).unwrap();
        }
        let later = start + Duration::from_secs(20);
        match pace.count(one, later, 3) {
            Err(Error::RateLimited { retry_after }) => {
                assert_eq!(retry_after, Duration::from_secs(40));
            }
            other => panic!("{other:?}"),
        }
        pace.count(other, later, 3).unwrap();
        pace.count(one, start + WINDOW, 3).unwrap();
    }
}
