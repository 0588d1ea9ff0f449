//! Groups and tags.

use std::borrow::Cow;
use std::hash::Hash;

use kernel::{FromValue, Timestamp, ToValue};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::{GroupId, TagId};

/// Most groups, and most tags, of an account.
pub(super) const MAX_LABELS: i64 = 10_000;

/// Which of the two, and how they are called in the database, in events and in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Group,
    Tag,
}

impl Kind {
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Tag => "tag",
        }
    }

    pub const fn joined(self) -> &'static str {
        match self {
            Self::Group => events::kind::GROUP_JOINED,
            Self::Tag => events::kind::TAG_ADDED,
        }
    }

    pub const fn left(self) -> &'static str {
        match self {
            Self::Group => events::kind::GROUP_LEFT,
            Self::Tag => events::kind::TAG_REMOVED,
        }
    }
}

/// The id of a group or a tag.
pub trait LabelId:
    Copy
    + Eq
    + Ord
    + Hash
    + ToValue
    + FromValue
    + From<i64>
    + Into<i64>
    + Serialize
    + std::fmt::Display
    + Send
    + Sync
    + 'static
{
    const LABEL: Kind;
}

impl LabelId for GroupId {
    const LABEL: Kind = Kind::Group;
}

impl LabelId for TagId {
    const LABEL: Kind = Kind::Tag;
}

/// A group or a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label<Id> {
    pub id: Id,
    /// Unique without regard to case.
    pub name: String,
    /// How many people are in it.
    pub members: i64,
    pub created_at: Timestamp,
    /// When it was last renamed.
    pub updated_at: Timestamp,
}

/// Written out, because a derived one would be called `Label_GroupId`.
impl<Id: LabelId + ToSchema> PartialSchema for Label<Id> {
    fn schema() -> RefOr<Schema> {
        let text = |text: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(text.to_owned()))
        };
        let members = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("How many people are in it"));
        ObjectBuilder::new()
            .property("id", Id::schema())
            .property("name", text("Unique without regard to case"))
            .property("members", members)
            .property("created_at", Timestamp::schema())
            .property("updated_at", Timestamp::schema())
            .required("id")
            .required("name")
            .required("members")
            .required("created_at")
            .required("updated_at")
            .into()
    }
}

impl<Id: LabelId + ToSchema> ToSchema for Label<Id> {
    fn name() -> Cow<'static, str> {
        match Id::LABEL {
            Kind::Group => "Group".into(),
            Kind::Tag => "Tag".into(),
        }
    }
}
