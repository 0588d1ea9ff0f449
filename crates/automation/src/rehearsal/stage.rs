//! One run on a clock that jumps.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use audience::subscribers::MergeValues;
use kernel::Timestamp;
use serde_json::{Map, Value, json};

use super::model::{Later, Pretended, Rehearsed, StoryLine};
use crate::definition::{Document, StepId};
use crate::engine::rehearsing::{Person, Surroundings};
use crate::engine::store::{outcome_words, words};
use crate::engine::{Walkable, refusal_words, variables};
use crate::event::Event;
use crate::ids::{AutomationId, RunId, VersionId};
use crate::interpret::{
    Advance, Change, Conditions, Effect, Ledger, Reason, Run, Wake, World, advance, enrol,
};
use crate::kinds::Kinds;
use crate::migrate::Plan;

/// A run that goes on longer is cut off.
const MOST_WAKES: usize = 1_000;
/// So many lines are told; the last says that there would be more.
const MOST_LINES: usize = 2_000;
const LONGEST: Duration = Duration::from_hours(24 * 366 * 3);

/// What is played.
pub(super) struct Scene<'s> {
    pub(super) automation: AutomationId,
    pub(super) document: Document,
    pub(super) kinds: &'s Kinds,
    pub(super) surroundings: &'s Surroundings,
    pub(super) start: Timestamp,
    pub(super) trigger: StepId,
    pub(super) begins: Event,
    pub(super) later: Vec<Later>,
    pub(super) results: BTreeMap<StepId, Pretended>,
}

enum Nudge {
    Begin,
    Timer,
    Event(Event),
    Result(Result<Value, String>),
}

struct Stage<'s> {
    walkable: std::sync::Arc<Walkable>,
    surroundings: &'s Surroundings,
    kinds: &'s Kinds,
    person: Person,
    run: Run,
    now: Timestamp,
    next_event: i64,
    story: Vec<StoryLine>,
    mails: Vec<Mail>,
    /// More happened than is told.
    is_cut: bool,
}

/// A mail that a step would send: to somebody as they are at that moment, with what the run knows by then.
pub(super) struct Mail {
    pub(super) step: StepId,
    pub(super) person: MergeValues,
    pub(super) variables: Map<String, Value>,
}

/// What was played.
pub(super) struct Played {
    pub(super) told: Rehearsed,
    /// Of each step the first, in order.
    pub(super) mails: Vec<Mail>,
}

/// Plays it to its end, or until it is cut off.
pub(super) fn play(scene: Scene<'_>, mut person: Person) -> Played {
    let version = VersionId::from(1);
    let program = crate::interpret::Program::new(scene.automation, version, scene.document);
    let walkable = std::sync::Arc::new(Walkable {
        program,
        plan: Plan::default(),
    });
    person.walk(&walkable);
    let vocabulary = &scene.surroundings.vocabulary;
    let begun = {
        let conditions = Conditions::new(
            &vocabulary.schema,
            &vocabulary.segments,
            vocabulary.zone.clone(),
            scene.start,
        );
        let world = World {
            kinds: scene.kinds,
            conditions: &conditions,
        };
        let triggers = &walkable.program.document.triggers;
        let Some(trigger) = triggers.iter().find(|it| it.id == scene.trigger) else {
            return refused("other_event");
        };
        enrol(
            &walkable.program,
            trigger,
            &scene.begins,
            &Ledger::default(),
            &person,
            &world,
            RunId::from(1),
        )
    };
    let run = match begun {
        Ok(run) => run,
        Err(why) => return refused(refusal_words(why)),
    };
    let mut stage = Stage {
        walkable,
        surroundings: scene.surroundings,
        kinds: scene.kinds,
        person,
        run,
        now: scene.start,
        next_event: 1,
        story: Vec::new(),
        mails: Vec::new(),
        is_cut: false,
    };
    stage.person.happened(scene.begins);
    let mut later: Vec<Later> = scene.later;
    later.sort_by_key(|it| it.after_minutes);
    let mut later: VecDeque<Later> = later.into();
    stage.wake(Nudge::Begin);
    for _ in 0..MOST_WAKES {
        if !stage.run.is_live() || stage.is_cut {
            break;
        }
        if stage.run.hold.reason == Reason::Outbox {
            let result = match scene.results.get(&stage.run.node) {
                Some(Pretended::Answer(answer)) => Ok(answer.clone()),
                Some(Pretended::Fails(why)) => Err(why.clone()),
                None => Ok(Value::Null),
            };
            stage.wake(Nudge::Result(result));
            continue;
        }
        let due = stage.run.hold.timer.as_ref().map(|timer| timer.due);
        let next = later
            .front()
            .map(|it| scene.start + Duration::from_secs(u64::from(it.after_minutes) * 60));
        match (due, next) {
            (due, Some(at)) if due.is_none_or(|due| at <= due) => {
                stage.now = at.max(stage.now);
                let Some(it) = later.pop_front() else { break };
                let event = stage.event(it);
                stage.wake(Nudge::Event(event));
            }
            (Some(due), _) if due.since(scene.start) <= LONGEST => {
                stage.now = due.max(stage.now);
                stage.wake(Nudge::Timer);
            }
            _ => break,
        }
    }
    stage.told()
}

