//! What is known of a calendar, and what is new of it: a batch per transaction.

use std::collections::HashSet;

use ctx::Ctx;
use db::{LockClass, WriteTx};
use kernel::{Result, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::expand::stored_key;
use super::model::{Calendar, Piece, Span};
use super::store::{self, copies, mirror};
use super::sync::Reader;
use crate::BookingId;
use crate::bookings::{self, Note};
use crate::slots::Interval;

/// Objects of one transaction.
pub(super) const BATCH: usize = 200;
/// Keys of one transaction.
const AT_ONCE: usize = 1_000;
/// Most copies and bookings that are looked at for one calendar.
const MOST_BOOKINGS: i64 = 2_000;

/// What is not there any more.
pub(super) enum Gone {
    AllBut(HashSet<String>),
    These(HashSet<String>),
}

impl Gone {
    fn has(&self, key: &str) -> bool {
        match self {
            Self::AllBut(there) => !there.contains(key),
            Self::These(gone) => gone.contains(key),
        }
    }
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
/// these have their own time already. Whether anything is known otherwise than before.
pub(super) async fn merge(
    ctx: &Ctx,
    reader: &Reader,
    calendar: &Calendar,
    pieces: &[Piece],
    started: Timestamp,
) -> Result<bool> {
    let (account, now) = (reader.account(), ctx.clock.now());
    let mut tx = ctx.write_behind().await?;
    tx.lock(LockClass::Calendars, reader.connection.id.get())
        .await?;
    // It may have been told to block no more, or be gone, since it was asked.
    let Some(calendar) = store::calendar(&mut tx, account, calendar.id).await? else {
        return Ok(false);
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
    let changed = !old.is_empty() || !fresh.is_empty();
    if changed {
        tx.touch(account, "bookings");
    }
    tx.commit().await?;
    Ok(changed)
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
        .find(|it| it.calendar == calendar.id && stored_key(it.key.clone()) == piece.key)
    else {
        return Ok(());
    };
    // What is being written, or has to be, is not where it is to be yet.
    if copy.updated_at >= started || copy.sequence < 0 {
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
pub(super) async fn forget(
    ctx: &Ctx,
    reader: &Reader,
    calendar: &Calendar,
    gone: &Gone,
    within: Interval,
    started: Timestamp,
) -> Result<()> {
    if matches!(gone, Gone::These(keys) if keys.is_empty()) {
        return Ok(());
    }
    let account = reader.account();
    let lock = (LockClass::Calendars, reader.connection.id.get());
    let mut named: Vec<&str> = match gone {
        Gone::These(keys) => keys.iter().map(String::as_str).collect(),
        Gone::AllBut(_) => Vec::new(),
    };
    let mut after = i64::MIN;
    loop {
        let mut tx = ctx.write_behind().await?;
        tx.lock(lock.0, lock.1).await?;
        let found: Vec<(i64, String, Timestamp)> = match gone {
            Gone::AllBut(_) => {
                mirror::keys(&mut tx, account, calendar.id, after, AT_ONCE as i64).await?
            }
            Gone::These(_) => {
                let batch = named.split_off(named.len().saturating_sub(AT_ONCE));
                if batch.is_empty() {
                    break;
                }
                let known = mirror::known(&mut tx, account, calendar.id, &batch).await?;
                let known = known.into_values();
                known.map(|it| (it.id, it.key, it.read_at)).collect()
            }
        };
        match (found.last(), gone) {
            (Some((last, _, _)), _) => after = *last,
            (None, Gone::AllBut(_)) => break,
            (None, Gone::These(_)) => continue,
        }
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
            || !gone.has(&stored_key(copy.key.clone()))
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
