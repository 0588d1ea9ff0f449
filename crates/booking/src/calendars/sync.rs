//! Reading calendars: what is new is merged into what is known, a batch per transaction. Whatever fails in between leaves
//! what was known before, and the next reading begins where the last whole one ended.

use std::collections::HashSet;

use calendars::{Changes, Content, Fault, Object, Remote};
use ctx::Ctx;
use db::{LockClass, WriteTx};
use events::NewEvent;
use kernel::{AccountId, Result, TimeZone, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::jobs;
use super::model::{Calendar, Connection, Kind, Piece, Span, State, patience, pause, window};
use super::patch::uid_in;
use super::remote;
use super::store::{self, Read, copies, mirror};
use crate::bookings::{self, Note};
use crate::hosts::{self, Host};
use crate::ical::{Reading, busy};
use crate::slots::Interval;
use crate::{BookingId, ConnectionId};

/// Objects of one transaction.
const BATCH: usize = 200;
/// Most times of one calendar; what is beyond is counted as unreadable.
const MOST_SPANS: usize = 50_000;
/// Most copies and bookings that are looked at for one calendar.
const MOST_BOOKINGS: i64 = 2_000;
/// How often the list of calendars is asked for.
const LIST_EVERY: std::time::Duration = std::time::Duration::from_hours(24);

/// Whose calendars are read, and how.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) host: Host,
    /// Addresses of the owner: what they declined is free.
    mine: Vec<String>,
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

    fn account(&self) -> AccountId {
        self.connection.account
    }

    fn zone(&self) -> &TimeZone {
        &self.host.time_zone
    }
}

/// Reads all calendars of a connection that somebody wants to know about.
pub(super) async fn read(ctx: &Ctx, account: AccountId, id: ConnectionId) -> Result<()> {
    let Some((reader, calendars)) = Reader::load(ctx, account, id).await? else {
        return Ok(());
    };
    if reader.connection.state == State::Leaving {
        return Ok(());
    }
    let started = ctx.clock.now();
    let ended = read_all(ctx, &reader, calendars, started).await?;
    if ctx.shutdown.is_cancelled() {
        // Not all of it may have been read. It is due still.
        return Ok(());
    }
    finish(ctx, &reader, ended).await
}

async fn read_all(
    ctx: &Ctx,
    reader: &Reader,
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
        remote::keep(ctx, &reader.connection, &remote).await?;
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
    reader: &Reader,
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
    remote::keep(ctx, &reader.connection, remote).await?;
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
        Gone::AllBut(there.map(String::as_str).collect())
    } else {
        Gone::These(removed.iter().map(String::as_str).collect())
    };
    forget(ctx, reader, calendar, &gone, within, started).await?;
    let mut tx = ctx.write_behind().await?;
    let read = Read {
        token: token.as_deref(),
        whole: whole.then_some((reader.zone().name(), within.end)),
        unreadable: expanded.unreadable,
    };
    let account = reader.account();
    store::finish_reading(&mut tx, account, calendar.id, &read, started).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// What is not there any more.
enum Gone<'a> {
    AllBut(HashSet<&'a str>),
    These(HashSet<&'a str>),
}

impl Gone<'_> {
    fn has(&self, key: &str) -> bool {
        match self {
            Self::AllBut(there) => !there.contains(key),
            Self::These(gone) => gone.contains(key),
        }
    }
}

/// What objects say.
pub(super) struct Expanded {
    pub(super) pieces: Vec<Piece>,
    /// Keys of what is there and says nothing that can be read: what was known of it holds.
    unread: Vec<String>,
    /// How many events were not read, or not wholly.
    unreadable: i64,
}

/// Expands objects into times. A great many take a while, so it happens where nothing else waits.
pub(super) async fn pieces(
    reader: &Reader,
    objects: Vec<Object>,
    within: Interval,
) -> std::result::Result<Expanded, Fault> {
    let (zone, mine) = (reader.zone().to_jiff(), reader.mine.clone());
    let is_feed = reader.connection.kind == Kind::Feed;
    let work = move || expand(objects, &zone, &mine, within, is_feed);
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Fault::Garbage(error.to_string()))?
}

