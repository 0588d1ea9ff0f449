//! The tree itself: what a person asked for, before it is known which fields exist and what time it is.

use std::collections::BTreeSet;

use crate::decimal::Decimal;
use crate::schema::Attribute;

/// How deep `all`, `any` and `not` may be nested.
pub const MAX_DEPTH: usize = 16;
/// How many conditions a rule may have.
pub const MAX_LEAVES: usize = 200;
/// How many values or ids one condition may list.
pub const MAX_LIST: usize = 500;
/// How many values or ids a rule may list in all.
pub const MAX_VALUES: usize = 2_000;
/// How many conditions a rule may have together with the segments it refers to.
pub const MAX_EXPANDED_LEAVES: usize = 1_000;
/// The same for values, which become parameters of a statement.
pub const MAX_EXPANDED_VALUES: usize = 10_000;
/// How many characters a text to compare with may have.
pub const MAX_TEXT: usize = 1_000;
/// How far "the last" and "the next N days" may reach: a hundred years.
pub const MAX_DAYS: u32 = 36_525;
/// The largest number of times a behavior may ask for.
pub const MAX_TIMES: u32 = 1_000;

/// A condition on one contact. See the crate's documentation for the language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Every one holds; of nothing, everybody.
    All(Vec<Rule>),
    /// At least one holds; of nothing, nobody.
    Any(Vec<Rule>),
    /// Exactly those whom the other does not select.
    Not(Box<Rule>),
    /// A standard attribute or custom field, by name.
    Field(FieldTest),
    /// Groups the contact is in.
    Group(Membership),
    /// Tags the contact has.
    Tag(Membership),
    /// Segments that select the contact.
    Segment(Membership),
    /// What the contact did, or what was done for it.
    Behavior(Behavior),
    /// What the contact booked.
    Booked(Booked),
    /// A fixed random part of all contacts.
    Sample(Sample),
}

/// `{field, op, value}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTest {
    /// The name of a standard attribute or the key of a custom field.
    pub field: String,
    /// How to compare.
    pub op: Op,
    /// What to compare with; its shape is that of [`Op::arity`].
    pub operand: Operand,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Op {
    IsSet,
    IsNotSet,
    Equals,
    NotEquals,
    In,
    NotIn,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    On,
    NotOn,
    Before,
    After,
    WithinLastDays,
    WithinNextDays,
    MoreThanDaysAgo,
    AnniversaryToday,
    AnniversaryWithinNextDays,
    DayOfWeek,
}

/// The shape of an operator's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// No value.
    None,
    /// One value.
    One,
    /// A list of values.
    List,
    /// Two values: from and to.
    Pair,
    /// A number of days.
    Days,
}

impl Op {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::IsSet,
        Self::IsNotSet,
        Self::Equals,
        Self::NotEquals,
        Self::In,
        Self::NotIn,
        Self::Contains,
        Self::NotContains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Between,
        Self::On,
        Self::NotOn,
        Self::Before,
        Self::After,
        Self::WithinLastDays,
        Self::WithinNextDays,
        Self::MoreThanDaysAgo,
        Self::AnniversaryToday,
        Self::AnniversaryWithinNextDays,
        Self::DayOfWeek,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IsSet => "is_set",
            Self::IsNotSet => "is_not_set",
            Self::Equals => "equals",
            Self::NotEquals => "not_equals",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
            Self::StartsWith => "starts_with",
            Self::EndsWith => "ends_with",
            Self::Less => "less",
            Self::LessOrEqual => "less_or_equal",
            Self::Greater => "greater",
            Self::GreaterOrEqual => "greater_or_equal",
            Self::Between => "between",
            Self::On => "on",
            Self::NotOn => "not_on",
            Self::Before => "before",
            Self::After => "after",
            Self::WithinLastDays => "within_last_days",
            Self::WithinNextDays => "within_next_days",
            Self::MoreThanDaysAgo => "more_than_days_ago",
            Self::AnniversaryToday => "anniversary_today",
            Self::AnniversaryWithinNextDays => "anniversary_within_next_days",
            Self::DayOfWeek => "day_of_week",
        }
    }

    /// From the name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name() == name)
    }

    /// The shape of the value.
    pub const fn arity(self) -> Arity {
        match self {
            Self::IsSet | Self::IsNotSet | Self::AnniversaryToday => Arity::None,
            Self::In | Self::NotIn | Self::DayOfWeek => Arity::List,
            Self::Between => Arity::Pair,
            Self::WithinLastDays
            | Self::WithinNextDays
            | Self::MoreThanDaysAgo
            | Self::AnniversaryWithinNextDays => Arity::Days,
            _ => Arity::One,
        }
    }

    /// The operator of which this is the exact complement, if it is one of those.
    pub const fn positive(self) -> Option<Self> {
        match self {
            Self::IsNotSet => Some(Self::IsSet),
            Self::NotEquals => Some(Self::Equals),
            Self::NotIn => Some(Self::In),
            Self::NotContains => Some(Self::Contains),
            Self::NotOn => Some(Self::On),
            _ => None,
        }
    }

    /// Whether whom it selects changes by the mere passing of time.
    pub const fn depends_on_time(self) -> bool {
        matches!(
            self,
            Self::WithinLastDays
                | Self::WithinNextDays
                | Self::MoreThanDaysAgo
                | Self::AnniversaryToday
                | Self::AnniversaryWithinNextDays
        )
    }
}

