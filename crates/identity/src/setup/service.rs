//! Creating the first owner.

use ctx::Ctx;
use db::{LockClass, WriteTx};
use kernel::{Error, Result};

use super::store;
use crate::sessions::{self, Client, NewSession};
use crate::users::{self, NewOwner};

/// Whether the instance still has no owner.
pub async fn is_needed(ctx: &Ctx) -> Result<bool> {
    Ok(!store::is_set_up(&mut *ctx.read().await?).await?)
}

/// Creates the first owner with an account and signs them in; refused once there is one.
pub(super) async fn set_up(ctx: &Ctx, new: NewOwner, client: Client) -> Result<NewSession> {
    if !is_needed(ctx).await? {
        return Err(done());
    }
    let hash = users::hash_new_owner(ctx, &new).await?;
    let mut tx = ctx.write().await?;
    if !mark_done_in(ctx, &mut tx).await? {
        return Err(done());
    }
    let (user, account) = users::create_owner_in(ctx, &mut tx, None, new, &hash).await?;
    let session = sessions::open_in(ctx, &mut tx, user.id, Some(account.id), client).await?;
    tx.commit().await?;
    Ok(session)
}

/// Notes that there is an owner; `false` when that was known.
pub(crate) async fn mark_done_in(ctx: &Ctx, tx: &mut WriteTx) -> Result<bool> {
    tx.lock(LockClass::Setup, 1).await?;
    Ok(store::mark_set_up(tx, ctx.clock.now()).await?)
}

fn done() -> Error {
    Error::conflict(
        "already_set_up",
        "this server has an owner already; sign in instead",
    )
}
