//! Hints that there is something to do, so that polling can be slow.

use std::time::Duration;

use tokio::sync::watch;

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A job became due.
    Jobs,
    /// Messages are ready to be sent, or a campaign's state changed.
    Messages,
    /// Events were recorded.
    Events,
}

impl Topic {
    pub(crate) const ALL: [Self; 3] = [Self::Jobs, Self::Messages, Self::Events];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Messages => "messages",
            Self::Events => "events",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// Waits for hints about one topic. A hint that came since the last wait is not lost.
#[derive(Debug)]
pub struct Wakeup(pub(crate) watch::Receiver<u64>);

impl Wakeup {
    /// Returns at the next hint, or after `net`, whichever is first.
    pub async fn wait(&mut self, net: Duration) {
        let closed_or_changed = self.0.changed();
        // A closed channel means the database is gone; the caller finds out when it asks.
        let _ = tokio::time::timeout(net, closed_or_changed).await;
    }
}
