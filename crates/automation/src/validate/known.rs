//! What exists in the account, as far as a document names it.

use std::collections::{BTreeMap, BTreeSet};

use rules::{Attribute, References, Rule, Schema, Segments};

use crate::definition::{Body, Condition, Document, Id, Pattern};
use crate::kinds::{Form, Kinds};

/// What exists in the account.
#[derive(Clone, Debug)]
pub struct Known {
    /// Fields, and of groups, tags and campaigns those that [`needed`] names and exist.
    pub schema: Schema,
    /// The rules of the segments that it names, and of those that they name.
    pub segments: Segments,
    /// Ids of other things by what they are: `template`, `sender`, `automation`, `user`, `hook`.
    pub ids: BTreeMap<String, BTreeSet<i64>>,
    /// At which rules are checked.
    pub moment: rules::Moment,
}

impl Known {
    /// Whether there is such a thing.
    pub(super) fn has(&self, what: &str, id: Id) -> bool {
        match what {
            "group" => self.schema.groups.contains(&id.0),
            "tag" => self.schema.tags.contains(&id.0),
            "campaign" => self.schema.campaigns.contains(&id.0),
            "segment" => self.segments.rules.contains_key(&id.0),
            _ => self.ids.get(what).is_some_and(|ids| ids.contains(&id.0)),
        }
    }

    /// Whether there is such an attribute or custom field.
    pub(super) fn has_field(&self, name: &str) -> bool {
        Attribute::from_name(name).is_some() || self.schema.fields.contains_key(name)
    }
}

/// What a document names, so that the store can load what exists of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needed {
    /// By its rules.
    pub rules: References,
    /// By ids, of what they are: `group`, `template`, ...
    pub ids: BTreeMap<String, BTreeSet<i64>>,
}

impl Needed {
    fn rule(&mut self, rule: &Rule) {
        self.rules.extend(rule.references());
    }

    fn condition(&mut self, condition: &Condition) {
        for rule in condition.rules() {
            self.rule(rule);
        }
    }

    fn id(&mut self, what: &str, id: Id) {
        self.ids.entry(what.to_owned()).or_default().insert(id.0);
    }

    fn params(
        &mut self,
        params: &[crate::kinds::Param],
        with: &serde_json::Map<String, serde_json::Value>,
    ) {
        for param in params {
            if let Form::Id(what) = param.form
                && let Some(id) = with
                    .get(param.name)
                    .and_then(|value| value.as_str())
                    .and_then(Id::parse)
            {
                self.id(what, id);
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern, kinds: &Kinds) {
        if let Some(kind) = kinds.event(&pattern.event) {
            self.params(kind.params, &pattern.with);
        }
    }

    fn body(&mut self, body: &Body, kinds: &Kinds) {
        match body {
            Body::SendEmail(email) => {
                for (what, id) in [("template", email.template), ("sender", email.sender)] {
                    if let Some(id) = id {
                        self.id(what, id);
                    }
                }
            }
            Body::SetField(set) if set.field == Attribute::Owner.name() => {
                let owner = set.value.as_ref().and_then(|value| value.as_str());
                if let Some(id) = owner.and_then(Id::parse) {
                    self.id("user", id);
                }
            }
            Body::AddGroup(with) => self.id("group", with.group),
            Body::RemoveGroup(with) => self.id("group", with.group),
            Body::AddTag(with) => self.id("tag", with.tag),
            Body::RemoveTag(with) => self.id("tag", with.tag),
            Body::StartAutomation(with) => self.id("automation", with.automation),
            Body::NotifyTeam(notify) => notify.users.iter().for_each(|id| self.id("user", *id)),
            Body::IfElse(split) => self.condition(&split.condition),
            Body::FirstMatch(split) => {
                for case in &split.cases {
                    self.condition(&case.condition);
                }
            }
            Body::WaitForAny(wait) => {
                for path in &wait.paths {
                    path.when.iter().for_each(|when| self.condition(when));
                    path.on.iter().for_each(|on| self.pattern(on, kinds));
                }
            }
            Body::Other(other) => {
                if let Some(action) = kinds.action(&other.kind) {
                    self.params(action.params, &other.with);
                }
            }
            _ => {}
        }
    }
}

/// What a document names.
pub fn needed(document: &Document, kinds: &Kinds) -> Needed {
    let mut needed = Needed::default();
    for trigger in &document.triggers {
        needed.pattern(&trigger.on, kinds);
        trigger.filter.iter().for_each(|it| needed.condition(it));
    }
    for step in &document.steps {
        needed.body(&step.body, kinds);
    }
    let goal = document.goal.iter().map(|goal| (&goal.on, &goal.when));
    for (on, when) in goal.chain(document.exits.iter().map(|exit| (&exit.on, &exit.when))) {
        if let Some(on) = on {
            needed.pattern(on, kinds);
        }
        if let Some(when) = when {
            needed.condition(when);
        }
    }
    needed
}
