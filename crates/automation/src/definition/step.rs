//! Steps: what they have in common, and the kinds that this crate knows by itself.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, Ref, Schema, Type,
};

use super::waits::is_zero;
use super::{
    Condition, Id, StepId, Wait, WaitForAny, WaitForWindow, WaitUntilDate, WaitUntilField,
};

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub id: StepId,
    /// What people call it.
    pub name: Option<String>,
    pub body: Body,
    /// The step that follows. Of a wait for several things: the one that follows a time-out.
    pub next: Option<StepId>,
    /// The step that follows if this one fails for good. Without it, messages that fail are passed over, and whatever
    /// else fails stops the run until a person decides.
    pub on_failure: Option<StepId>,
    /// How often to try again before it has failed.
    pub retry: Option<Retry>,
}

/// How often to try again, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationRetry)]
pub struct Retry {
    /// Attempts in all, 1 to 20.
    pub attempts: u32,
    /// How long to rest after the first, 1 to 86,400; after each further one twice as long, to a day at most.
    pub first_delay_seconds: u32,
}

/// Declares the kinds of steps in one place: their names, what they are called in code, and what they take.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:literal => $kind:ident($with:ty),)*) => {
        /// What a step does.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Body {
            $($(#[$doc])* $kind($with),)*
            /// An action of a kind that another slice brings (see [`crate::kinds::Kinds`]).
            Other(Other),
        }

        impl Body {
            /// The names of the kinds that are known without another slice.
            pub const KINDS: &[&str] = &[$($name),*];

            /// The name in JSON.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$kind(_) => $name,)*
                    Self::Other(other) => &other.kind,
                }
            }

            /// What the kind takes, as it stands under `with`.
            pub fn with(&self) -> Value {
                let written = match self {
                    $(Self::$kind(with) => serde_json::to_value(with),)*
                    Self::Other(other) => Ok(Value::Object(other.with.clone())),
                };
                written.expect("steps hold nothing that JSON cannot write")
            }

            /// From the name and what stands under `with`. The error has the path inside of that.
            pub(super) fn read(kind: &str, with: &Value) -> Result<Self, (String, String)> {
                match kind {
                    $($name => super::read::typed::<$with>(with).map(Self::$kind),)*
                    _ => super::read::typed(with).map(|with| Self::Other(Other {
                        kind: kind.to_owned(),
                        with,
                    })),
                }
            }
        }

        impl utoipa::PartialSchema for Step {
            fn schema() -> RefOr<Schema> {
                OneOfBuilder::new()
                    .description(Some("One step. `with` is what its kind takes."))
                    $(.item(shape(Some($name), Ref::from_schema_name(<$with as ToSchema>::name()))))*
                    .item(shape(None, ObjectBuilder::new()
                        .additional_properties(Some(AdditionalProperties::FreeForm(true)))))
                    .into()
            }
        }

        impl ToSchema for Step {
            fn name() -> Cow<'static, str> {
                "AutomationStep".into()
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((Retry::name().into(), <Retry as utoipa::PartialSchema>::schema()));
                $(
                    schemas.push((
                        <$with as ToSchema>::name().into(),
                        <$with as utoipa::PartialSchema>::schema(),
                    ));
                    <$with as ToSchema>::schemas(schemas);
                )*
            }
        }
    };
}

kinds! {
    /// Sends an email.
    "send_email" => SendEmail(SendEmail),
    /// Gives a field a value.
    "set_field" => SetField(SetField),
    /// Takes a field's value away.
    "clear_field" => ClearField(ClearField),
    /// Adds to a number.
    "increment_field" => IncrementField(IncrementField),
    "add_group" => AddGroup(AddGroup),
    "remove_group" => RemoveGroup(RemoveGroup),
    "add_tag" => AddTag(AddTag),
    "remove_tag" => RemoveTag(RemoveTag),
    "set_status" => SetStatus(SetStatus),
    /// Lets the contact into another automation.
    "start_automation" => StartAutomation(StartAutomation),
    /// Asks another program and remembers what it answers.
    "http_call" => HttpCall(HttpCall),
    /// Writes to colleagues.
    "notify_team" => NotifyTeam(NotifyTeam),
    /// Goes on elsewhere.
    "jump" => Jump(Jump),
    /// The run is over.
    "end" => End(End),
    "wait" => Wait(Wait),
    "wait_until_date" => WaitUntilDate(WaitUntilDate),
    "wait_until_field" => WaitUntilField(WaitUntilField),
    "wait_for_window" => WaitForWindow(WaitForWindow),
    "wait_for_any" => WaitForAny(WaitForAny),
    "if_else" => IfElse(IfElse),
    "first_match" => FirstMatch(FirstMatch),
    "random_split" => RandomSplit(RandomSplit),
}

