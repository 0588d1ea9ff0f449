//! Looking at connections, changing and ending them.

use ctx::Ctx;
use db::LockClass;
use kernel::{AccountId, Error, Result};
use serde::Deserialize;
use serde_json::json;

use super::connect::{
    checked_address, checked_line, checked_password, domain_of, listed, revive, seal,
};
use super::{Detail, List, Who, audit, connection_for, host_for, snapshot};
use crate::calendars::jobs::{self, Leave};
use crate::calendars::model::{Calendar, Kind, Secret, State, WhenUnreachable};
use crate::calendars::remote::redirect_url;
use crate::calendars::store::{self, mirror};
use crate::{CalendarId, ConnectionId, HostId};

/// A change of a connection: absent is unchanged.
#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CalendarConnectionPatch)]
pub struct ConnectionPatch {
    /// What it is called.
    #[serde(default)]
    pub name: Option<String>,
    /// What holds while it is broken.
    #[serde(default)]
    pub when_unreachable: Option<WhenUnreachable>,
    /// Another password, of CalDAV.
    #[serde(default)]
    pub password: Option<String>,
    /// Another address, of a feed.
    #[serde(default)]
    pub url: Option<String>,
}

impl std::fmt::Debug for ConnectionPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConnectionPatch(hidden)")
    }
}

/// A change of what a calendar is used for: absent is unchanged.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectedCalendarPatch)]
pub struct CalendarPatch {
    /// Whether what is in it keeps slots away.
    #[serde(default)]
    pub blocks: Option<bool>,
    /// Whether bookings are put into it. Another calendar of the host that did stops doing so.
    #[serde(default)]
    pub receives: Option<bool>,
}

/// What becomes of the bookings that were put into calendars, when these are disconnected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CalendarCopies)]
pub enum Copies {
    /// They stay there.
    #[default]
    Keep,
    /// Those that are to come are taken out.
    Remove,
}

/// All connections of a host.
pub async fn list(ctx: &Ctx, account: AccountId, who: &Who, host: HostId) -> Result<List> {
    let mut tx = ctx.read().await?;
    host_for(&mut tx, account, who, host).await?;
    let mut data = Vec::new();
    for connection in store::of_host(&mut tx, account, host).await? {
        if connection.state != State::Leaving {
            let calendars = store::calendars(&mut tx, account, connection.id).await?;
            data.push(Detail {
                connection,
                calendars,
            });
        }
    }
    let can = |kind: &Kind| match kind {
        Kind::Feed | Kind::Caldav => true,
        Kind::Google => ctx.site.google.is_some(),
        Kind::Microsoft => ctx.site.microsoft.is_some(),
    };
    Ok(List {
        data,
        kinds: Kind::ALL.into_iter().filter(can).collect(),
        redirect_url: redirect_url(ctx),
    })
}

/// One connection.
pub async fn get(ctx: &Ctx, account: AccountId, who: &Who, id: ConnectionId) -> Result<Detail> {
    let mut tx = ctx.read().await?;
    let (connection, _) = connection_for(&mut tx, account, who, id).await?;
    let calendars = store::calendars(&mut tx, account, id).await?;
    Ok(Detail {
        connection,
        calendars,
    })
}

/// Changes a connection. A new address or password is tried before it is kept.
pub async fn update(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    id: ConnectionId,
    patch: ConnectionPatch,
) -> Result<Detail> {
    let (mut tried, _) = connection_for(&mut *ctx.read().await?, account, who, id).await?;
    let not_allowed = |field: &'static str| {
        Error::invalid(
            field,
            "not_allowed",
            format!(
                "a connection by {} has none; sign in again instead",
                tried.kind.as_str()
            ),
        )
    };
    let secret = match (&patch.password, &patch.url, tried.kind) {
        (Some(password), None, Kind::Caldav) => Some(checked_password(password)?),
        (None, Some(url), Kind::Feed) => Some(Secret::Feed {
            url: checked_address(url, "url")?,
        }),
        (None, None, _) => None,
        (Some(_), _, _) => return Err(not_allowed("password")),
        (None, Some(_), _) => return Err(not_allowed("url")),
    };
    let mut found = None;
    if let Some(secret) = &secret {
        tried.secret = seal(ctx, secret)?;
        if let Secret::Feed { url } = secret {
            tried.address = Some(domain_of(url));
        }
        found = Some(listed(ctx, &tried).await?);
    }
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    let (before, _) = connection_for(&mut tx, account, who, id).await?;
    let mut one = before.clone();
    if let Some(name) = &patch.name {
        one.name = checked_line(name, 200, "name")?;
    }
    if let Some(when) = patch.when_unreachable {
        one.when_unreachable = when;
    }
    one.updated_at = ctx.clock.now();
    if let Some(listed) = &found {
        one.secret = tried.secret;
        one.address = tried.address;
        revive(ctx, &mut tx, &mut one, listed).await?;
    } else {
        store::update(&mut tx, &one).await?;
    }
    let both = (Some(snapshot(&before)), Some(snapshot(&one)));
    audit(ctx, &mut tx, who, "calendar.updated", &one, both).await?;
    let calendars = store::calendars(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(Detail {
        connection: one,
        calendars,
    })
}

