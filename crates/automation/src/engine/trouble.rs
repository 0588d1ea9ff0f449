//! What goes wrong with us again and again, and whom it may not keep from going on.
//!
//! A batch that fails is done again one by one. What fails alone is left alone for a moment; at the third time it is put
//! aside where people see it: a run is halted with the error, and can be tried again, led past the step, or taken out.
//! A database that is away for a moment counts for nothing.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use kernel::{Error, Result, Timestamp};

/// So often something may fail.
pub(super) const TRIES: u32 = 3;
/// How long it is left alone, times how often it has failed.
const REST: Duration = Duration::from_secs(10);
/// Of so many is known that they failed; all are forgotten when there are more.
const MOST: usize = 10_000;
/// What people read.
pub(super) const WHY: &str = "an internal error stopped it three times: the log of the server says which; try it again when \
     that is mended";

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// Timers of a contact.
    Contact(i64),
    /// An event that is followed.
    Event(i64),
    /// A run that a sweep comes to.
    Run(i64),
    /// What became of a message.
    Message(i64),
}

/// See the module. In the memory of a node: whoever is started anew tries again.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<HashMap<What, (u32, Timestamp)>>);

impl Troubles {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<What, (u32, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It failed. Whether that was once too often.
    pub(super) fn failed(&self, what: What, now: Timestamp) -> bool {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        let (tries, until) = all.entry(what).or_insert((0, now));
        *tries += 1;
        *until = now + REST * *tries;
        *tries >= TRIES
    }

    /// How often it has failed.
    pub(super) fn tries(&self, what: What) -> u32 {
        self.all().get(&what).map_or(0, |it| it.0)
    }

    /// It has failed too often.
    pub(super) fn is_hopeless(&self, what: What) -> bool {
        self.tries(what) >= TRIES
    }

    /// It is over.
    pub(super) fn forget(&self, what: What) {
        self.all().remove(&what);
    }

    /// What is left alone now.
    pub(super) fn resting(&self, now: Timestamp) -> BTreeSet<What> {
        let all = self.all();
        let resting = all.iter().filter(|(_, (_, until))| *until > now);
        resting.map(|(what, _)| *what).collect()
    }
}

/// Whether it will be over by itself.
pub(super) fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Unavailable { .. })
}

/// A panic is an error like others: what it was in the middle of is rolled back.
pub(super) async fn caught<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| {
            Err(Error::internal(anyhow::anyhow!(
                "a panic: {}",
                words(&*panic)
            )))
        })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}
