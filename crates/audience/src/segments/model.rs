//! Segments, previews and explanations.

use kernel::{FieldError, Timestamp};
use rules::Rule;
use serde::Serialize;
use utoipa::ToSchema;

use super::members::State;
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
    pub size: Size,
}

/// What is known of a segment's members without counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    pub state: State,
    /// How many, as far as is known.
    pub people: i64,
    /// When it was last determined, if it depends on the time.
    pub as_of: Timestamp,
}

impl Size {
    /// Of a segment that has just been made.
    pub(super) fn unknown(now: Timestamp) -> Self {
        Self {
            state: State::Building,
            people: 0,
            as_of: now,
        }
    }
}

/// What uses a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SegmentUses)]
pub struct UsedBy {
    /// Other segments whose rules refer to it.
    pub segments: Vec<User>,
    /// Campaigns that are sent to it, or not to it.
    pub campaigns: Vec<User>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SegmentUser)]
pub struct User {
    #[schema(value_type = String, examples("361240977588224000"))]
    pub id: String,
    #[schema(examples("Spring sale"))]
    pub name: String,
    /// The state of a campaign; absent for segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("draft"))]
    pub state: Option<String>,
}

/// A segment and its rule as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    pub segment: Segment,
    /// Text, not HTML.
    pub description: String,
    /// What is wrong with it now; none if it can be evaluated. A rule was valid when it was saved, so something that it
    /// names has disappeared since.
    pub faults: Vec<FieldError>,
}

/// Whom a rule selects now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SegmentPreview)]
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
    /// The answer as a sentence. Text, not HTML.
    #[schema(examples("ada@example.com is not in it: City is \"Rome\"."))]
    pub summary: String,
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
    /// What is the case for the person, if there is anything to say. Text, not HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("City is \"Rome\""))]
    pub actual: Option<String>,
    /// What it consists of, if of several conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub conditions: Vec<Condition>,
}
