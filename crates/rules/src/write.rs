//! To JSON: the one canonical form, and its description for the OpenAPI document.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::parse::VERSION;
use crate::rule::{
    BookingState, EventKind, Literal, MAX_DAYS, MAX_TIMES, Membership, Op, Operand, Rule,
};

impl Rule {
    /// The canonical form: `version` first, keys in a fixed order, defaults left out. [`Rule::parse`] reads it back.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("version".to_owned(), VERSION.into());
        object.append(&mut self.node());
        Value::Object(object)
    }

    fn node(&self) -> Map<String, Value> {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
        match self {
            Self::All(children) => put("all", nodes(children)),
            Self::Any(children) => put("any", nodes(children)),
            Self::Not(child) => put("not", Value::Object(child.node())),
            Self::Field(test) => {
                put("field", test.field.as_str().into());
                put("op", test.op.name().into());
                match &test.operand {
                    Operand::None => {}
                    Operand::One(value) => put("value", value.to_json()),
                    Operand::List(values) => {
                        put("value", values.iter().map(Literal::to_json).collect());
                    }
                    Operand::Pair(from, to) => put("value", json!([from.to_json(), to.to_json()])),
                    Operand::Days(days) => put("value", (*days).into()),
                }
            }
            Self::Group(membership) => put("group", membership.to_json()),
            Self::Tag(membership) => put("tag", membership.to_json()),
            Self::Segment(membership) => put("segment", membership.to_json()),
            Self::Behavior(behavior) => {
                put("event", behavior.event.name().into());
                if let Some(campaign) = behavior.campaign {
                    put("campaign", campaign.to_string().into());
                }
                if let Some(days) = behavior.within_days {
                    put("within_days", days.into());
                }
                if let Some(link) = &behavior.link {
                    put("link", json!({ link.test.name(): link.url }));
                }
                for (key, value) in [("since", &behavior.since), ("until", &behavior.until)] {
                    if let Some(value) = value {
                        put(key, value.as_str().into());
                    }
                }
                match (behavior.at_least, behavior.at_most) {
                    (1, None) => {}
                    (least, None) => put("at_least", least.into()),
                    (least, Some(most)) if least == most => put("exactly", most.into()),
                    (0, Some(most)) => put("at_most", most.into()),
                    (least, Some(most)) => {
                        put("at_least", least.into());
                        put("at_most", most.into());
                    }
                }
            }
            Self::Booked(booked) => {
                put("booking", booked.state.name().into());
                if let Some(id) = booked.event_type {
                    put("event_type", id.to_string().into());
                }
                if let Some(days) = booked.within_days {
                    put("within_days", days.into());
                }
                if booked.at_least != 1 {
                    put("at_least", booked.at_least.into());
                }
            }
            Self::Sample(sample) => {
                put("sample", sample.percent.into());
                if !sample.salt.is_empty() {
                    put("salt", sample.salt.as_str().into());
                }
            }
        }
        object
    }
}

fn nodes(children: &[Rule]) -> Value {
    children
        .iter()
        .map(|child| Value::Object(child.node()))
        .collect()
}

impl Literal {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => number.to_json(),
            Self::Boolean(value) => (*value).into(),
        }
    }
}

impl Membership {
    fn to_json(&self) -> Value {
        let ids: Vec<String> = self.ids.iter().map(ToString::to_string).collect();
        json!({ self.quantifier.name(): ids })
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}

/// For responses and stored documents. Routes that take a rule read a [`Value`] and call [`Rule::parse`], which tells
/// every fault with its path instead of the first as one sentence.
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(d)?).map_err(|errors| {
            D::Error::custom(
                errors
                    .first()
                    .map_or_else(|| "the rule is invalid".to_owned(), ToString::to_string),
            )
        })
    }
}

