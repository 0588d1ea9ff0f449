//! Asks conditions of a contact and a run.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;

use kernel::{TimeZone, Timestamp};
use rules::{Compiled, Moment, Needs, References, Rule, Schema, Segments, Tempo};

use super::{Contact, Data};
use crate::definition::Condition;
use crate::time::{Zones, is_within, next_midnight};

/// The rules of the versions that are walked in one transaction, compiled once for the moment that it has as its now.
pub struct Conditions<'a> {
    schema: &'a Schema,
    segments: &'a Segments,
    moment: Moment,
    /// By where the rule is: it is borrowed as long as this lives, so no other can come to be there.
    compiled: RefCell<HashMap<*const Rule, Result<Compiled, String>>>,
    /// Rules must live for exactly `'a`, not for a part of it.
    rules: PhantomData<Cell<&'a Rule>>,
}

impl<'a> Conditions<'a> {
    /// In an account with these fields, groups, tags and segments, whose days are those of its zone.
    pub fn new(
        schema: &'a Schema,
        segments: &'a Segments,
        account_zone: TimeZone,
        now: Timestamp,
    ) -> Self {
        Self {
            schema,
            segments,
            moment: Moment::new(now, account_zone),
            compiled: RefCell::default(),
            rules: PhantomData,
        }
    }

    /// The account's zone.
    pub fn account_zone(&self) -> &TimeZone {
        &self.moment.zone
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.moment.now
    }

    /// What must be loaded of a contact to ask a condition. Of rules that are broken, nothing.
    pub fn needs(&self, condition: &'a Condition) -> Needs {
        let mut needs = Needs::default();
        for rule in condition.rules() {
            if let Ok(of_rule) = self.with(rule, Compiled::needs) {
                needs.extend(of_rule);
            }
        }
        needs
    }

    /// Whether a condition holds. The error says what is wrong with one of its rules by now, such as that a group it
    /// names was deleted.
    pub fn holds(
        &self,
        condition: &'a Condition,
        data: &Data,
        contact: &dyn Contact,
    ) -> Result<bool, String> {
        match condition {
            Condition::Contact(rule) => self.with(rule, |rule| rule.matches(contact.view())),
            Condition::Var(test) => Ok(test.holds(data.get(&test.var))),
            Condition::Time(test) => Ok(is_within(&test.within, self.now(), self.zones(contact))),
            // All are asked, so that a broken rule is told also where another part has decided.
            Condition::All(parts) => {
                parts.iter().try_fold(
                    true,
                    |all, part| Ok(self.holds(part, data, contact)? && all),
                )
            }
            Condition::Any(parts) => parts.iter().try_fold(false, |any, part| {
                Ok(self.holds(part, data, contact)? || any)
            }),
            Condition::Not(part) => Ok(!self.holds(part, data, contact)?),
        }
    }

    /// When to ask again, though nothing was recorded: at the next day for what is about days, within an hour for what
    /// is about moments, never for the rest.
    pub fn ask_again_at(&self, condition: &'a Condition) -> Option<Timestamp> {
        let hour = std::time::Duration::from_hours(1);
        if condition.asks_for_time() {
            return Some(self.now() + hour);
        }
        let tempo = condition
            .rules()
            .into_iter()
            .filter_map(|rule| self.with(rule, Compiled::tempo).ok())
            .max()?;
        match tempo {
            Tempo::Still => None,
            Tempo::Daily => Some(next_midnight(self.now(), self.account_zone())),
            Tempo::Continuous => Some(self.now() + hour),
        }
    }

    /// What rules refer to, with what the segments that they name refer to.
    pub fn expand(&self, mut references: References) -> References {
        let mut open: Vec<i64> = references.segments.iter().copied().collect();
        while let Some(id) = open.pop() {
            if let Some(rule) = self.segments.rules.get(&id) {
                let more = rule.references();
                open.extend(more.segments.difference(&references.segments));
                references.extend(more);
            }
        }
        references
    }

    /// The zones of a contact.
    pub fn zones<'z>(&'z self, contact: &'z dyn Contact) -> Zones<'z> {
        Zones {
            account: self.account_zone(),
            contact: contact.zone(),
        }
    }

    fn with<T>(&self, rule: &'a Rule, ask: impl FnOnce(&Compiled) -> T) -> Result<T, String> {
        let mut compiled = self.compiled.borrow_mut();
        let compiled = compiled.entry(std::ptr::from_ref(rule)).or_insert_with(|| {
            rules::check(rule, self.schema, &self.moment, self.segments).map_err(|errors| {
                errors
                    .first()
                    .map_or_else(|| "the rule is invalid".to_owned(), ToString::to_string)
            })
        });
        compiled.as_ref().map(ask).map_err(Clone::clone)
    }
}
