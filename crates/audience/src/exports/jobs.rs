//! The job that writes a file.

use ctx::Ctx;
use jobs::{Attempt, Job, JobError};
use kernel::AccountId;
use serde::{Deserialize, Serialize};

use super::run::run;
use crate::ExportId;

/// Writes it, or goes on with it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExportJob {
    pub(super) account: AccountId,
    pub(super) export: ExportId,
}

impl Job for ExportJob {
    const KIND: &'static str = "audience.export";
    // Each attempt goes on where the last one was killed, so many of them are not a sign of a fault.
    const MAX_ATTEMPTS: u16 = 500;

    async fn run(self, ctx: &Ctx, at: Attempt) -> Result<(), JobError> {
        run(ctx, self.account, self.export, at).await
    }
}
