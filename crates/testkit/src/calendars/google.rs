//! A fake of Google Calendar (version 3 of its API) with one account.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel::{Clock, Timestamp};
use serde_json::{Value, json};

use super::door::Door;
use super::http::{Answer, Call, Server, problem};
use super::sign_in::SignIn;

/// Pages are short, so that every list has some.
const PAGE: usize = 3;

/// The service. Its calendars are `ann@example.com`, the first one, and `team`, which may only be read.
#[derive(Debug)]
pub struct Google {
    server: Server,
    door: Door,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    door: Door,
    calendars: Vec<Value>,
    events: BTreeMap<(String, String), Stored>,
    revision: u64,
}

#[derive(Debug)]
struct Stored {
    event: Value,
    revision: u64,
}

impl Google {
    /// Starts it. Tokens end by this clock.
    pub async fn start(clock: Clock) -> Self {
        let door = Door::new(SignIn::new(clock, false));
        let state = Arc::new(Mutex::new(State::new(door.clone())));
        let shared = Arc::clone(&state);
        let server = Server::start(move |_, call| lock(&shared).answer(&call)).await;
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
        format!("{}/calendar/v3", self.server.url)
    }

    /// Where people sign in.
    pub fn authorize_url(&self) -> String {
        format!("{}/auth", self.server.url)
    }

    /// Where codes become tokens.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.server.url)
    }

    /// The next calls are too many: `times` of them get 429 with `Retry-After`.
    pub fn throttle(&self, times: usize, retry_after: u64) {
        let answer = problem(429, "rateLimitExceeded", "Rate Limit Exceeded")
            .header("Retry-After", retry_after.to_string());
        self.door.refuse(times, &answer);
    }

    /// The next calls are let in by no token, fresh as it may be.
    pub fn deny(&self, times: usize) {
        let answer = problem(401, "authError", "Invalid Credentials");
        self.door.refuse(times, &answer);
    }

    /// The next call exceeds a quota, which Google also says with 403.
    pub fn exceed_quota(&self) {
        let answer = problem(403, "userRateLimitExceeded", "User Rate Limit Exceeded");
        self.door.refuse(1, &answer);
    }

    /// Of this calendar one may only know when it is busy.
    pub fn share_free_busy_only(&self, calendar: &str) {
        for listed in &mut lock(&self.state).calendars {
            if listed["id"] == calendar {
                listed["accessRole"] = json!("freeBusyReader");
            }
        }
    }

    /// Into this calendar one may write.
    pub fn share_fully(&self, calendar: &str) {
        for listed in &mut lock(&self.state).calendars {
            if listed["id"] == calendar {
                listed["accessRole"] = json!("writer");
            }
        }
    }

    /// Its owner puts an event into a calendar, or another in its place.
    pub fn put(&self, calendar: &str, event: Value) {
        lock(&self.state).store(calendar, event);
    }

    /// Its owner deletes an event.
    pub fn delete(&self, calendar: &str, id: &str) {
        lock(&self.state).cancel(calendar, id);
    }

    /// An event that was not deleted.
    pub fn event(&self, calendar: &str, id: &str) -> Option<Value> {
        let state = lock(&self.state);
        let key = (calendar.to_owned(), id.to_owned());
        let stored = state.events.get(&key)?;
        (stored.event["status"] != "cancelled").then(|| stored.event.clone())
    }

    /// All events that were not deleted.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        let state = lock(&self.state);
        state
            .events
            .iter()
            .filter(|((owner, _), stored)| {
                owner == calendar && stored.event["status"] != "cancelled"
            })
            .map(|(_, stored)| stored.event.clone())
            .collect()
    }
}

impl Deref for Google {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn new(door: Door) -> Self {
        Self {
            door,
            calendars: vec![
                json!({
                    "id": "ann@example.com", "summary": "ann@example.com", "summaryOverride": "Ann",
                    "backgroundColor": "#9FE1E7", "timeZone": "Europe/Berlin", "accessRole": "owner",
                    "primary": true,
                }),
                json!({
                    "id": "team", "summary": "Team", "timeZone": "America/New_York",
                    "accessRole": "reader",
                }),
            ],
            events: BTreeMap::new(),
            revision: 1,
        }
    }

