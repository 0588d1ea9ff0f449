//! What time does to bookings.

use ctx::Ctx;
use kernel::{AccountId, Error, Result};

use super::change::{call_off, complete};
use crate::BookingId;
use crate::bookings::model::{Action, By};
use crate::bookings::store;

/// Most bookings of one run.
const AT_ONCE: i64 = 500;

/// Completes bookings that are over, and expires those that nobody decided about; how many. For a schedule.
pub async fn sweep(ctx: &Ctx) -> Result<u64> {
    let now = ctx.clock.now();
    let (over, undecided) = {
        let mut tx = ctx.read().await?;
        (
            store::over(&mut tx, now, AT_ONCE).await?,
            store::undecided(&mut tx, now, AT_ONCE).await?,
        )
    };
    let mut changed = 0;
    for (account, id) in over {
        changed += done(complete(ctx, account, &By::System, id).await)?;
    }
    for (account, id) in undecided {
        changed += done(expire(ctx, account, id).await)?;
    }
    Ok(changed)
}

async fn expire(
    ctx: &Ctx,
    account: AccountId,
    id: BookingId,
) -> Result<crate::bookings::model::Booking> {
    call_off(ctx, account, &By::System, id, Action::Expire, None).await
}

/// Somebody who decided in between is no fault.
fn done<T>(outcome: Result<T>) -> Result<u64> {
    match outcome {
        Ok(_) => Ok(1),
        Err(Error::Conflict { .. } | Error::NotFound { .. }) => Ok(0),
        Err(other) => Err(other),
    }
}
