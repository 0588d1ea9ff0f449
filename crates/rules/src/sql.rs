//! To SQL. Every text and number from the rule is a parameter; what is written into the text is ours.
//!
//! Why this shape:
//! - **No NULL can escape**, so that `not` is the exact complement: a comparison of a column of the contact is guarded
//!   by `is not null and`, and sets of contacts contain no NULL.
//! - **Attributes and custom fields are columns of the contact's row**: however many a rule names, one pass over the
//!   contacts tests them all.
//! - **Everything in other tables is a set of contacts** made by one covering index range that begins with
//!   `account_id`; it never refers to the contact at hand. SQLite is asked `id in (set)`: it drives the query from a
//!   small set and probes a large one, computed once. PostgreSQL is asked `exists (select from (set) where id = ...)`:
//!   it hashes the set (semi- and anti-joins) and, where the set would not fit its memory, can still look one contact
//!   up by index, which it cannot do for `in` below an `or`.
//! - **Only what both engines define alike**: no `like`, no `lower`, no dates, no floats, no boolean columns.
//!   Substring search is `instr` or `strpos`; these, the two forms of membership and a plus that only steers a planner
//!   are the only differences.

use std::fmt::Write as _;

use kernel::AccountId;

use crate::program::{Check, Compiled, Node, SAMPLE_PARTS, SAMPLE_PRIME};
use crate::schema::Attribute;

/// Which engine the SQL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A value to bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Param {
    Int(i64),
    Text(String),
}

/// A boolean expression with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql {
    /// True or false, never NULL, for each row of `subscriber`; in parentheses.
    pub text: String,
    /// The values of `$first`, `$first + 1` and so on. A parameter may occur in the text more than once.
    pub params: Vec<Param>,
}

impl Compiled {
    /// The condition on the row `alias` of the table `subscriber`, numbering its parameters from `first_param`.
    ///
    /// The statement around it must itself ask for `alias.account_id`, and must not call a table `rule_set`.
    pub fn sql(
        &self,
        dialect: Dialect,
        account: AccountId,
        first_param: usize,
        alias: &str,
    ) -> Sql {
        debug_assert!(
            !alias.is_empty()
                && alias.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                && alias != "rule_set",
            "an alias is our own lower-case word"
        );
        let mut writer = Writer {
            dialect,
            account,
            account_param: None,
            first: first_param,
            alias,
            params: Vec::new(),
        };
        let text = writer.node(&self.root);
        Sql {
            text,
            params: writer.params,
        }
    }
}

struct Writer<'a> {
    dialect: Dialect,
    account: AccountId,
    /// The parameter that holds the account, once one was needed.
    account_param: Option<String>,
    first: usize,
    alias: &'a str,
    params: Vec<Param>,
}

