//! The store: what a database would hold, and the transactions on it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use kernel::{TimeZone, Timestamp};
use serde_json::Value;

use super::contact::{Person, schema};
use super::dice::Dice;
use super::invariants;
use crate::event::{Event, Signal};
use crate::ids::{AutomationId, RunId};
use crate::interpret::{
    Advance, Conditions, Effect, Ledger, LogEntry, Logged, Outcome, Program, Reason, Run, Wake,
    World, advance, enrol,
};
use crate::kinds::Kinds;
use crate::migrate::{Plan, Resume};

/// What is committed.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) automations: BTreeMap<i64, Automation>,
    pub(super) people: BTreeMap<i64, Person>,
    pub(super) ledger: BTreeMap<(i64, i64, String), Ledger>,
    pub(super) runs: BTreeMap<i64, Run>,
    pub(super) timers: BTreeSet<(Timestamp, i64)>,
    pub(super) waits: BTreeMap<(i64, Signal), BTreeSet<i64>>,
    pub(super) outbox: BTreeMap<(i64, i64), Row>,
    /// Of changes: outbox rows are their own keys.
    pub(super) changes: BTreeSet<(i64, i64)>,
    pub(super) log: Vec<Line>,
    /// Entered, passed, skipped, failed.
    pub(super) stats: BTreeMap<(i64, String), [u32; 4]>,
    /// Results that woke a run, in order.
    pub(super) results: Vec<(i64, Result<Value, String>)>,
    seen: BTreeSet<u64>,
    next_event: i64,
    next_run: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) contact: i64,
    pub(super) version: i64,
    pub(super) entry: LogEntry,
}

#[derive(Clone, Debug)]
pub(super) struct Automation {
    pub(super) live: i64,
    pub(super) paused: bool,
}

/// A row of the outbox.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) contact: i64,
    pub(super) automation: i64,
    pub(super) kind: String,
    pub(super) transactional: bool,
    pub(super) awaited: bool,
    pub(super) epoch: u32,
    pub(super) state: RowState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowState {
    Pending,
    Leased(Timestamp),
    Done,
    Unknown,
}

/// What does not change in a transaction.
pub(super) struct Env {
    pub(super) kinds: Kinds,
    pub(super) schema: rules::Schema,
    pub(super) segments: rules::Segments,
    pub(super) zone: TimeZone,
    pub(super) programs: BTreeMap<i64, Rc<Program>>,
}

impl Env {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self {
            kinds: Kinds::built_in(),
            schema: schema(),
            segments: rules::Segments::none(),
            zone,
            programs: BTreeMap::new(),
        }
    }
}

pub(super) struct Store {
    pub(super) state: State,
    pub(super) env: Env,
    pub(super) now: Timestamp,
}

impl Store {
    /// Does something in a transaction, until it is known to be committed. The process may die before the commit, or
    /// after it without having told.
    pub(super) fn transact<T>(&mut self, dice: &mut Dice, act: impl Fn(&mut Tx<'_>) -> T) -> T {
        loop {
            let fate = dice.below(25);
            if fate == 0 {
                let mut lost = self.state.clone();
                act(&mut Tx::new(&mut lost, &self.env, self.now));
                continue;
            }
            let done = act(&mut Tx::new(&mut self.state, &self.env, self.now));
            invariants::check(self);
            if fate != 1 {
                return done;
            }
        }
    }
}

pub(super) struct Tx<'s> {
    pub(super) state: &'s mut State,
    pub(super) env: &'s Env,
    pub(super) now: Timestamp,
    queue: VecDeque<Event>,
}

impl<'s> Tx<'s> {
    fn new(state: &'s mut State, env: &'s Env, now: Timestamp) -> Self {
        Self {
            state,
            env,
            now,
            queue: VecDeque::new(),
        }
    }

    fn is_paused(&self, automation: i64) -> bool {
        self.state.automations[&automation].paused
    }

    /// Whether this has not been done before.
    pub(super) fn is_new(&mut self, key: u64) -> bool {
        self.state.seen.insert(key)
    }

