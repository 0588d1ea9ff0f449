//! One way of one contact through an automation, as it is stored between two wakes.

use std::collections::{BTreeMap, HashMap};

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MAX_DATA_BYTES;
use crate::definition::{Document, Step, StepId};
use crate::event::{Signal, lookup};
use crate::ids::{AutomationId, RunId, VersionId};
use crate::time::Timer;

/// A published version, ready to be walked.
#[derive(Clone, Debug)]
pub struct Program {
    pub automation: AutomationId,
    pub version: VersionId,
    pub document: Document,
    places: HashMap<StepId, usize>,
}

impl Program {
    /// Of a document that [`crate::validate::validate`] found good.
    pub fn new(automation: AutomationId, version: VersionId, document: Document) -> Self {
        let places = document
            .steps
            .iter()
            .enumerate()
            .map(|(place, step)| (step.id.clone(), place))
            .collect();
        Self {
            automation,
            version,
            document,
            places,
        }
    }

    /// The step of this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.places
            .get(id)
            .map(|place| &self.document.steps[*place])
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub id: RunId,
    pub automation: AutomationId,
    pub version: VersionId,
    pub contact: i64,
    /// Tells runs of one contact apart, if the trigger has a key.
    pub key: String,
    /// The step at which it is.
    pub node: StepId,
    /// Counts the steps that were begun; what is written for a run is keyed by it.
    pub seq: i64,
    pub began_at: Timestamp,
    /// When it came to the step: delays count from here, also those of a later version.
    pub step_at: Timestamp,
    /// The event that began it: later ones count for waits since the run began.
    pub began_with: i64,
    /// The last event before it came to the step: later ones count for waits since then.
    pub step_after: i64,
    /// The automations whose runs began one another without a rest, up to this one; empty after a rest.
    pub chain: Vec<AutomationId>,
    pub data: Data,
    pub hold: Hold,
}

impl Run {
    /// Whether it still has something before it.
    pub fn is_live(&self) -> bool {
        !matches!(self.hold.reason, Reason::Done(_))
    }
}

/// What keeps a run where it is. Its timer and waits belong to the run's `seq`.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub reason: Reason,
    /// When to wake it at the latest.
    pub timer: Option<Timer>,
    /// When the wait for several things times out; the timer may be earlier, to ask conditions again.
    pub until: Option<Timestamp>,
    /// What to wake it for: of the step, the goal and the exits.
    pub waits: Vec<Wait>,
}

/// Why a run does not go on at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It does: only between its enrolment and its first step, in one transaction.
    Ready,
    /// For its timer or one of its waits.
    Waiting,
    /// For the result of the effect with its `seq`.
    Outbox,
    /// It failed for good, for this reason: a person decides.
    Parked(String),
    Done(Outcome),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It came to an end.
    Completed,
    /// It reached the goal, which leads nowhere.
    Goal,
    Exit {
        exit: StepId,
    },
    /// The contact unsubscribed, bounced or was suppressed.
    Unsubscribed,
    /// By a person.
    Removed,
    /// By a new version, in which its step is no more.
    StepRemoved,
}

/// Something that wakes a run when it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// By which it is found.
    pub signal: Signal,
    pub path: WaitPath,
    /// Events up to this one do not count.
    pub since: i64,
}

/// What a wait is for. Its condition is found in the version, by this.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitPath {
    /// A path of the step.
    Path(StepId),
    /// The date that the step waits for may have changed.
    Field,
    Goal,
    Exit(StepId),
    /// The contact's status may have changed.
    Status,
}

/// What a run knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// The body of the event that began it.
    pub event: Value,
    /// What HTTP calls answered.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub vars: Map<String, Value>,
    /// The arm that was drawn at a split, so that an edit of its weights moves nobody.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arms: BTreeMap<StepId, StepId>,
    /// Whether the goal was reached.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub goal: bool,
    /// Events that tell of what it did itself on the way to the step where it is, and were recorded after it had come there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<i64>,
    /// What came back for a `seq` while the automation was paused: it counts when it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<(i64, Result<Value, String>)>,
}

impl Data {
    /// A variable: `event.plan`, or what was saved.
    pub fn get(&self, var: &str) -> Option<&Value> {
        if let Some(path) = var.strip_prefix("event.") {
            return lookup(&self.event, path);
        }
        let (name, rest) = var.split_once('.').unwrap_or((var, ""));
        let value = self.vars.get(name).filter(|value| !value.is_null())?;
        if rest.is_empty() {
            Some(value)
        } else {
            lookup(value, rest)
        }
    }

    /// Whether it is within the limit.
    pub fn fits(&self) -> bool {
        serde_json::to_vec(self).is_ok_and(|json| json.len() <= MAX_DATA_BYTES)
    }
}

/// One line of a run's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub seq: i64,
    pub step: StepId,
    pub what: Logged,
    pub at: Timestamp,
}

/// What happened at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logged {
    /// It holds the run. Another entry of the same `seq` follows when it goes on.
    Held,
    /// It was done, and the run went on along this edge.
    Passed(String),
    /// It was left out, for this reason.
    Skipped(String),
    /// It failed, and the run went on.
    Failed(String),
    /// It failed, and the run did not go on.
    Parked(String),
    /// The run was taken away from it.
    Left(String),
    Ended(Outcome),
}