/// What an operator compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    None,
    One(Literal),
    List(Vec<Literal>),
    Pair(Literal, Literal),
    Days(u32),
}

/// A value as it stands in the JSON; the field's type decides what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    Text(String),
    Number(Decimal),
    Boolean(bool),
}

/// Of which of the listed things the contact must be a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub quantifier: Quantifier,
    pub ids: Vec<i64>,
}

/// How many of the listed things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// At least one of them.
    Any,
    /// Each of them.
    All,
    /// Not one of them.
    None,
}

impl Quantifier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Any, Self::All, Self::None];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::All => "all",
            Self::None => "none",
        }
    }
}

/// Something that happened so many times, lately or ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behavior {
    pub event: EventKind,
    /// With this campaign; `None` for any.
    pub campaign: Option<i64>,
    /// With such a link; only of clicks.
    pub link: Option<Link>,
    /// In the last so many days; `None` for ever.
    pub within_days: Option<u32>,
    /// Not before this day or time.
    pub since: Option<String>,
    /// Not after this day or time.
    pub until: Option<String>,
    /// 0 only with `at_most`.
    pub at_least: u32,
    /// Not more often than this.
    pub at_most: Option<u32>,
}

impl Behavior {
    /// That it ever happened.
    pub const fn ever(event: EventKind) -> Self {
        Self {
            event,
            campaign: None,
            link: None,
            within_days: None,
            since: None,
            until: None,
            at_least: 1,
            at_most: None,
        }
    }
}

/// Which links a click may have followed, by their address as it was written in the mail, before merge tags were
/// replaced. Compared without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub test: LinkTest,
    pub url: String,
}

/// How the address of a link is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkTest {
    Equals,
    StartsWith,
    Contains,
}

impl LinkTest {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Equals, Self::StartsWith, Self::Contains];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::StartsWith => "starts_with",
            Self::Contains => "contains",
        }
    }
}

/// Days of the week as `day_of_week` names them, Monday first.
pub const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// What can have happened with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A message was handed to the contact's mail server.
    Received,
    /// Opened by a person (as far as one can tell), not by a scanner.
    Opened,
    /// Clicked by a person (as far as one can tell), not by a scanner.
    Clicked,
    Unsubscribed,
    Bounced,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Received,
        Self::Opened,
        Self::Clicked,
        Self::Unsubscribed,
        Self::Bounced,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
        }
    }

    /// From the name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The column `kind` of the table `event`.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Received => "message.sent",
            Self::Opened => "message.opened",
            Self::Clicked => "message.clicked",
            Self::Unsubscribed => "message.unsubscribed",
            Self::Bounced => "message.bounced",
        }
    }

    /// From the column `kind` of the table `event`; `None` for events that rules do not ask about.
    pub fn from_stored(stored: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.stored() == stored)
    }
}

/// Bookings that the contact has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    pub state: BookingState,
    /// Of this event type; `None` for any.
    pub event_type: Option<i64>,
    /// Of `upcoming`: that begins in the next so many days. Of all others: that began in the last so many.
    pub within_days: Option<u32>,
    /// From 1.
    pub at_least: u32,
}

