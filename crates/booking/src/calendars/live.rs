//! One look at calendars before something is booked: what they say now joins what is known of them, and the rules, asked
//! again under the locks, do the rest. Nobody waits longer than a moment for that, and what does not answer is as it was
//! known last.

use std::time::Duration;

use calendars::{Fault, Object};
use ctx::Ctx;
use db::{LockClass, Tx};
use futures_util::future::join_all;
use kernel::{AccountId, Result};

use super::expand;
use super::merge::{BATCH, merge};
use super::model::{Calendar, Kind, Span, State, WhenUnreachable, window};
use super::remote;
use super::store::{self, mirror};
use super::sync::{self, Reader};
use crate::claims::{Wanted, would_host};
use crate::event_types::EventType;
use crate::slots::Interval;
use crate::slots::interval::MINUTE;
use crate::{HostId, holds, hosts};

/// How long a visitor waits for calendars.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often another host is looked at, where the first one turns out to be busy.
const ROUNDS: usize = 2;

/// Looks at the calendars of whoever would host a start.
pub(crate) async fn look_before(
    ctx: &Ctx,
    event_type: &EventType,
    wanted: &Wanted,
    hold: Option<&str>,
) -> Result<()> {
    let account = event_type.account;
    let mut seen: Vec<HostId> = Vec::new();
    for _ in 0..ROUNDS {
        let mut tx = ctx.read().await?;
        if mirror::blocking(&mut tx, account, &event_type.host_ids())
            .await?
            .is_empty()
        {
            return Ok(());
        }
        let held = match hold {
            Some(token) => holds::find_in(&mut tx, account, token).await?,
            None => None,
        };
        let hold = held.map(|it| it.id);
        let mut hosts = would_host(ctx, &mut tx, event_type, wanted, hold).await?;
        drop(tx);
        hosts.retain(|host| !seen.contains(host));
        if hosts.is_empty() {
            return Ok(());
        }
        let settings = &event_type.settings;
        let around = |minutes: u32| i64::from(minutes) * MINUTE;
        let time = Interval::lasting(wanted.start, wanted.minutes).widened(
            around(settings.buffer_before_minutes),
            around(settings.buffer_after_minutes),
        );
        look_at(ctx, account, &hosts, time).await?;
        seen.extend(hosts);
    }
    Ok(())
}

/// What calendars elsewhere have against one of some hosts at a time, in words; `None`: nothing. For whoever decides about
/// hosts who are named: what is looked for has it among its rules.
pub(crate) async fn in_the_way(
    tx: &mut Tx,
    account: AccountId,
    hosts: &[HostId],
    time: Interval,
) -> Result<Option<String>> {
    let named = mirror::blocking(tx, account, hosts).await?;
    if named.is_empty() {
        return Ok(None);
    }
    let busy = mirror::times(tx, account, hosts, time).await?;
    let found = named.iter().find_map(|one| {
        let is_busy = busy.iter().any(|(_, calendar, _)| *calendar == one.id);
        let what = if one.stops {
            format!("has the calendar {}, which cannot be read", one.name)
        } else if is_busy {
            format!("is busy in the calendar {}", one.name)
        } else {
            return None;
        };
        Some((one.host, what))
    });
    let Some((host, what)) = found else {
        return Ok(None);
    };
    let person = hosts::find(tx, account, host).await?;
    Ok(person.map(|person| format!("{} {what}", person.name)))
}

/// What a calendar answered.
struct Answer<'a> {
    reader: &'a Reader,
    calendar: &'a Calendar,
    objects: std::result::Result<Vec<Object>, Fault>,
}

