//! One round: every contact's queue is walked, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use sending::messages::MessageId;

use super::{Caused, DEEPEST, Item, NewLetter, Nudge, Session, Slot, refusal_words, variables};
use crate::definition::StepId;
use crate::engine::catalog::{TriggerRef, Walkable};
use crate::engine::person::Person;
use crate::engine::store::{self, Line, NewEffect, Stored};
use crate::event::Event;
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::{
    Advance, Conditions, Effect, Hold, LogEntry, Logged, Outcome, Reason, Refusal, Run, WaitPath,
    World, advance, enrol,
};

/// Why a run is halted that others wake again and again.
const GOES_ROUND: &str = "automations wake one another in a circle, without a rest: put a wait into one of them, and \
     then try again";

impl Session<'_> {
    /// Takes every queue as far as the first thing that changes its contact.
    pub(super) fn round(&mut self) {
        let walkable = self.walkable.clone();
        let vocabulary = self.vocabulary.clone();
        let kinds = self.kinds.clone();
        let conditions = Conditions::new(
            &vocabulary.schema,
            &vocabulary.segments,
            vocabulary.zone.clone(),
            self.now,
        );
        let world = World {
            kinds: &kinds,
            conditions: &conditions,
        };
        let mut queues = std::mem::take(&mut self.queues);
        for (contact, queue) in &mut queues {
            let Some(mut person) = self.people.remove(contact) else {
                self.nobody(*contact);
                queue.clear();
                continue;
            };
            self.depth = 0;
            while let Some(item) = queue.pop_front() {
                self.depth = match &item {
                    Item::Event { event, .. }
                    | Item::Enrol(_, event)
                    | Item::Wake(_, Nudge::Event(event)) => {
                        self.depths.get(&event.id).copied().unwrap_or(0)
                    }
                    // It follows at once on what let it in.
                    Item::Wake(_, Nudge::Begin) => self.depth,
                    Item::Wake(..) => 0,
                };
                match item {
                    Item::Event { event, enrols } => {
                        let mut next = self.woken_by(*contact, &event);
                        if enrols {
                            let triggers = self.automations.meant_by(&event);
                            next.extend(
                                triggers
                                    .into_iter()
                                    .map(|trigger| Item::Enrol(trigger, event.clone())),
                            );
                        }
                        for item in next.into_iter().rev() {
                            queue.push_front(item);
                        }
                    }
                    Item::Enrol(trigger, event) => {
                        if let Some(run) = self.enrol(trigger, &event, &person, &walkable, &world) {
                            queue.push_front(Item::Wake(run, Nudge::Begin));
                        }
                    }
                    Item::Wake(run, nudge) if self.goes_round(run, &nudge) => {
                        self.halt(run, GOES_ROUND.to_owned());
                    }
                    Item::Wake(run, nudge) => {
                        if self.walk(run, &nudge, &mut person, &walkable, world) {
                            break;
                        }
                    }
                }
            }
            self.people.insert(*contact, person);
        }
        self.queues = queues;
    }

    /// Whether the event would lead the run on, after so many others that it must be a circle.
    fn goes_round(&self, id: RunId, nudge: &Nudge) -> bool {
        let Nudge::Event(event) = nudge else {
            return false;
        };
        if self.depth < DEEPEST {
            return false;
        }
        let signals = event.signals();
        self.runs.get(&id).is_some_and(|slot| {
            let hold = &slot.stored.run.hold;
            // Goal and exits may be met: they end it, or lead on only once.
            hold.reason == Reason::Waiting
                && hold.waits.iter().any(|wait| {
                    matches!(wait.path, WaitPath::Path(_)) && signals.contains(&wait.signal)
                })
        })
    }

    /// Parks a run as it is, for a person to decide. What its step waits for is kept: when it is tried again, whatever
    /// was recorded meanwhile counts.
    pub(in crate::engine) fn halt(&mut self, id: RunId, why: String) {
        let now = self.now;
        let Some(slot) = self.runs.get_mut(&id) else {
            return;
        };
        let run = &mut slot.stored.run;
        if !run.is_live() || matches!(run.hold.reason, Reason::Parked(_)) {
            return;
        }
        // What it waits for outside comes back to nobody now: its step is made again.
        slot.stored.halted = run.hold.reason == Reason::Waiting || run.data.answer.is_some();
        run.hold.reason = Reason::Parked(why.clone());
        let entry = LogEntry {
            seq: run.seq,
            step: run.node.clone(),
            what: Logged::Parked(why),
            at: now,
        };
        let (automation, version) = (run.automation, run.version);
        slot.dirty = true;
        let line = Line {
            run: id,
            version,
            entry,
        };
        self.note(automation, line);
    }

    /// The contact does not exist any more: nobody goes on for them.
    fn nobody(&mut self, contact: i64) {
        let now = self.now;
        let mut ended = Vec::new();
        for slot in self.runs.values_mut() {
            let run = &mut slot.stored.run;
            if run.contact != contact || !run.is_live() {
                continue;
            }
            run.hold = Hold {
                reason: Reason::Done(Outcome::Removed),
                timer: None,
                until: None,
                waits: Vec::new(),
            };
            run.data = crate::interpret::Data::default();
            slot.stored.ended_at = Some(now);
            slot.dirty = true;
            let entry = LogEntry {
                seq: run.seq,
                step: run.node.clone(),
                what: Logged::Ended(Outcome::Removed),
                at: now,
            };
            ended.push(Line {
                run: run.id,
                version: run.version,
                entry,
            });
        }
        for line in ended {
            let automation = self.runs[&line.run].stored.run.automation;
            self.note(automation, line);
        }
    }

    /// The runs of a contact that an event wakes.
    fn woken_by(&self, contact: i64, event: &Arc<Event>) -> Vec<Item> {
        let signals = event.signals();
        self.of_contact(contact)
            .filter(|slot| {
                let run = &slot.stored.run;
                slot.stored.paused_at.is_none()
                    && run.is_live()
                    && self.automations.is_active(run.automation)
                    && run
                        .hold
                        .waits
                        .iter()
                        .any(|wait| signals.contains(&wait.signal))
            })
            .map(|slot| Item::Wake(slot.stored.run.id, Nudge::Event(event.clone())))
            .collect()
    }

    /// The run that began, if the ledger lets it.
    fn enrol<'a>(
        &mut self,
        trigger: TriggerRef,
        event: &Event,
        person: &Person,
        walkable: &'a BTreeMap<VersionId, Arc<Walkable>>,
        world: &World<'a, '_>,
    ) -> Option<RunId> {
        let automation = trigger.automation;
        let (_, live) = self.automations.all.get(&automation)?;
        let program = &walkable.get(live)?.program;
        let declared = program.document.triggers.get(trigger.place)?;
        let key = declared.key_of(event).unwrap_or_default();
        let place = (automation, event.contact, key);
        let mut ledger = self.ledgers.get(&place).copied().unwrap_or_default();
        let going_on = self.of_contact(event.contact).filter(|slot| {
            let run = &slot.stored.run;
            run.automation == automation && run.key == place.2 && run.is_live()
        });
        ledger.live = u32::try_from(going_on.count()).unwrap_or(u32::MAX);
        let id: RunId = self.ctx.ids.next();
        match enrol(program, declared, event, &ledger, person, world, id) {
            Ok(run) => {
                ledger.runs += 1;
                ledger.last_at = Some(self.now);
                self.ledgers.insert(place.clone(), ledger);
                self.entered.insert(place);
                self.count(automation, run.version, "", "entered".to_owned(), 1);
                self.begun.push(id);
                self.runs_of.entry(event.contact).or_default().insert(id);
                let stored = Stored {
                    run,
                    paused_at: None,
                    ended_at: None,
                    halted: false,
                };
                self.runs.insert(
                    id,
                    Slot {
                        stored,
                        dirty: true,
                    },
                );
                Some(id)
            }
            Err(refusal) => {
                if refusal != Refusal::OtherEvent {
                    let name = format!("refused:{}", refusal_words(refusal));
                    self.count(automation, *live, "", name, 1);
                }
                self.refused.push((automation, refusal));
                None
            }
        }
    }

    /// Advances a run. Whether its contact is to be changed now.
    fn walk<'a>(
        &mut self,
        id: RunId,
        nudge: &Nudge,
        person: &mut Person,
        walkable: &'a BTreeMap<VersionId, Arc<Walkable>>,
        world: World<'a, '_>,
    ) -> bool {
        let Some(slot) = self.runs.get(&id) else {
            return false;
        };
        let run = &slot.stored.run;
        // It may have been led elsewhere before this came to its turn.
        if matches!(nudge, Nudge::Result(seq, _) if *seq != run.seq) {
            return false;
        }
        let Some(version) = walkable.get(&run.version) else {
            return false;
        };
        person.walking = Some(version.clone());
        let advanced = advance(&version.program, run, run.seq, &nudge.wake(), person, world);
        let Some(advanced) = advanced else {
            return false;
        };
        self.take(id, advanced, person);
        !person.changes.is_empty() || self.caused.contains_key(&person.known.subscriber.id.get())
    }

    /// Keeps what came of a wake.
    fn take(&mut self, id: RunId, advanced: Advance, person: &Person) {
        let Advance { run, effects, log } = advanced;
        let contact = run.contact;
        for entry in log {
            let line = Line {
                run: id,
                version: run.version,
                entry,
            };
            self.note(run.automation, line);
        }
        let mut changes = false;
        for effect in effects {
            match effect {
                Effect::Change { .. } => changes = true,
                Effect::Outbox {
                    seq,
                    step,
                    outgoing,
                } => self.send(&run, seq, step, &outgoing, person),
            }
        }
        let outcome = match &run.hold.reason {
            Reason::Done(outcome) => Some(store::outcome_words(outcome)),
            _ => None,
        };
        if changes || outcome.is_some() {
            let caused = self.caused.entry(contact).or_insert_with(|| Caused {
                run: id,
                seq: run.seq,
                automation: run.automation,
                chain: run.chain.clone(),
                finished: Vec::new(),
                depth: self.depth,
            });
            if let Some(outcome) = outcome {
                caused.finished.push((id, run.automation, outcome));
            }
        }
        let ended = !run.is_live();
        if let Some(slot) = self.runs.get_mut(&id) {
            slot.stored.halted &= matches!(run.hold.reason, Reason::Parked(_));
            slot.stored.run = run;
            slot.dirty = true;
            if ended {
                slot.stored.ended_at = Some(self.now);
            }
        }
    }

    fn send(
        &mut self,
        run: &Run,
        seq: i64,
        step: StepId,
        outgoing: &crate::interpret::Outgoing,
        person: &Person,
    ) {
        let letter = person.letter(&step).ok().filter(|_| outgoing.is_message);
        let message: Option<MessageId> = letter.map(|prepared| {
            let id: MessageId = self.ctx.ids.next();
            self.letters.push(NewLetter {
                id,
                contact: run.contact,
                address: person.known.subscriber.email.clone(),
                prepared: prepared.clone(),
                variables: variables(&run.data),
            });
            id
        });
        self.effects.push(NewEffect {
            run: run.id,
            seq,
            automation: run.automation,
            version: run.version,
            contact: run.contact,
            step,
            kind: outgoing.kind.clone(),
            awaited: outgoing.awaited,
            message,
        });
    }

    /// A line of the log, and what it adds to the counters.
    fn note(&mut self, automation: AutomationId, line: Line) {
        let step = line.entry.step.to_string();
        let name = match &line.entry.what {
            Logged::Held => Some("waited".to_owned()),
            Logged::Passed(edge) => Some(format!("passed:{edge}")),
            Logged::Skipped(_) => Some("skipped".to_owned()),
            Logged::Failed(_) | Logged::Parked(_) => Some("failed".to_owned()),
            Logged::Left(_) => None,
            Logged::Ended(outcome) => {
                self.count(automation, line.version, "", "finished".to_owned(), 1);
                let words = format!("finished:{}", store::outcome_words(outcome));
                self.count(automation, line.version, "", words, 1);
                Some("ended".to_owned())
            }
        };
        if let Some(name) = name {
            self.count(automation, line.version, &step, name, 1);
        }
        self.lines.push(line);
    }
}
