//! What a split, a wait or an exit asks: of the contact (the rule language), of the run's data, or of the time.

use rules::Rule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Window;

/// True or false for every run; `not` is the exact complement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationCondition)]
pub enum Condition {
    /// What is known of the contact, in the language of segments.
    Contact(Rule),
    /// What the run knows: the event that began it, and what HTTP calls answered.
    Var(VarTest),
    /// What time it is.
    Time(TimeTest),
    /// Each holds; of nothing, always.
    #[schema(no_recursion)]
    All(Vec<Condition>),
    /// At least one holds; of nothing, never.
    #[schema(no_recursion)]
    Any(Vec<Condition>),
    #[schema(no_recursion)]
    Not(Box<Condition>),
}

impl Condition {
    /// The rules in it.
    pub fn rules(&self) -> Vec<&Rule> {
        match self {
            Self::Contact(rule) => vec![rule],
            Self::Var(_) | Self::Time(_) => Vec::new(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::rules).collect(),
            Self::Not(part) => part.rules(),
        }
    }

    /// Whether it asks for the time by itself; rules are asked by [`rules::Compiled::tempo`].
    pub fn asks_for_time(&self) -> bool {
        match self {
            Self::Time(_) => true,
            Self::Contact(_) | Self::Var(_) => false,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::asks_for_time),
            Self::Not(part) => part.asks_for_time(),
        }
    }
}

/// A condition on the run's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationVarTest)]
pub struct VarTest {
    /// Where it is: `event.total` is the property of the event that began the run, `score` what an HTTP call saved.
    pub var: String,
    pub op: VarOp,
    /// Left out for `is_set` and `is_not_set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// How a variable is compared. A missing variable meets only the operators that begin with "not" or end in "not set".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationVarOp)]
pub enum VarOp {
    IsSet,
    IsNotSet,
    Equals,
    NotEquals,
    Contains,
    NotContains,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A condition on the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationTimeTest)]
pub struct TimeTest {
    /// That it is within this window now.
    pub within: Window,
}
