use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::driver;

/// Of each kind of world.
const SEEDS: u64 = 2_000;

/// Runs seeds on every core, and says of one that fails how to run it alone.
fn run_all(plain: bool) {
    // Read when the test is built: a seed to run alone is no setting, and cargo builds again when it changes.
    if let Some(seed) = option_env!("AUTOMATION_SEED") {
        driver::run(seed.parse().expect("a number"), plain);
        return;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let lines = AtomicUsize::new(0);
    let failed: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|core| {
                let lines = &lines;
                scope.spawn(move || {
                    (core..SEEDS).step_by(cores as usize).find(|seed| {
                        let story = catch_unwind(AssertUnwindSafe(|| {
                            let story = driver::run(*seed, plain);
                            if seed.is_multiple_of(50) {
                                let again = driver::run(*seed, plain);
                                assert_eq!(story.hash, again.hash, "I12: another story");
                            }
                            story
                        }));
                        match story {
                            Ok(story) => {
                                lines.fetch_add(story.lines, Ordering::Relaxed);
                                false
                            }
                            Err(_) => true,
                        }
                    })
                })
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().expect("panics are caught"))
            .collect()
    });
    println!("{SEEDS} seeds, {} lines of history", lines.into_inner());
    if let Some(seed) = failed.first() {
        let test = if plain { "plain_worlds" } else { "wild_worlds" };
        panic!(
            "seed {seed} failed, for the reason above. To run it alone: \
             AUTOMATION_SEED={seed} cargo test -p automation --lib -- {test}"
        );
    }
}

#[test]
fn plain_worlds_are_told_alike_by_the_reference() {
    run_all(true);
}

#[test]
fn wild_worlds_keep_the_invariants() {
    run_all(false);
}