fn expand(
    objects: Vec<Object>,
    zone: &jiff::tz::TimeZone,
    mine: &[String],
    within: Interval,
    is_feed: bool,
) -> std::result::Result<Expanded, Fault> {
    let mine: Vec<&str> = mine.iter().map(String::as_str).collect();
    let mut reading = Reading::new(zone.clone(), within);
    reading.mine = &mine;
    let mut room = MOST_SPANS;
    let mut all = Vec::with_capacity(objects.len());
    let (mut unread, mut unreadable) = (Vec::new(), 0_i64);
    for object in objects {
        let mut piece = Piece {
            key: object.key,
            uid: object.uid,
            etag: object.etag,
            spans: Vec::new(),
        };
        match object.content {
            Content::Busy(taken) => {
                for one in taken {
                    let time = match one.all_day {
                        Some((first, end)) => {
                            days(first, end, zone).unwrap_or(Interval::new(one.start, one.end))
                        }
                        None => Interval::new(one.start, one.end),
                    };
                    if time.overlaps(within) {
                        piece.spans.push(Span {
                            time,
                            all_day: one.all_day.is_some(),
                            summary: one.summary,
                        });
                    }
                }
            }
            Content::ICalendar(text) => match busy(&text, &reading) {
                Ok(read) => {
                    unreadable += i64::try_from(read.unreadable).unwrap_or(i64::MAX)
                        + i64::from(read.truncated);
                    if is_feed {
                        split(&mut all, &mut room, read.busy);
                        continue;
                    }
                    piece.uid = piece.uid.or_else(|| uid_in(&text));
                    piece.spans = read.busy.into_iter().map(span).collect();
                }
                // Of a feed it is everything, so nothing of it may be forgotten for that.
                Err(why) if is_feed => return Err(Fault::Garbage(why.to_string())),
                Err(_) => {
                    unreadable += 1;
                    unread.push(piece.key);
                    continue;
                }
            },
        }
        if piece.spans.len() > room {
            unreadable += 1;
            piece.spans.truncate(room);
        }
        room -= piece.spans.len();
        all.push(piece);
    }
    Ok(Expanded {
        pieces: all,
        unread,
        unreadable,
    })
}

/// The events of a feed, which come under one key, apart, so that one that changes is all that is written.
fn split(all: &mut Vec<Piece>, room: &mut usize, busy: Vec<crate::ical::Busy>) {
    let mut place: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for one in busy {
        if *room == 0 {
            return;
        }
        *room -= 1;
        let uid = Some(one.uid.clone()).filter(|uid| !uid.is_empty());
        // What has no name of its own is told by its time.
        let key = uid
            .clone()
            .unwrap_or_else(|| format!("{}/{}", one.interval.start, one.interval.end));
        let at = *place.entry(key.clone()).or_insert_with(|| {
            all.push(Piece {
                key,
                uid,
                etag: None,
                spans: Vec::new(),
            });
            all.len() - 1
        });
        all[at].spans.push(span(one));
    }
}

fn span(one: crate::ical::Busy) -> Span {
    Span {
        time: one.interval,
        all_day: one.all_day,
        summary: one.summary,
    }
}

/// Whole days of an owner.
fn days(
    first: jiff::civil::Date,
    end: jiff::civil::Date,
    zone: &jiff::tz::TimeZone,
) -> Option<Interval> {
    let start = first.to_zoned(zone.clone()).ok()?.timestamp();
    let end = end.to_zoned(zone.clone()).ok()?.timestamp();
    Some(Interval::new(start.into(), end.into())).filter(|it| !it.is_empty())
}

/// What tells whether the times of an object changed.
fn digest(spans: &[Span]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for span in spans {
        hash.update(span.time.start.as_micros().to_be_bytes());
        hash.update(span.time.end.as_micros().to_be_bytes());
        hash.update([u8::from(span.all_day)]);
        hash.update(span.summary.len().to_be_bytes());
        hash.update(span.summary.as_bytes());
    }
    hash.finalize()[..16].to_vec()
}