impl Writer<'_> {
    fn bind(&mut self, param: Param) -> String {
        self.params.push(param);
        format!("${}", self.first + self.params.len() - 1)
    }

    fn int(&mut self, value: i64) -> String {
        self.bind(Param::Int(value))
    }

    fn text(&mut self, value: &str) -> String {
        self.bind(Param::Text(value.to_owned()))
    }

    fn account(&mut self) -> String {
        if let Some(param) = &self.account_param {
            return param.clone();
        }
        let param = self.int(self.account.get());
        self.account_param = Some(param.clone());
        param
    }

    fn node(&mut self, node: &Node) -> String {
        match node {
            Node::All(children) => self.joined(children, "and"),
            Node::Any(children) => self.joined(children, "or"),
            Node::Not(child) => format!("(not {})", self.node(child)),
            Node::Attribute(attribute, check) => {
                let column = format!("{}.{}", self.alias, attribute.column());
                // The plus keeps SQLite from the index of statuses: few rules ask for a rare one, and by that index the
                // rows of a million active people are fetched one by one. Counting still reads it from end to end.
                let plus = match (self.dialect, attribute) {
                    (Dialect::Sqlite, Attribute::Status) => "+",
                    _ => "",
                };
                present(&column, self.comparison(&format!("{plus}{column}"), check))
            }
            Node::Field {
                slot, kind, check, ..
            } => {
                let column = format!("{}.{}", self.alias, kind.column(*slot));
                present(&column, self.comparison(&column, check))
            }
            Node::Group(ids) => self.membership("group_member", "group_id", ids),
            Node::Tag(ids) => self.membership("tagging", "tag_id", ids),
            Node::Event {
                kind,
                campaign,
                link,
                since,
                until,
                at_least,
                at_most,
            } => {
                let account = self.account();
                let kind = self.text(kind.stored());
                let mut set = format!(
                    "select subscriber_id from event where account_id = {account} and kind = {kind}"
                );
                if let Some(since) = since {
                    let since = self.int(*since);
                    let _ = write!(set, " and at >= {since}");
                }
                if let Some(until) = until {
                    let until = self.int(*until);
                    let _ = write!(set, " and at <= {until}");
                }
                if let Some(campaign) = campaign {
                    let campaign = self.int(*campaign);
                    let _ = write!(set, " and subject_id = {campaign}");
                }
                if let Some(check) = link {
                    // There are few addresses, and few clicks of each: they come from an index of clicks by address.
                    let comparison = self.comparison("url_folded", check);
                    let comparison = comparison.as_deref().unwrap_or("1 = 1");
                    let _ = write!(
                        set,
                        " and target_id in (select id from link_target where account_id = {account} and {comparison})"
                    );
                }
                // A set must not contain NULL. The plus keeps this test, which nearly every event passes, from tempting
                // a planner to the index by contact, and so through every event of the account.
                set.push_str(" and +subscriber_id is not null");
                match at_most {
                    None if *at_least <= 1 => {}
                    None => {
                        let _ =
                            write!(set, " group by subscriber_id having count(*) >= {at_least}");
                    }
                    Some(at_most) => {
                        let _ = write!(
                            set,
                            " group by subscriber_id having count(*) between {at_least} and {at_most}"
                        );
                    }
                }
                self.member(&set)
            }
            Node::Booking {
                state,
                event_type,
                since,
                until,
                at_least,
            } => {
                let account = self.account();
                let statuses = state.statuses().iter();
                let statuses: Vec<String> = statuses.map(|status| self.text(status)).collect();
                let mut set = format!(
                    "select subscriber_id from booking where account_id = {account} and {}",
                    one_of("status", &statuses)
                );
                if let Some(by) = state.no_show_by() {
                    let by = self.text(by);
                    let _ = write!(set, " and no_show_by = {by}");
                }
                for (value, test) in [
                    (event_type, "event_type_id ="),
                    (since, "start_at >="),
                    (until, "start_at <="),
                ] {
                    if let Some(value) = value {
                        let value = self.int(*value);
                        let _ = write!(set, " and {test} {value}");
                    }
                }
                // As with events.
                set.push_str(" and +subscriber_id is not null");
                if *at_least > 1 {
                    let _ = write!(set, " group by subscriber_id having count(*) >= {at_least}");
                }
                self.member(&set)
            }
            Node::Sample {
                below,
                factor,
                offset,
            } => {
                let on_line = format!(
                    "(({}.id % {SAMPLE_PRIME} * {factor} + {offset}) % {SAMPLE_PRIME})",
                    self.alias
                );
                format!("({on_line} * {on_line} % {SAMPLE_PRIME} % {SAMPLE_PARTS} < {below})")
            }
        }
    }

    /// Halves the list again and again: a long chain would be as deep as it is long, and engines limit depth.
    fn joined(&mut self, children: &[Node], word: &str) -> String {
        match children {
            [] if word == "and" => "(1 = 1)".to_owned(),
            [] => "(1 = 0)".to_owned(),
            [one] => self.node(one),
            many => {
                let (left, right) = many.split_at(many.len() / 2);
                let left = self.joined(left, word);
                let right = self.joined(right, word);
                format!("({left} {word} {right})")
            }
        }
    }

    /// Whether the contact is in a set of contacts.
    fn member(&self, set: &str) -> String {
        let alias = self.alias;
        match self.dialect {
            Dialect::Sqlite => format!("({alias}.id in ({set}))"),
            Dialect::Postgres => format!(
                "(exists (select 1 from ({set}) rule_set where rule_set.subscriber_id = {alias}.id))"
            ),
        }
    }

    fn membership(&mut self, table: &str, column: &str, ids: &[i64]) -> String {
        let account = self.account();
        let ids: Vec<String> = ids.iter().map(|id| self.int(*id)).collect();
        let wanted = one_of(column, &ids);
        self.member(&format!(
            "select subscriber_id from {table} where account_id = {account} and {wanted}"
        ))
    }

    /// What a value that is not null must meet; `None` if nothing more.
    fn comparison(&mut self, column: &str, check: &Check) -> Option<String> {
        Some(match check {
            Check::Set | Check::Range(None, None) => return None,
            Check::Never => "1 = 0".to_owned(),
            Check::Texts(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| self.text(text)).collect();
                one_of(column, &texts)
            }
            Check::Contains(part) => {
                let part = self.text(part);
                match self.dialect {
                    Dialect::Sqlite => format!("instr({column}, {part}) > 0"),
                    Dialect::Postgres => format!("strpos({column}, {part}) > 0"),
                }
            }
            Check::StartsWith(part) => {
                let length = part.chars().count();
                let part = self.text(part);
                format!("substr({column}, 1, {length}) = {part}")
            }
            Check::EndsWith(part) => {
                // In a text that is too short the start is not positive; the engines then disagree on what comes out,
                // but it is shorter than the wanted part and so unequal to it in both.
                let before = part.chars().count() - 1;
                let part = self.text(part);
                format!("substr({column}, length({column}) - {before}) = {part}")
            }
            Check::Ints(ints) => {
                let ints: Vec<String> = ints.iter().map(|int| self.int(*int)).collect();
                one_of(column, &ints)
            }
            Check::Range(Some(from), Some(to)) => {
                let (from, to) = (self.int(*from), self.int(*to));
                format!("{column} between {from} and {to}")
            }
            Check::Range(Some(from), None) => format!("{column} >= {}", self.int(*from)),
            Check::Range(None, Some(to)) => format!("{column} <= {}", self.int(*to)),
            Check::Anniversary(from, to) => {
                let place = place_in_year(column);
                if from <= to {
                    format!("{place} between {from} and {to}")
                } else {
                    format!("{place} not between {} and {}", to + 1, from - 1)
                }
            }
            Check::Weekday(days) => days.sql(column),
        })
    }
}

/// That a column of the contact is not null and meets the comparison.
fn present(column: &str, comparison: Option<String>) -> String {
    match comparison {
        None => format!("({column} is not null)"),
        Some(comparison) => format!("({column} is not null and {comparison})"),
    }
}

fn one_of(column: &str, params: &[String]) -> String {
    match params {
        [one] => format!("{column} = {one}"),
        many => format!("{column} in ({})", many.join(", ")),
    }
}

/// The same arithmetic as [`crate::moment::place_in_year`]; both engines divide integers toward zero, as Rust does.
fn place_in_year(column: &str) -> String {
    let era = format!("(({column} % 146097 + 719468) % 146097)");
    let year = format!("(({era} - {era} / 1460 + {era} / 36524 - {era} / 146096) / 365)");
    format!("({era} - (365 * {year} + {year} / 4 - {year} / 100))")
}
