//! Use cases, one file each.

mod edit;
mod known;
mod lifecycle;
mod publish;
mod read;

pub use edit::{create, delete, duplicate, update};
pub(crate) use known::known;
pub use lifecycle::{hold_restored, pause, resume};
pub use publish::{check, publish, rollback};
pub use read::{describe, get, list, live_steps, version, versions};

use ctx::Ctx;
use db::{LockClass, Tx, WriteTx};
use identity::Actor;
use kernel::{AccountId, Error, Result};
use serde_json::{Value, json};

use super::model::Automation;
use super::store;
use crate::ids::AutomationId;

const MAX_NAME: usize = 200;

async fn find(tx: &mut Tx, account: AccountId, id: AutomationId) -> Result<Automation> {
    store::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("automation", id))
}

/// The automation, which nobody else changes until the end of the transaction, if it is still as the client read it.
async fn for_update(
    tx: &mut WriteTx,
    account: AccountId,
    id: AutomationId,
    expected: Option<i64>,
) -> Result<Automation> {
    tx.lock(LockClass::Campaign, id.get()).await?;
    let automation = find(tx, account, id).await?;
    if expected.is_some_and(|version| version != automation.version) {
        return Err(Error::conflict(
            "version_conflict",
            "somebody has changed the automation since you read it; read it again",
        ));
    }
    Ok(automation)
}

/// A sweep over all runs goes on: what it is to do must not change under it.
fn refuse_while_moving(automation: &Automation) -> Result<()> {
    match automation.moving {
        // While it is paused, nothing moves: the sweep will find what is the case then.
        Some(moving) if moving.resume.is_some() || !is_paused(automation) => Err(Error::conflict(
            "still_moving",
            "people are still being moved after the last change; try again in a moment",
        )),
        _ => Ok(()),
    }
}

fn is_paused(automation: &Automation) -> bool {
    automation.status == super::model::Status::Paused
}

async fn audit(
    ctx: &Ctx,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    automation: &Automation,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<()> {
    identity::audit(
        ctx,
        tx,
        automation.account,
        actor,
        action,
        ("automation", automation.id),
        before,
        after,
    )
    .await
}

fn brief(automation: &Automation) -> Value {
    json!({"name": automation.name, "status": automation.status, "live_version_id": automation.live})
}
