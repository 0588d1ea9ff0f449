//! Use cases of connections.

mod connect;
mod copied;
mod manage;
mod sign_in;
mod taken;

use identity::Actor;
use kernel::{AccountId, Error, Result, UserId};

use super::model::{Calendar, Connection, Kind, State};
use super::store;
use crate::hosts::{self, Host};
use crate::{ConnectionId, HostId};
use db::Tx;
use serde::Serialize;

pub use connect::{NewConnection, connect};
pub use copied::{CopyView, copies_of};
pub use manage::{
    CalendarPatch, ConnectionPatch, Copies, disconnect, get, list, sync_now, update,
    update_calendar,
};
pub(super) use sign_in::return_to;
pub use sign_in::{Begin, Begun, begin, finish};
pub use taken::{BusyTime, busy_times};

/// Most connections of a host.
const MOST: usize = 20;

/// Who asks: calendars concern their owner, and whoever runs the account.
#[derive(Clone, Debug)]
pub struct Who {
    /// For the audit log.
    pub actor: Actor,
    /// The person.
    pub user: UserId,
    /// Whether they run the account.
    pub admin: bool,
}

impl Who {
    /// Whether they may see what is in the calendars of a host.
    pub(super) fn owns(&self, host: &Host) -> bool {
        self.admin || self.user == host.user_id
    }

    /// Fails unless the calendars are theirs to see.
    fn check(&self, host: &Host) -> Result<()> {
        if self.owns(host) {
            return Ok(());
        }
        Err(Error::Forbidden(
            format!(
                "these calendars are {}'s: only they and admins may look at them and change them",
                host.name
            )
            .into(),
        ))
    }
}

/// A connection with its calendars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarConnectionDetail)]
pub struct Detail {
    /// The connection.
    pub connection: Connection,
    /// What it leads to.
    pub calendars: Vec<Calendar>,
}

/// All of a host's, with what else could be connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarConnectionList)]
pub struct List {
    /// The connections.
    pub data: Vec<Detail>,
    /// What can be connected on this server: Google and Microsoft only if the operator registered a program there.
    #[schema(example = json!(["feed", "caldav", "google"]))]
    pub kinds: Vec<Kind>,
    /// The address that such a program must be allowed to send people back to.
    #[schema(example = "https://mail.example.com/oauth/calendars")]
    pub redirect_url: String,
}

async fn host_for(tx: &mut Tx, account: AccountId, who: &Who, id: HostId) -> Result<Host> {
    let host = hosts::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("host", id))?;
    who.check(&host)?;
    Ok(host)
}

/// A connection that is not being taken down, and whose it is.
async fn connection_for(
    tx: &mut Tx,
    account: AccountId,
    who: &Who,
    id: ConnectionId,
) -> Result<(Connection, Host)> {
    let unknown = || Error::not_found("calendar connection", id);
    let found = store::find(tx, account, id).await?;
    let connection = found
        .filter(|it| it.state != State::Leaving)
        .ok_or_else(unknown)?;
    let host = hosts::find(tx, account, connection.host_id)
        .await?
        .ok_or_else(unknown)?;
    who.check(&host)?;
    Ok((connection, host))
}

/// Fails as [`connection_for`] does, before anybody is told about the rest of their request.
pub(super) async fn check(
    ctx: &ctx::Ctx,
    account: AccountId,
    who: &Who,
    id: ConnectionId,
) -> Result<()> {
    let mut tx = ctx.read().await?;
    connection_for(&mut tx, account, who, id).await.map(|_| ())
}

/// The same for all that is a host's.
pub(super) async fn check_host(
    ctx: &ctx::Ctx,
    account: AccountId,
    who: &Who,
    id: HostId,
) -> Result<()> {
    let mut tx = ctx.read().await?;
    host_for(&mut tx, account, who, id).await.map(|_| ())
}

async fn audit(
    ctx: &ctx::Ctx,
    tx: &mut Tx,
    who: &Who,
    action: &str,
    one: &Connection,
    (before, after): (Option<serde_json::Value>, Option<serde_json::Value>),
) -> Result<()> {
    let target = ("calendar_connection", one.id);
    let account = one.account;
    tx.touch(account, "hosts");
    identity::audit(ctx, tx, account, &who.actor, action, target, before, after).await
}

/// What the audit log keeps: nothing with which anybody gets in.
fn snapshot(one: &Connection) -> serde_json::Value {
    serde_json::json!({
        "host_id": one.host_id,
        "kind": one.kind,
        "name": one.name,
        "address": one.address,
        "user_name": one.user_name,
        "when_unreachable": one.when_unreachable,
    })
}
