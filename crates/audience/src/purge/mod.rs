//! Removing in steps what a deleted field, group or tag leaves behind, so that no transaction is long.
//!
//! - **Job**: `audience.purge`. Until it is done the values and rows are there but nothing reads them: whoever reads
//!   values or memberships asks for the field, group or tag as well. Ids are never used again; the slot of a field is,
//!   once the job has emptied it.

use ctx::Ctx;
use db::WriteTx;
use jobs::{Attempt, Job, JobError};
use kernel::{AccountId, Result};
use serde::{Deserialize, Serialize};

use crate::labels::Kind;
use crate::{FieldId, GroupId, SubscriberId, TagId, fields, labels};

/// Rows of one transaction.
const STEP: i64 = 5000;

/// What something left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Remains {
    Field(FieldId),
    Group(GroupId),
    Tag(TagId),
}

/// Removes it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Purge {
    account: AccountId,
    remains: Remains,
}

impl Job for Purge {
    const KIND: &'static str = "audience.purge";

    async fn run(self, ctx: &Ctx, _: Attempt) -> Result<(), JobError> {
        let mut after = None;
        while step(ctx, self.account, self.remains, &mut after).await? {
            if ctx.shutdown.is_cancelled() {
                return Err(JobError::Snooze(std::time::Duration::ZERO));
            }
        }
        Ok(())
    }
}

pub(crate) async fn enqueue(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    remains: Remains,
) -> Result<()> {
    jobs::enqueue(ctx, tx, account, &Purge { account, remains }).await?;
    Ok(())
}

/// Whether there may be more. `after` is how far the people went who had a value of a field.
async fn step(
    ctx: &Ctx,
    account: AccountId,
    remains: Remains,
    after: &mut Option<SubscriberId>,
) -> Result<bool> {
    let mut tx = ctx.write().await?;
    let more = match remains {
        Remains::Field(id) => {
            *after = fields::purge_values(&mut tx, account, id, *after, STEP).await?;
            after.is_some()
        }
        Remains::Group(id) => {
            labels::purge_members(&mut tx, account, Kind::Group, id.get(), STEP).await? > 0
        }
        Remains::Tag(id) => {
            labels::purge_members(&mut tx, account, Kind::Tag, id.get(), STEP).await? > 0
        }
    };
    let label = match remains {
        Remains::Field(_) => None,
        Remains::Group(id) => Some(id.get()),
        Remains::Tag(id) => Some(id.get()),
    };
    if let (false, Some(id)) = (more, label) {
        labels::purge_counts(&mut tx, account, id).await?;
    }
    tx.commit().await?;
    Ok(more)
}
