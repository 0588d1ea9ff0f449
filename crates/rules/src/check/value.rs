//! The value of one field condition: is it of the field's type, and what does it mean at this moment.

use kernel::{Timestamp, fold};

use crate::error::RuleError;
use crate::moment::{Moment, anniversaries, days_since_epoch, parse_date};
use crate::program::{Check, Tempo};
use crate::rule::{Literal, Op, Operand, WEEKDAYS};
use crate::schema::Kind;
use crate::weekday::Weekdays;

/// Checks the value of one field condition.
pub(super) struct ValueChecker<'a> {
    pub(super) moment: &'a Moment,
    pub(super) today: i64,
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    pub(super) options: &'a [String],
    pub(super) errors: &'a mut Vec<RuleError>,
    pub(super) tempo: &'a mut Tempo,
}

impl ValueChecker<'_> {
    fn fail<T>(&mut self, path: &str, code: &'static str, message: impl Into<String>) -> Option<T> {
        self.errors.push(RuleError::new(path, code, message));
        None
    }

    /// The comparison that a positive operator and its value stand for.
    pub(super) fn check(&mut self, op: Op, operand: &Operand, path: &str) -> Option<Check> {
        let at_least = |from: i64| Check::Range(Some(from), None);
        let at_most = |to: i64| Check::Range(None, Some(to));
        let below = |n: i64| n.checked_sub(1).map_or(Check::Never, at_most);
        let above = |n: i64| n.checked_add(1).map_or(Check::Never, at_least);
        let within = |from: i64, to: i64| Check::Range(Some(from), Some(to));
        Some(match (op, operand) {
            (Op::IsSet, Operand::None) => Check::Set,
            (Op::Equals, Operand::One(value)) => {
                self.one_of(std::slice::from_ref(value), path, false)?
            }
            (Op::In, Operand::List(values)) => self.one_of(values, path, true)?,
            (Op::Contains, Operand::One(value)) => Check::Contains(self.text(value, path)?),
            (Op::StartsWith, Operand::One(value)) => Check::StartsWith(self.text(value, path)?),
            (Op::EndsWith, Operand::One(value)) => Check::EndsWith(self.text(value, path)?),
            (Op::Less, Operand::One(value)) => below(self.int(value, path)?),
            (Op::LessOrEqual, Operand::One(value)) => at_most(self.int(value, path)?),
            (Op::Greater, Operand::One(value)) => above(self.int(value, path)?),
            (Op::GreaterOrEqual, Operand::One(value)) => at_least(self.int(value, path)?),
            (Op::On, Operand::One(value)) => {
                let (from, to) = self.day(value, path)?;
                within(from, to)
            }
            (Op::Before, Operand::One(value)) => below(self.span(value, path)?.0),
            (Op::After, Operand::One(value)) => above(self.span(value, path)?.1),
            (Op::Between, Operand::Pair(from, to)) => {
                let from = self.span(from, &format!("{path}[0]"));
                let to = self.span(to, &format!("{path}[1]"));
                let (from, to) = (from?, to?);
                // By both of their ends, because a time may lie within the day it is combined with.
                if from.0 > to.0 && from.1 > to.1 {
                    return self.fail(
                        path,
                        "invalid",
                        "must begin with the lower value: exchange the two",
                    );
                }
                within(from.0, to.1)
            }
            (Op::WithinLastDays, Operand::Days(days)) => {
                let (from, now) = self.ago(*days, path)?;
                within(from, now)
            }
            (Op::MoreThanDaysAgo, Operand::Days(days)) => below(self.ago(*days, path)?.0),
            (Op::WithinNextDays, Operand::Days(days)) => {
                let (now, to) = self.ahead(*days, path)?;
                within(now, to)
            }
            (Op::AnniversaryToday, Operand::None) => {
                self.changes(Tempo::Daily);
                let (from, to) = anniversaries(self.today, 0);
                Check::Anniversary(from, to)
            }
            (Op::AnniversaryWithinNextDays, Operand::Days(days)) => {
                self.changes(Tempo::Daily);
                let (from, to) = anniversaries(self.today, *days);
                Check::Anniversary(from, to)
            }
            (Op::DayOfWeek, Operand::List(days)) => Check::Weekday(self.weekdays(days, path)?),
            _ => {
                return self.fail(
                    path,
                    "wrong_type",
                    format!("does not have the shape that \"{}\" needs", op.name()),
                );
            }
        })
    }

    fn changes(&mut self, tempo: Tempo) {
        *self.tempo = (*self.tempo).max(tempo);
    }

    fn weekdays(&mut self, days: &[Literal], path: &str) -> Option<Weekdays> {
        if days.is_empty() {
            return self.fail(path, "empty", "must list at least one");
        }
        let mut wanted = [false; 7];
        let before = self.errors.len();
        for (index, day) in days.iter().enumerate() {
            let place = match day {
                Literal::Text(text) => WEEKDAYS.iter().position(|day| day == text),
                _ => None,
            };
            match place {
                Some(place) => wanted[place] = true,
                None => self.errors.push(RuleError::new(
                    format!("{path}[{index}]"),
                    "unknown_day",
                    format!("must be one of {}", WEEKDAYS.join(", ")),
                )),
            }
        }
        (self.errors.len() == before).then(|| match self.kind {
            Kind::Instant => Weekdays::of_instants(wanted, &self.moment.zone),
            _ => Weekdays::of_dates(wanted),
        })
    }

    fn one_of(&mut self, values: &[Literal], path: &str, list: bool) -> Option<Check> {
        if values.is_empty() {
            return self.fail(path, "empty", "must list at least one");
        }
        let at = |index: usize| {
            if list {
                format!("{path}[{index}]")
            } else {
                path.to_owned()
            }
        };
        if matches!(self.kind, Kind::Text | Kind::Code | Kind::Choice) {
            let mut texts = Vec::with_capacity(values.len());
            for (index, value) in values.iter().enumerate() {
                texts.extend(self.choice(value, &at(index)));
            }
            let complete = texts.len() == values.len();
            texts.sort_unstable();
            texts.dedup();
            complete.then_some(Check::Texts(texts))
        } else {
            let mut ints = Vec::with_capacity(values.len());
            for (index, value) in values.iter().enumerate() {
                ints.extend(self.int(value, &at(index)));
            }
            let complete = ints.len() == values.len();
            ints.sort_unstable();
            ints.dedup();
            complete.then_some(Check::Ints(ints))
        }
    }

    /// A whole text, which must be one of the choices if there is a fixed choice.
    fn choice(&mut self, value: &Literal, path: &str) -> Option<String> {
        let text = self.text(value, path)?;
        let known = match self.kind {
            Kind::Choice => self.options.contains(&text),
            _ => self.options.is_empty() || self.options.iter().any(|it| fold(it) == text),
        };
        if known {
            return Some(text);
        }
        let mut offered: Vec<&str> = self.options.iter().map(String::as_str).take(20).collect();
        if offered.len() < self.options.len() {
            offered.push("...");
        }
        let message = format!(
            "is not one of the choices of \"{}\": {}",
            self.name,
            offered.join(", ")
        );
        self.fail(path, "unknown_option", message)
    }

    /// A text in the form in which it is compared.
    fn text(&mut self, value: &Literal, path: &str) -> Option<String> {
        match value {
            Literal::Text(text) if text.is_empty() || text.contains('\0') => self.fail(
                path,
                "empty",
                "must not be empty or contain a NUL character",
            ),
            Literal::Text(text) if self.kind == Kind::Text => Some(fold(text)),
            Literal::Text(text) => Some(text.clone()),
            Literal::Number(_) => {
                self.wrong_type(path, "write the digits as a text, in quotation marks")
            }
            Literal::Boolean(_) => self.wrong_type(path, "write a text, in quotation marks"),
        }
    }

    fn wrong_type<T>(&mut self, path: &str, what_to_do: &str) -> Option<T> {
        let message = format!(
            "does not fit \"{}\", which is {}: {what_to_do}",
            self.name,
            self.kind.describe()
        );
        self.fail(path, "wrong_type", message)
    }

    /// A number, id or truth value as the database stores it.
    fn int(&mut self, value: &Literal, path: &str) -> Option<i64> {
        match (self.kind, value) {
            (Kind::Boolean, Literal::Boolean(value)) => Some((*value).into()),
            (Kind::Boolean, _) => self.wrong_type(path, "write true or false"),
            (Kind::Id, Literal::Text(text)) => match text.parse::<i64>() {
                Ok(id) if id > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Some(id),
                _ => self.wrong_type(path, "write its digits as a text"),
            },
            (Kind::Id, _) => self.wrong_type(path, "write its digits as a text"),
            (Kind::Number | Kind::Integer, Literal::Boolean(_)) => {
                self.wrong_type(path, "write a number")
            }
            (Kind::Number | Kind::Integer, _) => {
                let number = match value {
                    Literal::Number(number) => Ok(*number),
                    Literal::Text(text) => crate::Decimal::parse(text),
                    Literal::Boolean(_) => Err("is not a number"),
                };
                match number {
                    Err(why) => self.wrong_type(path, &format!("it {why}")),
                    Ok(number) if self.kind == Kind::Number => Some(number.micros()),
                    Ok(number) => number
                        .whole()
                        .or_else(|| self.wrong_type(path, "write a number without a fraction")),
                }
            }
            _ => self.span(value, path).map(|(from, _)| from),
        }
    }

    /// The first and last value that count as equal: of a day, its first and last instant.
    fn span(&mut self, value: &Literal, path: &str) -> Option<(i64, i64)> {
        match (self.kind, value) {
            (Kind::Date, Literal::Text(text)) => {
                let Some(date) = parse_date(text) else {
                    return self
                        .wrong_type(path, "write a day of the calendar, such as 2026-05-04");
                };
                let day = days_since_epoch(date);
                Some((day, day))
            }
            (Kind::Instant, Literal::Text(text)) => {
                let span = instant_span(self.moment, text);
                span.or_else(|| self.wrong_type(path, &format!("write {INSTANT_FORMS}")))
            }
            (Kind::Date | Kind::Instant, _) => {
                self.wrong_type(path, "write it as a text, such as \"2026-05-04\"")
            }
            _ => self.int(value, path).map(|n| (n, n)),
        }
    }

    /// A whole day, for "on".
    fn day(&mut self, value: &Literal, path: &str) -> Option<(i64, i64)> {
        match value {
            Literal::Text(text) if parse_date(text).is_some() => self.span(value, path),
            _ => self.wrong_type(path, "write a day of the calendar, such as 2026-05-04"),
        }
    }

    /// From so many days ago until now.
    fn ago(&mut self, days: u32, path: &str) -> Option<(i64, i64)> {
        let days = self.days(days, path)?;
        self.changes(self.tempo_of_days());
        Some(match self.kind {
            Kind::Date => (self.today.saturating_sub(days), self.today),
            _ => (self.moment.days_away(-days), self.moment.now.as_micros()),
        })
    }

    /// From now until so many days ahead.
    fn ahead(&mut self, days: u32, path: &str) -> Option<(i64, i64)> {
        let days = self.days(days, path)?;
        self.changes(self.tempo_of_days());
        Some(match self.kind {
            Kind::Date => (self.today, self.today.saturating_add(days)),
            _ => (self.moment.now.as_micros(), self.moment.days_away(days)),
        })
    }

    fn tempo_of_days(&self) -> Tempo {
        match self.kind {
            Kind::Date => Tempo::Daily,
            _ => Tempo::Continuous,
        }
    }

    fn days(&mut self, days: u32, path: &str) -> Option<i64> {
        if days == 0 && self.kind == Kind::Instant {
            return self.fail(
                path,
                "out_of_range",
                "must be at least 1: for the present day use \"on\" with its date",
            );
        }
        Some(days.into())
    }
}

/// How a day or a time is written.
pub(super) const INSTANT_FORMS: &str =
    "a day, such as 2026-05-04, or a time with its offset, such as 2026-05-04T09:30:00Z";

/// The first and last instant of a day, or a time twice.
pub(super) fn instant_span(moment: &Moment, text: &str) -> Option<(i64, i64)> {
    if let Some(date) = parse_date(text) {
        return Some((moment.start_of(date), moment.end_of(date)));
    }
    let at = text.parse::<Timestamp>().ok()?.as_micros();
    Some((at, at))
}
