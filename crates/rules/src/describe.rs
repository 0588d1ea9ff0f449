//! A rule in plain English, for lists of segments, confirmations and the audit log.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::rule::{
    Behavior, Booked, BookingState, EventKind, FieldTest, LinkTest, Literal, Membership, Op,
    Operand, Quantifier, Rule,
};
use crate::schema::Attribute;

/// What things are called. What is not here is called by its key or id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// By key.
    pub fields: BTreeMap<String, String>,
    pub groups: BTreeMap<i64, String>,
    pub tags: BTreeMap<i64, String>,
    pub segments: BTreeMap<i64, String>,
    pub campaigns: BTreeMap<i64, String>,
    pub event_types: BTreeMap<i64, String>,
}

impl Names {
    /// What a custom field or standard attribute is called.
    pub fn field(&self, field: &str) -> String {
        match self.fields.get(field) {
            Some(name) => name.clone(),
            None => match Attribute::from_name(field) {
                Some(attribute) => attribute.name().replace('_', " "),
                None => field.to_owned(),
            },
        }
    }
}

impl Rule {
    /// A phrase that completes "contacts where ...". It is text, not HTML: names in it are as people wrote them.
    pub fn describe(&self, names: &Names) -> String {
        Describer { names }.node(self, false, true)
    }
}

struct Describer<'a> {
    names: &'a Names,
}

impl Describer<'_> {
    fn node(&self, rule: &Rule, negated: bool, outermost: bool) -> String {
        match rule {
            Rule::All(children) => self.joined(children, negated, outermost, true),
            Rule::Any(children) => self.joined(children, negated, outermost, false),
            Rule::Not(child) => self.node(child, !negated, outermost),
            Rule::Field(test) => self.field(test, negated),
            Rule::Group(membership) => membership_phrase(
                membership,
                negated,
                ["in", "not in"],
                "group",
                &self.names.groups,
            ),
            Rule::Tag(membership) => membership_phrase(
                membership,
                negated,
                ["tagged", "not tagged"],
                "",
                &self.names.tags,
            ),
            Rule::Segment(membership) => membership_phrase(
                membership,
                negated,
                ["in", "not in"],
                "segment",
                &self.names.segments,
            ),
            Rule::Behavior(behavior) => self.behavior(behavior, negated),
            Rule::Booked(booked) => self.booked(booked, negated),
            Rule::Sample(sample) => {
                let outside = if negated { "outside of " } else { "in " };
                let salt = match sample.salt.as_str() {
                    "" => String::new(),
                    salt => format!(" \"{salt}\""),
                };
                format!("{outside}the {} % sample{salt}", sample.percent)
            }
        }
    }

    fn joined(&self, children: &[Rule], negated: bool, outermost: bool, all: bool) -> String {
        match (children, all != negated) {
            ([], true) => return "anybody".to_owned(),
            ([], false) => return "nobody".to_owned(),
            ([one], _) => return self.node(one, negated, outermost),
            _ => {}
        }
        let parts: Vec<String> = children
            .iter()
            .map(|child| self.node(child, false, false))
            .collect();
        let text = parts.join(if all { " and " } else { " or " });
        match (negated, outermost) {
            (true, _) => format!("not ({text})"),
            (false, true) => text,
            (false, false) => format!("({text})"),
        }
    }

    fn field(&self, test: &FieldTest, negated: bool) -> String {
        let name = self.names.field(&test.field);
        // The not_ operators and a `not` around an operator are the same thing; say it once.
        let (op, negated) = match test.op.positive() {
            Some(positive) => (positive, !negated),
            None => (test.op, negated),
        };
        let [is, has] = if negated {
            ["is not", "does not have"]
        } else {
            ["is", "has"]
        };
        let verb = |positive: &str, negative: &str| -> String {
            if negated { negative } else { positive }.to_owned()
        };
        let phrase = match op {
            Op::IsSet | Op::IsNotSet => return format!("{name} {is} set"),
            Op::AnniversaryToday => return format!("{name} {has} its anniversary today"),
            Op::Equals | Op::NotEquals => is.to_owned(),
            Op::In | Op::NotIn => format!("{is} one of"),
            Op::Contains | Op::NotContains => verb("contains", "does not contain"),
            Op::StartsWith => verb("starts with", "does not start with"),
            Op::EndsWith => verb("ends with", "does not end with"),
            Op::Less => format!("{is} less than"),
            Op::LessOrEqual => format!("{is} at most"),
            Op::Greater | Op::MoreThanDaysAgo => format!("{is} more than"),
            Op::GreaterOrEqual => format!("{is} at least"),
            Op::Between => format!("{is} between"),
            Op::On | Op::NotOn | Op::DayOfWeek => format!("{is} on"),
            Op::Before => format!("{is} before"),
            Op::After => format!("{is} after"),
            Op::WithinLastDays => format!("{is} within the last"),
            Op::WithinNextDays => format!("{is} within the next"),
            Op::AnniversaryWithinNextDays => format!("{has} its anniversary within the next"),
        };
        let value = match &test.operand {
            Operand::None => return format!("{name} {phrase}"),
            Operand::One(value) => literal(value),
            Operand::List(values) if op == Op::DayOfWeek => {
                listed(values.iter().map(weekday).collect(), "or")
            }
            Operand::List(values) => listed(values.iter().map(literal).collect(), "or"),
            Operand::Pair(from, to) => format!("{} and {}", literal(from), literal(to)),
            Operand::Days(days) if op == Op::MoreThanDaysAgo => {
                format!("{} ago", plural(*days, "day"))
            }
            Operand::Days(days) => plural(*days, "day"),
        };
        format!("{name} {phrase} {value}")
    }

    fn behavior(&self, behavior: &Behavior, negated: bool) -> String {
        let link = behavior.link.as_ref().map(|link| match link.test {
            LinkTest::Equals => format!("the link \"{}\"", link.url),
            LinkTest::StartsWith => format!("a link that starts with \"{}\"", link.url),
            LinkTest::Contains => format!("a link that contains \"{}\"", link.url),
        });
        let verb = match (behavior.event, negated) {
            (EventKind::Received, false) => "received",
            (EventKind::Received, true) => "did not receive",
            (EventKind::Opened, false) => "opened",
            (EventKind::Opened, true) => "did not open",
            (EventKind::Clicked, false) => "clicked in",
            (EventKind::Clicked, true) => "did not click in",
            (EventKind::Unsubscribed, false) => "unsubscribed from",
            (EventKind::Unsubscribed, true) => "did not unsubscribe from",
            (EventKind::Bounced, false) => "bounced on",
            (EventKind::Bounced, true) => "did not bounce on",
        };
        let campaign = match behavior.campaign {
            None => "any campaign".to_owned(),
            Some(id) => match self.names.campaigns.get(&id) {
                Some(name) => format!("\"{name}\""),
                None => format!("campaign #{id}"),
            },
        };
        let mut text = match link {
            None => format!("{verb} {campaign}"),
            Some(link) => {
                let clicked = if negated { "did not click" } else { "clicked" };
                format!("{clicked} {link} in {campaign}")
            }
        };
        let _ = match (behavior.at_least, behavior.at_most) {
            (0 | 1, None) => Ok(()),
            (least, None) => write!(text, " at least {least} times"),
            (least, Some(most)) if least == most => {
                write!(text, " exactly {}", plural(most, "time"))
            }
            (0, Some(most)) => write!(text, " at most {}", plural(most, "time")),
            (least, Some(most)) => write!(text, " {least} to {most} times"),
        };
        if let Some(days) = behavior.within_days {
            let _ = write!(text, " in the last {}", plural(days, "day"));
        }
        if let Some(since) = &behavior.since {
            let _ = write!(text, " since {since}");
        }
        if let Some(until) = &behavior.until {
            let _ = write!(text, " until {until}");
        }
        text
    }
}