/// Asks all blocking calendars of some hosts at once what is in an interval.
pub(crate) async fn look_at(
    ctx: &Ctx,
    account: AccountId,
    hosts: &[HostId],
    time: Interval,
) -> Result<()> {
    let started = ctx.clock.now();
    let mut used = {
        let mut tx = ctx.read().await?;
        store::used(&mut tx, account, hosts).await?
    };
    used.retain(|it| it.blocks);
    let mut ids: Vec<_> = used.iter().map(|it| it.connection_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut readers = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some((reader, _)) = Reader::load(ctx, account, id).await? {
            // Who has been told that it is broken is not made to wait for it as well.
            if reader.connection.state == State::Ok {
                readers.push(reader);
            }
        }
    }
    let mut open = Vec::with_capacity(readers.len());
    for reader in &readers {
        open.push((reader, remote::open(ctx, &reader.connection)));
    }
    let questions = open.iter().flat_map(|(reader, remote)| {
        let own = used
            .iter()
            .filter(|it| it.connection_id == reader.connection.id);
        own.map(move |calendar| async move {
            let objects = match remote {
                Ok(remote) => {
                    let question = remote.now(&calendar.remote_id, time.start, time.end);
                    match tokio::time::timeout(PATIENCE, question).await {
                        Ok(answer) => answer,
                        Err(_) => Err(Fault::Unreachable(
                            "the server did not answer in time".to_owned(),
                        )),
                    }
                }
                Err(fault) => Err(fault.clone()),
            };
            Answer {
                reader,
                calendar,
                objects,
            }
        })
    });
    let answers = join_all(questions).await;
    for answer in answers {
        let (reader, calendar) = (answer.reader, answer.calendar);
        let ended = match answer.objects {
            Ok(objects) => expand::pieces(reader, objects, window(started)).await,
            Err(fault) => Err(fault),
        };
        match ended {
            Ok(mut expanded) => {
                if reader.connection.kind == Kind::Feed {
                    // It is all there is, and only this time matters now.
                    let matters = |it: &Span| it.time.overlaps(time);
                    expanded.pieces.retain(|it| it.spans.iter().any(matters));
                }
                let mut changed = false;
                for batch in expanded.pieces.chunks(BATCH) {
                    match merge(ctx, reader, calendar, batch, started).await {
                        Ok(new) => changed |= new,
                        Err(error) => {
                            // Nobody is kept from booking by what a calendar says.
                            tracing::error!(%error, calendar = calendar.id.get(), "what a calendar says cannot be kept");
                            let fault = Fault::Garbage("it cannot be kept".to_owned());
                            unanswered(ctx, account, reader, &fault).await?;
                            break;
                        }
                    }
                }
                if changed && reader.connection.kind == Kind::Feed {
                    read_anew(ctx, account, reader).await?;
                }
            }
            Err(fault) => unanswered(ctx, account, reader, &fault).await?,
        }
    }
    for (reader, remote) in &open {
        if let Ok(remote) = remote {
            remote::keep(ctx, &reader.connection, remote).await?;
        }
    }
    Ok(())
}

/// A feed that says again what it said when it was last read as a whole would be passed over, and what it said in between
/// would stay. So it is read once more, also where somebody reads it just now.
async fn read_anew(ctx: &Ctx, account: AccountId, reader: &Reader) -> Result<()> {
    let id = reader.connection.id;
    let mut tx = ctx.write_behind().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    store::forget_tokens(&mut tx, account, id).await?;
    store::set_sync_at(&mut tx, account, id, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Of a calendar that does not answer, what was known last holds; unless its owner wants to be offered only while it does.
async fn unanswered(ctx: &Ctx, account: AccountId, reader: &Reader, fault: &Fault) -> Result<()> {
    let id = reader.connection.id;
    tracing::info!(connection = id.get(), %fault, "a calendar does not answer while something is booked");
    if reader.connection.when_unreachable != WhenUnreachable::StopOffering {
        return Ok(());
    }
    let mut tx = ctx.write().await?;
    tx.lock(LockClass::Calendars, id.get()).await?;
    let Some(mut one) = store::find(&mut tx, account, id).await? else {
        return Ok(());
    };
    // Nothing is said of who has signed in again since.
    if one.state == State::Ok && one.secret == reader.connection.secret {
        sync::fail(ctx, &mut tx, &mut one, fault).await?;
        store::update(&mut tx, &one).await?;
        tx.commit().await?;
    }
    Ok(())
}
