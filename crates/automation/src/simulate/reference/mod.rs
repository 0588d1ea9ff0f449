//! The second interpreter: what should happen, worked out in the plainest way.
//!
//! It reads the JSON of the document, not the types; it has no timers, no waits and no index, but asks everything of
//! everybody at every minute and every event; it never computes when something will be due, but looks at the clock on
//! the wall. Nothing but the hash of random splits is shared with the interpreter.

mod clock;
mod someone;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use self::clock::minutes;
use self::steps::{missing, next};
use super::graphs::default_next;

/// A line of history: the minute, the step, what happened.
pub(super) type Line = (i64, String, String);

#[derive(Default)]
pub(super) struct Reference {
    pub(super) documents: BTreeMap<i64, Value>,
    pub(super) live: i64,
    pub(super) paused: bool,
    pub(super) people: BTreeMap<i64, Someone>,
    pub(super) now: i64,
    pub(super) account: Option<TimeZone>,
    next_run: i64,
}

pub(super) struct Someone {
    zone: Option<TimeZone>,
    status: String,
    fields: BTreeMap<String, Value>,
    groups: BTreeSet<i64>,
    tags: BTreeSet<i64>,
    history: Vec<(String, Option<i64>, Value)>,
    /// How much of the history everybody has heard of.
    heard: usize,
    sent: Vec<i64>,
    runs: u32,
    last: Option<i64>,
    way: Option<Way>,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone)]
struct Way {
    run: i64,
    version: i64,
    at: String,
    came: i64,
    /// Events from this place on came later than the run came to the step.
    after: usize,
    began: usize,
    event: Value,
    vars: Map<String, Value>,
    arms: BTreeMap<String, String>,
    goal: bool,
    state: Stay,
    /// Whether what the clock must show was seen.
    ripe: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stay {
    Waits,
    Awaits,
    Parked,
}

/// Where a run goes.
enum Move {
    To(String, String),
    Skip,
    Fail,
    Stay(Stay),
    End,
}

impl Reference {
    fn zone(&self, who: i64, source: &Value) -> TimeZone {
        let account = self.account.clone().expect("a zone");
        match source.as_str() {
            Some("account") => account,
            _ => self.people[&who].zone.clone().unwrap_or(account),
        }
    }

    fn step(&self, version: i64, id: &str) -> &Value {
        self.documents[&version]["steps"]
            .as_array()
            .and_then(|steps| steps.iter().find(|step| step["id"] == id))
            .unwrap_or(&Value::Null)
    }

    fn note(&mut self, who: i64, step: &str, what: impl Into<String>) {
        let line = (self.now, step.to_owned(), what.into());
        self.people
            .get_mut(&who)
            .expect("a contact")
            .lines
            .push(line);
    }

    /// Something happened from outside. What it changed was patched before.
    pub(super) fn event(&mut self, who: i64, kind: &str, subject: Option<i64>, body: Value) {
        self.people
            .get_mut(&who)
            .expect("a contact")
            .happened(kind, subject, body);
        self.tell(who);
    }

    /// Everybody hears what happened, one thing after another.
    fn tell(&mut self, who: i64) {
        loop {
            let someone = self.people.get_mut(&who).expect("a contact");
            let place = someone.heard;
            if place >= someone.history.len() {
                return;
            }
            someone.heard += 1;
            if !self.paused {
                self.hear(who, place..place + 1);
                self.let_in(who, place);
            }
        }
    }

    fn let_in(&mut self, who: i64, place: usize) {
        let document = self.documents[&self.live].clone();
        for trigger in document["triggers"].as_array().expect("a list") {
            let someone = &self.people[&who];
            let way = Way {
                run: self.next_run + 1,
                version: self.live,
                at: trigger["start"].as_str().expect("a step").to_owned(),
                came: self.now,
                after: place + 1,
                began: place + 1,
                event: someone.history[place].2.clone(),
                vars: Map::new(),
                arms: BTreeMap::new(),
                goal: false,
                state: Stay::Waits,
                ripe: false,
            };
            let passes = someone.means(&trigger["on"], place)
                && (trigger["filter"].is_null() || someone.condition(&trigger["filter"], &way));
            let free = someone.way.is_none();
            let may = match trigger["reentry"]["policy"].as_str() {
                Some("after_end") => free,
                Some("once_per") => {
                    let minutes = trigger["reentry"]["hours"].as_i64().expect("a number") * 60;
                    free && someone.last.is_none_or(|last| last + minutes <= self.now)
                }
                _ => someone.runs == 0,
            };
            if !passes || !may {
                continue;
            }
            self.next_run += 1;
            let someone = self.people.get_mut(&who).expect("a contact");
            someone.runs += 1;
            someone.last = Some(self.now);
            let start = way.at.clone();
            someone.way = Some(way);
            if !self.leaves(who, 0..0) {
                self.walk(who, &start);
            }
        }
    }

