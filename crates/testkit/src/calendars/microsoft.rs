//! A fake of the calendars of Microsoft Graph (version 1.0 of its API) with one account.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{Clock, Timestamp};
use serde_json::{Value, json};

use super::door::Door;
use super::http::{Answer, Call, Server, problem};
use super::sign_in::SignIn;

/// The longest page, whatever is wished for.
const PAGE: usize = 3;

/// The service. Its calendars are `Y2FsZW5kYXI=`, the default one, and `dGVhbQ==`, which may only be read.
#[derive(Debug)]
pub struct Microsoft {
    server: Server,
    door: Door,
    state: Arc<Mutex<State>>,
}

/// The id of the calendar that events go into.
pub const CALENDAR: &str = "Y2FsZW5kYXI=";
/// The id of another one.
pub const TEAM: &str = "dGVhbQ==";

#[derive(Debug)]
struct State {
    door: Door,
    events: BTreeMap<String, Stored>,
    revision: u64,
}

#[derive(Debug)]
struct Stored {
    calendar: String,
    event: Value,
    revision: u64,
    deleted: bool,
}

impl Microsoft {
    /// Starts it. Tokens end by this clock.
    pub async fn start(clock: Clock) -> Self {
        let door = Door::new(SignIn::new(clock, true));
        let state = Arc::new(Mutex::new(State {
            door: door.clone(),
            events: BTreeMap::new(),
            revision: 1,
        }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |own, call| lock(&shared).answer(own, &call)).await;
        Self {
            server,
            door,
            state,
        }
    }

    /// What carries its answers.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The base address of the API.
    pub fn base(&self) -> String {
        format!("{}/v1.0", self.server.url)
    }

    /// Where people sign in.
    pub fn authorize_url(&self) -> String {
        format!("{}/common/oauth2/v2.0/authorize", self.server.url)
    }

    /// Where codes become tokens.
    pub fn token_url(&self) -> String {
        format!("{}/common/oauth2/v2.0/token", self.server.url)
    }

    /// The next calls are too many: `times` of them get 429 with `Retry-After`.
    pub fn throttle(&self, times: usize, retry_after: u64) {
        let text = "Application is over its limit.";
        let answer = problem(429, "ApplicationThrottled", text)
            .header("Retry-After", retry_after.to_string());
        self.door.refuse(times, &answer);
    }

    /// Its owner puts an event into a calendar, or another in its place. Times are in UTC.
    pub fn put(&self, calendar: &str, event: Value) {
        lock(&self.state).store(calendar, event);
    }

    /// Its owner deletes an event.
    pub fn delete(&self, id: &str) {
        lock(&self.state).delete(id);
    }

    /// An event that is there.
    pub fn event(&self, id: &str) -> Option<Value> {
        let state = lock(&self.state);
        state
            .events
            .get(id)
            .filter(|stored| !stored.deleted)
            .map(|stored| stored.event.clone())
    }

    /// All events that are there.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        let state = lock(&self.state);
        state
            .events
            .values()
            .filter(|stored| stored.calendar == calendar && !stored.deleted)
            .map(|stored| stored.event.clone())
            .collect()
    }
}

impl Deref for Microsoft {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A window, and where a reading of it stands.
struct Cursor {
    from: String,
    until: String,
    since: u64,
    offset: usize,
}

impl State {
    fn answer(&mut self, own: &str, call: &Call) -> Answer {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        if call.method == "POST" && path == ["common", "oauth2", "v2.0", "token"] {
            return self.door.token(call);
        }
        let text = "Lifetime validation failed, the token is expired.";
        let stranger = problem(401, "InvalidAuthenticationToken", text);
        if let Some(answer) = self.door.keeps_out(call, stranger) {
            return answer;
        }
        let ["v1.0", "me", rest @ ..] = path.as_slice() else {
            return problem(400, "BadRequest", "Resource not found for the segment.");
        };
        match (call.method.as_str(), rest) {
            ("GET", ["calendars"]) => calendars(own, call),
            (method, ["calendars", calendar, rest @ ..]) => {
                if ![CALENDAR, TEAM].contains(calendar) {
                    return not_found();
                }
                match (method, rest) {
                    ("GET", ["calendarView", "delta"]) => self.delta(own, call, calendar),
                    ("GET", ["calendarView"]) => self.view(own, call, calendar),
                    ("POST", ["events"]) => self.create(call, calendar),
                    _ => not_found(),
                }
            }
            ("GET", ["events", id]) => self.get(call, id),
            ("PATCH", ["events", id]) => self.change(call, id),
            ("DELETE", ["events", id]) => self.remove(call, id),
            _ => not_found(),
        }
    }

