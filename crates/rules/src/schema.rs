//! What a rule may speak of in one account: fields with their types, and the groups, tags and campaigns that exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::rule::Op;

/// A standard attribute: a column of the table `subscriber`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    Email,
    FirstName,
    LastName,
    Phone,
    Language,
    TimeZone,
    Status,
    Source,
    Score,
    Owner,
    CreatedAt,
    UpdatedAt,
    LastActivityAt,
    StatusChangedAt,
    ConsentAt,
    ConfirmedAt,
}

impl Attribute {
    /// How many there are.
    pub const COUNT: usize = 16;

    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Email,
        Self::FirstName,
        Self::LastName,
        Self::Phone,
        Self::Language,
        Self::TimeZone,
        Self::Status,
        Self::Source,
        Self::Score,
        Self::Owner,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::LastActivityAt,
        Self::StatusChangedAt,
        Self::ConsentAt,
        Self::ConfirmedAt,
    ];

    /// The name in JSON. A custom field cannot have it as its key.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Phone => "phone",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Status => "status",
            Self::Source => "source",
            Self::Score => "score",
            Self::Owner => "owner",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::LastActivityAt => "last_activity_at",
            Self::StatusChangedAt => "status_changed_at",
            Self::ConsentAt => "consent_at",
            Self::ConfirmedAt => "confirmed_at",
        }
    }

    /// From the name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The column that conditions compare with: of text that people write, the folded copy.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Email => "email_folded",
            Self::FirstName => "first_name_folded",
            Self::LastName => "last_name_folded",
            Self::Owner => "owner_id",
            other => other.name(),
        }
    }

    /// The type.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Email | Self::FirstName | Self::LastName => Kind::Text,
            Self::Phone | Self::Language | Self::TimeZone => Kind::Code,
            Self::Status | Self::Source => Kind::Choice,
            Self::Score => Kind::Integer,
            Self::Owner => Kind::Id,
            Self::CreatedAt
            | Self::UpdatedAt
            | Self::LastActivityAt
            | Self::StatusChangedAt
            | Self::ConsentAt
            | Self::ConfirmedAt => Kind::Instant,
        }
    }
}

/// The type of an attribute or field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What people write; compared without regard to case.
    Text,
    /// What programs write (a language, a zone, a phone number); compared exactly.
    Code,
    /// One of a few words, such as the statuses a contact can have; compared exactly.
    Choice,
    /// A whole number.
    Integer,
    /// A number with up to six places.
    Number,
    /// The id of something.
    Id,
    /// A calendar day without a zone.
    Date,
    /// True or false.
    Boolean,
    /// A moment in time.
    Instant,
}

impl Kind {
    /// The operators it has, in the order an editor would offer them.
    pub const fn operators(self) -> &'static [Op] {
        match self {
            Self::Text | Self::Code => &[
                Op::Equals,
                Op::NotEquals,
                Op::In,
                Op::NotIn,
                Op::Contains,
                Op::NotContains,
                Op::StartsWith,
                Op::EndsWith,
                Op::IsSet,
                Op::IsNotSet,
            ],
            Self::Choice | Self::Id => &[
                Op::Equals,
                Op::NotEquals,
                Op::In,
                Op::NotIn,
                Op::IsSet,
                Op::IsNotSet,
            ],
            Self::Integer | Self::Number => &[
                Op::Equals,
                Op::NotEquals,
                Op::In,
                Op::NotIn,
                Op::Less,
                Op::LessOrEqual,
                Op::Greater,
                Op::GreaterOrEqual,
                Op::Between,
                Op::IsSet,
                Op::IsNotSet,
            ],
            Self::Date => &[
                Op::On,
                Op::NotOn,
                Op::Before,
                Op::After,
                Op::Between,
                Op::WithinLastDays,
                Op::WithinNextDays,
                Op::MoreThanDaysAgo,
                Op::AnniversaryToday,
                Op::AnniversaryWithinNextDays,
                Op::DayOfWeek,
                Op::IsSet,
                Op::IsNotSet,
            ],
            Self::Boolean => &[Op::Equals, Op::NotEquals, Op::IsSet, Op::IsNotSet],
            Self::Instant => &[
                Op::On,
                Op::NotOn,
                Op::Before,
                Op::After,
                Op::Between,
                Op::WithinLastDays,
                Op::WithinNextDays,
                Op::MoreThanDaysAgo,
                Op::DayOfWeek,
                Op::IsSet,
                Op::IsNotSet,
            ],
        }
    }

    /// In words, with an article.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Text | Self::Code => "a text",
            Self::Choice => "a choice",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Id => "an id",
            Self::Date => "a date",
            Self::Boolean => "true or false",
            Self::Instant => "a time",
        }
    }
}

/// The type of a custom field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    /// Also drop-down fields: those have options.
    Text,
    Number,
    Date,
    Boolean,
}

impl FieldKind {
    /// The column of `subscriber` that conditions compare with, of the field in this slot: of text the folded copy.
    pub fn column(self, slot: u8) -> String {
        match self {
            Self::Text => format!("folded_{slot}"),
            Self::Number | Self::Date | Self::Boolean => format!("value_{slot}"),
        }
    }

    /// The type.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Text => Kind::Text,
            Self::Number => Kind::Number,
            Self::Date => Kind::Date,
            Self::Boolean => Kind::Boolean,
        }
    }
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub id: i64,
    /// Which columns of `subscriber` hold its values.
    pub slot: u8,
    pub kind: FieldKind,
    /// What a drop-down offers; empty for a field without a fixed choice.
    pub options: Vec<String>,
}

/// What exists in the account. Of groups, tags, campaigns and event types only those that the rule names need to be here
/// (see [`crate::Rule::references`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// The statuses a contact can have.
    pub statuses: Vec<String>,
    /// Where a contact can come from.
    pub sources: Vec<String>,
    /// Custom fields by their key.
    pub fields: BTreeMap<String, Field>,
    pub groups: BTreeSet<i64>,
    pub tags: BTreeSet<i64>,
    pub campaigns: BTreeSet<i64>,
    pub event_types: BTreeSet<i64>,
}

impl Schema {
    /// With the statuses a contact can have and the sources it can come from, and nothing else yet.
    pub fn new<S: Into<String>>(
        statuses: impl IntoIterator<Item = S>,
        sources: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            statuses: statuses.into_iter().map(Into::into).collect(),
            sources: sources.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// The words that a standard attribute can have; empty if it is not one of a few.
    pub(crate) fn choices(&self, attribute: Attribute) -> &[String] {
        match attribute {
            Attribute::Status => &self.statuses,
            Attribute::Source => &self.sources,
            _ => &[],
        }
    }

    /// Adds a custom field.
    #[must_use]
    pub fn with_field(mut self, key: impl Into<String>, field: Field) -> Self {
        self.fields.insert(key.into(), field);
        self
    }

    /// Adds groups that exist.
    #[must_use]
    pub fn with_groups(mut self, ids: impl IntoIterator<Item = impl Into<i64>>) -> Self {
        self.groups.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds tags that exist.
    #[must_use]
    pub fn with_tags(mut self, ids: impl IntoIterator<Item = impl Into<i64>>) -> Self {
        self.tags.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds campaigns that exist.
    #[must_use]
    pub fn with_campaigns(mut self, ids: impl IntoIterator<Item = impl Into<i64>>) -> Self {
        self.campaigns.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds event types that exist.
    #[must_use]
    pub fn with_event_types(mut self, ids: impl IntoIterator<Item = impl Into<i64>>) -> Self {
        self.event_types.extend(ids.into_iter().map(Into::into));
        self
    }
}