/// How a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BookingState {
    /// It takes place, took place, was to take place, or waits for somebody to confirm it.
    Booked,
    /// It is still to come: confirmed, or waiting for that.
    Upcoming,
    Pending,
    Confirmed,
    Completed,
    /// The contact did not come.
    NoShow,
    /// The host did not come.
    HostNoShow,
    Declined,
    Cancelled,
    Expired,
}

impl BookingState {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Booked,
        Self::Upcoming,
        Self::Pending,
        Self::Confirmed,
        Self::Completed,
        Self::NoShow,
        Self::HostNoShow,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Upcoming => "upcoming",
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::HostNoShow => "host_no_show",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// From the name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// What the column `status` of the table `booking` can be.
    pub const fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Booked => &["pending", "confirmed", "completed", "no_show"],
            Self::Upcoming => &["pending", "confirmed"],
            Self::Pending => &["pending"],
            Self::Confirmed => &["confirmed"],
            Self::Completed => &["completed"],
            Self::NoShow | Self::HostNoShow => &["no_show"],
            Self::Declined => &["declined"],
            Self::Cancelled => &["cancelled"],
            Self::Expired => &["expired"],
        }
    }

    /// What the column `no_show_by` must be, if that matters.
    pub const fn no_show_by(self) -> Option<&'static str> {
        match self {
            Self::NoShow => Some("guest"),
            Self::HostNoShow => Some("host"),
            _ => None,
        }
    }
}

/// A fixed random part of all contacts: the same `salt` gives the same people, and a larger part contains a smaller one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// 0 to 100.
    pub percent: u8,
    /// Different salts give independent parts.
    pub salt: String,
}

/// What a rule speaks of, so that the caller can load what exists of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    pub attributes: BTreeSet<Attribute>,
    /// Keys of custom fields.
    pub fields: BTreeSet<String>,
    pub groups: BTreeSet<i64>,
    pub tags: BTreeSet<i64>,
    /// Only those named here, not those that they name in turn.
    pub segments: BTreeSet<i64>,
    pub campaigns: BTreeSet<i64>,
    pub event_types: BTreeSet<i64>,
    /// Whether it asks what somebody booked.
    pub bookings: bool,
    pub events: BTreeSet<EventKind>,
    /// Whether whom it selects can change by the mere passing of time.
    pub depends_on_time: bool,
}

impl References {
    /// Adds those of another rule, such as a referenced segment's.
    pub fn extend(&mut self, other: Self) {
        self.attributes.extend(other.attributes);
        self.fields.extend(other.fields);
        self.groups.extend(other.groups);
        self.tags.extend(other.tags);
        self.segments.extend(other.segments);
        self.campaigns.extend(other.campaigns);
        self.event_types.extend(other.event_types);
        self.bookings |= other.bookings;
        self.events.extend(other.events);
        self.depends_on_time |= other.depends_on_time;
    }
}

impl Rule {
    /// Everything the rule speaks of by name or id.
    pub fn references(&self) -> References {
        let mut found = References::default();
        self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut References) {
        match self {
            Self::All(children) | Self::Any(children) => {
                for child in children {
                    child.collect(found);
                }
            }
            Self::Not(child) => child.collect(found),
            Self::Field(test) => {
                if let Some(attribute) = Attribute::from_name(&test.field) {
                    found.attributes.insert(attribute);
                } else {
                    found.fields.insert(test.field.clone());
                }
                found.depends_on_time |= test.op.depends_on_time();
            }
            Self::Group(membership) => found.groups.extend(&membership.ids),
            Self::Tag(membership) => found.tags.extend(&membership.ids),
            Self::Segment(membership) => found.segments.extend(&membership.ids),
            Self::Behavior(behavior) => {
                found.events.insert(behavior.event);
                found.campaigns.extend(behavior.campaign);
                found.depends_on_time |= behavior.within_days.is_some();
            }
            Self::Booked(booked) => {
                found.bookings = true;
                found.event_types.extend(booked.event_type);
                found.depends_on_time |=
                    booked.within_days.is_some() || booked.state == BookingState::Upcoming;
            }
            Self::Sample(_) => {}
        }
    }
}
