//! Segments, previews and explanations.

use kernel::Timestamp;
use rules::Rule;
use serde::Serialize;
use utoipa::ToSchema;

use crate::subscribers::Status;
use crate::{SegmentId, SubscriberId};

/// A named rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub id: SegmentId,
    pub name: String,
    pub rule: Rule,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A segment and its rule as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub segment: Segment,
    /// Text, not HTML.
    pub description: String,
}

/// Whom a rule selects now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// How many people.
    pub count: i64,
    /// The newest of them, a few.
    pub sample: Vec<Person>,
    /// The rule as a sentence. Text, not HTML.
    #[schema(examples("People where City is \"Berlin\" and status is active"))]
    pub description: String,
}

/// Just enough of a person to recognize them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    pub id: SubscriberId,
    pub email: String,
    #[schema(required)]
    pub first_name: Option<String>,
    #[schema(required)]
    pub last_name: Option<String>,
    pub status: Status,
}

/// Why a person is in a segment, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Whether the person is in the segment now.
    pub matches: bool,
    /// The rule, condition by condition.
    pub condition: Condition,
}

/// One condition of a rule and whether it holds for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Condition {
    /// As a phrase.
    #[schema(examples("City is \"Berlin\""))]
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// What it consists of, if of several conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub conditions: Vec<Condition>,
}