/// Says what a calendar is used for.
pub async fn update_calendar(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    (connection, id): (ConnectionId, CalendarId),
    patch: CalendarPatch,
) -> Result<Calendar> {
    let mut tx = ctx.write().await?;
    let host_id = connection_for(&mut tx, account, who, connection)
        .await?
        .0
        .host_id;
    // That only one receives is decided under the lock of the host.
    tx.lock(LockClass::Host, host_id.get()).await?;
    tx.lock(LockClass::Calendars, connection.get()).await?;
    let (one, _) = connection_for(&mut tx, account, who, connection).await?;
    let before = store::calendar(&mut tx, account, id)
        .await?
        .filter(|it| it.connection_id == connection)
        .ok_or_else(|| Error::not_found("calendar", id))?;
    let blocks = patch.blocks.unwrap_or(before.blocks);
    let receives = patch.receives.unwrap_or(before.receives);
    if receives && !before.writable {
        return Err(Error::invalid(
            "receives",
            "not_allowed",
            "nothing can be written into this calendar; choose another one",
        ));
    }
    if (blocks, receives) == (before.blocks, before.receives) {
        return Ok(before);
    }
    if receives && !before.receives {
        store::stop_receiving(&mut tx, account, host_id).await?;
    }
    store::set_use(&mut tx, account, id, blocks, receives).await?;
    if !blocks {
        mirror::forget(&mut tx, account, id).await?;
    }
    if receives && !before.receives {
        // What is booked already belongs there as well.
        jobs::copy_all_soon(ctx, &mut tx, account, host_id).await?;
    }
    jobs::read_soon(ctx, &mut tx, account, connection).await?;
    let values = |blocks: bool, receives: bool| json!({ "calendar": before.name, "blocks": blocks, "receives": receives });
    let both = (
        Some(values(before.blocks, before.receives)),
        Some(values(blocks, receives)),
    );
    audit(ctx, &mut tx, who, "calendar.used", &one, both).await?;
    let after = store::calendar(&mut tx, account, id).await?;
    tx.commit().await?;
    after.ok_or_else(|| Error::not_found("calendar", id))
}

/// Reads a connection at once.
pub async fn sync_now(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    id: ConnectionId,
) -> Result<Detail> {
    let mut tx = ctx.write().await?;
    let (mut connection, _) = connection_for(&mut tx, account, who, id).await?;
    connection.sync_at = ctx.clock.now();
    store::set_sync_at(&mut tx, account, id, connection.sync_at).await?;
    jobs::read_soon(ctx, &mut tx, account, id).await?;
    let calendars = store::calendars(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(Detail {
        connection,
        calendars,
    })
}

/// Ends a connection. What it said was taken is not any more.
pub async fn disconnect(
    ctx: &Ctx,
    account: AccountId,
    who: &Who,
    id: ConnectionId,
    copies: Copies,
) -> Result<()> {
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    let (mut one, _) = connection_for(&mut tx, account, who, id).await?;
    let calendars = store::calendars(&mut tx, account, id).await?;
    if copies == Copies::Remove {
        for calendar in &calendars {
            store::set_use(&mut tx, account, calendar.id, false, false).await?;
            mirror::forget(&mut tx, account, calendar.id).await?;
        }
        one.state = State::Leaving;
        one.updated_at = ctx.clock.now();
        store::update(&mut tx, &one).await?;
        let job = Leave {
            account,
            connection: id,
        };
        ::jobs::enqueue(ctx, &mut tx, account, &job).await?;
    } else {
        for calendar in &calendars {
            store::delete_calendar(&mut tx, account, calendar.id).await?;
        }
        store::delete(&mut tx, account, id).await?;
        // What could not be taken out of these is in the way of no other one any more.
        jobs::copy_all_soon(ctx, &mut tx, account, one.host_id).await?;
    }
    let before = Some(snapshot(&one));
    audit(
        ctx,
        &mut tx,
        who,
        "calendar.disconnected",
        &one,
        (before, None),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
