//! How long a relay that cannot be reached is left alone.

use std::time::Duration;

use tokio::time::Instant;

const LONGEST: Duration = Duration::from_mins(1);

/// 1 s doubling to 1 minute. Connections that fail together are one failure: ten of them must not make it ten times as
/// patient.
#[derive(Debug, Default)]
pub(super) struct Rest {
    failures: u32,
    until: Option<Instant>,
}

impl Rest {
    /// A connection could not be opened: when to try again.
    pub(super) fn after_failure(&mut self, now: Instant) -> Duration {
        if let Some(until) = self.until.filter(|until| now < *until) {
            return until - now;
        }
        let pause = Duration::from_secs(1 << self.failures.min(6)).min(LONGEST);
        self.failures += 1;
        self.until = Some(now + pause);
        pause
    }

    /// Whether the relay is left alone at this moment.
    pub(super) fn is_on(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// The relay is there.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_at_the_same_time_are_one_failure() {
        let mut rest = Rest::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        for _ in 0..9 {
            let pause = rest.after_failure(now);
            for _ in 0..9 {
                assert_eq!(rest.after_failure(now), pause);
            }
            pauses.push(pause.as_secs());
            now += pause;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(rest.is_on(now - Duration::from_secs(1)) && !rest.is_on(now));
        rest.end();
        assert_eq!(rest.after_failure(now), Duration::from_secs(1));
    }
}