    fn answer(&mut self, call: &Call) -> Answer {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        if call.method == "POST" && path == ["token"] {
            return self.door.token(call);
        }
        let stranger = problem(401, "authError", "Invalid Credentials");
        if let Some(answer) = self.door.keeps_out(call, stranger) {
            return answer;
        }
        let ["calendar", "v3", rest @ ..] = path.as_slice() else {
            return problem(404, "notFound", "Not Found");
        };
        match (call.method.as_str(), rest) {
            ("GET", ["users", "me", "calendarList"]) => self.calendar_list(call),
            ("POST", ["freeBusy"]) => self.free_busy(call),
            (method, ["calendars", calendar, "events", rest @ ..]) => {
                let Some(role) = self.role(calendar) else {
                    return problem(404, "notFound", "Not Found");
                };
                if role == "freeBusyReader" || (method != "GET" && role == "reader") {
                    return problem(403, "forbidden", "Forbidden");
                }
                match (method, rest) {
                    ("GET", []) => self.list(call, calendar),
                    ("POST", []) => self.insert(call, calendar),
                    ("GET", [id]) => self.get(calendar, id),
                    ("PATCH", [id]) => self.patch(call, calendar, id),
                    ("DELETE", [id]) => self.remove(call, calendar, id),
                    _ => problem(404, "notFound", "Not Found"),
                }
            }
            _ => problem(404, "notFound", "Not Found"),
        }
    }

    fn role(&self, calendar: &str) -> Option<String> {
        let listed = self.calendars.iter().find(|it| it["id"] == calendar)?;
        listed["accessRole"].as_str().map(str::to_owned)
    }

    /// One calendar a page.
    fn calendar_list(&self, call: &Call) -> Answer {
        let at: usize = call
            .param("pageToken")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let page: Vec<&Value> = self.calendars.get(at).into_iter().collect();
        let mut body = json!({ "kind": "calendar#calendarList", "items": page });
        if at + 1 < self.calendars.len() {
            body["nextPageToken"] = json!((at + 1).to_string());
        } else {
            body["nextSyncToken"] = json!("of-the-list");
        }
        Answer::ok(body)
    }

    fn list(&self, call: &Call, calendar: &str) -> Answer {
        if call.param("singleEvents") != Some("true") {
            return problem(400, "invalid", "the fake only expands");
        }
        let time = |name: &str| call.param(name).map(str::parse::<Timestamp>);
        let (Ok(from), Ok(until)) = (time("timeMin").transpose(), time("timeMax").transpose())
        else {
            return problem(400, "badRequest", "Bad Request");
        };
        let since = match call.param("syncToken") {
            None => None,
            Some(_) if from.is_some() || until.is_some() || call.param("orderBy").is_some() => {
                let text = "Sync token cannot be used with other request restrictions.";
                return problem(400, "syncTokenWithRequestRestrictions", text);
            }
            Some(token) => {
                let revision = self.revision_of(token);
                if revision.is_none() {
                    let text = "Sync token is no longer valid, a full sync is required.";
                    return problem(410, "fullSyncRequired", text);
                }
                revision
            }
        };
        let found: Vec<&Value> = self
            .events
            .iter()
            .filter(|((owner, _), stored)| {
                owner == calendar
                    && match since {
                        Some(revision) => stored.revision > revision,
                        None => {
                            stored.event["status"] != "cancelled"
                                && touches(&stored.event, from, until)
                        }
                    }
            })
            .map(|(_, stored)| &stored.event)
            .collect();
        let at: usize = call
            .param("pageToken")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let page: Vec<&Value> = found.iter().skip(at).take(PAGE).copied().collect();
        let zone = self
            .calendars
            .iter()
            .find(|it| it["id"] == calendar)
            .map(|it| it["timeZone"].clone());
        let mut body = json!({ "kind": "calendar#events", "timeZone": zone, "items": page });
        if at + PAGE < found.len() {
            body["nextPageToken"] = json!((at + PAGE).to_string());
        } else {
            body["nextSyncToken"] =
                json!(format!("sync-{}-{}", self.door.generation(), self.revision));
        }
        Answer::ok(body)
    }

    /// What a sync token stands for, as long as it lives.
    fn revision_of(&self, token: &str) -> Option<u64> {
        let (generation, revision) = token.strip_prefix("sync-")?.split_once('-')?;
        (generation.parse() == Ok(self.door.generation())).then(|| revision.parse().ok())?
    }

    fn insert(&mut self, call: &Call, calendar: &str) -> Answer {
        let mut event = call.json();
        let id = match event["id"].as_str() {
            Some(id) => id.to_owned(),
            None => format!("made{}", self.revision),
        };
        let fits = |c: char| c.is_ascii_digit() || ('a'..='v').contains(&c);
        if id.len() < 5 || id.len() > 1024 || !id.chars().all(fits) {
            return problem(400, "invalid", "Invalid resource id value.");
        }
        if self.events.contains_key(&(calendar.to_owned(), id.clone())) {
            let text = "The requested identifier already exists.";
            return problem(409, "duplicate", text);
        }
        if event["start"].is_null() || event["end"].is_null() {
            return problem(400, "required", "Missing end time.");
        }
        event["id"] = json!(id);
        event["iCalUID"] = json!(format!("{id}@google.com"));
        self.count_letters(call, &event);
        Answer::ok(self.store(calendar, event))
    }