    fn view(&self, own: &str, call: &Call, calendar: &str) -> Answer {
        let (Some(from), Some(until)) = (call.param("startDateTime"), call.param("endDateTime"))
        else {
            return problem(
                400,
                "ErrorInvalidParameter",
                "This request requires a time window.",
            );
        };
        let offset = number(call.param("$skip"));
        let found: Vec<&Stored> = self
            .events
            .values()
            .filter(|it| {
                it.calendar == calendar
                    && !it.deleted
                    && it.event["type"] != "seriesMaster"
                    && touches(&it.event, from, until)
            })
            .collect();
        let page: Vec<Value> = found
            .iter()
            .skip(offset)
            .take(PAGE)
            .map(|it| self.whole(it, call))
            .collect();
        let mut body = json!({ "value": page });
        if offset + PAGE < found.len() {
            let next = format!(
                "{own}/v1.0/me/calendars/{calendar}/calendarView?startDateTime={from}&endDateTime={until}&$skip={}",
                offset + PAGE
            );
            body["@odata.nextLink"] = json!(next);
        }
        Answer::ok(body)
    }

    /// A first reading has no token; the links that it gives have the window in theirs.
    fn delta(&self, own: &str, call: &Call, calendar: &str) -> Answer {
        let token = call
            .param("$skiptoken")
            .or_else(|| call.param("$deltatoken"));
        let cursor = if let Some(token) = token {
            let Some(cursor) = self.cursor(token) else {
                let text =
                    "The sync state generation is not found; continuation token has expired.";
                return problem(410, "syncStateNotFound", text);
            };
            cursor
        } else {
            let window = call.param("startDateTime").zip(call.param("endDateTime"));
            let Some((from, until)) = window else {
                let text = "This request requires a time window.";
                return problem(400, "ErrorInvalidParameter", text);
            };
            Cursor {
                from: from.to_owned(),
                until: until.to_owned(),
                since: 0,
                offset: 0,
            }
        };
        let mut rows = Vec::new();
        for (id, stored) in &self.events {
            if stored.calendar != calendar || stored.revision <= cursor.since {
                continue;
            }
            let inside = !stored.deleted
                && (stored.event["type"] == "seriesMaster"
                    || touches(&stored.event, &cursor.from, &cursor.until));
            if inside {
                rows.push(bare(stored, call));
            } else if cursor.since > 0 {
                rows.push(json!({ "id": id, "@removed": { "reason": "deleted" } }));
            }
        }
        let size = max_page(call).min(PAGE);
        let page: Vec<&Value> = rows.iter().skip(cursor.offset).take(size).collect();
        let mut body = json!({ "value": page });
        let (from, until) = (&cursor.from, &cursor.until);
        let (generation, revision) = (self.door.generation(), self.revision);
        let place = format!("{own}/v1.0/me/calendars/{calendar}/calendarView/delta");
        let next = cursor.offset + size;
        if next < rows.len() {
            let token = format!("{generation}_{}_{next}_{from}_{until}", cursor.since);
            body["@odata.nextLink"] = json!(format!("{place}?$skiptoken={token}"));
        } else {
            let token = format!("{generation}_{revision}_0_{from}_{until}");
            body["@odata.deltaLink"] = json!(format!("{place}?$deltatoken={token}"));
        }
        Answer::ok(body)
    }

    fn cursor(&self, token: &str) -> Option<Cursor> {
        let parts: Vec<&str> = token.split('_').collect();
        let [generation, since, offset, from, until] = parts.as_slice() else {
            return None;
        };
        (generation.parse() == Ok(self.door.generation())).then_some(Cursor {
            from: (*from).to_owned(),
            until: (*until).to_owned(),
            since: since.parse().ok()?,
            offset: offset.parse().ok()?,
        })
    }

