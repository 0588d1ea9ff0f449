//! From JSON. Every fault is found in one pass, with its place and what to do about it.

use serde_json::{Map, Value};

use crate::decimal::Decimal;
use crate::error::{RuleError, join};
use crate::rule::{
    Arity, Behavior, Booked, BookingState, EventKind, FieldTest, Link, LinkTest, Literal, MAX_DAYS,
    MAX_DEPTH, MAX_LEAVES, MAX_LIST, MAX_TEXT, MAX_TIMES, MAX_VALUES, Membership, Op, Operand,
    Quantifier, Rule, Sample,
};

/// The version of the language that this crate reads and writes.
pub const VERSION: u64 = 1;

/// After so many errors the rest is not worth reading.
const MAX_ERRORS: usize = 50;

/// The keys that say which kind of condition an object is.
const KINDS: [&str; 10] = [
    "all", "any", "not", "field", "group", "tag", "segment", "event", "booking", "sample",
];

impl Rule {
    /// Reads the JSON form. What fields and groups exist is looked at later, by [`crate::check`].
    pub fn parse(json: &Value) -> Result<Self, Vec<RuleError>> {
        let mut parser = Parser::default();
        let rule = parser.node(json, "", 1);
        match rule {
            Some(rule) if parser.errors.is_empty() => Ok(rule),
            _ => Err(parser.errors),
        }
    }

    /// Reads JSON text, as stored in the table `segment`.
    pub fn parse_text(json: &str) -> Result<Self, Vec<RuleError>> {
        let value = serde_json::from_str(json).map_err(|error| {
            vec![RuleError::new(
                "",
                "invalid_json",
                format!("is not JSON: {error}"),
            )]
        })?;
        Self::parse(&value)
    }
}

#[derive(Default)]
struct Parser {
    errors: Vec<RuleError>,
    leaves: usize,
    values: usize,
}

impl Parser {
    fn fail<T>(
        &mut self,
        path: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Option<T> {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(RuleError::new(path, code, message));
        }
        None
    }