impl utoipa::PartialSchema for Rule {
    fn schema() -> RefOr<Schema> {
        let rule = || Ref::from_schema_name("Rule");
        let list = |what: &str| ArrayBuilder::new().items(rule()).description(Some(what));
        let ids = || {
            ArrayBuilder::new().items(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some("^[0-9]+$")),
            )
        };
        let membership = |what: &str| {
            ObjectBuilder::new()
                .description(Some(what))
                .property("any", ids())
                .property("all", ids())
                .property("none", ids())
                .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        };
        let count = |min: u32, max: u32, what: &str| {
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(f64::from(min)))
                .maximum(Some(f64::from(max)))
                .description(Some(what))
        };
        let text = |what: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(what))
        };
        ObjectBuilder::new()
            .title(Some("Rule"))
            .description(Some(
                "A condition on contacts: an object with exactly one of the keys `all`, `any`, `not`, `field`, `group`, \
                 `tag`, `segment`, `event`, `booking`, `sample`. Conditions nest up to 16 levels and 200 conditions. \
                 A contact without a value meets no condition on it except `is_not_set` and the `not_...` operators, \
                 which are the exact complement of the operators they are named after; so is `not`. \
                 Texts are compared without regard to case. Ids are texts of digits.",
            ))
            .property(
                "version",
                count(1, 1, "The version of the language, at the outermost object only."),
            )
            .property("all", list("Each of these holds; an empty list is everybody."))
            .property("any", list("At least one of these holds; an empty list is nobody."))
            .property("not", rule())
            .property(
                "field",
                text("A standard attribute (`email`, `first_name`, `status`, `created_at`, ...) or the key of a custom field; with `op` and mostly `value`."),
            )
            .property(
                "op",
                text("How to compare the field; which operators there are depends on its type.")
                    .enum_values(Some(Op::ALL.map(Op::name))),
            )
            .property(
                "value",
                ObjectBuilder::new()
                    .schema_type(SchemaType::AnyValue)
                    .description(Some(
                        "A text, number, true or false; a date is written 2026-05-04, a time 2026-05-04T09:30:00Z. A list for `in` and `not_in`, a list of `monday` to `sunday` for `day_of_week`, two values for `between`, a number of days for the operators named after days.",
                    )),
            )
            .property("group", membership("Membership in groups: any, all or none of them."))
            .property("tag", membership("Tags: any, all or none of them."))
            .property(
                "segment",
                membership("Membership in other segments: any, all or none of them."),
            )
            .property(
                "event",
                text("What happened with a message; with `campaign`, `link`, `within_days`, `since`, `until`, `at_least`, `at_most` and `exactly` if wanted.")
                    .enum_values(Some(EventKind::ALL.map(EventKind::name))),
            )
            .property("campaign", text("Only with this campaign: its id, or `any`."))
            .property(
                "booking",
                text("Has a booking that stands so; with `event_type`, `within_days` and `at_least` if wanted. `upcoming` is still to come, `no_show` is missed by the contact; `booked` is all but those that were called off.")
                    .enum_values(Some(BookingState::ALL.map(BookingState::name))),
            )
            .property("event_type", text("Only bookings of this event type: its id, or `any`."))
            .property(
                "within_days",
                count(1, MAX_DAYS, "Only in the last so many days. Of bookings: that began then; of `upcoming` ones, that begin in the next so many."),
            )
            .property(
                "link",
                ObjectBuilder::new()
                    .description(Some(
                        "Only clicks of links whose address `equals`, `starts_with` or `contains` this, as it was written in the mail.",
                    ))
                    .property("equals", text("The whole address."))
                    .property("starts_with", text("How it begins."))
                    .property("contains", text("What is in it."))
                    .additional_properties(Some(AdditionalProperties::FreeForm(false))),
            )
            .property("since", text("Not before this day or time."))
            .property("until", text("Not after this day or time."))
            .property("at_least", count(1, MAX_TIMES, "So many times or more; 1 if left out."))
            .property("at_most", count(0, MAX_TIMES, "So many times or less, also never."))
            .property("exactly", count(0, MAX_TIMES, "Just so many times."))
            .property("sample", count(0, 100, "A fixed random part of all contacts, in percent."))
            .property("salt", text("Another salt gives another, independent part."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
            .examples([
                json!({"field": "city", "op": "equals", "value": "Berlin"}),
                json!({"all": [
                    {"field": "status", "op": "equals", "value": "active"},
                    {"field": "birthday", "op": "anniversary_within_next_days", "value": 7},
                    {"not": {"group": {"any": ["361240977588224000"]}}},
                    {"event": "clicked", "within_days": 30, "at_least": 2}
                ]}),
            ])
            .into()
    }
}
impl utoipa::ToSchema for Rule {}
