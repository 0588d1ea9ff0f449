//! The job that carries a bulk action out.

use ctx::Ctx;
use jobs::{Attempt, Job, JobError};
use kernel::AccountId;
use serde::{Deserialize, Serialize};

use super::run::run;
use crate::BulkActionId;

/// Carries it out, or goes on with it.
#[derive(Debug, Serialize, Deserialize)]
pub struct BulkJob {
    pub(super) account: AccountId,
    pub(super) action: BulkActionId,
}

impl Job for BulkJob {
    const KIND: &'static str = "audience.bulk";

    async fn run(self, ctx: &Ctx, at: Attempt) -> Result<(), JobError> {
        run(ctx, self.account, self.action, at.last).await
    }
}
