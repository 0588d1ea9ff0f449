//! What a wake does to a run.

use kernel::Timestamp;
use serde_json::Value;

use super::{
    Conditions, Contact, Effect, Hold, LogEntry, Logged, MAX_STEPS_PER_WAKE, Outcome, Program,
    Reason, Run, Wait, WaitPath, is_about,
};
use crate::chance;
use crate::definition::{Body, Condition, Pattern, Since, Step, StepId};
use crate::event::{Event, Signal, signals_of};
use crate::kinds::Kinds;
use crate::time::Timer;

/// What happened to a run.
#[derive(Clone, Debug)]
pub enum Wake<'a> {
    /// It was enrolled.
    Begin,
    /// Its timer is due.
    Timer,
    /// An event was recorded that one of its waits is found by.
    Event(&'a Event),
    /// A pause is over: whatever was recorded meanwhile counts.
    Resumed,
    /// The effect of its `seq` was done, or failed for good.
    Result(Result<&'a Value, &'a str>),
    /// It follows another version now, at the same step.
    Rebound,
    /// By a person: try the step again.
    Retry,
    /// By a person: go on as if the step were done.
    Skip,
    /// By a person, or by a new version: go on there.
    MoveTo(&'a StepId),
    /// By a person, or by a new version: it is over.
    End(Outcome),
}

/// What is the same for all runs of a transaction.
#[derive(Clone, Copy)]
pub struct World<'a, 'w> {
    pub kinds: &'w Kinds,
    pub conditions: &'w Conditions<'a>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Advance {
    /// As it is to be stored.
    pub run: Run,
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
    /// What is to be written down, in order.
    pub log: Vec<LogEntry>,
}

/// Advances a run until it must wait. `seq` is that of the run when the wake came to be; if the run is further by now, or
/// the wake does not fit it for another reason, nothing happens: `None`.
///
/// `program` is of the run's version: a run that is to follow another is given it first, by [`crate::migrate`].
pub fn advance<'a>(
    program: &'a Program,
    run: &Run,
    seq: i64,
    wake: &Wake<'_>,
    contact: &mut dyn Contact,
    world: World<'a, '_>,
) -> Option<Advance> {
    if seq != run.seq || run.version != program.version || run.contact != contact.id() {
        return None;
    }
    let mut walk = Walk {
        program,
        run: run.clone(),
        contact,
        world,
        effects: Vec::new(),
        log: Vec::new(),
    };
    walk.wake(wake)?;
    Some(Advance {
        run: walk.run,
        effects: walk.effects,
        log: walk.log,
    })
}

/// What follows a step.
pub(super) enum Flow<'a> {
    /// Another step, along an edge of this name.
    Go(&'a StepId, String),
    /// The same, but the step was left out.
    Skip(String),
    Hold(Held),
    /// The step failed for good.
    Fail(String),
    End,
}

/// What a step waits for; goal and exits are added.
#[derive(Default)]
pub(super) struct Held {
    pub(super) outbox: bool,
    pub(super) timer: Option<Timer>,
    pub(super) until: Option<Timestamp>,
    pub(super) waits: Vec<Wait>,
}

/// One call of [`advance`].
pub(super) struct Walk<'a, 'w> {
    pub(super) program: &'a Program,
    pub(super) run: Run,
    pub(super) contact: &'w mut dyn Contact,
    pub(super) world: World<'a, 'w>,
    pub(super) effects: Vec<Effect>,
    log: Vec<LogEntry>,
}

impl<'a> Walk<'a, '_> {
    pub(super) fn now(&self) -> Timestamp {
        self.world.conditions.now()
    }

    pub(super) fn seed(&self) -> u64 {
        chance::seed(self.run.id, self.run.seq)
    }

    /// `None` if the wake does not fit.
    fn wake(&mut self, wake: &Wake<'_>) -> Option<()> {
        let fits = match (&self.run.hold.reason, wake) {
            (Reason::Done(_), _) => false,
            (reason, Wake::Begin) => *reason == Reason::Ready,
            (Reason::Ready, _) => false,
            (reason, Wake::Timer) => {
                let timer = self.run.hold.timer.as_ref()?;
                *reason == Reason::Waiting && timer.due <= self.now()
            }
            (reason, Wake::Result(_)) => *reason == Reason::Outbox,
            (reason, Wake::Retry) => matches!(reason, Reason::Parked(_)),
            // Whoever skips a message that is being sent could not know whether it was.
            (reason, Wake::Skip) => *reason != Reason::Outbox,
            _ => true,
        };
        if !fits {
            return None;
        }
        match wake {
            Wake::End(outcome) => {
                self.end(outcome.clone());
                return Some(());
            }
            Wake::MoveTo(step) => {
                self.note(Logged::Left(format!("moved to {step}")));
                // The id is that of the program, which lives longer.
                match self.program.step(step) {
                    Some(step) => self.walk(&step.id),
                    None => self.end(Outcome::StepRemoved),
                }
                return Some(());
            }
            _ => {}
        }
        let event = match wake {
            Wake::Event(event) => Some(*event),
            _ => None,
        };
        // Whatever began it has been at rest since.
        if matches!(wake, Wake::Timer) {
            self.run.chain.clear();
        }
        let looks_back = matches!(wake, Wake::Resumed | Wake::Rebound);
        if self.leaves(event, looks_back) {
            return Some(());
        }
        match wake {
            Wake::Begin | Wake::Retry => {
                let step = self.program.step(&self.run.node)?;
                self.walk(&step.id);
            }
            Wake::Skip => {
                let step = self.program.step(&self.run.node)?;
                match step.default_next() {
                    Some(next) => self.follow(Flow::Go(next, "skipped".to_owned())),
                    None => self.end(Outcome::Completed),
                }
            }
            _ => self.go_on(wake),
        }
        Some(())
    }

    /// A run that holds at a step is woken.
    fn go_on(&mut self, wake: &Wake<'_>) {
        let Some(step) = self.program.step(&self.run.node) else {
            self.end(Outcome::StepRemoved);
            return;
        };
        match &self.run.hold.reason {
            // Goal and exits were asked; nothing else can end these.
            Reason::Parked(_) => self.hold_again(None),
            Reason::Outbox => match wake {
                Wake::Result(result) => {
                    let flow = self.result(step, *result);
                    self.follow(flow);
                }
                _ => self.hold_again(None),
            },
            _ => match self.woken(step, wake) {
                Flow::Hold(held) => self.hold_again(Some(held)),
                flow => self.follow(flow),
            },
        }
    }

    /// Goes to a step, and from there on.
    fn walk(&mut self, to: &'a StepId) {
        self.run.node = to.clone();
        self.make_steps();
    }

    fn make_steps(&mut self) {
        for _ in 0..MAX_STEPS_PER_WAKE {
            let Some(step) = self.program.step(&self.run.node) else {
                self.end(Outcome::StepRemoved);
                return;
            };
            self.run.seq += 1;
            self.run.step_at = self.now();
            self.run.step_after = self.contact.last_event();
            self.run.data.own.clear();
            if step.body_is_message(self.world.kinds) && self.leaves(None, false) {
                return;
            }
            let flow = self.enter(step);
            if !self.settle(step, flow) {
                return;
            }
        }
        self.park(format!(
            "made {MAX_STEPS_PER_WAKE} steps without a wait: put one into the loop"
        ));
    }

    /// From the outcome of the step where it held.
    fn follow(&mut self, flow: Flow<'a>) {
        let Some(step) = self.program.step(&self.run.node) else {
            self.end(Outcome::StepRemoved);
            return;
        };
        if self.settle(step, flow) {
            self.make_steps();
        }
    }

    /// Whether it goes on, to another step.
    fn settle(&mut self, step: &'a Step, flow: Flow<'a>) -> bool {
        let (next, logged) = match flow {
            Flow::Go(next, edge) => (Some(next), Logged::Passed(edge)),
            Flow::Skip(why) => (step.next.as_ref(), Logged::Skipped(why)),
            Flow::Fail(why) => {
                if let Some(next) = &step.on_failure {
                    (Some(next), Logged::Failed(why))
                } else if step.body_is_message(self.world.kinds)
                    || matches!(step.body, Body::NotifyTeam(_))
                {
                    (step.next.as_ref(), Logged::Failed(why))
                } else {
                    self.park(why);
                    return false;
                }
            }
            Flow::Hold(held) => {
                self.note(Logged::Held);
                self.hold(held);
                return false;
            }
            Flow::End => {
                self.end(Outcome::Completed);
                return false;
            }
        };
        self.note(logged);
        let Some(next) = next else {
            // Only of documents that were never checked.
            self.end(Outcome::Completed);
            return false;
        };
        self.run.node = next.clone();
        true
    }

    pub(super) fn note(&mut self, what: Logged) {
        self.log.push(LogEntry {
            seq: self.run.seq,
            step: self.run.node.clone(),
            what,
            at: self.now(),
        });
    }

    fn end(&mut self, outcome: Outcome) {
        self.note(Logged::Ended(outcome.clone()));
        self.run.hold = Hold {
            reason: Reason::Done(outcome),
            timer: None,
            until: None,
            waits: Vec::new(),
        };
    }

    fn park(&mut self, why: String) {
        self.note(Logged::Parked(why.clone()));
        self.run.hold = Hold {
            reason: Reason::Parked(why),
            timer: None,
            until: None,
            waits: self.watches(),
        };
    }

    fn hold(&mut self, held: Held) {
        let mut waits = held.waits;
        waits.extend(self.watches());
        self.run.hold = Hold {
            reason: if held.outbox {
                Reason::Outbox
            } else {
                Reason::Waiting
            },
            timer: held.timer,
            until: held.until,
            waits,
        };
    }

    /// It stays where it was, with what the step waits for now; goal and exits may be those of another version.
    fn hold_again(&mut self, held: Option<Held>) {
        if let Some(held) = held {
            self.hold(held);
        } else {
            self.run.hold.waits = self.watches();
        }
    }

    /// Ends or moves the run if it has left the audience, met an exit or reached the goal. Whether it did.
    fn leaves(&mut self, event: Option<&Event>, looks_back: bool) -> bool {
        let document = &self.program.document;
        if !document.settings.stay_when_unsubscribed
            && matches!(
                self.contact.status(),
                "unsubscribed" | "bounced" | "suppressed"
            )
        {
            self.end(Outcome::Unsubscribed);
            return true;
        }
        for exit in &document.exits {
            if self.is_met(exit.on.as_ref(), exit.when.as_ref(), event, looks_back) {
                self.end(Outcome::Exit {
                    exit: exit.id.clone(),
                });
                return true;
            }
        }
        if let Some(goal) = &document.goal
            && !self.run.data.goal
            && self.is_met(goal.on.as_ref(), goal.when.as_ref(), event, looks_back)
        {
            self.run.data.goal = true;
            match &goal.next {
                None => self.end(Outcome::Goal),
                Some(next) => {
                    self.note(Logged::Left("goal".to_owned()));
                    self.walk(next);
                }
            }
            return true;
        }
        false
    }

    /// Of a goal or exit. One whose rule is broken is not met: the run goes on, and the fault is shown where the
    /// automation is.
    fn is_met(
        &self,
        on: Option<&'a Pattern>,
        when: Option<&'a Condition>,
        event: Option<&Event>,
        looks_back: bool,
    ) -> bool {
        let happened = on.is_some_and(|pattern| {
            event.is_some_and(|event| self.counts(pattern, event, Since::Run))
                || (looks_back && self.happened(pattern, Since::Run))
        });
        happened || when.is_some_and(|when| self.holds(when).unwrap_or(false))
    }

    pub(super) fn holds(&self, condition: &'a Condition) -> Result<bool, String> {
        self.world
            .conditions
            .holds(condition, &self.run.data, &*self.contact)
    }

    /// Whether the pattern means the event, it is about the same, and it came in time. What this run caused before it came to the step is
    /// recorded after it has come there, and does not count for what waits since the step.
    pub(super) fn counts(&self, pattern: &Pattern, event: &Event, since: Since) -> bool {
        let own_past = since == Since::Step
            && (self.run.data.own.contains(&event.id)
                || event
                    .cause
                    .is_some_and(|(run, seq)| run == self.run.id && seq <= self.run.seq));
        event.id > self.after(since)
            && !own_past
            && is_about(self.program, &self.run, event)
            && pattern.means(event, self.world.kinds, Some(self.run.id))
    }

    pub(super) fn happened(&self, pattern: &Pattern, since: Since) -> bool {
        self.contact
            .events_after(&pattern.event, self.after(since))
            .into_iter()
            .any(|event| self.counts(pattern, event, since))
    }

    /// The last event that does not count.
    pub(super) fn after(&self, since: Since) -> i64 {
        match since {
            Since::Step => self.run.step_after,
            Since::Run => self.run.began_with,
        }
    }

    /// The waits of goal, exits and status.
    fn watches(&self) -> Vec<Wait> {
        let document = &self.program.document;
        let mut waits = Vec::new();
        for exit in &document.exits {
            let path = WaitPath::Exit(exit.id.clone());
            self.add_waits(
                exit.on.as_ref(),
                exit.when.as_ref(),
                path,
                self.run.began_with,
                &mut waits,
            );
        }
        if let Some(goal) = &document.goal
            && !self.run.data.goal
        {
            let since = self.run.began_with;
            self.add_waits(
                goal.on.as_ref(),
                goal.when.as_ref(),
                WaitPath::Goal,
                since,
                &mut waits,
            );
        }
        if !document.settings.stay_when_unsubscribed {
            waits.push(Wait {
                signal: Signal::field("status"),
                path: WaitPath::Status,
                since: self.run.began_with,
            });
        }
        waits
    }

    pub(super) fn add_waits(
        &self,
        on: Option<&Pattern>,
        when: Option<&Condition>,
        path: WaitPath,
        since: i64,
        waits: &mut Vec<Wait>,
    ) {
        let mut add = |signal: Signal| {
            waits.push(Wait {
                signal,
                path: path.clone(),
                since,
            });
        };
        if let Some(pattern) = on {
            add(pattern.signal(self.world.kinds));
        }
        if let Some(when) = when {
            let expand = |references| self.world.conditions.expand(references);
            signals_of(when, &expand).into_iter().for_each(&mut add);
        }
    }
}
