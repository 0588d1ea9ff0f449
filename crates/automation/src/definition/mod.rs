//! The document that says what an automation does: triggers, steps, goal, exits and settings.
//!
//! A graph whose steps have ids that stay the same from version to version, so that a person who waits at `welcome`
//! still waits at `welcome` when the document is published anew. The JSON form is the only one: what is stored, what the
//! API takes and what the editor draws.
//!
//! ```json
//! {"version": 1,
//!  "triggers": [{"id": "joined", "on": {"event": "group.joined", "with": {"group": "12"}}, "start": "welcome"}],
//!  "steps": [
//!    {"id": "welcome", "kind": "send_email", "with": {"template": "34"}, "next": "rest"},
//!    {"id": "rest", "kind": "wait", "with": {"days": 1, "at": "09:00"}, "next": "done"},
//!    {"id": "done", "kind": "end"}]}
//! ```
//!
//! [`Document::parse`] finds every fault of form in one pass, each with its step and path; what only an account can
//! tell (whether a group exists) is asked by [`crate::validate`].

mod condition;
mod edges;
mod hide;
mod pattern;
mod read;
mod schedule;
mod step;
mod text;
mod trigger;
mod waits;

#[cfg(test)]
mod tests;

pub use condition::{Condition, TimeTest, VarOp, VarTest};
pub use edges::Edge;
pub use hide::hide_secrets_of_draft;
pub use pattern::Pattern;
pub(crate) use read::join;
pub use schedule::Schedule;
pub use step::{
    AddGroup, AddTag, Arm, Body, Case, ClearField, End, FirstMatch, HttpCall, HttpMethod, IfElse,
    IncrementField, Jump, NotifyTeam, Other, RandomSplit, RemoveGroup, RemoveTag, Retry, SendEmail,
    SetField, SetStatus, StartAutomation, Step,
};
pub use text::{Id, StepId, TimeOfDay};
pub use trigger::{Cap, CapPeriod, Exit, Goal, Held, QuietHours, Reentry, Settings, Trigger};
pub use waits::{
    Delay, Path, Since, Timeout, Wait, WaitForAny, WaitForWindow, WaitUntilDate, WaitUntilField,
    Weekday, Window, ZoneSource,
};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The version of the document's form that this crate reads and writes.
pub const VERSION: u64 = 1;
/// How many steps a document may have.
pub const MAX_STEPS: usize = 500;
/// How many triggers.
pub const MAX_TRIGGERS: usize = 20;
/// How many exits.
pub const MAX_EXITS: usize = 20;
/// How many paths, cases or arms a step may have.
pub const MAX_BRANCHES: usize = 20;
/// How large the JSON of a document may be.
pub const MAX_DOCUMENT_BYTES: usize = 512 * 1024;

/// What an automation does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What lets people in; each by itself.
    pub triggers: Vec<Trigger>,
    /// In the order in which they were written; their place means nothing.
    pub steps: Vec<Step>,
    /// What the automation is for: who reaches it goes to its step, or is done.
    pub goal: Option<Goal>,
    /// What ends a run wherever it is.
    pub exits: Vec<Exit>,
    pub settings: Settings,
}

impl Document {
    /// The step of this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The canonical form; [`Document::parse`] reads it back.
    pub fn to_json(&self) -> Value {
        let value = |it: Result<Value, serde_json::Error>| {
            it.expect("documents hold nothing that JSON cannot write")
        };
        let mut object = Map::new();
        let mut put = |key: &str, it: Value| drop(object.insert(key.to_owned(), it));
        put("version", VERSION.into());
        put("triggers", value(serde_json::to_value(&self.triggers)));
        put("steps", value(serde_json::to_value(&self.steps)));
        if let Some(goal) = &self.goal {
            put("goal", value(serde_json::to_value(goal)));
        }
        if !self.exits.is_empty() {
            put("exits", value(serde_json::to_value(&self.exits)));
        }
        if self.settings != Settings::default() {
            put("settings", value(serde_json::to_value(&self.settings)));
        }
        Value::Object(object)
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

impl utoipa::PartialSchema for Document {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{
            AdditionalProperties, ArrayBuilder, ObjectBuilder, Ref, Type,
        };
        let list = |name: &str| ArrayBuilder::new().items(Ref::from_schema_name(name));
        ObjectBuilder::new()
            .description(Some(
                "What an automation does: triggers, steps, goal, exits and settings.",
            ))
            .property(
                "version",
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .enum_values(Some([VERSION])),
            )
            .property("triggers", list("AutomationTrigger"))
            .required("triggers")
            .property("steps", list("AutomationStep"))
            .required("steps")
            .property("goal", Ref::from_schema_name("AutomationGoal"))
            .property("exits", list("AutomationExit"))
            .property("settings", Ref::from_schema_name("AutomationSettings"))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .into()
    }
}

impl utoipa::ToSchema for Document {
    fn name() -> std::borrow::Cow<'static, str> {
        "AutomationDocument".into()
    }

    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        fn add<T: utoipa::ToSchema>(
            schemas: &mut Vec<(
                String,
                utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
            )>,
        ) {
            schemas.push((T::name().into(), T::schema()));
            T::schemas(schemas);
        }
        add::<Trigger>(schemas);
        add::<Step>(schemas);
        add::<Goal>(schemas);
        add::<Exit>(schemas);
        add::<Settings>(schemas);
    }
}
