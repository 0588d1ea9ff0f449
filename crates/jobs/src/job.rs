//! What a job is, and how it can end.

use std::future::Future;
use std::time::Duration;

use ctx::Ctx;
use serde::Serialize;
use serde::de::DeserializeOwned;

kernel::define_id!(
    /// A job in the queue.
    JobId
);

/// A kind of work. The value is the payload: ids, not contents, since what they point at may change before it runs.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the queue, such as `audience.import`. For ever: rows of it may be waiting anywhere. A kind that is
    /// no longer used is registered with [`crate::Registry::drain`].
    const KIND: &'static str;

    /// How often it is tried before it is a dead letter.
    const MAX_ATTEMPTS: u16 = 10;

    /// Does the work, outside any transaction. It should end soon after `ctx.shutdown` is cancelled: what still runs
    /// a few seconds later is stopped at its next await and runs again, this attempt not counted.
    fn run(self, ctx: &Ctx, at: Attempt) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// Which try of which job this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u16,
    /// A failure now makes it a dead letter, so a job that has something to tell people tells it now.
    pub last: bool,
    /// The job.
    pub job: JobId,
}

/// How a job ends when not well.
#[derive(Debug)]
pub enum JobError {
    /// Try again later (see [`crate::backoff`]), up to the kind's limit.
    Retry(anyhow::Error),
    /// Trying again cannot help: a dead letter at once.
    Fail(anyhow::Error),
    /// Not a failure: run again after a while, without using up an attempt.
    Snooze(Duration),
}

impl JobError {
    /// Try again later.
    pub fn retry(error: impl Into<anyhow::Error>) -> Self {
        Self::Retry(error.into())
    }

    /// Trying again cannot help.
    pub fn fail(error: impl Into<anyhow::Error>) -> Self {
        Self::Fail(error.into())
    }
}

impl From<kernel::Error> for JobError {
    fn from(error: kernel::Error) -> Self {
        Self::Retry(error.into())
    }
}

impl From<db::Error> for JobError {
    fn from(error: db::Error) -> Self {
        Self::Retry(error.into())
    }
}

impl From<anyhow::Error> for JobError {
    fn from(error: anyhow::Error) -> Self {
        Self::Retry(error)
    }
}