/// Merges some objects: what changed is written, what stayed is not. Which ones are copies of our bookings is left out:
/// these have their own time already.
pub(super) async fn merge(
    ctx: &Ctx,
    reader: &Reader,
    calendar: &Calendar,
    pieces: &[Piece],
    started: Timestamp,
) -> Result<()> {
    let (account, now) = (reader.account(), ctx.clock.now());
    let mut tx = ctx.write_behind().await?;
    tx.lock(LockClass::Calendars, reader.connection.id.get())
        .await?;
    // It may have been told to block no more, or be gone, since it was asked.
    let Some(calendar) = store::calendar(&mut tx, account, calendar.id).await? else {
        return Ok(());
    };
    let claimed: Vec<BookingId> = pieces.iter().filter_map(Piece::claimed).collect();
    let ours = mirror::bookings_among(&mut tx, account, &claimed).await?;
    let keys: Vec<&str> = pieces.iter().map(|it| it.key.as_str()).collect();
    let mut known = mirror::known(&mut tx, account, calendar.id, &keys).await?;
    let (mut old, mut new, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for piece in pieces {
        if let Some(id) = piece.claimed().filter(|id| ours.contains(id)) {
            see_copy(ctx, &mut tx, reader, &calendar, piece, id, started).await?;
        }
        let is_ours = piece.claimed().is_some_and(|id| ours.contains(&id));
        let counts = calendar.blocks && !is_ours && !piece.spans.is_empty();
        let before = known.remove(&piece.key);
        // What a booking has just asked for is newer than what a long reading brings.
        if before.as_ref().is_some_and(|it| it.read_at > started) {
            continue;
        }
        let digest = digest(&piece.spans);
        if counts && before.as_ref().is_some_and(|it| it.digest == digest) {
            continue;
        }
        old.extend(before.map(|it| it.id));
        if counts {
            fresh.push(piece);
            new.push((ctx.ids.next::<i64>(), piece, digest));
        }
    }
    mirror::delete(&mut tx, account, &old).await?;
    let objects: Vec<_> = new
        .iter()
        .map(|(id, piece, digest)| mirror::NewObject {
            id: *id,
            key: &piece.key,
            uid: piece.uid.as_deref(),
            digest,
            spans: &piece.spans,
        })
        .collect();
    let place = (reader.host.id, calendar.id);
    mirror::insert(ctx, &mut tx, account, place, &objects, now).await?;
    note_conflicts(ctx, &mut tx, reader, &calendar, &fresh).await?;
    if !old.is_empty() || !fresh.is_empty() {
        tx.touch(account, "bookings");
    }
    tx.commit().await?;
    Ok(())
}

/// A copy of ours as it stands there: somebody may have moved it.
async fn see_copy(
    ctx: &Ctx,
    tx: &mut WriteTx,
    reader: &Reader,
    calendar: &Calendar,
    piece: &Piece,
    booking: BookingId,
    started: Timestamp,
) -> Result<()> {
    let account = reader.account();
    let all = copies::of_booking(tx, account, booking).await?;
    let Some(copy) = all
        .iter()
        .find(|it| it.calendar == calendar.id && it.key == piece.key)
    else {
        return Ok(());
    };
    if copy.updated_at >= started {
        return Ok(());
    }
    if copy.etag.is_none()
        && let Some(etag) = &piece.etag
    {
        copies::set_etag(tx, account, copy, etag).await?;
    }
    let moved = piece.spans.first().map(|span| span.time);
    if let Some(time) = moved.filter(|time| *time != copy.time) {
        let note = Note {
            action: "moved_in_calendar",
            detail: json!({
                "host_id": reader.host.id,
                "calendar": calendar.name,
                "start_at": time.start,
                "end_at": time.end,
            }),
        };
        bookings::note_in(ctx, tx, account, booking, &note).await?;
    }
    Ok(())
}

/// Notes bookings that something new in the calendar overlaps. They stand; somebody has to decide.
async fn note_conflicts(
    ctx: &Ctx,
    tx: &mut WriteTx,
    reader: &Reader,
    calendar: &Calendar,
    fresh: &[&Piece],
) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let (account, now) = (reader.account(), ctx.clock.now());
    let booked = mirror::booked(tx, account, reader.host.id, now, MOST_BOOKINGS).await?;
    for (booking, time) in booked {
        let spans = fresh.iter().flat_map(|it| &it.spans);
        // One is enough to make somebody look.
        let Some(span) = spans.into_iter().find(|it| it.time.overlaps(time)) else {
            continue;
        };
        let note = Note {
            action: "conflict_in_calendar",
            // Not what it is called: whoever sees bookings need not see that.
            detail: json!({
                "host_id": reader.host.id,
                "calendar": calendar.name,
                "start_at": span.time.start,
                "end_at": span.time.end,
            }),
        };
        bookings::note_in(ctx, tx, account, booking, &note).await?;
    }
    Ok(())
}

/// Forgets what is not there any more, and sees which copies of bookings are among that.
async fn forget(
    ctx: &Ctx,
    reader: &Reader,
    calendar: &Calendar,
    gone: &Gone<'_>,
    within: Interval,
    started: Timestamp,
) -> Result<()> {
    if matches!(gone, Gone::These(keys) if keys.is_empty()) {
        return Ok(());
    }
    let account = reader.account();
    let lock = (LockClass::Calendars, reader.connection.id.get());
    let mut after = i64::MIN;
    loop {
        let mut tx = ctx.write_behind().await?;
        tx.lock(lock.0, lock.1).await?;
        let limit = BATCH as i64 * 5;
        let found = mirror::keys(&mut tx, account, calendar.id, after, limit).await?;
        let Some((last, _, _)) = found.last() else {
            break;
        };
        after = *last;
        let old = found.iter().filter(|(_, key, read_at)| {
            // What a booking found while this was read may be missing in it.
            gone.has(key) && *read_at <= started
        });
        let old: Vec<i64> = old.map(|(id, _, _)| *id).collect();
        if !old.is_empty() {
            mirror::delete(&mut tx, account, &old).await?;
            tx.touch(account, "bookings");
            tx.commit().await?;
        }
    }
    let mut tx = ctx.write_behind().await?;
    tx.lock(lock.0, lock.1).await?;
    let now = ctx.clock.now();
    let copies =
        copies::in_calendar(&mut tx, account, calendar.id, within.start, MOST_BOOKINGS).await?;
    for copy in copies {
        let in_view = copy.time.start < within.end;
        if !in_view
            || copy.updated_at >= started
            || !gone.has(&copy.key)
            || !copies::set_gone(&mut tx, account, &copy, now).await?
        {
            continue;
        }
        let note = Note {
            action: "deleted_in_calendar",
            detail: json!({ "host_id": copy.host, "calendar": calendar.name }),
        };
        bookings::note_in(ctx, &mut tx, account, copy.booking, &note).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Writes how a reading ended. Whoever's calendars cannot be read is told once, until they can.
async fn finish(
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
        Err(fault) => fail(ctx, &mut tx, &mut one, &fault).await?,
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
    one.fault = Some(fault.to_string().chars().take(500).collect());
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