    /// Records an event.
    pub(super) fn record(
        &mut self,
        contact: i64,
        kind: &str,
        subject: Option<i64>,
        body: Value,
        cause: Option<(RunId, i64)>,
        chain: Vec<AutomationId>,
    ) {
        self.state.next_event += 1;
        let event = Event {
            id: self.state.next_event,
            kind: kind.to_owned(),
            contact,
            subject,
            at: self.now,
            body,
            cause,
            chain,
        };
        let person = self.state.people.get_mut(&contact).expect("a contact");
        person.events.push(event.clone());
        self.queue.push_back(event);
    }

    /// Wakes whom the recorded events concern, and lets in whom they let in.
    pub(super) fn dispatch(&mut self) {
        while let Some(event) = self.queue.pop_front() {
            let mut woken = BTreeSet::new();
            for signal in event.signals() {
                if let Some(runs) = self.state.waits.get(&(event.contact, signal)) {
                    woken.extend(runs);
                }
            }
            for id in woken {
                let run = &self.state.runs[&id];
                let (automation, seq) = (run.automation.get(), run.seq);
                if !self.is_paused(automation) {
                    self.wake(id, seq, &Wake::Event(&event));
                }
            }
            let automations: Vec<(i64, i64)> = self
                .state
                .automations
                .iter()
                .filter(|(_, automation)| !automation.paused)
                .map(|(id, automation)| (*id, automation.live))
                .collect();
            for (automation, live) in automations {
                if event.kind != "automation.started" || event.subject == Some(automation) {
                    self.let_in(automation, live, &event);
                }
            }
        }
    }

    fn let_in(&mut self, automation: i64, live: i64, event: &Event) {
        let env = self.env;
        let program = &env.programs[&live];
        for trigger in &program.document.triggers {
            let Some(key) = trigger.key_of(event) else {
                continue;
            };
            let place = (automation, event.contact, key);
            let ledger = self.state.ledger.get(&place).copied().unwrap_or_default();
            let conditions =
                Conditions::new(&env.schema, &env.segments, env.zone.clone(), self.now);
            let world = World {
                kinds: &env.kinds,
                conditions: &conditions,
            };
            let person = &self.state.people[&event.contact];
            let id = RunId::from(self.state.next_run + 1);
            let Ok(run) = enrol(program, trigger, event, &ledger, person, &world, id) else {
                continue;
            };
            self.state.next_run += 1;
            self.state.ledger.insert(
                place,
                Ledger {
                    runs: ledger.runs + 1,
                    last_at: Some(self.now),
                    live: ledger.live + 1,
                },
            );
            self.state.runs.insert(id.get(), run);
            self.wake(id.get(), 0, &Wake::Begin);
        }
    }

    /// Advances a run and writes what came of it. Whether the wake fitted.
    pub(super) fn wake(&mut self, id: i64, seq: i64, wake: &Wake<'_>) -> bool {
        let env = self.env;
        let run = &self.state.runs[&id];
        let program = &env.programs[&run.version.get()];
        let conditions = Conditions::new(&env.schema, &env.segments, env.zone.clone(), self.now);
        let world = World {
            kinds: &env.kinds,
            conditions: &conditions,
        };
        let contact = run.contact;
        let mut person = self.state.people.remove(&contact).expect("a contact");
        let advanced = advance(program, run, seq, wake, &mut person, world);
        let changed = std::mem::take(&mut person.changed);
        self.state.people.insert(contact, person);
        let Some(advanced) = advanced else {
            assert!(
                changed.is_empty(),
                "a wake that does not fit changed something"
            );
            return false;
        };
        let (run_id, chain) = (advanced.run.id, advanced.run.chain.clone());
        self.write(id, advanced, program);
        for it in changed {
            let cause = Some((run_id, it.seq));
            self.record(contact, it.kind, it.subject, it.body, cause, chain.clone());
        }
        true
    }

