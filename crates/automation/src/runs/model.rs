//! What is shown of runs.

use std::collections::BTreeMap;

use audience::SubscriberId;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::definition::StepId;
use crate::ids::{AutomationId, RunId, VersionId};

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationRunStatus)]
pub enum RunStatus {
    /// For a time, an event or a condition.
    Waiting,
    /// For the result of what its step asked for.
    Sending,
    /// Its step failed for good: somebody has to decide.
    Failed,
    /// Somebody halted it.
    Paused,
    /// It is over.
    Finished,
}

/// One way of one contact through an automation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AutomationRun, example = json!({
    "id": "361240977588224100", "automation_id": "361240977588224080", "version_id": "361240977588224090",
    "subscriber_id": "361240977588224003", "email": "ada@example.com", "key": "", "status": "waiting",
    "step": "rest", "step_since": "2026-05-04T09:30:00Z", "due_at": "2026-05-05T09:00:00Z", "error": null,
    "outcome": null, "began_at": "2026-05-04T09:30:00Z", "ended_at": null,
}))]
pub struct RunView {
    pub id: RunId,
    pub automation_id: AutomationId,
    /// The version that it follows.
    pub version_id: VersionId,
    pub subscriber_id: SubscriberId,
    /// Absent when the subscriber is gone.
    #[schema(required)]
    pub email: Option<String>,
    /// Tells runs of one contact apart, if the trigger has a key.
    pub key: String,
    pub status: RunStatus,
    /// Where it is, or was last.
    pub step: StepId,
    pub step_since: Timestamp,
    /// When it goes on at the latest.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// Why its step failed. Of one run by itself, also why the last try did of what is tried again.
    #[schema(required)]
    pub error: Option<String>,
    /// How it ended: `completed`, `goal`, `exit:ID`, `unsubscribed`, `removed` or `step_removed`.
    #[schema(required)]
    pub outcome: Option<String>,
    pub began_at: Timestamp,
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
}

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationRunLine, example = json!({
    "seq": 1, "version_id": "361240977588224090", "step": "welcome", "title": "Welcome", "what": "passed",
    "detail": "next", "at": "2026-05-04T09:30:00Z",
}))]
pub struct RunLine {
    /// Counts the steps that were begun.
    pub seq: i64,
    pub version_id: VersionId,
    pub step: StepId,
    /// What people call the step.
    pub title: String,
    /// `waits`, `passed`, `skipped`, `failed` (and it went on), `stopped` (it failed and did not), `left`, `ended`.
    pub what: String,
    /// The way it took, or why.
    #[schema(required)]
    pub detail: Option<String>,
    pub at: Timestamp,
}

/// A run with its history.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AutomationRunDetail, example = json!({
    "run": {
        "id": "361240977588224100", "automation_id": "361240977588224080", "version_id": "361240977588224090",
        "subscriber_id": "361240977588224003", "email": "ada@example.com", "key": "", "status": "waiting",
        "step": "rest", "step_since": "2026-05-04T09:30:00Z", "due_at": "2026-05-05T09:00:00Z", "error": null,
        "outcome": null, "began_at": "2026-05-04T09:30:00Z", "ended_at": null,
    },
    "path": [{
        "seq": 1, "version_id": "361240977588224090", "step": "welcome", "title": "Welcome", "what": "passed",
        "detail": "next", "at": "2026-05-04T09:30:00Z",
    }],
    "data": {"event": {"plan": "gold"}},
}))]
pub struct RunDetail {
    pub run: RunView,
    /// What happened, in order; the first thousand lines.
    pub path: Vec<RunLine>,
    /// What it knows: the event that began it, and what requests answered.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// What to do with runs.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeAutomationRuns)]
pub struct Change {
    pub action: ChangeAction,
    /// Where to, for `move`: a step of the live version.
    #[serde(default)]
    #[schema(example = "done")]
    pub to: Option<StepId>,
    /// These runs, at most 1,000.
    #[serde(default)]
    #[schema(example = json!(["361240977588224100"]))]
    pub runs: Vec<RunId>,
    /// Or those that are at this step.
    #[serde(default)]
    #[schema(example = "call")]
    pub step: Option<StepId>,
    /// Or those in this status; with `step`, both.
    #[serde(default)]
    pub status: Option<RunStatus>,
    /// Of those at a step or in a status, only the ones behind this: `next` of the answer before.
    #[serde(default)]
    #[schema(example = "361240977588224100")]
    pub after: Option<RunId>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationRunAction)]