    fn node(&mut self, json: &Value, path: &str, depth: usize) -> Option<Rule> {
        if self.errors.len() >= MAX_ERRORS {
            return None;
        }
        if depth > MAX_DEPTH {
            return self.fail(
                path,
                "too_deep",
                format!("nests more than {MAX_DEPTH} levels: move a part into its own segment"),
            );
        }
        let Some(object) = json.as_object() else {
            return self.fail(
                path,
                "wrong_type",
                "must be an object, such as {\"field\": \"city\", \"op\": \"equals\", \"value\": \"Berlin\"}",
            );
        };
        if depth == 1 {
            match object.get("version") {
                None => {}
                Some(version) if version.as_u64() == Some(VERSION) => {}
                Some(_) => {
                    return self.fail(
                        "version",
                        "unsupported_version",
                        format!("must be {VERSION}, the only version of the rule language"),
                    );
                }
            }
        }
        let mut kinds = KINDS.into_iter().filter(|kind| object.contains_key(*kind));
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return self.fail(
                path,
                "unknown_condition",
                format!("must have exactly one of the keys {}", KINDS.join(", ")),
            );
        };
        let value = &object[kind];
        let at = join(path, kind);
        if !matches!(kind, "all" | "any" | "not") {
            self.leaf(path)?;
        }
        match kind {
            "all" => {
                self.only(object, path, depth, &["all"]);
                self.children(value, &at, depth).map(Rule::All)
            }
            "any" => {
                self.only(object, path, depth, &["any"]);
                self.children(value, &at, depth).map(Rule::Any)
            }
            "not" => {
                self.only(object, path, depth, &["not"]);
                let child = self.node(value, &at, depth + 1)?;
                Some(Rule::Not(Box::new(child)))
            }
            "field" => {
                self.only(object, path, depth, &["field", "op", "value"]);
                self.field(object, path).map(Rule::Field)
            }
            "group" => {
                self.only(object, path, depth, &["group"]);
                self.membership(value, &at).map(Rule::Group)
            }
            "tag" => {
                self.only(object, path, depth, &["tag"]);
                self.membership(value, &at).map(Rule::Tag)
            }
            "segment" => {
                self.only(object, path, depth, &["segment"]);
                self.membership(value, &at).map(Rule::Segment)
            }
            "event" => {
                self.only(
                    object,
                    path,
                    depth,
                    &[
                        "event",
                        "campaign",
                        "link",
                        "within_days",
                        "since",
                        "until",
                        "at_least",
                        "at_most",
                        "exactly",
                    ],
                );
                self.behavior(object, path).map(Rule::Behavior)
            }
            "booking" => {
                let keys = ["booking", "event_type", "within_days", "at_least"];
                self.only(object, path, depth, &keys);
                self.booked(object, path).map(Rule::Booked)
            }
            _ => {
                self.only(object, path, depth, &["sample", "salt"]);
                self.sample(object, path).map(Rule::Sample)
            }
        }
    }

    /// Counts one condition. `None` (with an error, once) if there are too many.
    fn leaf(&mut self, path: &str) -> Option<()> {
        self.leaves += 1;
        match self.leaves {
            ..=MAX_LEAVES => Some(()),
            n if n == MAX_LEAVES + 1 => self.fail(
                path,
                "too_many_conditions",
                format!(
                    "is one condition too many: the limit is {MAX_LEAVES}; use \"in\" with a list, or move a part into its own segment"
                ),
            ),
            _ => None,
        }
    }

    fn only(&mut self, object: &Map<String, Value>, path: &str, depth: usize, known: &[&str]) {
        for key in object.keys() {
            let is_known = known.contains(&key.as_str()) || (depth == 1 && key == "version");
            if !is_known {
                self.fail::<()>(
                    join(path, &shorten(key)),
                    "unknown_key",
                    format!("is not known here: the keys are {}", known.join(", ")),
                );
            }
        }
    }

    fn children(&mut self, json: &Value, path: &str, depth: usize) -> Option<Vec<Rule>> {
        let Some(list) = json.as_array() else {
            return self.fail(path, "wrong_type", "must be a list of conditions");
        };
        if list.is_empty() {
            // It takes part in the count, so that a rule of empty lists is bounded too.
            self.leaf(path)?;
        }
        let mut children = Vec::with_capacity(list.len().min(MAX_LEAVES));
        for (index, child) in list.iter().enumerate() {
            if self.leaves > MAX_LEAVES {
                return None;
            }
            children.extend(self.node(child, &format!("{path}[{index}]"), depth + 1));
        }
        (children.len() == list.len()).then_some(children)
    }

    fn field(&mut self, object: &Map<String, Value>, path: &str) -> Option<FieldTest> {
        let field = self.text(&object["field"], &join(path, "field"), "the key of a field");
        let op_path = join(path, "op");
        let op = match object.get("op") {
            None => self.fail(
                op_path,
                "required",
                "is missing: say how to compare, such as \"equals\" or \"is_set\"",
            ),
            Some(Value::String(name)) => Op::from_name(name).or_else(|| {
                let names: Vec<&str> = Op::ALL.into_iter().map(Op::name).collect();
                self.fail(
                    op_path,
                    "unknown_operator",
                    format!("must be one of {}", names.join(", ")),
                )
            }),
            Some(_) => self.fail(op_path, "wrong_type", "must be a text such as \"equals\""),
        };
        let op = op?;
        let operand = self.operand(op, object.get("value"), &join(path, "value"));
        Some(FieldTest {
            field: field?,
            op,
            operand: operand?,
        })
    }

    fn operand(&mut self, op: Op, value: Option<&Value>, path: &str) -> Option<Operand> {
        let name = op.name();
        let Some(value) = value else {
            return match op.arity() {
                Arity::None => Some(Operand::None),
                _ => self.fail(path, "required", format!("is missing: \"{name}\" needs it")),
            };
        };
        match op.arity() {
            Arity::None => self.fail(
                path,
                "not_allowed",
                format!("must be left out: \"{name}\" has no value"),
            ),
            Arity::One => self.literal(value, path).map(Operand::One),
            Arity::List => self.literals(value, path).map(Operand::List),
            Arity::Pair => match value.as_array().map(Vec::as_slice) {
                Some([from, to]) => {
                    let from = self.literal(from, &format!("{path}[0]"));
                    let to = self.literal(to, &format!("{path}[1]"));
                    Some(Operand::Pair(from?, to?))
                }
                _ => self.fail(
                    path,
                    "wrong_type",
                    "must be a list of two values, from and to, both of which count as inside",
                ),
            },
            Arity::Days => self
                .count(value, path, 0, MAX_DAYS, "days")
                .map(Operand::Days),
        }
    }

    fn literals(&mut self, json: &Value, path: &str) -> Option<Vec<Literal>> {
        let list = self.list(json, path, "values")?;
        let parsed: Vec<Literal> = list
            .iter()
            .enumerate()
            .filter_map(|(index, value)| self.literal(value, &format!("{path}[{index}]")))
            .collect();
        (parsed.len() == list.len()).then_some(parsed)
    }

    fn literal(&mut self, json: &Value, path: &str) -> Option<Literal> {
        match json {
            Value::String(_) => self.text(json, path, "a text").map(Literal::Text),
            Value::Bool(value) => Some(Literal::Boolean(*value)),
            Value::Number(number) => match Decimal::from_json(number) {
                Ok(number) => Some(Literal::Number(number)),
                Err(why) => self.fail(path, "out_of_range", why),
            },
            _ => self.fail(
                path,
                "wrong_type",
                "must be a text, a number, true or false; to ask for a missing value use \"is_not_set\"",
            ),
        }
    }

    /// A non-empty list within the limits.
    fn list<'v>(&mut self, json: &'v Value, path: &str, what: &str) -> Option<&'v [Value]> {
        let Some(list) = json.as_array() else {
            return self.fail(path, "wrong_type", format!("must be a list of {what}"));
        };
        if list.is_empty() {
            return self.fail(path, "empty", "must list at least one");
        }
        if list.len() > MAX_LIST {
            return self.fail(path, "too_many", format!("must list at most {MAX_LIST}"));
        }
        self.values += list.len();
        if self.values > MAX_VALUES {
            return self.fail(
                path,
                "too_many",
                format!("is too much: the lists of a rule may hold {MAX_VALUES} in all"),
            );
        }
        Some(list)
    }

    fn text(&mut self, json: &Value, path: &str, what: &str) -> Option<String> {
        let Some(text) = json.as_str() else {
            return self.fail(path, "wrong_type", format!("must be {what}"));
        };
        if text.is_empty() {
            return self.fail(
                path,
                "empty",
                "must not be empty; to ask for a missing value use \"is_not_set\"",
            );
        }
        // The length in bytes bounds the one in characters without walking a huge text.
        if text.len() > MAX_TEXT * 4 || text.chars().count() > MAX_TEXT {
            return self.fail(
                path,
                "too_long",
                format!("must have at most {MAX_TEXT} characters"),
            );
        }
        if text.contains('\0') {
            return self.fail(path, "invalid", "must not contain a NUL character");
        }
        Some(text.to_owned())
    }

    fn count(&mut self, json: &Value, path: &str, min: u32, max: u32, what: &str) -> Option<u32> {
        json.as_u64()
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (min..=max).contains(count))
            .or_else(|| {
                self.fail(
                    path,
                    "out_of_range",
                    format!("must be a whole number of {what} from {min} to {max}"),
                )
            })
    }

    fn id(&mut self, json: &Value, path: &str) -> Option<i64> {
        let parsed = json
            .as_str()
            .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|id| *id > 0);
        parsed.or_else(|| {
            self.fail(
                path,
                "invalid_id",
                "must be an id: a text of digits, such as \"361240977588224000\"",
            )
        })
    }

    fn membership(&mut self, json: &Value, path: &str) -> Option<Membership> {
        let shape = "must be an object with one of the keys any, all, none and a list of ids";
        let Some(object) = json.as_object() else {
            return self.fail(path, "wrong_type", shape);
        };
        self.only(object, path, usize::MAX, &["any", "all", "none"]);
        let mut used = Quantifier::ALL
            .into_iter()
            .filter(|it| object.contains_key(it.name()));
        let (Some(quantifier), None) = (used.next(), used.next()) else {
            return self.fail(path, "wrong_type", shape);
        };
        let path = join(path, quantifier.name());
        let list = self.list(&object[quantifier.name()], &path, "ids")?;
        let ids: Vec<i64> = list
            .iter()
            .enumerate()
            .filter_map(|(index, id)| self.id(id, &format!("{path}[{index}]")))
            .collect();
        (ids.len() == list.len()).then_some(Membership { quantifier, ids })
    }

    fn behavior(&mut self, object: &Map<String, Value>, path: &str) -> Option<Behavior> {
        let event = object["event"]
            .as_str()
            .and_then(EventKind::from_name)
            .or_else(|| {
                let names: Vec<&str> = EventKind::ALL.into_iter().map(EventKind::name).collect();
                self.fail(
                    join(path, "event"),
                    "unknown_event",
                    format!("must be one of {}", names.join(", ")),
                )
            });
        let campaign = self.id_or_any(object, "campaign", path);
        let within_days = self.within_days(object, path);
        let link = match object.get("link") {
            None => Some(None),
            Some(link) => self.link(link, event, &join(path, "link")).map(Some),
        };
        let since = self.day_or_time(object, "since", path);
        let until = self.day_or_time(object, "until", path);
        let times = self.times(object, path);
        let (at_least, at_most) = times?;
        Some(Behavior {
            event: event?,
            campaign: campaign?,
            link: link?,
            within_days: within_days?,
            since: since?,
            until: until?,
            at_least,
            at_most,
        })
    }

    /// The id of something; left out or `any`, of any.
    fn id_or_any(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<Option<i64>> {
        match object.get(key) {
            None => Some(None),
            Some(Value::String(any)) if any == "any" => Some(None),
            Some(id) => self.id(id, &join(path, key)).map(Some),
        }
    }

    fn within_days(&mut self, object: &Map<String, Value>, path: &str) -> Option<Option<u32>> {
        match object.get("within_days") {
            None => Some(None),
            Some(days) => self
                .count(days, &join(path, "within_days"), 1, MAX_DAYS, "days")
                .map(Some),
        }
    }

    fn booked(&mut self, object: &Map<String, Value>, path: &str) -> Option<Booked> {
        let state = object["booking"]
            .as_str()
            .and_then(BookingState::from_name)
            .or_else(|| {
                let names = BookingState::ALL.map(BookingState::name);
                self.fail(
                    join(path, "booking"),
                    "unknown_state",
                    format!("must be one of {}", names.join(", ")),
                )
            });
        let event_type = self.id_or_any(object, "event_type", path);
        let within_days = self.within_days(object, path);
        let at_least = match object.get("at_least") {
            None => Some(1),
            Some(times) => self.count(times, &join(path, "at_least"), 1, MAX_TIMES, "times"),
        };
        Some(Booked {
            state: state?,
            event_type: event_type?,
            within_days: within_days?,
            at_least: at_least?,
        })
    }

    /// How often, at least and at most.
    fn times(&mut self, object: &Map<String, Value>, path: &str) -> Option<(u32, Option<u32>)> {
        let mut number = |key: &str, min: u32| match object.get(key) {
            None => Some(None),
            Some(times) => self
                .count(times, &join(path, key), min, MAX_TIMES, "times")
                .map(Some),
        };
        let at_least = number("at_least", 1);
        let at_most = number("at_most", 0);
        let exactly = number("exactly", 0);
        match (at_least?, at_most?, exactly?) {
            (None, None, Some(times)) => Some((times, Some(times))),
            (_, _, Some(_)) => self.fail(
                join(path, "exactly"),
                "not_allowed",
                "must be left out with \"at_least\" or \"at_most\"",
            ),
            (None, None, None) => Some((1, None)),
            (least, None, None) => Some((least.unwrap_or(1), None)),
            (least, Some(most), None) if least.unwrap_or(0) > most => self.fail(
                join(path, "at_most"),
                "invalid",
                "must not be less than \"at_least\": exchange the two",
            ),
            (least, most, None) => Some((least.unwrap_or(0), most)),
        }
    }

    fn link(&mut self, json: &Value, event: Option<EventKind>, path: &str) -> Option<Link> {
        if event.is_some_and(|event| event != EventKind::Clicked) {
            return self.fail(
                path,
                "not_allowed",
                "must be left out: only clicks have a link",
            );
        }
        let shape =
            "must be an object with one of the keys equals, starts_with, contains and an address";
        let Some(object) = json.as_object() else {
            return self.fail(path, "wrong_type", shape);
        };
        self.only(object, path, usize::MAX, &LinkTest::ALL.map(LinkTest::name));
        let mut used = LinkTest::ALL
            .into_iter()
            .filter(|it| object.contains_key(it.name()));
        let (Some(test), None) = (used.next(), used.next()) else {
            return self.fail(path, "wrong_type", shape);
        };
        let url = self.text(&object[test.name()], &join(path, test.name()), "an address")?;
        Some(Link { test, url })
    }

    fn day_or_time(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: &str,
    ) -> Option<Option<String>> {
        match object.get(key) {
            None => Some(None),
            Some(value) => self
                .text(value, &join(path, key), "a day such as \"2026-05-04\"")
                .map(Some),
        }
    }

    fn sample(&mut self, object: &Map<String, Value>, path: &str) -> Option<Sample> {
        let percent = self.count(
            &object["sample"],
            &join(path, "sample"),
            0,
            100,
            "percent of all contacts",
        );
        let salt = match object.get("salt") {
            None => Some(String::new()),
            Some(salt) => self.text(salt, &join(path, "salt"), "a text"),
        };
        Some(Sample {
            percent: percent? as u8,
            salt: salt?,
        })
    }
}

/// A key that somebody sent, short enough for an error.
fn shorten(key: &str) -> String {
    let mut short: String = key.chars().take(40).collect();
    if short.len() < key.len() {
        short.push('…');
    }
    short
}
