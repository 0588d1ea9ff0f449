//! Who gets SQLite's one writer next.
//!
//! The pool of one connection serves whoever came first. That is fair, and wrong: a person who clicks would wait for
//! every consumer of events that came before. So what nobody waits for stands behind what is urgent.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, Notify};
use tokio::time::Instant;

/// So long somebody stands behind at most, however many come meanwhile.
const PATIENCE: Duration = Duration::from_millis(50);

/// Those for whom the writer is urgent, and those who stand behind.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: AtomicUsize,
    nobody: Notify,
    behind: Mutex<()>,
}

/// Somebody waits as long as this is there.
pub(crate) struct Waits<'a>(&'a Queue);

impl Queue {
    pub(crate) fn wait(&self) -> Waits<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waits(self)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Returns when nobody else waits, or after a while; until the turn is dropped, nobody else who stands behind goes.
    pub(crate) async fn stand_behind(&self) -> MutexGuard<'_, ()> {
        let turn = self.behind.lock().await;
        let until = Instant::now() + PATIENCE;
        while self.is_wanted() {
            let nobody = self.nobody.notified();
            // It may have become nobody between the question and the request to be told.
            if !self.is_wanted() || tokio::time::timeout_at(until, nobody).await.is_err() {
                break;
            }
        }
        turn
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if self.0.waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.nobody.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stands_behind_goes_when_nobody_waits() {
        let queue = Queue::default();
        drop(queue.stand_behind().await);

        let (first, second) = (queue.wait(), queue.wait());
        let mut behind = pin!(queue.stand_behind());
        assert!(poll(behind.as_mut()).is_pending());
        drop(first);
        assert!(poll(behind.as_mut()).is_pending());
        drop(second);
        assert!(poll(behind.as_mut()).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn one_stands_behind_at_a_time() {
        let queue = Queue::default();
        let turn = queue.stand_behind().await;
        let mut next = pin!(queue.stand_behind());
        assert!(poll(next.as_mut()).is_pending());
        drop(turn);
        assert!(poll(next.as_mut()).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_stands_behind_for_ever() {
        let queue = Queue::default();
        let _busy = queue.wait();
        let began = Instant::now();
        drop(queue.stand_behind().await);
        assert_eq!(began.elapsed(), PATIENCE);
    }
}
