//! What a program reports.

use audience::SubscriberId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An event of another program.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomEvent {
    /// What happened: up to 100 of the characters a-z, 0-9, `_`, `-` and `.`.
    #[schema(example = "order.placed")]
    pub name: String,
    /// To which subscriber.
    #[serde(default)]
    pub subscriber_id: Option<SubscriberId>,
    /// Or to whoever has this address.
    #[serde(default)]
    #[schema(example = "ada@example.com")]
    pub email: Option<String>,
    /// What else is known, at most 16 kB; automations know it as `event.NAME`.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"order_id": "A-17", "total": 40}))]
    pub properties: Map<String, Value>,
    /// The same key is the same event: it is recorded once, however often it is sent.
    #[serde(default)]
    #[schema(example = "order-A-17")]
    pub key: Option<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"recorded": true, "subscriber_id": "361240977588224003"}))]
pub struct RecordedEvent {
    /// Whether it is new; an event of this key was recorded before if not.
    pub recorded: bool,
    pub subscriber_id: SubscriberId,
}
