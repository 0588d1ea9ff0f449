//! From the tree to the checked form: looks names up, checks types, folds texts, makes times absolute, inlines segments.

use std::collections::BTreeMap;

use crate::error::{RuleError, join};
use crate::moment::Moment;
use crate::program::{Check, Compiled, Node, SAMPLE_PARTS, Tempo, sample_line};
use crate::rule::{
    Behavior, Booked, BookingState, FieldTest, LinkTest, MAX_DEPTH, MAX_EXPANDED_LEAVES,
    MAX_EXPANDED_VALUES, Membership, Operand, Quantifier, Rule, Sample,
};
use crate::schema::{Attribute, Schema};

use self::value::ValueChecker;

mod value;

/// The segments a rule may refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments {
    /// The rules of those it names and of those that they name in turn.
    pub rules: BTreeMap<i64, Rule>,
    /// The segment whose rule is being checked, so that a way back to it is found to be a circle.
    pub current: Option<i64>,
    /// What they are called, for errors. Who is not here is called by the id.
    pub names: BTreeMap<i64, String>,
}

impl Segments {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    fn name(&self, id: i64) -> String {
        match self.names.get(&id) {
            Some(name) => format!("\"{name}\""),
            None => id.to_string(),
        }
    }
}

/// Checks a rule against what exists, and makes it executable at one moment. All faults are told at once.
pub fn check(
    rule: &Rule,
    schema: &Schema,
    moment: &Moment,
    segments: &Segments,
) -> Result<Compiled, Vec<RuleError>> {
    let mut checker = Checker {
        schema,
        moment,
        today: moment.today(),
        segments,
        within: segments.current.into_iter().collect(),
        errors: Vec::new(),
        leaves: 0,
        values: 0,
        too_large: false,
        tempo: Tempo::Still,
    };
    match checker.node(rule, "", 1) {
        Some(root) if checker.errors.is_empty() => Ok(Compiled {
            root,
            tempo: checker.tempo,
            now: moment.now.as_micros(),
            offset: moment.offset(),
        }),
        _ => Err(checker.errors),
    }
}

struct Checker<'a> {
    schema: &'a Schema,
    moment: &'a Moment,
    today: i64,
    segments: &'a Segments,
    /// The segments being expanded, outermost first.
    within: Vec<i64>,
    errors: Vec<RuleError>,
    leaves: usize,
    values: usize,
    too_large: bool,
    tempo: Tempo,
}

