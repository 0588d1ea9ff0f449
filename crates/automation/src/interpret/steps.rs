//! What each kind of step does when a run comes to it, and when it is woken there.

use serde_json::Value;

use super::advance::{Flow, Held, Walk};
use super::{Change, Effect, Wait, WaitPath, Wake};
use crate::chance;
use crate::definition::{
    Body, HttpCall, RandomSplit, SetField, Step, StepId, WaitForAny, WaitUntilField,
};
use crate::event::{Event, Signal};
use crate::time::{Timer, date_reached, field_reached, length, wait_over, window_open};

impl<'a> Walk<'a, '_> {
    /// The run comes to the step.
    pub(super) fn enter(&mut self, step: &'a Step) -> Flow<'a> {
        match &step.body {
            Body::SendEmail(email) => self.message(step, email.transactional),
            Body::SetField(set) => match self.value_of(set) {
                Ok(value) => self.change(
                    step,
                    Change::SetField {
                        field: set.field.clone(),
                        value,
                    },
                ),
                Err(why) => Flow::Fail(why),
            },
            Body::ClearField(clear) => self.change(
                step,
                Change::ClearField {
                    field: clear.field.clone(),
                },
            ),
            Body::IncrementField(increment) => self.change(
                step,
                Change::IncrementField {
                    field: increment.field.clone(),
                    by: increment.by,
                },
            ),
            Body::AddGroup(with) => self.change(step, Change::AddGroup(with.group)),
            Body::RemoveGroup(with) => self.change(step, Change::RemoveGroup(with.group)),
            Body::AddTag(with) => self.change(step, Change::AddTag(with.tag)),
            Body::RemoveTag(with) => self.change(step, Change::RemoveTag(with.tag)),
            Body::SetStatus(set) => self.change(step, Change::SetStatus(set.status.clone())),
            Body::StartAutomation(start) => {
                self.change(step, Change::StartAutomation(start.automation))
            }
            Body::HttpCall(_) => self.send(step, false, true),
            Body::NotifyTeam(_) => self.send(step, false, step.on_failure.is_some()),
            Body::Other(other) => match self.world.kinds.action(&other.kind) {
                Some(action) if action.is_message => self.message(step, false),
                Some(action) => self.send(step, false, action.awaited || step.on_failure.is_some()),
                None => Flow::Fail(format!("there is no action {} any more", other.kind)),
            },
            Body::Jump(jump) => Flow::Go(&jump.to, "jump".to_owned()),
            Body::End(_) => Flow::End,
            Body::IfElse(split) => match self.holds(&split.condition) {
                Ok(true) => Flow::Go(&split.then, "then".to_owned()),
                Ok(false) => Flow::Go(&split.otherwise, "else".to_owned()),
                Err(why) => Flow::Fail(why),
            },
            Body::FirstMatch(split) => {
                for case in &split.cases {
                    match self.holds(&case.condition) {
                        Ok(true) => return Flow::Go(&case.next, case.id.to_string()),
                        Ok(false) => {}
                        Err(why) => return Flow::Fail(why),
                    }
                }
                next_of(step)
            }
            Body::RandomSplit(split) => self.draw(step, split),
            Body::WaitForAny(wait) => self.race(step, wait, None, true, false),
            Body::WaitUntilField(wait) => self.until_field(step, wait, true),
            Body::Wait(_) | Body::WaitUntilDate(_) | Body::WaitForWindow(_) => {
                self.until_time(step, true)
            }
        }
    }

    /// The run waits at the step, and something happened that neither the goal nor an exit took.
    ///
    /// Only a timer decides by the clock. Whatever else wakes a run may give it another timer, also one that is due; an
    /// event that was committed before that timer is processed still decides.
    pub(super) fn woken(&mut self, step: &'a Step, wake: &Wake<'_>) -> Flow<'a> {
        match (&step.body, wake) {
            (Body::WaitForAny(wait), Wake::Event(event)) => {
                self.race(step, wait, Some(*event), false, false)
            }
            (Body::WaitForAny(wait), _) => {
                let looks_back = matches!(wake, Wake::Resumed | Wake::Rebound);
                self.race(step, wait, None, looks_back, matches!(wake, Wake::Timer))
            }
            (
                Body::WaitUntilField(_)
                | Body::Wait(_)
                | Body::WaitUntilDate(_)
                | Body::WaitForWindow(_),
                Wake::Timer,
            ) => next_of(step),
            (Body::WaitUntilField(wait), _) => self.until_field(step, wait, false),
            (Body::Wait(_) | Body::WaitUntilDate(_) | Body::WaitForWindow(_), Wake::Rebound) => {
                self.until_time(step, false)
            }
            (Body::Wait(_) | Body::WaitUntilDate(_) | Body::WaitForWindow(_), _)
            | (Body::SendEmail(_) | Body::Other(_), Wake::Event(_) | Wake::Resumed) => {
                self.as_before()
            }
            // Settings of a new version may hold it no longer: its timer finds out.
            (Body::SendEmail(_) | Body::Other(_), Wake::Rebound) => Flow::Hold(Held {
                timer: Some(Timer::at(self.now())),
                ..Held::default()
            }),
            // A message that quiet hours or a cap hold.
            _ => self.enter(step),
        }
    }

    /// What it waited for already, without goal and exits.
    fn as_before(&self) -> Flow<'a> {
        let waits = self.run.hold.waits.iter();
        Flow::Hold(Held {
            outbox: false,
            timer: self.run.hold.timer.clone(),
            until: self.run.hold.until,
            waits: waits
                .filter(|wait| matches!(wait.path, WaitPath::Path(_) | WaitPath::Field))
                .cloned()
                .collect(),
        })
    }

    fn change(&mut self, step: &'a Step, change: Change) -> Flow<'a> {
        let effect = Effect::Change {
            seq: self.run.seq,
            step: step.id.clone(),
            change,
        };
        self.apply(step, effect)
    }

    fn value_of(&self, set: &SetField) -> Result<Value, String> {
        match (&set.value, &set.from) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(from)) => self
                .run
                .data
                .get(from)
                .cloned()
                .ok_or_else(|| format!("the run has no variable {from}")),
            (None, None) => Err("it has no value: give one, or name a variable".to_owned()),
        }
    }

    /// The arm that was drawn before, or one by the place of the contact at this step.
    fn draw(&mut self, step: &'a Step, split: &'a RandomSplit) -> Flow<'a> {
        let before = self.run.data.arms.get(&step.id);
        if let Some(arm) = before.and_then(|id| split.arms.iter().find(|arm| arm.id == *id)) {
            return Flow::Go(&arm.next, arm.id.to_string());
        }
        let total: u64 = split.arms.iter().map(|arm| u64::from(arm.weight)).sum();
        let mut place = chance::place(self.run.contact, &step.id, total);
        for arm in &split.arms {
            let weight = u64::from(arm.weight);
            if place < weight {
                self.run.data.arms.insert(step.id.clone(), arm.id.clone());
                if !self.run.data.fits() {
                    self.run.data.arms.remove(&step.id);
                }
                return Flow::Go(&arm.next, arm.id.to_string());
            }
            place -= weight;
        }
        Flow::Fail("none of its arms has a weight".to_owned())
    }

    /// Until the instant at which a wait that only asks for the time is over. `arrives` if the run comes to the step now.
    fn until_time(&self, step: &'a Step, arrives: bool) -> Flow<'a> {
        let zones = self.world.conditions.zones(&*self.contact);
        let (from, seed) = (self.run.step_at, self.seed());
        let timer = match &step.body {
            Body::Wait(wait) => Some(wait_over(wait, from, zones, seed)),
            Body::WaitUntilDate(wait) => Some(date_reached(wait, zones, seed)),
            Body::WaitForWindow(wait) => window_open(wait, from, zones, seed),
            _ => None,
        };
        match timer {
            Some(timer) if arrives && timer.due <= self.now() => next_of(step),
            Some(timer) => Flow::Hold(Held {
                timer: Some(timer),
                ..Held::default()
            }),
            None => Flow::Fail("its window never opens".to_owned()),
        }
    }

    /// `arrives` if the run comes to the step now, and did not wait there already.
    fn until_field(&self, step: &'a Step, wait: &'a WaitUntilField, arrives: bool) -> Flow<'a> {
        let Some(time) = self.contact.time(&wait.field) else {
            return match &wait.if_missing {
                Some(next) => Flow::Go(next, "if_missing".to_owned()),
                None => next_of(step),
            };
        };
        let zones = self.world.conditions.zones(&*self.contact);
        let timer = field_reached(wait, time, zones);
        if !arrives || timer.due > self.now() {
            return Flow::Hold(Held {
                timer: Some(timer),
                waits: vec![Wait {
                    signal: Signal::field(&wait.field),
                    path: WaitPath::Field,
                    since: self.run.step_after,
                }],
                ..Held::default()
            });
        }
        match &wait.if_past {
            Some(next) if timer.due < self.now() => Flow::Go(next, "if_past".to_owned()),
            _ => next_of(step),
        }
    }

    /// The first path that is open: by the event at hand, by one that was recorded before, by its condition. Otherwise it
    /// is over if the clock decides and it has timed out.
    fn race(
        &self,
        step: &'a Step,
        wait: &'a WaitForAny,
        event: Option<&Event>,
        looks_back: bool,
        clock_decides: bool,
    ) -> Flow<'a> {
        let after = self.after(wait.since);
        let until = self.run.step_at + length(wait.timeout.delay());
        let mut timer = until;
        let mut waits = Vec::new();
        for path in &wait.paths {
            let happened = path.on.as_ref().is_some_and(|pattern| {
                event.is_some_and(|event| self.counts(pattern, event, wait.since))
                    || (looks_back && self.happened(pattern, wait.since))
            });
            if happened {
                return Flow::Go(&path.next, path.id.to_string());
            }
            if let Some(when) = &path.when {
                match self.holds(when) {
                    Ok(true) => return Flow::Go(&path.next, path.id.to_string()),
                    Ok(false) => {}
                    Err(why) => return Flow::Fail(why),
                }
                if let Some(again) = self.world.conditions.ask_again_at(when) {
                    timer = timer.min(again);
                }
            }
            let place = WaitPath::Path(path.id.clone());
            self.add_waits(
                path.on.as_ref(),
                path.when.as_ref(),
                place,
                after,
                &mut waits,
            );
        }
        if clock_decides && until <= self.now() {
            return match &step.next {
                Some(next) => Flow::Go(next, "timeout".to_owned()),
                None => Flow::End,
            };
        }
        Flow::Hold(Held {
            outbox: false,
            timer: Some(Timer::at(timer)),
            until: Some(until),
            waits,
        })
    }

    /// The effect that the run waits for was done, or has failed for good.
    pub(super) fn result(&mut self, step: &'a Step, result: Result<&Value, &str>) -> Flow<'a> {
        match result {
            Err(why) => Flow::Fail(why.to_owned()),
            Ok(answer) => match &step.body {
                Body::HttpCall(call) => match self.remember(call, answer) {
                    Ok(()) => next_of(step),
                    Err(why) => Flow::Fail(why),
                },
                _ => next_of(step),
            },
        }
    }

    /// All of what is to be saved of an answer, or nothing.
    fn remember(&mut self, call: &HttpCall, answer: &Value) -> Result<(), String> {
        let before = self.run.data.vars.clone();
        for (name, pointer) in &call.save {
            let Some(value) = answer.pointer(pointer) else {
                self.run.data.vars = before;
                return Err(format!("the answer has nothing at {pointer}, for {name}"));
            };
            self.run.data.vars.insert(name.clone(), value.clone());
        }
        if self.run.data.fits() {
            Ok(())
        } else {
            self.run.data.vars = before;
            Err(format!(
                "the data of the run would have more than {} bytes: save less of the answer",
                super::MAX_DATA_BYTES
            ))
        }
    }
}

fn next_of(step: &Step) -> Flow<'_> {
    let next: Option<&StepId> = step.next.as_ref();
    next.map_or(Flow::End, |next| Flow::Go(next, "next".to_owned()))
}