    fn write(&mut self, id: i64, advanced: Advance, program: &Program) {
        let old = self.state.runs[&id].clone();
        invariants::check_advance(self, &old, &advanced, program);
        let new = advanced.run;
        if let Some(timer) = &old.hold.timer {
            self.state.timers.remove(&(timer.due, id));
        }
        for wait in &old.hold.waits {
            let place = (old.contact, wait.signal.clone());
            if let Some(runs) = self.state.waits.get_mut(&place) {
                runs.remove(&id);
                if runs.is_empty() {
                    self.state.waits.remove(&place);
                }
            }
        }
        if let Some(timer) = &new.hold.timer {
            self.state.timers.insert((timer.due, id));
        }
        for wait in &new.hold.waits {
            let place = (new.contact, wait.signal.clone());
            self.state.waits.entry(place).or_default().insert(id);
        }
        for effect in advanced.effects {
            let key = (id, effect.seq());
            let is_first = match effect {
                Effect::Change { .. } => self.state.changes.insert(key),
                Effect::Outbox { outgoing, .. } => {
                    let row = Row {
                        contact: new.contact,
                        automation: new.automation.get(),
                        kind: outgoing.kind,
                        transactional: outgoing.transactional,
                        awaited: outgoing.awaited,
                        epoch: 0,
                        state: RowState::Pending,
                    };
                    self.state.outbox.insert(key, row).is_none()
                }
            };
            assert!(is_first, "I1: {key:?} has two effects");
        }
        for entry in advanced.log {
            let stat = (self.state.stats)
                .entry((new.version.get(), entry.step.to_string()))
                .or_default();
            count(stat, &entry.what);
            self.state.log.push(Line {
                contact: new.contact,
                version: new.version.get(),
                entry,
            });
        }
        if !new.is_live() {
            let place = (new.automation.get(), new.contact, new.key.clone());
            let ledger = self.state.ledger.get_mut(&place).expect("its ledger");
            ledger.live -= 1;
        }
        self.state.runs.insert(id, new);
    }

    /// Fires a few timers that are due, the earliest first.
    pub(super) fn pump(&mut self, most: usize) {
        let due: Vec<(i64, i64)> = self
            .state
            .timers
            .range(..=(self.now, i64::MAX))
            .map(|(_, id)| (*id, self.state.runs[id].seq))
            .filter(|(id, _)| !self.is_paused(self.state.runs[id].automation.get()))
            .take(most)
            .collect();
        for (id, seq) in due {
            self.wake(id, seq, &Wake::Timer);
            self.dispatch();
        }
    }

    fn live_runs(&self, automation: i64) -> Vec<i64> {
        self.state
            .runs
            .iter()
            .filter(|(_, run)| run.automation.get() == automation && run.is_live())
            .map(|(id, _)| *id)
            .collect()
    }

    /// Makes a version the live one and moves those inside.
    pub(super) fn publish(&mut self, automation: i64, version: i64, plan: &Plan) {
        if self.state.automations[&automation].live == version {
            return;
        }
        let before: Vec<i64> = self.state.runs.keys().copied().collect();
        (self.state.automations.get_mut(&automation).expect("it")).live = version;
        let new = Rc::clone(&self.env.programs[&version]);
        for id in self.live_runs(automation) {
            let run = self.state.runs.get_mut(&id).expect("it is live");
            if !run.is_live() {
                continue;
            }
            let old = &self.env.programs[&run.version.get()];
            let rebind = plan.rebind(&old.document, &new.document, run);
            let seq = run.seq;
            if let Some(wake) = rebind.apply(run, &new) {
                assert!(self.wake(id, seq, &wake), "I13: a run was not moved");
                self.dispatch();
            }
        }
        assert!(
            before.iter().all(|id| self.state.runs.contains_key(id)),
            "I13: a run was lost"
        );
    }

    pub(super) fn pause(&mut self, automation: i64) {
        (self.state.automations.get_mut(&automation).expect("it")).paused = true;
    }

