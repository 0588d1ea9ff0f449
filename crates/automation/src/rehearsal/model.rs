//! What is tried out, and what came of it.

use std::collections::BTreeMap;

use audience::SubscriberId;
use kernel::Timestamp;
use sending::messages::MessageId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::definition::{Document, StepId};

/// How to try an automation out.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = SimulateAutomation)]
pub struct Rehearsal {
    /// The document; the draft if left out.
    #[schema(value_type = Option<Document>)]
    pub document: Option<Value>,
    /// A contact that exists. One of this and `contact`.
    pub subscriber_id: Option<SubscriberId>,
    /// A contact that is invented.
    pub contact: Option<Invented>,
    /// The id of the trigger to come in by; the first if left out.
    #[schema(example = "joined")]
    pub trigger: Option<StepId>,
    /// What the event that begins it says, beside what the trigger asks for.
    #[schema(value_type = Object, example = json!({"plan": "gold"}))]
    pub event: Map<String, Value>,
    /// When it begins; now if left out.
    pub start_at: Option<Timestamp>,
    /// What happens later, in order.
    pub later: Vec<Later>,
    /// What requests of a step answer, or why it fails. Steps that are not named here succeed with an empty answer.
    #[schema(value_type = Object, example = json!({"call": {"answer": {"score": 7}}}))]
    pub results: BTreeMap<StepId, Pretended>,
}

/// Somebody who does not exist.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = InventedContact)]
pub struct Invented {
    #[schema(example = "ada@example.com")]
    pub email: Option<String>,
    #[schema(example = "Ada")]
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// `active` if left out.
    #[schema(example = "active")]
    pub status: Option<String>,
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    pub language: Option<String>,
    pub score: i64,
    /// Custom values, by key.
    #[schema(value_type = Object, example = json!({"city": "Berlin"}))]
    pub fields: Map<String, Value>,
    /// Ids of groups.
    pub groups: Vec<audience::GroupId>,
    /// Ids of tags.
    pub tags: Vec<audience::TagId>,
}

/// Something that happens while it runs.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SimulatedEvent)]
pub struct Later {
    /// So long after the beginning.
    #[schema(example = 60)]
    pub after_minutes: u32,
    /// The kind, such as `message.opened`.
    #[schema(example = "message.clicked")]
    pub event: String,
    /// Of a message: the step that sent it.
    #[serde(default)]
    #[schema(example = "welcome")]
    pub step: Option<StepId>,
    /// The id of the group, tag, segment or campaign it is about.
    #[serde(default)]
    #[schema(example = "361240977588224002")]
    pub subject: Option<String>,
    /// What else it says.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"url": "https://example.com/"}))]
    pub body: Map<String, Value>,
}

/// What becomes of a step's request.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = PretendedResult)]
pub enum Pretended {
    /// It is answered so.
    Answer(Value),
    /// It fails for good, for this reason.
    Fails(String),
}

/// A line of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SimulatedLine, example = json!({
    "at": "2026-05-04T09:30:00Z", "step": "welcome", "title": "Welcome", "what": "passed", "detail": "next",
}))]
pub struct StoryLine {
    pub at: Timestamp,
    pub step: StepId,
    pub title: String,
    /// As in the path of a run; beside that `does`, for what a step asked for.
    pub what: String,
    #[schema(required)]
    pub detail: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SimulatedAutomation, example = json!({
    "entered": true, "refused": null, "outcome": "completed", "ended_at": "2026-05-05T07:00:00Z", "waiting_at": null,
    "error": null,
    "story": [{
        "at": "2026-05-04T09:30:00Z", "step": "welcome", "title": "Welcome", "what": "passed", "detail": "next",
    }],
}))]
pub struct Rehearsed {
    /// Whether the contact came in.
    pub entered: bool,
    /// Why not.
    #[schema(required)]
    pub refused: Option<String>,
    /// How it ended, if it did.
    #[schema(required)]
    pub outcome: Option<String>,
    #[schema(required)]
    pub ended_at: Option<Timestamp>,
    /// The step at which it still is: the story was cut off, or the step failed.
    #[schema(required)]
    pub waiting_at: Option<StepId>,
    /// Why it stopped.
    #[schema(required)]
    pub error: Option<String>,
    /// What happened, in order.
    pub story: Vec<StoryLine>,
}

/// How to be sent the mails of an automation.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TestRunAutomation)]
pub struct TestRun {
    /// Where they go: an address of your own.
    #[schema(example = "me@example.com")]
    pub address: String,
    /// Who is led through, and what happens to them.
    pub simulate: Rehearsal,
}

/// A mail of a test run.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = TestRunMail)]
pub struct TestMail {
    /// The step that would send it.
    #[schema(example = "welcome")]
    pub step: StepId,
    /// The message, if it could be written.
    #[schema(required)]
    pub message_id: Option<MessageId>,
    /// Why not.
    #[schema(required)]
    pub error: Option<String>,
}

/// What came of a test run.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = AutomationTestRun)]
pub struct TestRunDone {
    /// The story, as of a simulation.
    pub simulated: Rehearsed,
    /// Its mails, of each step the first, in their order.
    pub mails: Vec<TestMail>,
}
