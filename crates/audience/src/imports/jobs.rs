//! The jobs that import a file and take an import back.

use std::time::Duration;

use ctx::Ctx;
use jobs::{Attempt, Job, JobError};
use kernel::{AccountId, Error};
use serde::{Deserialize, Serialize};

use super::model::State;
use super::run::{End, Pace, run};
use super::{store, undo};
use crate::ImportId;

/// Imports a file.
#[derive(Debug, Serialize, Deserialize)]
pub struct ImportJob {
    pub(super) account: AccountId,
    pub(super) import: ImportId,
}

impl Job for ImportJob {
    const KIND: &'static str = "audience.import";
    // Each attempt goes on where the last one was killed, so many of them are not a sign of a fault.
    const MAX_ATTEMPTS: u16 = 500;

    async fn run(self, ctx: &Ctx, at: Attempt) -> Result<(), JobError> {
        let mut faults = 0;
        loop {
            match run(ctx, self.account, self.import, Pace::default()).await {
                Ok(End::Done) => return Ok(()),
                Ok(End::Interrupted) => return Err(JobError::Snooze(Duration::ZERO)),
                Ok(End::Elsewhere) => return Err(JobError::Snooze(Duration::from_secs(10))),
                Ok(End::NoFile) => return self.wait_for_file(ctx).await,
                Err(error @ Error::Unavailable { .. }) if !at.last => return Err(error.into()),
                Err(error) if faults == FAULTS || at.last => {
                    let said = "the server met a fault of its own; resume the import, or look at the server's log";
                    self.fail(ctx, said).await?;
                    return Err(JobError::Fail(error.into()));
                }
                Err(error) => {
                    faults += 1;
                    tracing::warn!(%error, import = %self.import, "an import goes on after a fault");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

/// After so many attempts in a row a fault will not pass by itself.
const FAULTS: u16 = 3;
/// How long a server that has the file may be away.
const PATIENCE: Duration = Duration::from_hours(1);

impl ImportJob {
    /// Another server of the same database may have the file.
    async fn wait_for_file(&self, ctx: &Ctx) -> Result<(), JobError> {
        let mut tx = ctx.read().await?;
        let import = store::find(&mut tx, self.account, self.import).await?;
        drop(tx);
        let since = import.map_or(Duration::MAX, |import| {
            ctx.clock
                .now()
                .since(import.started_at.unwrap_or(import.created_at))
        });
        if since < PATIENCE {
            return Err(JobError::Snooze(Duration::from_secs(5)));
        }
        self.fail(
            ctx,
            "the uploaded file is not on this server any more; upload it again",
        )
        .await
    }

    async fn fail(&self, ctx: &Ctx, error: &str) -> Result<(), JobError> {
        let mut tx = ctx.write().await?;
        let now = ctx.clock.now();
        store::finish(
            &mut tx,
            self.account,
            self.import,
            State::Failed,
            Some(error),
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Takes an import back, or goes on with that.
#[derive(Debug, Serialize, Deserialize)]
pub struct UndoJob {
    pub(super) account: AccountId,
    pub(super) import: ImportId,
}

impl Job for UndoJob {
    const KIND: &'static str = "audience.undo_import";
    const MAX_ATTEMPTS: u16 = 500;

    async fn run(self, ctx: &Ctx, at: Attempt) -> Result<(), JobError> {
        undo::run(ctx, self.account, self.import, at).await
    }
}