/// The schema of a step of one kind.
fn shape(kind: Option<&str>, with: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    let id = || Ref::from_schema_name("StepId");
    let text = || ObjectBuilder::new().schema_type(Type::String);
    ObjectBuilder::new()
        .property("id", id())
        .required("id")
        .property("name", text())
        .property(
            "kind",
            match kind {
                Some(kind) => text().enum_values(Some([kind])),
                None => text().pattern(Some("^[a-z_]+\\.[a-z_]+$")),
            },
        )
        .required("kind")
        .property("with", with)
        .property("next", id())
        .property("on_failure", id())
        .property("retry", Ref::from_schema_name(Retry::name()))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .into()
}

impl Step {
    fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, it: Value| drop(object.insert(key.to_owned(), it));
        put("id", self.id.as_str().into());
        if let Some(name) = &self.name {
            put("name", name.as_str().into());
        }
        put("kind", self.body.kind().into());
        match self.body.with() {
            Value::Object(with) if with.is_empty() => {}
            with => put("with", with),
        }
        for (key, step) in [("next", &self.next), ("on_failure", &self.on_failure)] {
            if let Some(step) = step {
                put(key, step.as_str().into());
            }
        }
        if let Some(retry) = self.retry {
            put(
                "retry",
                serde_json::json!({
                    "attempts": retry.attempts,
                    "first_delay_seconds": retry.first_delay_seconds,
                }),
            );
        }
        Value::Object(object)
    }

    /// What people call it: its name, or its id.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(self.id.as_str())
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

/// Which email.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationSendEmail)]
pub struct SendEmail {
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Id>,
    /// The revision of the template; the latest if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Id>,
    /// Instead of the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The account's default if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Id>,
    /// Something that the contact asked for: sent also to those who are not confirmed yet, in quiet hours, and beyond
    /// the caps. Never to those who were suppressed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transactional: bool,
}

/// Gives a field a value: that of `value`, or the variable that `from` names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationSetField)]
pub struct SetField {
    /// An attribute that may be changed, or the key of a custom field.
    pub field: String,
    /// A text, number, true or false; a date is written 2026-05-04.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// A variable of the run, such as `event.plan`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Takes a field's value away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationClearField)]
pub struct ClearField {
    pub field: String,
}

/// Adds to a number; a missing number counts as 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationIncrementField)]
pub struct IncrementField {
    /// `score`, or the key of a number field.
    pub field: String,
    /// May be negative.
    pub by: i64,
}

macro_rules! with_one_id {
    ($($(#[$doc:meta])* $name:ident as $schema:ident { $field:ident })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        #[schema(as = $schema)]
        pub struct $name {
            pub $field: Id,
        }
    )*};
}

with_one_id! {
    /// Which group.
    AddGroup as AutomationAddGroup { group }
    /// Which group.
    RemoveGroup as AutomationRemoveGroup { group }
    /// Which tag.
    AddTag as AutomationAddTag { tag }
    /// Which tag.
    RemoveTag as AutomationRemoveTag { tag }
    /// Which automation.
    StartAutomation as AutomationStartAutomation { automation }
}

/// Which status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationSetStatus)]
pub struct SetStatus {
    pub status: String,
}

/// A request to another program. The run waits for the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationHttpCall)]
pub struct HttpCall {
    #[serde(default)]
    pub method: HttpMethod,
    /// Beginning with `https://` or `http://`; may have merge fields after the host.
    pub url: String,
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub headers: std::collections::BTreeMap<String, String>,
    /// JSON; its texts may have merge fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What to remember of the answer: names of variables, and where each is found, as a JSON pointer (`/data/score`).
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub save: std::collections::BTreeMap<String, String>,
    /// 1 to 60; 10 if left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub timeout_seconds: u32,
}

/// How to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = AutomationHttpMethod)]
pub enum HttpMethod {
    Get,
    #[default]
    Post,
    Put,
    Patch,
    Delete,
}

/// A mail to colleagues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationNotifyTeam)]
pub struct NotifyTeam {
    /// Ids of users of the account.
    pub users: Vec<Id>,
    pub subject: String,
    pub text: String,
}

/// Where to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationJump)]
pub struct Jump {
    pub to: StepId,
}

/// The end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationEnd)]
pub struct End {}

/// Two ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationIfElse)]
pub struct IfElse {
    #[serde(rename = "if")]
    pub condition: Condition,
    pub then: StepId,
    #[serde(rename = "else")]
    pub otherwise: StepId,
}

/// Many ways: the first whose condition holds, or the step's `next`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationFirstMatch)]
pub struct FirstMatch {
    pub cases: Vec<Case>,
}

/// One of many ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationCase)]
pub struct Case {
    pub id: StepId,
    #[serde(rename = "if")]
    pub condition: Condition,
    pub next: StepId,
}

/// Ways by chance. Who comes again is sent the same way again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationRandomSplit)]
pub struct RandomSplit {
    pub arms: Vec<Arm>,
}

/// One of the ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationArm)]
pub struct Arm {
    pub id: StepId,
    /// How many go this way, as a part of the sum of all weights; 0 to 10,000.
    pub weight: u32,
    pub next: StepId,
}

/// An action of a kind that another slice brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// `noun.verb`.
    pub kind: String,
    pub with: Map<String, Value>,
}
