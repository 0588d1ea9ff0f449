//! How long a failed job waits.

use std::time::Duration;

use kernel::Rng;

const FIRST: Duration = Duration::from_secs(5);
const FACTOR: u32 = 3;
const LONGEST: Duration = Duration::from_hours(6);

/// The pause after failed attempt number `attempt`: three times the pause before, plus up to a quarter at random so
/// that jobs which failed together do not come back together.
///
/// | after attempt | at least | at most |
/// |---|---|---|
/// | 1 | 5 s | 6.25 s |
/// | 2 | 15 s | 18.75 s |
/// | 3 | 45 s | 56.25 s |
/// | 4 | 2 min 15 s | 2 min 48.75 s |
/// | 5 | 6 min 45 s | 8 min 26.25 s |
/// | 6 | 20 min 15 s | 25 min 18.75 s |
/// | 7 | 1 h 45 s | 1 h 15 min 56.25 s |
/// | 8 | 3 h 2 min 15 s | 3 h 47 min 48.75 s |
/// | 9 and later | 6 h | 7 h 30 min |
///
/// So ten attempts span about half a day, which outlasts a night's maintenance.
pub fn backoff(attempt: u16, rng: &Rng) -> Duration {
    let least = FACTOR
        .checked_pow(u32::from(attempt.saturating_sub(1)))
        .and_then(|factor| FIRST.checked_mul(factor))
        .map_or(LONGEST, |pause| pause.min(LONGEST));
    let jitter = rng.below(least.as_micros() as u64 / 4 + 1);
    least + Duration::from_micros(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_those_of_the_table() {
        let rng = Rng::seeded(1);
        let least = [5, 15, 45, 135, 405, 1215, 3645, 10_935, 21_600, 21_600];
        for (attempt, seconds) in (1..).zip(least) {
            for _ in 0..50 {
                let pause = backoff(attempt, &rng).as_secs_f64();
                let seconds = f64::from(seconds);
                assert!(
                    (seconds..=seconds * 1.25).contains(&pause),
                    "{attempt}: {pause}"
                );
            }
        }
        assert!(backoff(u16::MAX, &rng) <= LONGEST.mul_f64(1.25));
        assert!(backoff(0, &rng) < Duration::from_secs(7));
    }
}
