//! Reads what `cargo test -- --show-output` prints, line by line.
//!
//! The harness has no stable machine-readable output, so this follows the text, which has been the same
//! for years. What a passing test printed is taken note of and not shown; all else is passed on.

use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Report {
    /// Whether `cargo test` itself was content.
    pub(super) succeeded: bool,
    done: Total,
    /// The suite that is running: from `running N tests` to `test result: ...`.
    suite: Option<Suite>,
    skipped: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

#[derive(Default)]
struct Suite {
    announced: u64,
    /// `test ... ok` lines, for a suite that dies before its result.
    passed: u64,
    /// Tests that printed `skipped: `; the harness counts them as passed.
    skipped: u64,
    section: Section,
    /// Whose output follows, in a section with the output of tests.
    test: Option<String>,
}

#[derive(Default, PartialEq, Eq)]
enum Section {
    #[default]
    Running,
    /// What the passing tests printed.
    Successes,
    /// What the failing tests printed.
    Failures,
}

impl Report {
    /// Takes note of a line; true if it is worth showing.
    pub(super) fn read(&mut self, line: &str) -> bool {
        if let Some(count) = running(line) {
            self.close_suite();
            self.suite = Some(Suite {
                announced: count,
                ..Suite::default()
            });
            // Most crates have targets without tests; they would fill the terminal.
            return count > 0;
        }
        let Some(suite) = &mut self.suite else {
            return true;
        };
        // A test may have written to the terminal itself and left the line unfinished.
        if let Some((_, result)) = line.split_once("test result: ") {
            let result = total(result);
            let empty = suite.announced == 0;
            self.done.passed += result.passed.saturating_sub(suite.skipped);
            self.done.failed += result.failed;
            self.done.skipped += result.skipped + suite.skipped;
            self.suite = None;
            return !empty;
        }
        match line {
            "successes:" => suite.section = Section::Successes,
            "failures:" => suite.section = Section::Failures,
            _ => {}
        }
        if let Some(test) = line
            .strip_prefix("---- ")
            .and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            suite.test = Some(test.to_owned());
        }
        match suite.section {
            Section::Running => {
                suite.passed += u64::from(line.starts_with("test ") && line.ends_with(" ... ok"));
                suite.announced > 0
            }
            Section::Failures => true,
            Section::Successes => {
                // A test counts once, whatever it says after that.
                if let Some(reason) = line.strip_prefix("skipped: ")
                    && let Some(test) = suite.test.take()
                {
                    suite.skipped += 1;
                    self.skipped
                        .entry(reason.trim().to_owned())
                        .or_default()
                        .push(test);
                }
                false
            }
        }
    }

    /// Adds what a suite that is not of Rust came to, with why something of it was left out.
    pub(super) fn add(&mut self, total: Total, skipped: Vec<(String, String)>) {
        self.done.passed += total.passed;
        self.done.failed += total.failed;
        self.done.skipped += total.skipped;
        for (reason, test) in skipped {
            self.skipped.entry(reason).or_default().push(test);
        }
    }

    /// No more lines.
    pub(super) fn finish(&mut self) {
        self.close_suite();
    }

    pub(super) fn total(&self) -> Total {
        self.done
    }

    /// Why tests were skipped, and which.
    pub(super) fn skip_reasons(&self) -> Vec<(String, Vec<String>)> {
        self.skipped.clone().into_iter().collect()
    }

    /// A suite that ends without a result died: what it did not get to counts as failed.
    fn close_suite(&mut self) {
        if let Some(suite) = self.suite.take() {
            self.done.passed += suite.passed;
            self.done.failed += suite.announced.saturating_sub(suite.passed);
        }
    }
}

/// `12` of `running 12 tests`.
fn running(line: &str) -> Option<u64> {
    let count = line.strip_prefix("running ")?;
    count
        .strip_suffix(" tests")
        .or_else(|| count.strip_suffix(" test"))?
        .parse()
        .ok()
}

/// The counts of `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`.
fn total(result: &str) -> Total {
    let count = |what: &str| {
        result
            .split([';', '.'])
            .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
            .unwrap_or(0)
    };
    Total {
        passed: count("passed"),
        failed: count("failed"),
        skipped: count("ignored"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Report, Total};

    fn read(text: &str) -> (Report, String) {
        let mut report = Report::default();
        let shown: Vec<&str> = text.lines().filter(|line| report.read(line)).collect();
        report.finish();
        (report, shown.join("\n"))
    }

    const MIXED: &str = "
running 4 tests
test quiet ... ok
test on::postgres ... ok
test talks ... ok
test breaks ... FAILED

successes:

---- on::postgres stdout ----
skipped: no PostgreSQL
skipped: said twice

---- talks stdout ----
noise


successes:
    on::postgres
    quiet
    talks

failures:

---- breaks stdout ----
assertion failed

failures:
    breaks

test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
";

    #[test]
    fn a_skipped_test_is_not_a_passed_one() {
        let (report, _) = read(MIXED);
        assert_eq!(
            report.total(),
            Total {
                passed: 2,
                failed: 1,
                skipped: 1
            }
        );
        assert_eq!(
            report.skip_reasons(),
            [("no PostgreSQL".to_owned(), vec!["on::postgres".to_owned()])]
        );
    }

    #[test]
    fn failures_are_shown_and_the_noise_of_passing_tests_is_not() {
        let (_, shown) = read(MIXED);
        assert!(shown.contains("assertion failed"), "{shown}");
        assert!(!shown.contains("noise"), "{shown}");
    }

    #[test]
    fn suites_add_up_and_empty_ones_are_silent() {
        let (report, shown) = read(
            "running 1 test\ntest a ... ok\n\n\
             test result: ok. 1 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             running 0 tests\n\n\
             test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             running 1 test\ntest b ... ok\n\n\
             leftoverstest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        );
        assert_eq!(
            report.total(),
            Total {
                passed: 2,
                failed: 0,
                skipped: 2
            }
        );
        assert!(!shown.contains("running 0"), "{shown}");
    }

    #[test]
    fn a_suite_that_dies_has_failed() {
        let (report, _) = read("running 3 tests\ntest a ... ok\ntest b ... ");
        assert_eq!(
            report.total(),
            Total {
                passed: 1,
                failed: 2,
                skipped: 0
            }
        );
        let (report, _) = read("running 2 tests\ntest a ... ok\nrunning 1 test\ntest b ... ok\n");
        assert_eq!(
            report.total(),
            Total {
                passed: 2,
                failed: 1,
                skipped: 0
            }
        );
    }
}
