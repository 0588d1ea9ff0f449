//! A second process for a test that needs one: the test program runs one of its own tests again, as a child.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const VARIABLE: &str = "SENDERO_TEST_CHILD";

/// A child process, killed when dropped.
#[derive(Debug)]
pub struct ChildTest(Child);

impl ChildTest {
    /// Runs the test with this full name (`module::test`) in a child, which gets `argument`, and waits until it says
    /// [`ready`].
    pub fn start(test: &str, argument: &str) -> Self {
        let program = std::env::current_exe().expect("the test program");
        let mut child = Command::new(program)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(VARIABLE, argument)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test program starts");
        let output = child.stdout.take().expect("it is piped");
        let is_ready = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.ends_with(READY));
        let child = Self(child);
        assert!(is_ready, "the child {test} ended before it was ready");
        child
    }

    /// Ends it without warning, as a crash would, and waits for its end.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for ChildTest {
    fn drop(&mut self) {
        self.end();
    }
}

const READY: &str = "the child is ready";

/// What this process was started with by [`ChildTest::start`]; `None` in an ordinary run, where a test that is only for
/// children returns at once.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness of tests takes no arguments of ours"
)]
pub fn child_argument() -> Option<String> {
    std::env::var(VARIABLE).ok()
}

/// Called by the child: tells the parent to go on, and waits to be killed.
#[expect(clippy::print_stdout, reason = "this is how it tells the parent")]
pub fn ready() -> ! {
    println!("{READY}");
    loop {
        std::thread::park();
    }
}
