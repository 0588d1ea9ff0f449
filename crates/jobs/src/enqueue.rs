//! The only way into the queue.

use ctx::Ctx;
use db::{Topic, WriteTx};
use kernel::{AccountId, Timestamp};

use crate::job::{Job, JobId};
use crate::store;

/// A job on its way into the queue: due now, of no account, without a unique key, unless it is told otherwise.
#[derive(Clone, Debug)]
#[must_use = "a job is in the queue once it is enqueued"]
pub struct New {
    pub(crate) kind: &'static str,
    pub(crate) payload: String,
    pub(crate) max_attempts: u16,
    pub(crate) account: Option<AccountId>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) unique_key: Option<String>,
}

impl New {
    /// With this payload.
    pub fn of<J: Job>(job: &J) -> Self {
        Self {
            kind: J::KIND,
            payload: serde_json::to_string(job).expect("payloads are plain structs of ids"),
            max_attempts: J::MAX_ATTEMPTS.max(1),
            account: None,
            due: None,
            unique_key: None,
        }
    }

    /// On behalf of an account, which is what the queue is fair between.
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Not before then.
    pub fn due(mut self, due: Timestamp) -> Self {
        self.due = Some(due);
        self
    }

    /// Not while another job of this kind with the same key is ready or running. The key is free again when that one
    /// is done or dead, so a job cannot enqueue its own successor under its own key: it snoozes instead.
    pub fn unique_key(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    /// Puts it in the queue as part of the transaction; `None` when the unique key is taken.
    pub async fn enqueue(self, ctx: &Ctx, tx: &mut WriteTx) -> db::Result<Option<JobId>> {
        let id = store::insert(tx, ctx.ids.next(), &self, ctx.clock.now()).await?;
        if id.is_some() {
            // Also when it is due later: the worker's alarm may be set for after that.
            tx.nudge(Topic::Jobs);
        }
        Ok(id)
    }
}

/// Puts a job in the queue that is due at once, as part of the transaction.
pub async fn enqueue<J: Job>(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: impl Into<Option<AccountId>>,
    job: &J,
) -> db::Result<JobId> {
    let mut new = New::of(job);
    new.account = account.into();
    let id = new.enqueue(ctx, tx).await?;
    Ok(id.expect("only a unique key is ever refused, and this has none"))
}