    /// With all that its series says.
    fn whole(&self, stored: &Stored, call: &Call) -> Value {
        let mut event = shown(&stored.event, call);
        let series = event["seriesMasterId"]
            .as_str()
            .and_then(|id| self.events.get(id));
        if let (Some(series), Some(event)) = (series, event.as_object_mut()) {
            for (name, value) in series.event.as_object().into_iter().flatten() {
                event.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        event
    }

    fn create(&mut self, call: &Call, calendar: &str) -> Answer {
        if calendar == TEAM {
            return problem(403, "ErrorAccessDenied", "Access is denied.");
        }
        let mut event = call.json();
        let again = self.events.values().find(|it| {
            !it.deleted
                && it.calendar == calendar
                && !event["transactionId"].is_null()
                && it.event["transactionId"] == event["transactionId"]
        });
        if let Some(stored) = again {
            return Answer::json(201, shown(&stored.event, call));
        }
        event["id"] = json!(format!("AAkALg{}==", self.revision));
        self.door
            .write_to(event["attendees"].as_array().map_or(0, Vec::len));
        let event = self.store(calendar, event);
        Answer::json(201, shown(&event, call))
    }

    fn get(&self, call: &Call, id: &str) -> Answer {
        match self.events.get(id).filter(|it| !it.deleted) {
            Some(stored) => Answer::ok(self.whole(stored, call)),
            None => not_found(),
        }
    }

    fn change(&mut self, call: &Call, id: &str) -> Answer {
        let Some(stored) = self.events.get(id).filter(|it| !it.deleted) else {
            return not_found();
        };
        if is_stale(call, &stored.event) {
            return stale();
        }
        let (mut event, calendar) = (stored.event.clone(), stored.calendar.clone());
        if let (Some(event), Value::Object(changes)) = (event.as_object_mut(), call.json()) {
            event.extend(changes);
        }
        self.door
            .write_to(event["attendees"].as_array().map_or(0, Vec::len));
        let event = self.store(&calendar, event);
        Answer::ok(shown(&event, call))
    }

    fn remove(&mut self, call: &Call, id: &str) -> Answer {
        let Some(stored) = self.events.get(id).filter(|it| !it.deleted) else {
            return not_found();
        };
        if is_stale(call, &stored.event) {
            return stale();
        }
        self.delete(id);
        Answer::nothing(204)
    }

    fn store(&mut self, calendar: &str, mut event: Value) -> Value {
        self.revision += 1;
        event["@odata.etag"] = json!(format!("W/\"{}\"", self.revision));
        let defaults = [
            ("type", json!("singleInstance")),
            ("showAs", json!("busy")),
            ("isCancelled", json!(false)),
            ("isAllDay", json!(false)),
            (
                "responseStatus",
                json!({ "response": "organizer", "time": "0001-01-01T00:00:00Z" }),
            ),
        ];
        if event["type"] != "occurrence" {
            for (name, value) in defaults {
                if event[name].is_null() {
                    event[name] = value;
                }
            }
        }
        let id = event["id"].as_str().expect("an event has an id").to_owned();
        let stored = Stored {
            calendar: calendar.to_owned(),
            event: event.clone(),
            revision: self.revision,
            deleted: false,
        };
        self.events.insert(id, stored);
        event
    }

    fn delete(&mut self, id: &str) {
        self.revision += 1;
        let stored = self.events.get_mut(id).expect("the event");
        stored.deleted = true;
        stored.revision = self.revision;
    }
}

/// As a change tells it: an occurrence says when it is, and nothing that its series says.
fn bare(stored: &Stored, call: &Call) -> Value {
    let event = shown(&stored.event, call);
    if event["type"] != "occurrence" {
        return event;
    }
    let mut bare = json!({});
    for name in [
        "@odata.etag",
        "id",
        "type",
        "seriesMasterId",
        "start",
        "end",
    ] {
        bare[name] = event[name].clone();
    }
    bare
}

/// One calendar a page.
fn calendars(own: &str, call: &Call) -> Answer {
    let ann = json!({ "name": "Ann", "address": "Ann@example.com" });
    let team = json!({ "name": "Team", "address": "team@example.com" });
    let all = [
        json!({
            "id": CALENDAR, "name": "Calendar", "hexColor": "", "canEdit": true,
            "isDefaultCalendar": true, "owner": ann,
        }),
        json!({
            "id": TEAM, "name": "Team", "hexColor": "#0078D4", "canEdit": false,
            "isDefaultCalendar": false, "owner": team,
        }),
    ];
    let at = number(call.param("$skip"));
    let page: Vec<&Value> = all.get(at).into_iter().collect();
    let mut body = json!({ "value": page });
    if at + 1 < all.len() {
        body["@odata.nextLink"] = json!(format!("{own}/v1.0/me/calendars?$skip={}", at + 1));
    }
    Answer::ok(body)
}

fn not_found() -> Answer {
    let text = "The specified object was not found in the store.";
    problem(404, "ErrorItemNotFound", text)
}

fn stale() -> Answer {
    let text =
        "The change key passed in the request does not match the current change key for the item.";
    problem(412, "ErrorIrresolvableConflict", text)
}

fn is_stale(call: &Call, event: &Value) -> bool {
    let wanted = call.header("if-match");
    !wanted.is_empty() && wanted != "*" && event["@odata.etag"] != wanted
}

/// Times are in UTC for who wishes so. For others they are in the zone of the mailbox, by its Windows name.
fn shown(event: &Value, call: &Call) -> Value {
    let mut event = event.clone();
    let in_utc = call.header("prefer").contains("outlook.timezone=\"UTC\"");
    if !in_utc {
        for name in ["start", "end"] {
            event[name]["timeZone"] = json!("Pacific Standard Time");
        }
    }
    event
}

fn max_page(call: &Call) -> usize {
    call.header("prefer")
        .split("odata.maxpagesize=")
        .nth(1)
        .and_then(|rest| rest.split(',').next()?.trim().parse().ok())
        .unwrap_or(10)
}

fn number(text: Option<&str>) -> usize {
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn touches(event: &Value, from: &str, until: &str) -> bool {
    let at = |name: &str| -> Option<Timestamp> {
        let text = event[name]["dateTime"].as_str()?;
        format!("{}Z", text.trim_end_matches('Z')).parse().ok()
    };
    let (Ok(from), Ok(until)) = (from.parse::<Timestamp>(), until.parse::<Timestamp>()) else {
        return false;
    };
    at("end").is_some_and(|end| end > from) && at("start").is_some_and(|start| start < until)
}
