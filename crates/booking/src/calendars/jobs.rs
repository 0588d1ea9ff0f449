//! What happens later: reading, copying, taking down.

use std::time::Duration;

use calendars::Fault;
use ctx::Ctx;
use db::WriteTx;
use jobs::{Attempt, Job, JobError, New};
use kernel::{AccountId, Error, Result};
use serde::{Deserialize, Serialize};

use super::{copies, store, sync};
use crate::{BookingId, ConnectionId, HostId};

/// Connections that one look at what is due takes on.
const AT_ONCE: i64 = 500;
/// Bookings of a host that are looked at when their calendars change.
const MOST_COPIES: i64 = 1_000;

/// Reads the calendars of a connection.
#[derive(Debug, Serialize, Deserialize)]
pub struct Read {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub connection: ConnectionId,
}

impl Job for Read {
    const KIND: &'static str = "booking.calendar_read";
    // A calendar that cannot be read is no failed job: it is read again at its time.
    const MAX_ATTEMPTS: u16 = 3;

    async fn run(self, ctx: &Ctx, _: Attempt) -> std::result::Result<(), JobError> {
        sync::read(ctx, self.account, self.connection)
            .await
            .map_err(JobError::retry)
    }
}

/// Brings the copies of a booking up to date, whatever has happened to it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Copy {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub booking: BookingId,
}

impl Job for Copy {
    const KIND: &'static str = "booking.calendar_copy";

    async fn run(self, ctx: &Ctx, at: Attempt) -> std::result::Result<(), JobError> {
        let ended = copies::write(ctx, self.account, self.booking, at.last).await;
        verdict(ended, at)
    }
}

/// Takes the copies out of the calendars of a connection, and then the connection away.
#[derive(Debug, Serialize, Deserialize)]
pub struct Leave {
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub connection: ConnectionId,
}

impl Job for Leave {
    const KIND: &'static str = "booking.calendar_leave";
    // Ten minutes: whoever disconnects often does because it does not work.
    const MAX_ATTEMPTS: u16 = 6;

    async fn run(self, ctx: &Ctx, at: Attempt) -> std::result::Result<(), JobError> {
        let ended = copies::leave(ctx, self.account, self.connection, at.last).await;
        verdict(ended, at)
    }
}

/// What a calendar did not do is done later.
fn verdict(
    ended: Result<std::result::Result<(), Fault>>,
    at: Attempt,
) -> std::result::Result<(), JobError> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Fault::Busy {
            retry_after: Some(pause),
        })) if !at.last => Err(JobError::Snooze(
            pause.clamp(Duration::from_secs(1), Duration::from_hours(1)),
        )),
        Ok(Err(fault)) => Err(JobError::retry(fault)),
        Err(error) => Err(JobError::retry(error)),
    }
}

/// Has a connection read as soon as somebody gets to it.
pub(super) async fn read_soon(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    connection: ConnectionId,
) -> Result<()> {
    let job = Read {
        account,
        connection,
    };
    // One that runs just now sees by this that it is asked for once more.
    store::set_sync_at(tx, account, connection, ctx.clock.now()).await?;
    New::of(&job)
        .account(account)
        .unique_key(connection.to_string())
        .enqueue(ctx, tx)
        .await?;
    Ok(())
}

/// Has the copies of a booking brought up to date.
pub(super) async fn copy_soon(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    booking: BookingId,
) -> Result<()> {
    ::jobs::enqueue(ctx, tx, account, &Copy { account, booking }).await?;
    Ok(())
}

/// Has the copies of all that is to come with a host brought up to date.
pub(super) async fn copy_all_soon(
    ctx: &Ctx,
    tx: &mut WriteTx,
    account: AccountId,
    host: HostId,
) -> Result<()> {
    let now = ctx.clock.now();
    for booking in store::copies::to_come(tx, account, host, now, MOST_COPIES).await? {
        copy_soon(ctx, tx, account, booking).await?;
    }
    Ok(())
}

/// Has the connections read whose time has come; how many. For a schedule.
pub async fn read_due(ctx: &Ctx) -> Result<usize> {
    let now = ctx.clock.now();
    let due = store::due(&mut *ctx.read().await?, now, AT_ONCE).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut tx = ctx.write().await?;
    let mut asked = 0;
    for (account, connection) in due {
        let job = Read {
            account,
            connection,
        };
        let new = New::of(&job)
            .account(account)
            .unique_key(connection.to_string());
        asked += usize::from(new.enqueue(ctx, &mut tx).await?.is_some());
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(asked)
}
