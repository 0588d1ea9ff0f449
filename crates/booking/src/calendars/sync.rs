//! Reading calendars: what is new is merged into what is known, a batch per transaction. Whatever fails in between leaves
//! what was known before, and the next reading begins where the last whole one ended.

use calendars::{Changes, Fault, Remote};
use ctx::Ctx;
use db::{LockClass, WriteTx};
use events::NewEvent;
use kernel::{AccountId, Result, TimeZone, Timestamp};
use serde_json::json;

use super::expand::{cleaned, pieces, stored_key};
use super::jobs;
use super::merge::{BATCH, Gone, forget, merge};
use super::model::{Calendar, Connection, Kind, State, patience, pause, window};
use super::remote;
use super::store::{self, Read};
use crate::ConnectionId;
use crate::hosts::{self, Host};
use crate::slots::Interval;

/// How often the list of calendars is asked for.
const LIST_EVERY: std::time::Duration = std::time::Duration::from_hours(24);

/// Whose calendars are read, and how.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) host: Host,
    /// Addresses of the owner: what they declined is free.
    pub(super) mine: Vec<String>,
}

impl Reader {
    pub(super) async fn load(
        ctx: &Ctx,
        account: AccountId,
        id: ConnectionId,
    ) -> Result<Option<(Self, Vec<Calendar>)>> {
        let mut tx = ctx.read().await?;
        let Some(connection) = store::find(&mut tx, account, id).await? else {
            return Ok(None);
        };
        let Some(host) = hosts::find(&mut tx, account, connection.host_id).await? else {
            return Ok(None);
        };
        let calendars = store::calendars(&mut tx, account, id).await?;
        let user = match identity::users::get_in(&mut tx, account, host.user_id).await {
            Ok(user) => Some(user.email.as_str().to_owned()),
            // Whoever left the account may be a host still.
            Err(kernel::Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let owners = calendars.iter().filter_map(|it| it.owner.clone());
        let mine = user
            .into_iter()
            .chain(connection.user_name.clone())
            .chain(owners);
        let mine = mine.filter(|it| it.contains('@')).collect();
        Ok(Some((
            Self {
                connection,
                host,
                mine,
            },
            calendars,
        )))
    }

    /// Keeps the tokens that came meanwhile. They are the ones that this asks with from now on.
    async fn keep(&mut self, ctx: &Ctx, remote: &Remote) -> Result<()> {
        if let Some(secret) = remote::keep(ctx, &self.connection, remote).await? {
            self.connection.secret = secret;
        }
        Ok(())
    }

    pub(super) fn account(&self) -> AccountId {
        self.connection.account
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.host.time_zone
    }
}

/// Reads all calendars of a connection that somebody wants to know about.
pub(super) async fn read(ctx: &Ctx, account: AccountId, id: ConnectionId) -> Result<()> {
    let Some((mut reader, calendars)) = Reader::load(ctx, account, id).await? else {
        return Ok(());
    };
    if reader.connection.state == State::Leaving {
        return Ok(());
    }
    let started = ctx.clock.now();
    let ended = read_all(ctx, &mut reader, calendars, started).await?;
    if ctx.shutdown.is_cancelled() {
        // Not all of it may have been read. It is due still.
        return Ok(());
    }
    finish(ctx, &reader, ended).await
}

async fn read_all(
    ctx: &Ctx,
    reader: &mut Reader,
    mut calendars: Vec<Calendar>,
    started: Timestamp,
) -> Result<std::result::Result<Option<Timestamp>, Fault>> {
    let remote = match remote::open(ctx, &reader.connection) {
        Ok(remote) => remote,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut listed_at = reader.connection.listed_at;
    let mut fault = None;
    if listed_at.is_none_or(|at| at > started || at + LIST_EVERY <= started) {
        let listed = remote.list().await;
        reader.keep(ctx, &remote).await?;
        match listed {
            Ok(listed) => {
                let mut tx = ctx.write().await?;
                remote::take_list(ctx, &mut tx, &reader.connection, &listed, false).await?;
                calendars =
                    store::calendars(&mut tx, reader.account(), reader.connection.id).await?;
                tx.commit().await?;
                listed_at = Some(started);
            }
            Err(why) => fault = Some(why),
        }
    }
    for calendar in calendars.iter().filter(|it| it.is_read()) {
        // What one calendar has to say does not depend on the others.
        if matches!(fault, Some(Fault::Unauthorized(_) | Fault::Busy { .. }))
            || ctx.shutdown.is_cancelled()
        {
            break;
        }
        if let Err(why) = read_one(ctx, reader, &remote, calendar, started).await? {
            tracing::info!(
                connection = reader.connection.id.get(),
                calendar = calendar.id.get(),
                fault = %why,
                "a calendar cannot be read"
            );
            fault = fault.or(Some(why));
        }
    }
    Ok(fault.map_or(Ok(listed_at), Err))
}

async fn read_one(
    ctx: &Ctx,
    reader: &mut Reader,
    remote: &Remote,
    calendar: &Calendar,
    started: Timestamp,
) -> Result<std::result::Result<(), Fault>> {
    let within = window(started);
    let token = calendar.token(reader.zone(), started);
    let id = calendar.remote_id.as_str();
    let mut answer = remote.changes(id, token, within.start, within.end).await;
    if token.is_some() && answer == Err(Fault::TokenGone) {
        answer = remote.changes(id, None, within.start, within.end).await;
    }
    // Before anything else can fail: the tokens before these may not work any more.
    reader.keep(ctx, remote).await?;
    match answer {
        Ok(changes) => take(ctx, reader, calendar, changes, within, started).await,
        Err(fault) => Ok(Err(fault)),
    }
}

/// Merges what a calendar said.
async fn take(
    ctx: &Ctx,
    reader: &Reader,
    calendar: &Calendar,
    changes: Changes,
    within: Interval,
    started: Timestamp,
) -> Result<std::result::Result<(), Fault>> {
    let Changes {
        whole,
        changed,
        removed,
        token,
    } = changes;
    // What a feed says is all of it, unless it says that nothing changed.
    let whole = whole || (reader.connection.kind == Kind::Feed && !changed.is_empty());
    let expanded = match pieces(reader, changed, within).await {
        Ok(expanded) => expanded,
        Err(fault) => return Ok(Err(fault)),
    };
    let pieces = &expanded.pieces;
    for batch in pieces.chunks(BATCH) {
        merge(ctx, reader, calendar, batch, started).await?;
    }
    let gone = if whole {
        let there = pieces.iter().map(|it| &it.key).chain(&expanded.unread);
        Gone::AllBut(there.cloned().collect())
    } else {
        Gone::These(removed.into_iter().map(stored_key).collect())
    };
    forget(ctx, reader, calendar, &gone, within, started).await?;
    let mut tx = ctx.write_behind().await?;
    let read = Read {
        token: token.as_deref().filter(|it| !it.contains('\0')),
        whole: whole.then_some((reader.zone().name(), within.end)),
        unreadable: expanded.unreadable,
        asked_at: reader.connection.sync_at,
    };
    let account = reader.account();
    tx.lock(LockClass::Calendars, reader.connection.id.get())
        .await?;
    store::finish_reading(&mut tx, account, calendar, &read, started).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Writes how a reading ended. Whoever's calendars cannot be read is told once, until they can.
pub(super) async fn finish(
    ctx: &Ctx,
    reader: &Reader,
    ended: std::result::Result<Option<Timestamp>, Fault>,
) -> Result<()> {
    let (account, id, now) = (reader.account(), reader.connection.id, ctx.clock.now());
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    let Some(mut one) = store::find(&mut tx, account, id).await? else {
        return Ok(());
    };
    if one.state == State::Leaving {
        return Ok(());
    }
    let every = ctx.site.read_calendars_every;
    match ended {
        Ok(listed_at) => {
            one.state = State::Ok;
            one.fault = None;
            one.failures = 0;
            one.broken_since = None;
            one.synced_at = Some(now);
            one.listed_at = listed_at;
            if reader.connection.state == State::Broken {
                // What could not be written meanwhile may have been given up.
                jobs::copy_all_soon(ctx, &mut tx, account, one.host_id).await?;
            }
            // Who has asked for it since is not forgotten.
            if one.sync_at == reader.connection.sync_at {
                one.sync_at = now + every;
            }
        }
        // It was asked with what does not hold any more: somebody has signed in again, or another one of us has got new tokens.
        Err(Fault::Unauthorized(_)) if one.secret != reader.connection.secret => one.sync_at = now,
        Err(fault) => {
            let asked_at = one.sync_at;
            fail(ctx, &mut tx, &mut one, &fault).await?;
            if asked_at != reader.connection.sync_at {
                one.sync_at = asked_at;
            }
        }
    }
    tx.touch(account, "hosts");
    store::update(&mut tx, &one).await?;
    tx.commit().await?;
    Ok(())
}

/// One more failure in a row. What was known of the calendars stays.
pub(super) async fn fail(
    ctx: &Ctx,
    tx: &mut WriteTx,
    one: &mut Connection,
    fault: &Fault,
) -> Result<()> {
    let now = ctx.clock.now();
    one.failures += 1;
    one.fault = Some(cleaned(&fault.to_string(), 500));
    one.sync_at = now + pause(ctx.site.read_calendars_every, one.failures, fault);
    if one.state == State::Ok && one.failures >= patience(fault, one.when_unreachable) {
        one.state = State::Broken;
        one.broken_since = Some(now);
        tx.touch(one.account, "bookings");
        let event = NewEvent {
            kind: events::kind::CALENDAR_BROKEN,
            subscriber: None,
            subject: Some(one.id.get()),
            at: None,
            body: json!({
                "connection_id": one.id,
                "host_id": one.host_id,
                "name": one.name,
                "fault": one.fault,
                "when_unreachable": one.when_unreachable,
            }),
        };
        events::record(ctx, tx, one.account, &[event]).await?;
        tracing::warn!(
            connection = one.id.get(),
            account = one.account.get(),
            fault = one.fault,
            "the calendars of a host cannot be read"
        );
    }
    Ok(())
}
