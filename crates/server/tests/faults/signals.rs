//! What an operating system, or somebody at it, does to a process.

use std::time::Duration;

use crate::program::Program;

impl Program {
    /// SIGKILL: from one instruction to the next it is gone.
    pub(crate) fn kill_nine(mut self) {
        self.die();
    }

    /// The same, for whoever starts another in its place.
    pub(crate) fn die(&mut self) {
        self.child.kill().expect("the program still runs");
        self.child.wait().expect("a killed child ends");
    }

    /// How it ended, if it did, and what it wrote before.
    pub(crate) async fn last_words(mut self) -> String {
        let mut status = None;
        for _ in 0..100 {
            status = self.child.try_wait().expect("a child can be asked");
            if status.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        format!("{status:?}\n{}", self.log_tail())
    }

    /// Stops its threads where they are, as a hypervisor or a debugger would.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }
}
