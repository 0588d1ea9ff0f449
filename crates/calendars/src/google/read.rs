//! What is in a calendar, and what changed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use kernel::Timestamp;
use net::Request;
use serde::Deserialize;
use serde_json::json;

use super::event::Event;
use super::{Google, problem};
use crate::api::{MAX_OBJECTS, change};
use crate::asking::parse;
use crate::{Changes, Content, Fault, Object, Taken};

const PAGE: &str = "1000";
const MAX_PAGES: usize = 200;
/// The key of what a calendar is that only tells when it is busy.
const FREE_BUSY: &str = "free-busy";
/// Of an event. One attendee is enough: it is the owner, who is never left out.
const FIELDS: &str = "id,etag,status,transparency,eventType,summary,start,end,\
                      attendees(self,responseStatus),extendedProperties/private";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<Event>,
    time_zone: Option<String>,
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
}

#[derive(Deserialize)]
struct FreeBusy {
    #[serde(default)]
    calendars: BTreeMap<String, Times>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Times {
    busy: Vec<Interval>,
    errors: Vec<TimesError>,
}

#[derive(Deserialize)]
struct Interval {
    start: Timestamp,
    end: Timestamp,
}

#[derive(Deserialize)]
struct TimesError {
    #[serde(default)]
    reason: String,
}

impl Google {
    /// What changed since the token, or everything that touches the window.
    ///
    /// The window of the first reading holds for its tokens: what comes into it because it moves on is told by reading
    /// everything again now and then.
    pub async fn changes(
        &self,
        calendar: &str,
        token: Option<&str>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Changes, Fault> {
        let read = match token {
            // Nothing else may stand beside a token, but what stood there the first time and filters nothing.
            Some(token) => {
                let since = [("syncToken", token.to_owned())];
                self.events(calendar, &since).await
            }
            None => self.events(calendar, &window(from, until)).await,
        };
        let (events, zone, token_after) = match read {
            Ok(read) => read,
            Err(Fault::Gone) if token.is_some() => return Err(Fault::TokenGone),
            Err(Fault::Refused(text)) if token.is_some() && text.contains("ync token") => {
                return Err(Fault::TokenGone);
            }
            // A calendar of which we may only know when it is busy.
            Err(Fault::Refused(_)) if token.is_none() => {
                return Ok(Changes {
                    whole: true,
                    changed: vec![free_busy(
                        FREE_BUSY.to_owned(),
                        self.busy(calendar, from, until).await?,
                    )],
                    removed: Vec::new(),
                    token: None,
                });
            }
            Err(fault) => return Err(fault),
        };
        let mut changes = Changes {
            whole: token.is_none(),
            changed: Vec::new(),
            removed: Vec::new(),
            token: token_after,
        };
        for event in events {
            if event.is_cancelled() {
                changes.removed.push(event.id);
            } else {
                changes.changed.push(event.object(&zone)?);
            }
        }
        if changes.whole {
            changes.removed.clear();
        }
        Ok(changes)
    }

    /// What touches this time.
    pub async fn now(
        &self,
        calendar: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Object>, Fault> {
        match self.events(calendar, &window(from, until)).await {
            Ok((events, zone, _)) => events
                .into_iter()
                .filter(|it| !it.is_cancelled())
                .map(|it| it.object(&zone))
                .collect(),
            // It says nothing about the rest of what all of the calendar was known to say, so it is another object.
            Err(Fault::Refused(_)) => {
                let key = format!("{FREE_BUSY} {from}/{until}");
                Ok(vec![free_busy(
                    key,
                    self.busy(calendar, from, until).await?,
                )])
            }
            Err(fault) => Err(fault),
        }
    }

    /// One event.
    pub async fn read(&self, calendar: &str, key: &str) -> Result<Object, Fault> {
        let mut url = self.api.url(&["calendars", calendar, "events", key])?;
        url.query_pairs_mut()
            .append_pair("maxAttendees", "1")
            .append_pair("fields", FIELDS);
        let event: Event = parse(&self.api.success(Request::get(url.as_str())).await?)?;
        event.object(&TimeZone::UTC)
    }

    /// What was written for this meeting, even if it was deleted since: then it takes no time, and can be changed back.
    pub async fn find(&self, calendar: &str, uid: &str) -> Result<Option<Object>, Fault> {
        match self.read(calendar, &super::write::id(uid)).await {
            Ok(object) => Ok(Some(object)),
            Err(Fault::Gone) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// All pages of a list, and the zone of the calendar.
    async fn events(
        &self,
        calendar: &str,
        filter: &[(&str, String)],
    ) -> Result<(Vec<Event>, TimeZone, Option<String>), Fault> {
        let mut events = Vec::new();
        let mut page: Option<String> = None;
        let fields = format!("nextPageToken,nextSyncToken,timeZone,items({FIELDS})");
        for _ in 0..MAX_PAGES {
            let mut url = self.api.url(&["calendars", calendar, "events"])?;
            {
                // It is not kept over what is waited for.
                let mut query = url.query_pairs_mut();
                query
                    .append_pair("singleEvents", "true")
                    .append_pair("maxResults", PAGE)
                    .append_pair("maxAttendees", "1")
                    .append_pair("fields", &fields)
                    .extend_pairs(filter);
                if let Some(page) = &page {
                    query.append_pair("pageToken", page);
                }
            }
            let response = self.api.call(Request::get(url.as_str())).await?;
            if !response.is_success() {
                return Err(problem(&response));
            }
            let answer: Page = parse(&response)?;
            events.extend(answer.items);
            if events.len() > MAX_OBJECTS {
                return Err(Fault::Refused(
                    "the calendar is larger than this server reads".to_owned(),
                ));
            }
            page = answer.next_page_token;
            if page.is_none() {
                let zone = answer
                    .time_zone
                    .and_then(|name| TimeZone::get(&name).ok())
                    .unwrap_or(TimeZone::UTC);
                return Ok((events, zone, answer.next_sync_token));
            }
        }
        Err(Fault::Garbage("a list without an end".to_owned()))
    }

    /// When a calendar is busy, and nothing else.
    async fn busy(
        &self,
        calendar: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Taken>, Fault> {
        let url = self.api.url(&["freeBusy"])?;
        let mut taken = Vec::new();
        for (start, end) in pieces(from, until) {
            let body = json!({
                "timeMin": start.to_string(),
                "timeMax": end.to_string(),
                "items": [{ "id": calendar }],
            });
            let request = change("POST", &url, Some(&body), None)?;
            let mut answer: FreeBusy = parse(&self.api.success(request).await?)?;
            let times = answer
                .calendars
                .remove(calendar)
                .ok_or_else(|| Fault::Garbage("nothing is said about the calendar".to_owned()))?;
            match times.errors.first().map(|it| it.reason.as_str()) {
                None => {}
                Some("notFound") => return Err(Fault::Gone),
                Some("backendError" | "internalError") => {
                    return Err(Fault::Busy { retry_after: None });
                }
                Some(reason) => return Err(Fault::Refused(reason.to_owned())),
            }
            taken.extend(times.busy.into_iter().map(|it| Taken {
                start: it.start,
                end: it.end,
                all_day: None,
                summary: String::new(),
                tentative: false,
            }));
        }
        Ok(taken)
    }
}

/// The one object of a calendar of which nothing else is told.
fn free_busy(key: String, taken: Vec<Taken>) -> Object {
    Object {
        key,
        etag: None,
        uid: None,
        content: Content::Busy(taken),
    }
}

fn window(from: Timestamp, until: Timestamp) -> Vec<(&'static str, String)> {
    vec![
        ("timeMin", from.to_string()),
        ("timeMax", until.to_string()),
    ]
}

/// No more than this is answered at once.
fn pieces(from: Timestamp, until: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    const PIECE: Duration = Duration::from_hours(60 * 24);
    let mut pieces = Vec::new();
    let mut start = from;
    while start < until && pieces.len() < 24 {
        let end = until.min(start + PIECE);
        pieces.push((start, end));
        start = end;
    }
    pieces
}
