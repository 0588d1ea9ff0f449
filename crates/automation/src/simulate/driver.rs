//! What happens in one simulated world, minute by minute, by a seed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::time::Duration;

use kernel::{TimeZone, Timestamp};
use serde_json::{Value, json};

use super::contact::Person;
use super::dice::Dice;
use super::graphs::Graphs;
use super::invariants;
use super::reference::{self, Reference, Someone};
use super::store::{Automation, Env, RowState, Store, Wire};
use crate::definition::Document;
use crate::ids::{AutomationId, VersionId};
use crate::interpret::{Logged, Outcome, Program, Wake};
use crate::migrate::{Plan, Resume};

/// What came of a seed.
pub(super) struct Story {
    /// The same for the same seed.
    pub(super) hash: u64,
    /// How many steps were made.
    pub(super) lines: usize,
}

/// Zones, and minutes shortly before a change of their clocks.
const PLACES: [(&str, &str); 8] = [
    ("America/New_York", "2026-03-07T20:00:00Z"),
    ("America/New_York", "2026-10-31T20:00:00Z"),
    ("Europe/Berlin", "2026-03-28T16:00:00Z"),
    ("Europe/Berlin", "2026-10-24T16:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T02:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T02:00:00Z"),
    ("Europe/Berlin", "2026-06-10T09:00:00Z"),
    ("America/New_York", "2026-11-26T13:00:00Z"),
];

struct Driver {
    dice: Dice,
    plain: bool,
    store: Store,
    wire: Wire,
    /// In plain worlds.
    reference: Option<Reference>,
    documents: BTreeMap<i64, Value>,
    versions: i64,
    made: usize,
    keys: u64,
    heard: usize,
    paused: BTreeMap<i64, i64>,
    minute: i64,
    /// How much of the log was compared with the reference, and how many lines of each contact.
    compared: usize,
    told: BTreeMap<i64, usize>,
}

/// Runs a world. `plain`: beside the reference.
pub(super) fn run(seed: u64, plain: bool) -> Story {
    let mut dice = Dice::new(seed ^ u64::from(plain));
    let (account, start) = dice.pick(&PLACES);
    let account = TimeZone::parse(account).expect("a zone");
    let start: Timestamp = start.parse().expect("a time");
    let minute = start.as_micros() / 60_000_000 + dice.below(600) as i64;
    let mut driver = Driver {
        dice,
        plain,
        store: Store {
            state: super::store::State::default(),
            env: Env::new(account.clone()),
            now: at(minute),
        },
        wire: Wire::default(),
        reference: plain.then(Reference::default),
        documents: BTreeMap::new(),
        versions: 0,
        made: 0,
        keys: 0,
        heard: 0,
        paused: BTreeMap::new(),
        minute,
        compared: 0,
        told: BTreeMap::new(),
    };
    if let Some(reference) = &mut driver.reference {
        reference.account = Some(account.to_jiff());
        reference.now = minute;
    }
    driver.people();
    for automation in 1..=(if plain { 1 } else { 3 }) {
        driver.create(automation);
    }
    driver.live();
    driver.story()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_micros(minute * 60_000_000)
}