fn refused(why: &str) -> Played {
    let told = Rehearsed {
        entered: false,
        refused: Some(why.to_owned()),
        outcome: None,
        ended_at: None,
        waiting_at: None,
        error: None,
        story: Vec::new(),
    };
    Played {
        told,
        mails: Vec::new(),
    }
}

impl Stage<'_> {
    fn event(&mut self, later: Later) -> Event {
        self.next_event += 1;
        let mut body = later.body;
        if let Some(step) = &later.step {
            body.insert("step".to_owned(), json!(step));
            body.insert("run".to_owned(), json!(self.run.id.to_string()));
        }
        Event {
            id: self.next_event,
            kind: later.event,
            contact: self.run.contact,
            subject: later.subject.and_then(|text| text.parse().ok()),
            at: self.now,
            body: Value::Object(body),
            cause: None,
            chain: Vec::new(),
        }
    }

    fn wake(&mut self, nudge: Nudge) {
        let mut wakes = VecDeque::from([nudge]);
        while let Some(nudge) = wakes.pop_front() {
            if self.is_cut {
                return;
            }
            if let Nudge::Event(event) = &nudge {
                self.person.happened(event.clone());
                let signals = event.signals();
                let waits = &self.run.hold.waits;
                if !waits.iter().any(|wait| signals.contains(&wait.signal)) {
                    continue;
                }
            }
            let walkable = self.walkable.clone();
            let vocabulary = &self.surroundings.vocabulary;
            let conditions = Conditions::new(
                &vocabulary.schema,
                &vocabulary.segments,
                vocabulary.zone.clone(),
                self.now,
            );
            let world = World {
                kinds: self.kinds,
                conditions: &conditions,
            };
            let wake = match &nudge {
                Nudge::Begin => Wake::Begin,
                Nudge::Timer => Wake::Timer,
                Nudge::Event(event) => Wake::Event(event),
                Nudge::Result(Ok(value)) => Wake::Result(Ok(value)),
                Nudge::Result(Err(why)) => Wake::Result(Err(why)),
            };
            let run = self.run.clone();
            let advanced = advance(
                &walkable.program,
                &run,
                run.seq,
                &wake,
                &mut self.person,
                world,
            );
            drop(conditions);
            if let Some(advanced) = advanced {
                self.take(advanced);
            }
            for change in self.person.take_changes() {
                if let Some((kind, subject, body)) = as_event(&change) {
                    self.next_event += 1;
                    wakes.push_back(Nudge::Event(Event {
                        id: self.next_event,
                        kind: kind.to_owned(),
                        contact: self.run.contact,
                        subject,
                        at: self.now,
                        body,
                        cause: Some((self.run.id, self.run.seq)),
                        chain: self.run.chain.clone(),
                    }));
                }
            }
        }
    }

    fn take(&mut self, advanced: Advance) {
        let mut done: BTreeMap<i64, String> = BTreeMap::new();
        for effect in &advanced.effects {
            done.insert(effect.seq(), doing(effect));
            if let Effect::Outbox { step, outgoing, .. } = effect
                && outgoing.kind == "send_email"
                && self.mails.iter().all(|mail| mail.step != *step)
            {
                self.mails.push(Mail {
                    step: step.clone(),
                    person: self.person.known().clone(),
                    variables: variables(&advanced.run.data),
                });
            }
        }
        for entry in advanced.log {
            if let Some(doing) = done.remove(&entry.seq) {
                self.tell(entry.at, &entry.step, "does", Some(doing));
            }
            let (what, detail) = words(&entry.what);
            self.tell(entry.at, &entry.step, what, detail);
        }
        self.run = advanced.run;
    }

    fn tell(&mut self, at: Timestamp, step: &StepId, what: &str, detail: Option<String>) {
        if self.is_cut {
            return;
        }
        let (what, detail) = if self.story.len() + 1 < MOST_LINES {
            (what, detail)
        } else {
            self.is_cut = true;
            let why = format!("it goes on; the story is cut off after {MOST_LINES} lines");
            ("stopped", Some(why))
        };
        let title = self
            .walkable
            .program
            .step(step)
            .map_or_else(|| step.to_string(), |step| step.title().to_owned());
        self.story.push(StoryLine {
            at,
            step: step.clone(),
            title,
            what: what.to_owned(),
            detail,
        });
    }

    fn told(self) -> Played {
        let (outcome, error) = match &self.run.hold.reason {
            Reason::Done(outcome) => (Some(outcome_words(outcome)), None),
            Reason::Parked(why) => (None, Some(why.clone())),
            _ => (None, None),
        };
        let told = Rehearsed {
            entered: true,
            refused: None,
            ended_at: outcome.is_some().then_some(self.now),
            waiting_at: outcome.is_none().then(|| self.run.node.clone()),
            outcome,
            error,
            story: self.story,
        };
        Played {
            told,
            mails: self.mails,
        }
    }
}

