//! Random rules about what there is.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Context, LANGUAGES, PHONES, URLS, ZONES, number, text, whole};
use crate::Decimal;
use crate::moment::date_from_days;
use crate::rule::{
    Arity, Behavior, Booked, BookingState, EventKind, FieldTest, Link, LinkTest, Literal,
    Membership, Op, Operand, Quantifier, Rule, Sample, WEEKDAYS,
};
use crate::schema::{Attribute, Field, Kind};

pub(super) fn rule(context: &Arc<Context>) -> BoxedStrategy<Rule> {
    leaf(context)
        .prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Rule::All),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Rule::Any),
                inner.prop_map(|rule| Rule::Not(Box::new(rule))),
            ]
        })
        .boxed()
}

fn leaf(context: &Arc<Context>) -> BoxedStrategy<Rule> {
    let attributes: Vec<(String, Kind, Vec<String>)> = Attribute::ALL
        .into_iter()
        .map(|attribute| {
            let choices = context.schema.choices(attribute).to_vec();
            (attribute.name().to_owned(), attribute.kind(), choices)
        })
        .collect();
    let custom: Vec<(String, Kind, Vec<String>)> = context
        .schema
        .fields
        .iter()
        .map(|(key, Field { kind, options, .. })| (key.clone(), kind.kind(), options.clone()))
        .collect();
    let test = |from: Vec<(String, Kind, Vec<String>)>| {
        let context = Arc::clone(context);
        select(from)
            .prop_flat_map(move |(name, kind, options)| field_test(&context, name, kind, options))
    };
    let behavior = behavior(context).prop_map(Rule::Behavior);
    let sample = (0..=100_u8, select(vec!["", "spring", "ß"])).prop_map(|(percent, salt)| {
        Rule::Sample(Sample {
            percent,
            salt: salt.to_owned(),
        })
    });
    let mut leaves = vec![
        (3, test(attributes).boxed()),
        (5, test(custom).boxed()),
        (
            1,
            membership(&context.schema.groups)
                .prop_map(Rule::Group)
                .boxed(),
        ),
        (
            1,
            membership(&context.schema.tags).prop_map(Rule::Tag).boxed(),
        ),
        (4, behavior.boxed()),
        (2, booked().prop_map(Rule::Booked).boxed()),
        (1, sample.boxed()),
    ];
    if !context.segments.is_empty() {
        let segment = membership(&context.segments).prop_map(Rule::Segment);
        leaves.push((1, segment.boxed()));
    }
    proptest::strategy::Union::new_weighted(leaves).boxed()
}

fn behavior(context: &Arc<Context>) -> impl Strategy<Value = Behavior> + use<> {
    // Clicks have the most to say.
    let event = prop_oneof![
        2 => select(EventKind::ALL.to_vec()),
        1 => Just(EventKind::Clicked),
    ];
    let link = (
        select(LinkTest::ALL.to_vec()),
        select(URLS.to_vec()),
        1..40_usize,
    )
        .prop_map(|(test, url, length)| Link {
            test,
            url: match test {
                LinkTest::Equals => url.to_owned(),
                LinkTest::StartsWith => url.chars().take(length).collect(),
                LinkTest::Contains => {
                    let part: String = url.chars().skip(length / 2).take(length / 3 + 1).collect();
                    if part.is_empty() {
                        url.to_owned()
                    } else {
                        part
                    }
                }
            },
        });
    let times = prop_oneof![
        4 => Just((1, None)),
        2 => (2..4_u32).prop_map(|least| (least, None)),
        1 => (0..3_u32).prop_map(|most| (0, Some(most))),
        1 => (0..3_u32).prop_map(|exactly| (exactly, Some(exactly))),
        1 => (1..3_u32, 0..3_u32).prop_map(|(least, more)| (least, Some(least + more))),
    ];
    let end = || {
        let text = |literal| match literal {
            Literal::Text(text) => Some(text),
            _ => None,
        };
        prop_oneof![
            6 => Just(None),
            1 => context.day().prop_map(move |day| text(day_literal(day))),
            1 => context.instant().prop_map(move |at| text(instant_literal(at))),
        ]
    };
    (
        event,
        select(vec![None, Some(301), Some(302)]),
        prop::option::of(link),
        prop::option::of(select(vec![1, 2, 7, 30])),
        end(),
        end(),
        times,
    )
        .prop_map(
            |(event, campaign, link, within_days, since, until, (at_least, at_most))| Behavior {
                event,
                campaign,
                link: link.filter(|_| event == EventKind::Clicked),
                within_days,
                since,
                until,
                at_least,
                at_most,
            },
        )
}

fn booked() -> impl Strategy<Value = Booked> {
    (
        select(BookingState::ALL.to_vec()),
        select(vec![None, None, Some(601), Some(602)]),
        prop::option::of(select(vec![1, 2, 7, 30])),
        prop_oneof![3 => Just(1), 1 => 2..4_u32],
    )
        .prop_map(|(state, event_type, within_days, at_least)| Booked {
            state,
            event_type,
            within_days,
            at_least,
        })
}

