//! What calendars say, as the times that matter: expanded, named, and cleaned of what no database keeps.

use std::collections::{HashMap, HashSet};

use calendars::{Content, Fault, Object};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::model::{Kind, Piece, Span};
use super::patch::uid_in;
use super::sync::Reader;
use crate::ical::{Reading, busy};
use crate::slots::Interval;

/// Most times of one calendar; what is beyond is counted as unreadable.
const MOST_SPANS: usize = 50_000;
/// Letters of what an event is called, and bytes of names that other programs gave.
const MAX_SUMMARY: usize = 500;
const MAX_NAME: usize = 500;

/// What objects say.
pub(super) struct Expanded {
    pub(super) pieces: Vec<Piece>,
    /// Keys of what is there and says nothing that can be read: what was known of it holds.
    pub(super) unread: Vec<String>,
    /// How many events were not read, or not wholly.
    pub(super) unreadable: i64,
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
            key: stored_key(object.key),
            uid: object.uid,
            etag: object.etag.filter(|etag| is_plain(etag)),
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
                            summary: cleaned(&one.summary, MAX_SUMMARY),
                        });
                    }
                }
            }
            Content::ICalendar(text) => match busy(&text, &reading) {
                Ok(read) => {
                    unreadable += i64::try_from(read.unreadable).unwrap_or(i64::MAX)
                        + i64::from(read.truncated);
                    if is_feed {
                        unreadable += split(&mut all, &mut room, read.busy);
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
    for piece in &mut all {
        piece.uid = piece.uid.take().filter(|uid| is_plain(uid));
    }
    Ok(Expanded {
        pieces: last_of_each(all),
        unread,
        unreadable,
    })
}

/// What a server says twice under one key holds as it was said last.
fn last_of_each(mut all: Vec<Piece>) -> Vec<Piece> {
    let mut seen = HashSet::with_capacity(all.len());
    all.reverse();
    all.retain(|piece| seen.insert(piece.key.clone()));
    all.reverse();
    all
}

/// A key as it is kept: as it is, or if it is none that a database likes to keep, by its digest.
pub(super) fn stored_key(key: String) -> String {
    if is_plain(&key) {
        return key;
    }
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(&key)))
}

/// Whether a name that somebody else made up can be kept as it is.
pub(super) fn is_plain(name: &str) -> bool {
    name.len() <= MAX_NAME && !name.chars().any(char::is_control)
}

/// A text of somebody else's, without what cannot be shown, and not longer than this many letters.
pub(super) fn cleaned(text: &str, max: usize) -> String {
    let shown = text.chars().filter(|it| !it.is_control());
    shown.take(max).collect()
}

/// The events of a feed, which come under one key, apart, so that one that changes is all that is written. Returns how many
/// there was no room for.
fn split(all: &mut Vec<Piece>, room: &mut usize, busy: Vec<crate::ical::Busy>) -> i64 {
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut left_out = 0;
    for one in busy {
        if *room == 0 {
            left_out += 1;
            continue;
        }
        *room -= 1;
        let uid = Some(one.uid.clone()).filter(|uid| !uid.is_empty());
        // What has no name of its own is told by its time.
        let key = match &uid {
            Some(uid) => stored_key(uid.clone()),
            None => format!("{}/{}", one.interval.start, one.interval.end),
        };
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
    left_out
}

fn span(one: crate::ical::Busy) -> Span {
    Span {
        time: one.interval,
        all_day: one.all_day,
        summary: cleaned(&one.summary, MAX_SUMMARY),
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
