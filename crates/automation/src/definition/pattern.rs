//! Which events are meant, by a trigger, a wait, a goal or an exit.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::VarTest;

/// An event of this kind, with these parts. Which parts a kind has is said by [`crate::kinds::Kinds`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationEventPattern)]
pub struct Pattern {
    /// The kind, such as `group.joined`.
    pub event: String,
    /// What it must be about, such as `{"group": "12"}`. What is left out may be anything.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub with: Map<String, Value>,
    /// What its properties must meet. `var` is the path of a property, such as `total`.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<VarTest>,
}