impl Driver {
    fn graphs(&mut self) -> Graphs<'_> {
        Graphs {
            dice: &mut self.dice,
            plain: self.plain,
            made: self.made,
        }
    }

    fn people(&mut self) {
        for id in 1..=3 {
            let zone = match self.dice.below(4) {
                0 => None,
                place => Some(TimeZone::parse(PLACES[(place - 1) * 2].0).expect("a zone")),
            };
            if let Some(reference) = &mut self.reference {
                let zone = zone.as_ref().map(TimeZone::to_jiff);
                reference.people.insert(id, Someone::new(zone));
            }
            self.store.state.people.insert(id, Person::new(id, zone));
        }
    }

    fn create(&mut self, automation: i64) {
        let mut graphs = self.graphs();
        let document = graphs.document();
        self.made = graphs.made;
        let version = self.program(automation, &document);
        self.store.state.automations.insert(
            automation,
            Automation {
                live: version,
                paused: false,
            },
        );
        if let Some(reference) = &mut self.reference {
            reference.documents.insert(version, document.clone());
            reference.live = version;
        }
        self.documents.insert(automation, document);
    }

    fn program(&mut self, automation: i64, document: &Value) -> i64 {
        self.versions += 1;
        let parsed = Document::parse(document).expect("it has no fault");
        let program = Program::new(
            AutomationId::from(automation),
            VersionId::from(self.versions),
            parsed,
        );
        self.store
            .env
            .programs
            .insert(self.versions, Rc::new(program));
        self.versions
    }

    /// A key under which something is done once.
    fn key(&mut self) -> u64 {
        self.keys += 1;
        self.keys
    }

    fn live(&mut self) {
        for round in 0..80 {
            let minutes = match self.dice.below(20) {
                0 => 1 + self.dice.below(2_000) as i64,
                1..4 => 1 + self.dice.below(120) as i64,
                _ => 1,
            };
            self.pass(minutes);
            // Sometimes something happens before anybody sees that timers are due.
            if self.dice.percent(70) {
                self.settle();
            }
            let begins = if round < 10 { 90 } else { 35 };
            if self.dice.percent(begins) {
                self.act();
                self.settle();
            }
        }
        for automation in 1..=self.documents.len() as i64 {
            self.resume(automation);
        }
        for _ in 0..20 {
            self.settle();
            self.work();
            self.pass(360);
        }
        self.settle();
    }

    fn pass(&mut self, minutes: i64) {
        for _ in 0..minutes {
            self.minute += 1;
            if let Some(reference) = &mut self.reference {
                reference.minute(self.minute);
            }
        }
        self.store.now = at(self.minute);
    }

    /// Fires all that is due.
    fn settle(&mut self) {
        let mut rounds = 0;
        while self.due() {
            let most = 1 + self.dice.below(4);
            self.store.transact(&mut self.dice, |tx| tx.pump(most));
            rounds += 1;
            assert!(rounds < 10_000, "I8: what is due is due again and again");
        }
        invariants::check_settled(&self.store);
        if let Some(reference) = &mut self.reference {
            loop {
                let lines =
                    |it: &Reference| it.people.values().map(|it| it.lines.len()).sum::<usize>();
                let before = lines(reference);
                reference.tick();
                if lines(reference) == before {
                    break;
                }
            }
        }
        self.compare();
    }

    fn due(&self) -> bool {
        let state = &self.store.state;
        (state.timers.range(..=(self.store.now, i64::MAX)))
            .any(|(_, id)| !state.automations[&state.runs[id].automation.get()].paused)
    }

    fn act(&mut self) {
        match self.dice.below(20) {
            0..9 => self.happen(),
            9..14 => self.work(),
            14 => self.publish(),
            15 => self.decide(),
            16 => {
                let automation = 1 + self.dice.below(self.documents.len()) as i64;
                if self.paused.contains_key(&automation) {
                    self.resume(automation);
                } else {
                    self.pause(automation);
                }
            }
            _ => {
                let who = 1 + self.dice.below(3) as i64;
                let name = self.dice.pick(&["go", "go", "run"]);
                let body = self.body(name);
                self.event(who, "event.custom", None, body, None);
            }
        }
    }

    fn body(&mut self, name: &str) -> Value {
        let mut body = json!({"name": name, "total": self.dice.below(8)});
        if self.dice.percent(50) {
            body["plan"] = json!(self.dice.pick(&["red", "blue"]));
        }
        body
    }

    /// Something that a contact does, or that somebody does to it.
    fn happen(&mut self) {
        let who = 1 + self.dice.below(3) as i64;
        let id = 1 + self.dice.below(2) as i64;
        let field = self.dice.pick(&["n", "t", "d"]);
        let person = &self.store.state.people[&who];
        let (in_group, tagged) = (
            person.view.groups.contains(&id),
            person.view.tags.contains(&id),
        );
        match self.dice.below(10) {
            0 if !in_group => {
                self.event(
                    who,
                    "group.joined",
                    Some(id),
                    json!({}),
                    Some(("group", json!(id))),
                );
            }
            1 if in_group => {
                self.event(
                    who,
                    "group.left",
                    Some(id),
                    json!({}),
                    Some(("ungroup", json!(id))),
                );
            }
            2 if !tagged => {
                self.event(
                    who,
                    "tag.added",
                    Some(id),
                    json!({}),
                    Some(("tag", json!(id))),
                );
            }
            3 => self.event(who, "message.opened", None, json!({}), None),
            4 | 5 => {
                let value = if self.dice.percent(20) {
                    Value::Null
                } else {
                    self.graphs().value(field)
                };
                let body = json!({"changed": [field]});
                self.event(who, "subscriber.updated", None, body, Some((field, value)));
            }
            6 if self.dice.percent(15) => {
                let status = self
                    .dice
                    .pick(&["unsubscribed", "unconfirmed", "active", "bounced"]);
                self.event(
                    who,
                    "subscriber.status_changed",
                    None,
                    json!({"to": status}),
                    Some(("status", json!(status))),
                );
            }
            _ => {
                let name = self.dice.pick(&["buy", "buy", "run"]);
                let body = self.body(name);
                self.event(who, "event.custom", None, body, None);
            }
        }
    }

    fn event(
        &mut self,
        who: i64,
        kind: &str,
        subject: Option<i64>,
        body: Value,
        patch: Option<(&str, Value)>,
    ) {
        let key = self.key();
        self.store.transact(&mut self.dice, |tx| {
            if !tx.is_new(key) {
                return;
            }
            if let Some((what, value)) = &patch {
                let person = tx.state.people.get_mut(&who).expect("a contact");
                match *what {
                    "group" => drop(person.view.groups.insert(value.as_i64().expect("an id"))),
                    "ungroup" => drop(person.view.groups.remove(&value.as_i64().expect("an id"))),
                    "tag" => drop(person.view.tags.insert(value.as_i64().expect("an id"))),
                    "status" => person.set_status(value.as_str().expect("a text")),
                    field => person.set(field, (!value.is_null()).then(|| value.clone())),
                }
            }
            tx.record(who, kind, subject, body.clone(), None, Vec::new());
            tx.dispatch();
        });
        if let Some(reference) = &mut self.reference {
            if let Some((what, value)) = &patch {
                (reference.people.get_mut(&who).expect("a contact")).patch(what, value);
            }
            reference.event(who, kind, subject, body);
        }
        self.compare();
    }

    /// Workers take what is in the outbox, and some of them die with it.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method is of one lifetime only, and the transaction's is any"
    )]
    fn work(&mut self) {
        for _ in 0..=self.dice.below(6) {
            let leased = self.store.transact(&mut self.dice, |tx| tx.lease());
            if let Some((run, seq, row)) = leased {
                let person = &self.store.state.people[&row.contact];
                let may = row.kind != "send_email"
                    || person.status == "active"
                    || (row.transactional
                        && matches!(&*person.status, "unconfirmed" | "unsubscribed"));
                let result = if may {
                    let answer = match self.dice.below(10) {
                        0..6 => Ok(json!({"value": self.dice.below(5)})),
                        6..8 => Ok(json!({"nothing": "to see"})),
                        _ => Err("the provider refused".to_owned()),
                    };
                    self.wire.hand_over((run, seq), &row, answer)
                } else {
                    // I10: what was suppressed since is not handed over.
                    Err("the contact may not be written to".to_owned())
                };
                // It died after the provider had accepted: the lease runs out.
                if !self.dice.percent(15) {
                    self.store.transact(&mut self.dice, |tx| {
                        tx.complete(run, seq, row.epoch, &result, RowState::Done);
                    });
                }
            }
            self.hear_results();
        }
    }

    fn hear_results(&mut self) {
        let results = self.store.state.results[self.heard..].to_vec();
        self.heard += results.len();
        for (who, result) in results {
            if let Some(reference) = &mut self.reference {
                reference.result(who, &result);
            }
        }
        self.compare();
    }

    fn publish(&mut self) {
        let automation = 1 + self.dice.below(self.documents.len()) as i64;
        if self.paused.contains_key(&automation) {
            return;
        }
        let old = self.documents[&automation].clone();
        let mut graphs = self.graphs();
        let document = graphs.edited(&old);
        self.made = graphs.made;
        let plan = self.plan(&old, &document);
        let version = self.program(automation, &document);
        let parsed: Plan = serde_json::from_value(plan.clone()).expect("a plan");
        let (before, after) = (
            Document::parse(&old).expect("it"),
            Document::parse(&document).expect("it"),
        );
        assert_eq!(parsed.check(&before, &after), []);
        assert_eq!(
            crate::diff::diff(&before, &after).is_empty(),
            before == after,
            "differences are told if there are any"
        );
        self.store.transact(&mut self.dice, |tx| {
            tx.publish(automation, version, &parsed);
        });
        if let Some(reference) = &mut self.reference {
            reference.publish(version, document.clone(), &plan);
        }
        self.documents.insert(automation, document);
        self.compare();
    }

    fn plan(&mut self, old: &Value, new: &Value) -> Value {
        let policy = match self.dice.below(10) {
            0 => "exit_all",
            1 => "finish_old",
            _ => "move_along",
        };
        let ids = |document: &Value| -> Vec<String> {
            let steps = document["steps"].as_array().expect("a list");
            (steps.iter().filter_map(|step| step["id"].as_str()))
                .map(str::to_owned)
                .collect()
        };
        let kept = ids(new);
        let mut deleted = json!({});
        for id in ids(old) {
            if kept.contains(&id) {
                continue;
            }
            match self.dice.below(4) {
                0 => deleted[id] = json!({"fate": "exit"}),
                1 => deleted[id] = json!({"fate": "jump_to", "step": self.dice.pick(&kept)}),
                2 => deleted[id] = json!({"fate": "next"}),
                _ => {}
            }
        }
        json!({"policy": policy, "deleted": deleted})
    }

    fn decide(&mut self) {
        let parked = self.store.transact(&mut self.dice, |tx| tx.parked());
        if parked.is_empty() {
            return;
        }
        let (run, seq) = self.dice.pick(&parked);
        let how = self.dice.pick(&["retry", "skip", "end"]);
        self.store.transact(&mut self.dice, |tx| {
            let wake = match how {
                "retry" => Wake::Retry,
                "skip" => Wake::Skip,
                _ => Wake::End(Outcome::Removed),
            };
            tx.wake(run, seq, &wake);
            tx.dispatch();
        });
        if let Some(reference) = &mut self.reference {
            reference.decide(run, how);
        }
        self.compare();
    }

    fn pause(&mut self, automation: i64) {
        self.store
            .transact(&mut self.dice, |tx| tx.pause(automation));
        self.paused.insert(automation, self.minute);
        if let Some(reference) = &mut self.reference {
            reference.paused = true;
        }
    }

    fn resume(&mut self, automation: i64) {
        let Some(since) = self.paused.remove(&automation) else {
            return;
        };
        let how = if !self.plain && self.dice.percent(50) {
            Resume::Shift
        } else {
            Resume::CatchUp
        };
        let length = Duration::from_secs((self.minute - since) as u64 * 60);
        self.store.transact(&mut self.dice, |tx| {
            tx.resume(automation, how, length);
        });
        if let Some(reference) = &mut self.reference {
            reference.resume();
        }
        self.compare();
    }

    /// Whether the reference tells the same story of each contact, from where they were compared last.
    fn compare(&mut self) {
        let Some(reference) = &self.reference else {
            return;
        };
        let log = &self.store.state.log;
        for line in &log[self.compared..] {
            let Some(word) = word(&line.entry.what) else {
                continue;
            };
            let minute = line.entry.at.as_micros() / 60_000_000;
            let told = (minute, line.entry.step.to_string(), word);
            let place = self.told.entry(line.contact).or_default();
            if reference.people[&line.contact].lines.get(*place) != Some(&told) {
                self.differ(line.contact, reference);
            }
            *place += 1;
        }
        for (who, someone) in &reference.people {
            if self.told.get(who).copied().unwrap_or(0) != someone.lines.len() {
                self.differ(*who, reference);
            }
        }
        self.compared = log.len();
    }

    fn differ(&self, who: i64, reference: &Reference) -> ! {
        let told: Vec<reference::Line> = (self.store.state.log.iter())
            .filter(|line| line.contact == who)
            .filter_map(|line| {
                let minute = line.entry.at.as_micros() / 60_000_000;
                Some((minute, line.entry.step.to_string(), word(&line.entry.what)?))
            })
            .collect();
        let other = &reference.people[&who].lines;
        let same = told
            .iter()
            .zip(other)
            .take_while(|(one, other)| one == other)
            .count();
        panic!(
            "contact {who}, at {} (minute {}): after {same} lines that are the same, the engine says {:?} and the \
             reference {:?}, after {:?}; runs: {:#?}; the document: {:#}",
            self.store.now,
            self.minute,
            &told[same..],
            &other[same..],
            &told[..same],
            (self.store.state.runs.values())
                .filter(|run| run.contact == who)
                .collect::<Vec<_>>(),
            self.documents[&1]
        );
    }

    fn story(&self) -> Story {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.store.state.log).hash(&mut hasher);
        Story {
            hash: hasher.finish(),
            lines: self.store.state.log.len(),
        }
    }
}

/// What the reference calls it; `None` for what it does not tell.
fn word(what: &Logged) -> Option<String> {
    Some(match what {
        Logged::Held => return None,
        Logged::Passed(edge) => format!("passed {edge}"),
        Logged::Skipped(_) => "skipped".to_owned(),
        Logged::Failed(_) => "failed".to_owned(),
        Logged::Parked(_) => "parked".to_owned(),
        Logged::Left(_) => "left".to_owned(),
        Logged::Ended(outcome) => {
            let how = match outcome {
                Outcome::Completed => "completed",
                Outcome::Goal => "goal",
                Outcome::Exit { .. } => "exit",
                Outcome::Unsubscribed => "unsubscribed",
                Outcome::Removed => "removed",
                Outcome::StepRemoved => "step_removed",
            };
            format!("ended {how}")
        }
    })
}
