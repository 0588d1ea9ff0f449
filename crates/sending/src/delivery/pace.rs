//! A transport's limit on messages per second.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Hands out turns at an even rate. The monotonic clock keeps it right when the computer's time jumps.
pub(super) struct Pace {
    interval: Option<Duration>,
    next: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: Option<i64>) -> Self {
        let interval = per_second
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n > 0)
            .map(|n| Duration::from_secs(1) / n);
        Self {
            interval,
            next: Mutex::new(Instant::now()),
        }
    }

    /// How long to wait until `messages` more may go.
    pub(super) async fn book(&self, messages: usize) -> Duration {
        let Some(interval) = self.interval else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        let mut next = self.next.lock().await;
        let start = (*next).max(now);
        *next = start + interval * u32::try_from(messages).unwrap_or(u32::MAX);
        start - now
    }

    /// How many messages to take at once, so that a slow pace is not sent in bursts.
    pub(super) fn chunk(&self, largest: usize) -> usize {
        match self.interval {
            Some(interval) if interval > Duration::from_millis(10) => 1,
            _ => largest,
        }
    }
}