fn membership(ids: &BTreeSet<i64>) -> impl Strategy<Value = Membership> + use<> {
    let all: Vec<i64> = ids.iter().copied().collect();
    let count = all.len();
    (
        select(Quantifier::ALL.to_vec()),
        subsequence(all, 1..=count),
    )
        .prop_map(|(quantifier, ids)| Membership { quantifier, ids })
}

fn field_test(
    context: &Arc<Context>,
    field: String,
    kind: Kind,
    options: Vec<String>,
) -> BoxedStrategy<Rule> {
    let context = Arc::clone(context);
    select(kind.operators().to_vec())
        .prop_flat_map(move |op| {
            let choice = kind == Kind::Choice
                || matches!(op, Op::Equals | Op::NotEquals | Op::In | Op::NotIn);
            if op == Op::DayOfWeek {
                let field = field.clone();
                let days = subsequence(WEEKDAYS.to_vec(), 1..7);
                return days
                    .prop_map(move |days| {
                        let days = days.into_iter().map(|day| Literal::Text(day.to_owned()));
                        Rule::Field(FieldTest {
                            field: field.clone(),
                            op,
                            operand: Operand::List(days.collect()),
                        })
                    })
                    .boxed();
            }
            let literal = literal(&context, kind, if choice { &options } else { &[] }, op);
            let operand = match op.arity() {
                Arity::None => Just(Operand::None).boxed(),
                Arity::One => literal.prop_map(Operand::One).boxed(),
                Arity::List => prop::collection::vec(literal, 1..4)
                    .prop_map(Operand::List)
                    .boxed(),
                Arity::Days => select(vec![1, 2, 7, 30, 364, 365, 366])
                    .prop_map(Operand::Days)
                    .boxed(),
                Arity::Pair => pair(&context, kind),
            };
            let field = field.clone();
            operand
                .prop_map(move |operand| {
                    Rule::Field(FieldTest {
                        field: field.clone(),
                        op,
                        operand,
                    })
                })
                .boxed()
        })
        .boxed()
}

fn literal(context: &Context, kind: Kind, options: &[String], op: Op) -> BoxedStrategy<Literal> {
    let owned = |from: &[&str]| select(from.iter().map(ToString::to_string).collect::<Vec<_>>());
    match kind {
        Kind::Text if !options.is_empty() => {
            select(options.to_vec()).prop_map(Literal::Text).boxed()
        }
        Kind::Text => text().prop_map(Literal::Text).boxed(),
        Kind::Code => {
            let known = [&PHONES[..], &LANGUAGES[..], &ZONES[..]].concat();
            prop_oneof![owned(&known), owned(&["e", "+4", "7", "Berlin"])]
                .prop_map(Literal::Text)
                .boxed()
        }
        Kind::Choice => select(options.to_vec()).prop_map(Literal::Text).boxed(),
        Kind::Integer => whole().prop_map(whole_literal).boxed(),
        Kind::Number => number().prop_map(number_literal).boxed(),
        Kind::Id => {
            let mut ids = context.options.owners.clone();
            ids.push(i64::MAX);
            select(ids)
                .prop_map(|id| Literal::Text(id.to_string()))
                .boxed()
        }
        Kind::Boolean => any::<bool>().prop_map(Literal::Boolean).boxed(),
        Kind::Date => context.day().prop_map(day_literal).boxed(),
        Kind::Instant if matches!(op, Op::On | Op::NotOn) => {
            context.day().prop_map(day_literal).boxed()
        }
        Kind::Instant => prop_oneof![
            context.day().prop_map(day_literal),
            context.instant().prop_map(instant_literal),
        ]
        .boxed(),
    }
}

/// From and to, in their order.
fn pair(context: &Context, kind: Kind) -> BoxedStrategy<Operand> {
    let ordered = |a: Literal, b: Literal| Operand::Pair(a, b);
    match kind {
        Kind::Integer => (whole(), whole())
            .prop_map(move |(a, b)| ordered(whole_literal(a.min(b)), whole_literal(a.max(b))))
            .boxed(),
        Kind::Number => (number(), number())
            .prop_map(move |(a, b)| ordered(number_literal(a.min(b)), number_literal(a.max(b))))
            .boxed(),
        Kind::Instant => (context.instant(), context.instant())
            .prop_map(move |(a, b)| ordered(instant_literal(a.min(b)), instant_literal(a.max(b))))
            .boxed(),
        _ => (context.day(), context.day())
            .prop_map(move |(a, b)| ordered(day_literal(a.min(b)), day_literal(a.max(b))))
            .boxed(),
    }
}

fn day_literal(day: i64) -> Literal {
    let date = date_from_days(day).expect("within the calendar");
    Literal::Text(date.to_string())
}

fn instant_literal(at: Timestamp) -> Literal {
    Literal::Text(at.to_string())
}

/// As a JSON number where that loses nothing.
fn number_literal(number: Decimal) -> Literal {
    match number.to_json() {
        serde_json::Value::String(text) => Literal::Text(text),
        _ => Literal::Number(number),
    }
}

/// Within the numbers that a rule can write, whose order it keeps.
fn whole_literal(whole: i64) -> Literal {
    let most = i64::MAX / Decimal::SCALE;
    Literal::Number(Decimal::from_micros(
        whole.clamp(-most, most) * Decimal::SCALE,
    ))
}