    pub(super) fn resume(&mut self, automation: i64, how: Resume, paused: std::time::Duration) {
        if !self.is_paused(automation) {
            return;
        }
        (self.state.automations.get_mut(&automation).expect("it")).paused = false;
        for id in self.live_runs(automation) {
            let run = self.state.runs.get_mut(&id).expect("it is live");
            if let Some(timer) = &run.hold.timer {
                self.state.timers.remove(&(timer.due, id));
            }
            how.apply(run, paused);
            if let Some(timer) = &run.hold.timer {
                self.state.timers.insert((timer.due, id));
            }
            let seq = run.seq;
            self.wake(id, seq, &Wake::Resumed);
            self.dispatch();
        }
    }

    /// Takes a row for a worker: the run, the `seq`, the epoch and what is in it.
    pub(super) fn lease(&mut self) -> Option<(i64, i64, Row)> {
        let now = self.now;
        let minutes = std::time::Duration::from_mins(5);
        let key = self.state.outbox.iter().find_map(|(key, row)| {
            let free = match row.state {
                RowState::Pending => true,
                RowState::Leased(until) => until <= now,
                _ => false,
            };
            (free && !self.is_paused(row.automation)).then_some(*key)
        })?;
        let row = self.state.outbox.get_mut(&key).expect("it was found");
        let taken_over = matches!(row.state, RowState::Leased(_));
        row.epoch += 1;
        row.state = RowState::Leased(now + minutes);
        let row = row.clone();
        // Whether a mail that was being sent has left, nobody knows: it is not sent again.
        if taken_over && row.kind == "send_email" {
            self.complete(key.0, key.1, row.epoch, &Ok(Value::Null), RowState::Unknown);
            return None;
        }
        Some((key.0, key.1, row))
    }

    /// Writes what became of a row, unless another worker has it by now.
    pub(super) fn complete(
        &mut self,
        run: i64,
        seq: i64,
        epoch: u32,
        result: &Result<Value, String>,
        state: RowState,
    ) {
        let row = self
            .state
            .outbox
            .get_mut(&(run, seq))
            .expect("it was leased");
        if row.epoch != epoch || !matches!(row.state, RowState::Leased(_)) {
            return;
        }
        row.state = state;
        if !row.awaited {
            return;
        }
        let contact = row.contact;
        let wake = Wake::Result(result.as_ref().map_err(String::as_str));
        if self.wake(run, seq, &wake) {
            self.state.results.push((contact, result.clone()));
            self.dispatch();
        }
    }

    /// Runs that failed, with their `seq`.
    pub(super) fn parked(&self) -> Vec<(i64, i64)> {
        self.state
            .runs
            .iter()
            .filter(|(_, run)| matches!(run.hold.reason, Reason::Parked(_)))
            .filter(|(_, run)| !self.is_paused(run.automation.get()))
            .map(|(id, run)| (*id, run.seq))
            .collect()
    }
}

/// Adds a line of the log to the counters of its step.
pub(super) fn count(stat: &mut [u32; 4], what: &Logged) {
    let place = match what {
        Logged::Held => 0,
        Logged::Passed(_) | Logged::Ended(Outcome::Completed) => 1,
        Logged::Skipped(_) => 2,
        Logged::Failed(_) | Logged::Parked(_) => 3,
        Logged::Left(_) | Logged::Ended(_) => return,
    };
    stat[place] += 1;
}

/// The provider: what it accepted, and what it answers, once per key.
#[derive(Default)]
pub(super) struct Wire {
    accepted: RefCell<BTreeMap<(i64, i64), Result<Value, String>>>,
}

impl Wire {
    /// Hands something over. A mail must not come twice; a call with the same key is answered as before.
    pub(super) fn hand_over(
        &self,
        key: (i64, i64),
        row: &Row,
        answer: Result<Value, String>,
    ) -> Result<Value, String> {
        let mut accepted = self.accepted.borrow_mut();
        if let Some(before) = accepted.get(&key) {
            assert_ne!(row.kind, "send_email", "I2: {key:?} was sent twice");
            return before.clone();
        }
        accepted.insert(key, answer.clone());
        answer
    }
}