    fn get(&self, calendar: &str, id: &str) -> Answer {
        match self.events.get(&(calendar.to_owned(), id.to_owned())) {
            Some(stored) => Answer::ok(stored.event.clone()),
            None => problem(404, "notFound", "Not Found"),
        }
    }

    fn patch(&mut self, call: &Call, calendar: &str, id: &str) -> Answer {
        let Some(stored) = self.events.get(&(calendar.to_owned(), id.to_owned())) else {
            return problem(404, "notFound", "Not Found");
        };
        if is_stale(call, &stored.event) {
            return problem(412, "conditionNotMet", "Precondition Failed");
        }
        let mut event = stored.event.clone();
        if let (Some(event), Value::Object(changes)) = (event.as_object_mut(), call.json()) {
            event.extend(changes);
        }
        self.count_letters(call, &event);
        Answer::ok(self.store(calendar, event))
    }

    fn remove(&mut self, call: &Call, calendar: &str, id: &str) -> Answer {
        let Some(stored) = self.events.get(&(calendar.to_owned(), id.to_owned())) else {
            return problem(404, "notFound", "Not Found");
        };
        if stored.event["status"] == "cancelled" {
            return problem(410, "deleted", "Resource has been deleted");
        }
        if is_stale(call, &stored.event) {
            return problem(412, "conditionNotMet", "Precondition Failed");
        }
        let event = stored.event.clone();
        self.count_letters(call, &event);
        self.cancel(calendar, id);
        Answer::nothing(204)
    }

    fn free_busy(&self, call: &Call) -> Answer {
        let body = call.json();
        let time = |name: &str| body[name].as_str().and_then(|text| text.parse().ok());
        let (from, until): (Option<Timestamp>, _) = (time("timeMin"), time("timeMax"));
        if from.is_none() || until.is_none() {
            return problem(400, "required", "Required");
        }
        let mut calendars = serde_json::Map::new();
        for item in body["items"].as_array().into_iter().flatten() {
            let id = item["id"].as_str().unwrap_or_default();
            let answer = if self.role(id).is_none() {
                json!({ "errors": [{ "domain": "global", "reason": "notFound" }], "busy": [] })
            } else {
                let busy: Vec<Value> = self
                    .events
                    .iter()
                    .filter(|((owner, _), stored)| {
                        owner == id
                            && stored.event["status"] != "cancelled"
                            && stored.event["transparency"] != "transparent"
                            && touches(&stored.event, from, until)
                    })
                    .map(|(_, stored)| {
                        json!({
                            "start": at(&stored.event["start"]).map(|at| at.to_string()),
                            "end": at(&stored.event["end"]).map(|at| at.to_string()),
                        })
                    })
                    .collect();
                json!({ "busy": busy })
            };
            calendars.insert(id.to_owned(), answer);
        }
        Answer::ok(json!({ "kind": "calendar#freeBusy", "calendars": calendars }))
    }

    fn store(&mut self, calendar: &str, mut event: Value) -> Value {
        self.revision += 1;
        if event["status"].is_null() {
            event["status"] = json!("confirmed");
        }
        event["etag"] = json!(format!("\"{}\"", self.revision));
        let id = event["id"].as_str().expect("an event has an id").to_owned();
        let stored = Stored {
            event: event.clone(),
            revision: self.revision,
        };
        self.events.insert((calendar.to_owned(), id), stored);
        event
    }

    fn cancel(&mut self, calendar: &str, id: &str) {
        let key = (calendar.to_owned(), id.to_owned());
        let stored = self.events.get(&key).expect("the event");
        let mut event = json!({ "id": id, "status": "cancelled" });
        event["start"] = stored.event["start"].clone();
        event["end"] = stored.event["end"].clone();
        self.store(calendar, event);
    }

    fn count_letters(&mut self, call: &Call, event: &Value) {
        if call.param("sendUpdates") != Some("none") {
            self.door
                .write_to(event["attendees"].as_array().map_or(0, Vec::len));
        }
    }
}

fn is_stale(call: &Call, event: &Value) -> bool {
    let wanted = call.header("if-match");
    !wanted.is_empty() && wanted != "*" && event["etag"] != wanted
}

fn touches(event: &Value, from: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    let (start, end) = (at(&event["start"]), at(&event["end"]));
    from.is_none_or(|from| end.is_some_and(|end| end > from))
        && until.is_none_or(|until| start.is_some_and(|start| start < until))
}

/// Whole days in UTC: the fake's calendars are not that exact.
fn at(when: &Value) -> Option<Timestamp> {
    match (when["dateTime"].as_str(), when["date"].as_str()) {
        (Some(text), _) => text.parse().ok(),
        (None, Some(date)) => format!("{date}T00:00:00Z").parse().ok(),
        (None, None) => None,
    }
}
