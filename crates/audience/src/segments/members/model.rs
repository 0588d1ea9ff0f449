//! How far a segment's members are known, and how many there were.

use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What can be said of the members of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SegmentState)]
pub enum State {
    /// They are being determined.
    Building,
    /// They are known, up to changes of the last moments.
    Current,
    /// Something that the rule names is gone; the members are those from before.
    Broken,
}

impl State {
    /// Anything else would be refused by the database.
    pub(crate) fn from_stored(text: &str) -> Self {
        match text {
            "current" => Self::Current,
            "broken" => Self::Broken,
            _ => Self::Building,
        }
    }
}

/// One day of a segment, in the account's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SegmentDay)]
pub struct Day {
    /// The day.
    #[schema(examples("2026-05-04"))]
    pub date: String,
    /// How many people came in.
    pub entered: i64,
    /// How many left.
    pub left: i64,
    /// How many were in it at the end of the day, or are now.
    pub size: i64,
}

/// As stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: crate::SegmentId,
    pub(super) rule: rules::Rule,
    pub(super) state: State,
    /// Rises whenever the members have to be determined anew.
    pub(super) generation: i64,
    /// The passing of time was regarded up to then.
    pub(super) as_of: Timestamp,
    pub(super) time_zone: String,
}