    /// Whether the run is over or goes elsewhere, by status, exit or goal; of events, those at these places count.
    fn leaves(&mut self, who: i64, places: std::ops::Range<usize>) -> bool {
        let someone = &self.people[&who];
        let Some(way) = &someone.way else { return true };
        let document = &self.documents[&way.version];
        let at = way.at.clone();
        let met = |it: &Value| {
            (it["on"].is_object()
                && (places.clone())
                    .any(|place| place >= way.began && someone.means(&it["on"], place)))
                || (it["when"].is_object() && someone.condition(&it["when"], way))
        };
        if matches!(
            someone.status.as_str(),
            "unsubscribed" | "bounced" | "suppressed"
        ) {
            self.end(who, &at, "unsubscribed");
            return true;
        }
        let exits = document["exits"].as_array().into_iter().flatten();
        if exits.clone().any(met) {
            self.end(who, &at, "exit");
            return true;
        }
        let goal = &document["goal"];
        if goal.is_object() && !way.goal && met(goal) {
            let next = goal["next"].as_str().map(str::to_owned);
            (self
                .people
                .get_mut(&who)
                .expect("it")
                .way
                .as_mut()
                .expect("it"))
            .goal = true;
            match next {
                None => self.end(who, &at, "goal"),
                Some(next) => {
                    self.note(who, &at, "left");
                    self.walk(who, &next);
                }
            }
            return true;
        }
        false
    }

    fn end(&mut self, who: i64, at: &str, how: &str) {
        self.note(who, at, format!("ended {how}"));
        self.people.get_mut(&who).expect("a contact").way = None;
    }