/// What a step asks for, in words.
fn doing(effect: &Effect) -> String {
    match effect {
        Effect::Outbox { outgoing, .. } => match outgoing.kind.as_str() {
            "send_email" => "would send the mail".to_owned(),
            "http_call" => "would ask the other program".to_owned(),
            "notify_team" => "would tell colleagues".to_owned(),
            other => format!("would do {other}"),
        },
        Effect::Change { change, .. } => match change {
            Change::SetField { field, value } => format!("sets {field} to {value}"),
            Change::ClearField { field } => format!("takes the value of {field} away"),
            Change::IncrementField { field, by } => format!("adds {by} to {field}"),
            Change::AddGroup(id) => format!("adds to the group {id}"),
            Change::RemoveGroup(id) => format!("takes out of the group {id}"),
            Change::AddTag(id) => format!("adds the tag {id}"),
            Change::RemoveTag(id) => format!("takes the tag {id} away"),
            Change::SetStatus(status) => format!("sets the status to {status}"),
            Change::StartAutomation(id) => format!("would send into the automation {id}"),
        },
    }
}

fn as_event(change: &Change) -> Option<(&'static str, Option<i64>, Value)> {
    use events::kind;
    Some(match change {
        Change::SetField { field, .. }
        | Change::ClearField { field }
        | Change::IncrementField { field, .. } => {
            (kind::SUBSCRIBER_UPDATED, None, json!({"changed": [field]}))
        }
        Change::AddGroup(id) => (kind::GROUP_JOINED, Some(id.0), json!({})),
        Change::RemoveGroup(id) => (kind::GROUP_LEFT, Some(id.0), json!({})),
        Change::AddTag(id) => (kind::TAG_ADDED, Some(id.0), json!({})),
        Change::RemoveTag(id) => (kind::TAG_REMOVED, Some(id.0), json!({})),
        Change::SetStatus(status) => (kind::SUBSCRIBER_STATUS_CHANGED, None, json!({"to": status})),
        Change::StartAutomation(_) => return None,
    })
}