impl Describer<'_> {
    fn booked(&self, booked: &Booked, negated: bool) -> String {
        let what = match booked.event_type {
            None => String::new(),
            Some(id) => match self.names.event_types.get(&id) {
                Some(name) => format!(" of \"{name}\""),
                None => format!(" of event type #{id}"),
            },
        };
        let kind = match booked.state {
            BookingState::Booked => "",
            BookingState::Upcoming => "upcoming ",
            BookingState::Pending => "pending ",
            BookingState::Confirmed => "confirmed ",
            BookingState::Completed => "completed ",
            BookingState::NoShow => "missed ",
            BookingState::HostNoShow => "booking missed by the host",
            BookingState::Declined => "declined ",
            BookingState::Cancelled => "cancelled ",
            BookingState::Expired => "expired ",
        };
        let one = booked.at_least <= 1;
        let noun = match (booked.state, one) {
            (BookingState::HostNoShow, true) => kind.to_owned(),
            (BookingState::HostNoShow, false) => "bookings missed by the host".to_owned(),
            (_, true) => format!("{kind}booking"),
            (_, false) => format!("{kind}bookings"),
        };
        let count = match (one, kind.starts_with(['u', 'e'])) {
            (true, true) => "an".to_owned(),
            (true, false) => "a".to_owned(),
            (false, _) => format!("at least {}", booked.at_least),
        };
        let has = if negated { "does not have" } else { "has" };
        let mut text = format!("{has} {count} {noun}{what}");
        if let Some(days) = booked.within_days {
            let which = match booked.state {
                BookingState::Upcoming => "next",
                _ => "last",
            };
            let _ = write!(text, " in the {which} {}", plural(days, "day"));
        }
        text
    }
}

fn membership_phrase(
    membership: &Membership,
    negated: bool,
    [inside, outside]: [&str; 2],
    what: &str,
    names: &BTreeMap<i64, String>,
) -> String {
    let listing = |word: &str| {
        let things = membership
            .ids
            .iter()
            .map(|id| match names.get(id) {
                Some(name) => format!("\"{name}\""),
                None => format!("#{id}"),
            })
            .collect();
        match (what, membership.ids.len()) {
            ("", _) => listed(things, word),
            (what, 1) => format!("the {what} {}", listed(things, word)),
            (what, _) => format!("the {what}s {}", listed(things, word)),
        }
    };
    match (membership.quantifier, negated) {
        (Quantifier::Any, false) | (Quantifier::None, true) => {
            format!("{inside} {}", listing("or"))
        }
        (Quantifier::Any, true) | (Quantifier::None, false) => {
            format!("{outside} {}", listing("or"))
        }
        (Quantifier::All, false) => format!("{inside} {}", listing("and")),
        (Quantifier::All, true) if membership.ids.len() == 1 => {
            format!("{outside} {}", listing("and"))
        }
        (Quantifier::All, true) => format!("{outside} all of {}", listing("and")),
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Text(text) => format!("\"{text}\""),
        Literal::Number(number) => number.to_string(),
        Literal::Boolean(value) => value.to_string(),
    }
}

fn weekday(value: &Literal) -> String {
    let Literal::Text(day) = value else {
        return literal(value);
    };
    let mut letters = day.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("a {}", first.into_iter().chain(letters).collect::<String>())
}

/// `a, b or c`; of many only the first few.
fn listed(mut things: Vec<String>, word: &str) -> String {
    const SHOWN: usize = 5;
    if things.len() > SHOWN + 1 {
        let more = things.len() - SHOWN;
        things.truncate(SHOWN);
        things.push(format!("{more} more"));
    }
    match things.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
    }
}

fn plural(count: u32, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
