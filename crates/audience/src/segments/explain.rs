//! Why a person is in a segment, or not: every condition of the rule, asked one by one, with what is the case.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kernel::{Result, Timestamp};
use rules::{Attribute, Kind, Membership, Quantifier, Rule, View};

use super::compile::Surroundings;
use super::model::{Condition, Explanation};
use super::store::Raw;

/// Reasons that a summary names.
const SHOWN: usize = 3;

/// Everything there is to say about one person and one rule.
pub(super) struct Tracer<'a> {
    pub(super) surroundings: &'a Surroundings,
    pub(super) view: &'a View,
    /// What the person's values are, by the names that rules use.
    pub(super) raw: &'a BTreeMap<String, Raw>,
}

impl Tracer<'_> {
    pub(super) fn explain(&self, rule: &Rule) -> Result<Explanation> {
        let condition = self.trace(rule)?;
        let who = match self.raw.get(Attribute::Email.name()) {
            Some(Raw::Text(email)) => email.as_str(),
            _ => "The person",
        };
        let is = if condition.holds { "is" } else { "is not" };
        let mut reasons = Vec::new();
        responsible(rule, &condition, &mut reasons);
        reasons.dedup();
        let more = reasons.len().saturating_sub(SHOWN);
        reasons.truncate(SHOWN);
        let mut because = reasons.join("; ");
        if more > 0 {
            let _ = write!(because, "; and {more} more");
        }
        let summary = if because.is_empty() {
            format!("{who} {is} in it.")
        } else {
            format!("{who} {is} in it: {because}.")
        };
        Ok(Explanation {
            matches: condition.holds,
            summary,
            condition,
        })
    }

    /// The rule as a tree of phrases that hold or do not.
    fn trace(&self, rule: &Rule) -> Result<Condition> {
        let compiled = self.surroundings.compile(rule, "segment")?;
        let holds = compiled.matches(self.view);
        let mut conditions = Vec::new();
        match rule {
            Rule::All(children) | Rule::Any(children) => {
                for child in children {
                    conditions.push(self.trace(child)?);
                }
            }
            Rule::Not(child) => conditions.push(self.trace(child)?),
            Rule::Segment(membership) => {
                for id in &membership.ids {
                    conditions.extend(self.trace_segment(*id)?);
                }
            }
            _ => {}
        }
        let text = match rule {
            // The parts follow, so they are not repeated.
            Rule::All(children) if children.len() > 1 => "all of these".to_owned(),
            Rule::Any(children) if children.len() > 1 => "at least one of these".to_owned(),
            Rule::Not(_) => "not this".to_owned(),
            _ => rule.describe(&self.surroundings.names),
        };
        let actual = match rule {
            Rule::Field(test) => Some(self.value(&test.field)),
            Rule::Group(membership) => Some(listed(
                membership,
                &self.view.groups,
                &self.surroundings.names.groups,
                ["in", "the group", "the groups", "in none of these groups"],
            )),
            Rule::Tag(membership) => Some(listed(
                membership,
                &self.view.tags,
                &self.surroundings.names.tags,
                ["has", "the tag", "the tags", "has none of these tags"],
            )),
            Rule::Behavior(behavior) => compiled
                .occurrences(self.view)
                .map(|(times, last)| self.times(behavior.event.name(), times, last)),
            Rule::Booked(_) => compiled
                .bookings(self.view)
                .map(|(count, last)| self.bookings(count, last)),
            _ => None,
        };
        Ok(Condition {
            text,
            holds,
            actual,
            conditions,
        })
    }

    /// Another segment, with its own conditions.
    fn trace_segment(&self, id: i64) -> Result<Option<Condition>> {
        let Some(rule) = self.surroundings.segments.rules.get(&id) else {
            return Ok(None);
        };
        let inner = self.trace(rule)?;
        let is_in = Rule::Segment(Membership {
            quantifier: Quantifier::Any,
            ids: vec![id],
        });
        Ok(Some(Condition {
            text: is_in.describe(&self.surroundings.names),
            holds: inner.holds,
            actual: None,
            conditions: vec![inner],
        }))
    }

    fn value(&self, field: &str) -> String {
        let name = self.surroundings.names.field(field);
        let custom = self.surroundings.schema.fields.get(field);
        let kind = Attribute::from_name(field)
            .map(Attribute::kind)
            .or_else(|| custom.map(|field| field.kind.kind()));
        match self.raw.get(field) {
            None => format!("{name} is not set"),
            Some(Raw::Time(at)) => format!("{name} is {}", self.time(*at)),
            Some(Raw::Text(text)) => match kind {
                Some(Kind::Text | Kind::Code | Kind::Choice) => format!("{name} is \"{text}\""),
                _ => format!("{name} is {text}"),
            },
        }
    }

    fn times(&self, event: &str, times: usize, last: Option<Timestamp>) -> String {
        let last = last.map_or_else(String::new, |at| format!(", last on {}", self.time(at)));
        match times {
            0 => format!("never {event}, as far as this asks"),
            1 => format!("{event} once{last}"),
            times => format!("{event} {times} times{last}"),
        }
    }

    fn bookings(&self, count: usize, last: Option<Timestamp>) -> String {
        let last = last.map_or_else(String::new, |at| format!(", the last on {}", self.time(at)));
        match count {
            0 => "has no such booking".to_owned(),
            1 => format!("has one such booking{last}"),
            count => format!("has {count} such bookings{last}"),
        }
    }

    /// In the account's zone, without the zone's name: everything else in a rule is in it too.
    fn time(&self, at: Timestamp) -> String {
        let zone = self.surroundings.moment.zone.to_jiff();
        let local = at.to_jiff().to_zoned(zone);
        local.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

fn listed(
    membership: &Membership,
    member: &std::collections::BTreeSet<i64>,
    names: &BTreeMap<i64, String>,
    [verb, one, several, none]: [&str; 4],
) -> String {
    let of: Vec<String> = membership
        .ids
        .iter()
        .filter(|id| member.contains(id))
        .map(|id| match names.get(id) {
            Some(name) => format!("\"{name}\""),
            None => format!("#{id}"),
        })
        .collect();
    match of.as_slice() {
        [] => none.to_owned(),
        [name] => format!("{verb} {one} {name}"),
        names => format!("{verb} {several} {}", names.join(", ")),
    }
}

/// What is the case where it decided that the condition holds, or does not.
fn responsible(rule: &Rule, condition: &Condition, reasons: &mut Vec<String>) {
    let parts = || condition.conditions.iter();
    match rule {
        Rule::All(children) | Rule::Any(children) => {
            // Of "all", those that fail decide that it fails, and everything that it holds; of "any", the other way.
            let decisive = children
                .iter()
                .zip(parts())
                .filter(|(_, part)| part.holds == condition.holds);
            for (child, part) in decisive {
                responsible(child, part, reasons);
            }
        }
        Rule::Not(child) => {
            for part in parts() {
                responsible(child, part, reasons);
            }
        }
        Rule::Segment(_) => {
            reasons.extend(parts().map(|part| {
                let not = if part.holds { "" } else { "not " };
                format!("{not}{}", part.text)
            }));
        }
        _ => {
            let otherwise = || {
                let not = if condition.holds { "" } else { "not " };
                format!("{not}{}", condition.text)
            };
            reasons.push(condition.actual.clone().unwrap_or_else(otherwise));
        }
    }
}