pub enum ChangeAction {
    /// Those that failed try their step again.
    Retry,
    /// They go on as if their step were done.
    Skip,
    /// They are taken out.
    Exit,
    /// They go on at another step.
    Move,
    /// They halt.
    Pause,
    /// They go on after a halt.
    Resume,
}

impl ChangeAction {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Exit => "exit",
            Self::Move => "move",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }
}

/// What became of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ChangedAutomationRuns, example = json!({"changed": 12, "more": false, "next": null}))]
pub struct Changed {
    /// How many runs it fitted.
    pub changed: usize,
    /// Whether there are more that it was asked for: ask again, with `next` as `after`.
    pub more: bool,
    /// The last run that was looked at, if there are more.
    #[schema(required)]
    pub next: Option<RunId>,
}

/// What was counted at a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationStepStatistics, example = json!({
    "step": "welcome", "people": 12, "failed_now": 0, "waited": 0, "passed": 1400, "skipped": 3, "failed": 1,
    "ways": {"next": 1400},
    "mail": {"sent": 1399, "opened": 800, "clicked": 120, "bounced": 2, "complained": 0, "unsubscribed": 4},
    "resting": null,
}))]
pub struct StepStatistics {
    pub step: String,
    /// How many are here now.
    pub people: i64,
    /// Of those, how many failed here and wait for a decision.
    pub failed_now: i64,
    /// How often somebody waited here.
    pub waited: i64,
    /// How often somebody went on from here.
    pub passed: i64,
    /// How often it was left out.
    pub skipped: i64,
    /// How often it failed.
    pub failed: i64,
    /// How often which way was taken, by its name.
    pub ways: BTreeMap<String, i64>,
    /// What became of its mails. Opens and clicks count each time.
    pub mail: MailStatistics,
    /// The server that it asks, if that is left alone since it keeps failing.
    #[schema(required)]
    pub resting: Option<RestingServer>,
}

/// A server that is not asked for a while. People wait at the step meanwhile; nothing fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationRestingServer, example = json!({
    "host": "crm.example.com", "until": "2026-05-04T09:31:00Z", "failures": 5,
    "error": "the server answers with the status 503", "failed_at": "2026-05-04T09:30:00Z",
}))]
pub struct RestingServer {
    pub host: String,
    /// When one request tries it again.
    pub until: Timestamp,
    /// How often in a row it failed.
    pub failures: i64,
    /// How it failed last.
    pub error: String,
    /// When that was: it is left alone since.
    pub failed_at: Timestamp,
}

/// What became of mails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationMailStatistics)]
pub struct MailStatistics {
    pub sent: i64,
    pub opened: i64,
    pub clicked: i64,
    pub bounced: i64,
    pub complained: i64,
    pub unsubscribed: i64,
}

/// How many came and went on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationDayStatistics, example = json!({"day": "2026-05-04", "entered": 20, "finished": 14, "goal": 3}))]
pub struct DayStatistics {
    /// In UTC.
    pub day: String,
    pub entered: i64,
    pub finished: i64,
    /// Of those, who reached a goal that leads nowhere.
    pub goal: i64,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationStatistics, example = json!({
    "entered": 1400, "finished": 1280, "outcomes": {"completed": 1200, "unsubscribed": 80},
    "refused": {"reentry": 14},
    "steps": [{
        "step": "welcome", "people": 12, "failed_now": 0, "waited": 0, "passed": 1400, "skipped": 3, "failed": 1,
        "ways": {"next": 1400},
        "mail": {"sent": 1399, "opened": 800, "clicked": 120, "bounced": 2, "complained": 0, "unsubscribed": 4},
        "resting": null,
    }],
    "days": [{"day": "2026-05-04", "entered": 20, "finished": 14, "goal": 3}],
}))]
pub struct Statistics {
    pub entered: i64,
    pub finished: i64,
    /// How they finished.
    pub outcomes: BTreeMap<String, i64>,
    /// How often somebody was not let in, by why: `reentry`, `filter`, `broken_filter`, `no_key`, `chain`, `too_large`.
    pub refused: BTreeMap<String, i64>,
    pub steps: Vec<StepStatistics>,
    /// Days on which something was counted, the first first.
    pub days: Vec<DayStatistics>,
}