    /// A run hears of something, or is asked again when there is nothing to hear.
    fn hear(&mut self, who: i64, places: std::ops::Range<usize>) {
        if self.people[&who].way.is_none() || self.leaves(who, places.clone()) {
            return;
        }
        let someone = &self.people[&who];
        let way = someone.way.as_ref().expect("it did not leave");
        if way.state != Stay::Waits {
            return;
        }
        let step = self.step(way.version, &way.at);
        let with = &step["with"];
        match step["kind"].as_str() {
            Some("wait_for_any") => {
                let from = if with["since"] == "run" {
                    way.began
                } else {
                    way.after
                };
                let open = with["paths"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .find(|path| {
                        (path["on"].is_object()
                            && (places.clone())
                                .any(|place| place >= from && someone.means(&path["on"], place)))
                            || (path["when"].is_object() && someone.condition(&path["when"], way))
                    });
                if let Some(path) = open {
                    let text = |key: &str| path[key].as_str().expect("a text").to_owned();
                    let there = Move::To(text("next"), text("id"));
                    self.go(who, there);
                }
            }
            Some("wait_until_field") if !someone.fields.contains_key("d") => {
                let there = missing(step);
                self.go(who, there);
            }
            _ => {}
        }
    }

    /// The clock shows another minute. Runs see it, but nobody moves yet.
    pub(super) fn minute(&mut self, now: i64) {
        self.now = now;
        let ripe: Vec<(i64, bool)> = self
            .people
            .iter()
            .filter_map(|(who, someone)| Some((*who, self.is_ripe(*who, someone.way.as_ref()?))))
            .collect();
        for (who, ripe) in ripe {
            let someone = self.people.get_mut(&who).expect("a contact");
            someone.way.as_mut().expect("it has one").ripe |= ripe;
        }
    }

    /// Those move who have waited long enough.
    pub(super) fn tick(&mut self) {
        let everybody: Vec<i64> = self.people.keys().copied().collect();
        for who in everybody {
            if self.paused {
                return;
            }
            let someone = &self.people[&who];
            let Some(way) = &someone.way else { continue };
            if way.state != Stay::Waits {
                continue;
            }
            let step = self.step(way.version, &way.at).clone();
            match step["kind"].as_str().expect("a kind") {
                "send_email" => match self.may_send(who, &step) {
                    Move::Stay(_) => {}
                    there => {
                        if !self.leaves(who, 0..0) {
                            let there = self.sent(who, &step, there);
                            self.go(who, there);
                        }
                    }
                },
                "wait_for_any" => {
                    let timeout = minutes(&step["with"]["timeout"]);
                    if way.came + timeout <= self.now && !self.leaves(who, 0..0) {
                        let next = step["next"].as_str().expect("a step").to_owned();
                        self.go(who, Move::To(next, "timeout".to_owned()));
                    }
                }
                "wait_until_field" => {
                    let ripe = self
                        .compare_field(who, way, &step)
                        .is_some_and(|it| it >= 0);
                    if ripe && !self.leaves(who, 0..0) {
                        self.go(who, next(&step));
                    }
                }
                _ => {
                    if way.ripe && !self.leaves(who, 0..0) {
                        self.go(who, next(&step));
                    }
                }
            }
            self.tell(who);
        }
    }

    /// What became of the call or mail that the run waits for.
    pub(super) fn result(&mut self, who: i64, result: &Result<Value, String>) {
        if self.leaves(who, 0..0) {
            self.tell(who);
            return;
        }
        let way = self.way(who);
        let (version, at) = (way.version, way.at.clone());
        let step = self.step(version, &at).clone();
        let there = match result {
            Err(_) => Move::Fail,
            Ok(answer) => match step["with"]["save"]["answer"].as_str() {
                Some(_) if answer.get("value").is_none() => Move::Fail,
                Some(_) => {
                    let value = answer["value"].clone();
                    self.way(who).vars.insert("answer".to_owned(), value);
                    next(&step)
                }
                None => next(&step),
            },
        };
        self.go(who, there);
        self.tell(who);
    }

    pub(super) fn resume(&mut self) {
        self.paused = false;
        let everybody: Vec<i64> = self.people.keys().copied().collect();
        for who in everybody {
            self.look_back(who);
        }
    }

    fn look_back(&mut self, who: i64) {
        let length = self.people[&who].history.len();
        self.hear(who, 0..length);
        self.tell(who);
    }

    /// What a person decides about runs that failed.
    pub(super) fn decide(&mut self, run: i64, how: &str) {
        let found = (self.people.iter())
            .find(|(_, it)| it.way.as_ref().is_some_and(|way| way.run == run))
            .map(|(who, _)| *who);
        let who = found.expect("the run is live");
        let way = self.way(who);
        let (version, at) = (way.version, way.at.clone());
        if how == "end" {
            self.end(who, &at, "removed");
        } else if !self.leaves(who, 0..0) {
            if how == "retry" {
                self.walk(who, &at);
            } else {
                let step = self.step(version, &at).clone();
                let next = default_next(&step).expect("only ends have none").to_owned();
                self.go(who, Move::To(next, "skipped".to_owned()));
            }
        }
        self.tell(who);
    }

    /// Another version is live.
    pub(super) fn publish(&mut self, version: i64, document: Value, plan: &Value) {
        self.documents.insert(version, document);
        self.live = version;
        let everybody: Vec<i64> = self.people.keys().copied().collect();
        for who in everybody {
            self.rebind(who, version, plan);
            self.tell(who);
        }
    }

    fn rebind(&mut self, who: i64, version: i64, plan: &Value) {
        let Some(way) = &self.people[&who].way else {
            return;
        };
        let (old, at, parked) = (way.version, way.at.clone(), way.state == Stay::Parked);
        match plan["policy"].as_str() {
            Some("finish_old") => return,
            Some("exit_all") => {
                self.end(who, &at, "step_removed");
                return;
            }
            _ => {}
        }
        let before = self.step(old, &at).clone();
        let after = self.step(version, &at).clone();
        let fate = &plan["deleted"][&at];
        let target = if after.is_object() {
            (before["kind"] != after["kind"] && !parked).then(|| Some(at.clone()))
        } else if fate["fate"] == "exit" {
            Some(None)
        } else if fate["fate"] == "jump_to" {
            Some(fate["step"].as_str().map(str::to_owned))
        } else {
            let mut seen = BTreeSet::new();
            let mut next = default_next(&before).map(str::to_owned);
            while let Some(id) = next.clone() {
                if self.step(version, &id).is_object() || !seen.insert(id.clone()) {
                    break;
                }
                next = default_next(self.step(old, &id)).map(str::to_owned);
            }
            Some(next.filter(|id| self.step(version, id).is_object()))
        };
        self.way(who).version = version;
        match target {
            Some(None) => self.end(who, &at, "step_removed"),
            Some(Some(to)) => {
                self.note(who, &at, "left");
                self.walk(who, &to);
            }
            None => {
                // What was waited for may be something else now: look at every minute since.
                let now = self.now;
                let came = self.way(who).came;
                let way = self.way(who).clone();
                let mut ripe = false;
                for minute in came..=now {
                    self.now = minute;
                    ripe |= self.is_ripe(who, &way);
                }
                self.now = now;
                self.way(who).ripe = ripe;
                self.look_back(who);
            }
        }
    }
}