impl Checker<'_> {
    fn fail<T>(
        &mut self,
        path: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Option<T> {
        self.errors.push(RuleError::new(path, code, message));
        None
    }

    fn node(&mut self, rule: &Rule, path: &str, depth: usize) -> Option<Node> {
        // A parsed rule is within the limits by itself; one built by a program or grown by its segments may not be.
        if depth > MAX_DEPTH {
            return self.fail(
                path,
                "too_deep",
                format!("nests more than {MAX_DEPTH} levels: move a part into its own segment"),
            );
        }
        match rule {
            Rule::All(children) => self
                .children(children, &join(path, "all"), depth)
                .map(Node::All),
            Rule::Any(children) => self
                .children(children, &join(path, "any"), depth)
                .map(Node::Any),
            Rule::Not(child) => self
                .node(child, &join(path, "not"), depth + 1)
                .map(Node::negated),
            Rule::Field(test) => {
                let values = match &test.operand {
                    Operand::List(list) => list.len(),
                    _ => 1,
                };
                self.count(path, values)?;
                self.field(test, path)
            }
            Rule::Group(membership) => {
                let known = &self.schema.groups;
                let missing = |id: &i64| !known.contains(id);
                self.membership(membership, path, "group", "unknown_group", missing)?;
                Some(quantified(membership, Node::Group))
            }
            Rule::Tag(membership) => {
                let known = &self.schema.tags;
                let missing = |id: &i64| !known.contains(id);
                self.membership(membership, path, "tag", "unknown_tag", missing)?;
                Some(quantified(membership, Node::Tag))
            }
            Rule::Segment(membership) => self.segment(membership, path),
            Rule::Behavior(behavior) => {
                self.count(path, 1)?;
                self.behavior(behavior, path)
            }
            Rule::Booked(booked) => {
                self.count(path, 1)?;
                self.booked(booked, path)
            }
            Rule::Sample(sample) => {
                self.count(path, 0)?;
                Some(compile_sample(sample))
            }
        }
    }

    fn children(&mut self, children: &[Rule], path: &str, depth: usize) -> Option<Vec<Node>> {
        if children.is_empty() {
            self.count(path, 0)?;
        }
        let mut nodes = Vec::with_capacity(children.len());
        for (index, child) in children.iter().enumerate() {
            if self.too_large {
                return None;
            }
            nodes.extend(self.node(child, &format!("{path}[{index}]"), depth + 1));
        }
        (nodes.len() == children.len()).then_some(nodes)
    }

    /// Counts one condition. `None` (with an error, once) if there are too many of them or of their values.
    fn count(&mut self, path: &str, values: usize) -> Option<()> {
        self.leaves += 1;
        self.values += values;
        if self.leaves <= MAX_EXPANDED_LEAVES && self.values <= MAX_EXPANDED_VALUES {
            return Some(());
        }
        if !std::mem::replace(&mut self.too_large, true) {
            self.errors.push(RuleError::new(
                path,
                "too_large",
                format!(
                    "makes the rule too large: with the segments it refers to it may have {MAX_EXPANDED_LEAVES} conditions and {MAX_EXPANDED_VALUES} values"
                ),
            ));
        }
        None
    }

    fn membership(
        &mut self,
        membership: &Membership,
        path: &str,
        what: &str,
        code: &'static str,
        missing: impl Fn(&i64) -> bool,
    ) -> Option<()> {
        self.count(path, membership.ids.len())?;
        let path = format!("{}.{}", join(path, what), membership.quantifier.name());
        if membership.ids.is_empty() {
            return self.fail(path, "empty", "must list at least one");
        }
        let before = self.errors.len();
        for (index, id) in membership.ids.iter().enumerate() {
            if missing(id) {
                self.errors.push(RuleError::new(
                    format!("{path}[{index}]"),
                    code,
                    format!("there is no {what} with the id {id}: choose another"),
                ));
            }
        }
        (self.errors.len() == before).then_some(())
    }

    fn segment(&mut self, membership: &Membership, path: &str) -> Option<Node> {
        let known = &self.segments.rules;
        let missing = |id: &i64| !known.contains_key(id);
        self.membership(membership, path, "segment", "unknown_segment", missing)?;
        let path = format!("{}.{}", join(path, "segment"), membership.quantifier.name());
        let mut nodes = Vec::with_capacity(membership.ids.len());
        for (index, id) in membership.ids.iter().enumerate() {
            if self.too_large {
                return None;
            }
            nodes.push(self.expand(*id, &format!("{path}[{index}]"))?);
        }
        Some(match membership.quantifier {
            Quantifier::Any => Node::Any(nodes),
            Quantifier::All => Node::All(nodes),
            Quantifier::None => Node::Any(nodes).negated(),
        })
    }

    /// The rule of another segment, inlined. Its faults are told as one, at the reference.
    fn expand(&mut self, id: i64, path: &str) -> Option<Node> {
        if self.within.contains(&id) {
            let circle: Vec<String> = self
                .within
                .iter()
                .skip_while(|outer| **outer != id)
                .chain([&id])
                .map(|id| self.segments.name(*id))
                .collect();
            return self.fail(
                path,
                "segment_cycle",
                format!(
                    "refers back to itself ({}): remove one of these references",
                    circle.join(" → ")
                ),
            );
        }
        if self.within.len() >= MAX_DEPTH {
            return self.fail(
                path,
                "too_deep",
                format!("follows more than {MAX_DEPTH} segments: refer to fewer in a row"),
            );
        }
        let rule = self.segments.rules.get(&id)?;
        let before = self.errors.len();
        self.within.push(id);
        let node = self.node(rule, "", 1);
        self.within.pop();
        let faults: Vec<RuleError> = self.errors.drain(before..).collect();
        match (faults.into_iter().next(), node) {
            (None, node) => node,
            (Some(fault), _) => {
                let code = match fault.code {
                    code @ ("segment_cycle" | "too_deep" | "too_large") => code,
                    _ => "segment_invalid",
                };
                self.fail(
                    path,
                    code,
                    format!(
                        "the segment {} has a fault, mend it first: {fault}",
                        self.segments.name(id)
                    ),
                )
            }
        }
    }

    fn behavior(&mut self, behavior: &Behavior, path: &str) -> Option<Node> {
        if let Some(campaign) = behavior.campaign
            && !self.schema.campaigns.contains(&campaign)
        {
            return self.fail(
                join(path, "campaign"),
                "unknown_campaign",
                format!("there is no campaign with the id {campaign}: choose another"),
            );
        }
        let window = self.window(behavior, path);
        let link = behavior.link.as_ref().map(|link| {
            let url = kernel::fold(&link.url);
            match link.test {
                LinkTest::Equals => Check::Texts(vec![url]),
                LinkTest::StartsWith => Check::StartsWith(url),
                LinkTest::Contains => Check::Contains(url),
            }
        });
        let (since, until) = window?;
        let happened = |at_least, at_most| Node::Event {
            kind: behavior.event,
            campaign: behavior.campaign,
            link,
            since,
            until,
            at_least,
            at_most,
        };
        Some(match (behavior.at_least, behavior.at_most) {
            // Never is what no row of an event says.
            (0, Some(most)) => happened(most.saturating_add(1), None).negated(),
            (least, most) => happened(least.max(1), most),
        })
    }

    fn booked(&mut self, booked: &Booked, path: &str) -> Option<Node> {
        if let Some(id) = booked.event_type
            && !self.schema.event_types.contains(&id)
        {
            return self.fail(
                join(path, "event_type"),
                "unknown_event_type",
                format!("there is no event type with the id {id}: choose another"),
            );
        }
        let now = self.moment.now.as_micros();
        let away = |sign: i64| {
            let days = booked.within_days.map(i64::from);
            days.map(|days| self.moment.days_away(sign * days))
        };
        let (since, until) = match booked.state {
            BookingState::Upcoming => (Some(now.saturating_add(1)), away(1)),
            _ => (away(-1), booked.within_days.map(|_| now)),
        };
        if since.is_some() {
            self.tempo = Tempo::Continuous;
        }
        Some(Node::Booking {
            state: booked.state,
            event_type: booked.event_type,
            since,
            until,
            at_least: booked.at_least.max(1),
        })
    }

    /// From when and until when.
    fn window(&mut self, behavior: &Behavior, path: &str) -> Option<(Option<i64>, Option<i64>)> {
        let mut end = |text: &Option<String>, key: &str| match text {
            None => Some(None),
            Some(text) => {
                let span = value::instant_span(self.moment, text);
                if span.is_none() {
                    self.errors.push(RuleError::new(
                        join(path, key),
                        "invalid",
                        format!("must be {}", value::INSTANT_FORMS),
                    ));
                }
                span.map(Some)
            }
        };
        let since = end(&behavior.since, "since");
        let until = end(&behavior.until, "until");
        let since = since?.map(|(first, _)| first);
        let until = until?.map(|(_, last)| last);
        let lately = behavior
            .within_days
            .map(|days| self.moment.days_away(-i64::from(days)));
        if lately.is_some() {
            self.tempo = Tempo::Continuous;
        }
        Some((since.max(lately), until))
    }

    fn field(&mut self, test: &FieldTest, path: &str) -> Option<Node> {
        let schema = self.schema;
        let attribute = Attribute::from_name(&test.field);
        let (kind, options, field) = match (attribute, schema.fields.get(&test.field)) {
            (Some(attribute), _) => (attribute.kind(), schema.choices(attribute), None),
            (None, Some(field)) => (field.kind.kind(), field.options.as_slice(), Some(field)),
            (None, None) => {
                return self.fail(
                    join(path, "field"),
                    "unknown_field",
                    format!(
                        "there is no field \"{}\": use a standard attribute, such as email, or the key of a custom field",
                        test.field
                    ),
                );
            }
        };
        let name = &test.field;
        if !kind.operators().contains(&test.op) {
            let names: Vec<&str> = kind.operators().iter().map(|op| op.name()).collect();
            return self.fail(
                join(path, "op"),
                "operator_not_allowed",
                format!(
                    "does not fit \"{name}\", which is {}: use one of {}",
                    kind.describe(),
                    names.join(", ")
                ),
            );
        }
        let op = test.op.positive().unwrap_or(test.op);
        let mut value = ValueChecker {
            moment: self.moment,
            today: self.today,
            name,
            kind,
            options,
            errors: &mut self.errors,
            tempo: &mut self.tempo,
        };
        let check = value.check(op, &test.operand, &join(path, "value"))?;
        let node = match (check, attribute, field) {
            (check, Some(attribute), _) => Node::Attribute(attribute, check),
            (check, None, Some(field)) => Node::Field {
                id: field.id,
                slot: field.slot,
                kind: field.kind,
                check,
            },
            (_, None, None) => return None,
        };
        Some(if op == test.op { node } else { node.negated() })
    }
}

/// `any`, `all` or `none` of the things that `any_of` tests for a list of ids.
fn quantified(membership: &Membership, any_of: fn(Vec<i64>) -> Node) -> Node {
    let mut ids = membership.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    match membership.quantifier {
        Quantifier::Any => any_of(ids),
        Quantifier::None => any_of(ids).negated(),
        Quantifier::All => Node::All(ids.into_iter().map(|id| any_of(vec![id])).collect()),
    }
}

fn compile_sample(sample: &Sample) -> Node {
    let (factor, offset) = sample_line(&sample.salt);
    Node::Sample {
        below: i64::from(sample.percent) * SAMPLE_PARTS / 100,
        factor,
        offset,
    }
}
