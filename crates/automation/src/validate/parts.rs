//! The parts by themselves: what they refer to, and their limits.

use rules::{Attribute, FieldKind, Kind, Rule};
use serde_json::{Map, Value};

use super::Check;
use crate::definition::{
    Body, Condition, Delay, Document, HttpCall, Id, MAX_BRANCHES, NotifyTeam, Other, Pattern,
    Retry, Schedule, SetField, Step, StepId, VarOp, VarTest, Wait, WaitForAny, WaitUntilField,
    Window,
};
use crate::kinds::{Form, Param};

impl Check<'_> {
    pub(super) fn parts(&mut self) {
        let document = self.document;
        for (n, trigger) in document.triggers.iter().enumerate() {
            self.enter(format!("triggers[{n}]"), None);
            self.pattern("on", &trigger.on);
            if let Some(filter) = &trigger.filter {
                self.condition("filter", filter);
            }
            if let crate::definition::Reentry::OncePer { hours } = trigger.reentry {
                self.range("reentry.hours", hours.into(), 1, 87_600);
            }
            if trigger.key.as_ref().is_some_and(String::is_empty) {
                self.fail(
                    "key",
                    "required",
                    "name a property of the event, or leave it out",
                );
            }
        }
        for (n, step) in document.steps.iter().enumerate() {
            self.enter(format!("steps[{n}]"), Some(&step.id));
            self.step(step);
        }
        if let Some(goal) = &document.goal {
            self.enter("goal".to_owned(), None);
            self.one_of(goal.on.as_ref(), goal.when.as_ref());
        }
        for (n, exit) in document.exits.iter().enumerate() {
            self.enter(format!("exits[{n}]"), None);
            self.one_of(exit.on.as_ref(), exit.when.as_ref());
        }
        self.enter("settings".to_owned(), None);
        self.settings(document);
    }

    fn settings(&mut self, document: &Document) {
        for (n, cap) in document.settings.caps.iter().enumerate() {
            self.range(
                &format!("caps[{n}].messages"),
                cap.messages.into(),
                1,
                1_000,
            );
        }
        if let Some(quiet) = &document.settings.quiet_hours {
            self.window("quiet_hours.during", &quiet.during);
            if quiet.during.from.is_none() && quiet.during.to.is_none() {
                self.fail(
                    "quiet_hours.during",
                    "required",
                    "says no hours: give `from` and `to`, such as 21:00 and 08:00",
                );
            }
        }
    }

    /// Of a goal, exit or path: exactly one of `on` and `when`.
    fn one_of(&mut self, on: Option<&Pattern>, when: Option<&Condition>) {
        self.one_of_at("", on, when);
    }

    fn one_of_at(&mut self, at: &str, on: Option<&Pattern>, when: Option<&Condition>) {
        if on.is_some() == when.is_some() {
            self.fail(
                at,
                "required",
                "must have one of `on` (an event) and `when` (a condition)",
            );
        }
        if let Some(pattern) = on {
            self.pattern(&crate::definition::join(at, "on"), pattern);
        }
        if let Some(condition) = when {
            self.condition(&crate::definition::join(at, "when"), condition);
        }
    }

    fn range(&mut self, path: &str, value: u64, least: u64, most: u64) {
        if value < least || value > most {
            self.fail(
                path,
                "out_of_range",
                format!("must be from {least} to {most}"),
            );
        }
    }

    fn step(&mut self, step: &Step) {
        if step
            .name
            .as_ref()
            .is_some_and(|name| name.chars().count() > 200)
        {
            self.fail(
                "name",
                "too_long",
                "has more than 200 characters: shorten it",
            );
        }
        if let Some(Retry {
            attempts,
            first_delay_seconds,
        }) = step.retry
        {
            self.range("retry.attempts", attempts.into(), 1, 20);
            self.range(
                "retry.first_delay_seconds",
                first_delay_seconds.into(),
                1,
                86_400,
            );
        }
        match &step.body {
            Body::SendEmail(email) => {
                match email.template {
                    None => self.fail(
                        "with.template",
                        "missing_content",
                        "says nothing: choose the template to send",
                    ),
                    Some(id) => self.exists("with.template", "template", id),
                }
                if let Some(id) = email.sender {
                    self.exists("with.sender", "sender", id);
                }
                if email
                    .subject
                    .as_ref()
                    .is_some_and(|it| it.trim().is_empty())
                {
                    self.fail(
                        "with.subject",
                        "missing_content",
                        "is empty: write one, or leave it out to take the template's",
                    );
                }
            }
            Body::SetField(set) => self.set_field(set),
            Body::ClearField(clear) => {
                self.writable("with.field", &clear.field);
            }
            Body::IncrementField(increment) => {
                let kind = self.writable("with.field", &increment.field);
                if kind.is_some_and(|it| !matches!(it, Kind::Number | Kind::Integer)) {
                    self.fail(
                        "with.field",
                        "wrong_type",
                        "is no number: choose one that is",
                    );
                }
            }
            Body::AddGroup(with) => self.exists("with.group", "group", with.group),
            Body::RemoveGroup(with) => self.exists("with.group", "group", with.group),
            Body::AddTag(with) => self.exists("with.tag", "tag", with.tag),
            Body::RemoveTag(with) => self.exists("with.tag", "tag", with.tag),
            Body::StartAutomation(with) => {
                self.exists("with.automation", "automation", with.automation);
            }
            Body::SetStatus(set) => self.status(&set.status),
            Body::HttpCall(call) => self.http_call(call),
            Body::NotifyTeam(notify) => self.notify_team(notify),
            Body::Jump(_) | Body::End(_) => {}
            Body::Wait(wait) => self.wait(wait),
            Body::WaitUntilDate(wait) => {
                self.range("with.jitter_minutes", wait.jitter_minutes.into(), 0, 1_440);
            }
            Body::WaitUntilField(wait) => self.wait_until_field(wait),
            Body::WaitForWindow(wait) => {
                self.window("with.within", &wait.within);
                self.range("with.jitter_minutes", wait.jitter_minutes.into(), 0, 1_440);
            }
            Body::WaitForAny(wait) => self.wait_for_any(wait),
            Body::IfElse(split) => self.condition("with.if", &split.condition),
            Body::FirstMatch(split) => {
                self.branches("with.cases", split.cases.iter().map(|case| &case.id));
                for (n, case) in split.cases.iter().enumerate() {
                    self.condition(&format!("with.cases[{n}].if"), &case.condition);
                }
            }
            Body::RandomSplit(split) => {
                self.branches("with.arms", split.arms.iter().map(|arm| &arm.id));
                for (n, arm) in split.arms.iter().enumerate() {
                    self.range(
                        &format!("with.arms[{n}].weight"),
                        arm.weight.into(),
                        0,
                        10_000,
                    );
                }
                if split.arms.iter().all(|arm| arm.weight == 0) {
                    self.fail(
                        "with.arms",
                        "out_of_range",
                        "have no weight: give at least one of them more than 0",
                    );
                }
            }
            Body::Other(other) => self.other(other),
        }
    }

    fn other(&mut self, other: &Other) {
        if let Some(action) = self.kinds.action(&other.kind) {
            let params = action.params;
            self.params("with", params, &other.with);
            return;
        }
        let known: Vec<&str> = (Body::KINDS.iter().copied())
            .chain(self.kinds.action_names())
            .collect();
        let message = format!("is not known; the kinds are {}", known.join(", "));
        self.fail("kind", "unknown_kind", message);
    }

    fn status(&mut self, status: &str) {
        // Bounces and complaints come from servers and people, and a confirmation from whom it is about.
        if !matches!(status, "active" | "unsubscribed") {
            self.fail(
                "with.status",
                "not_allowed",
                "must be active or unsubscribed: the others come from what people and servers do",
            );
        }
    }

    fn notify_team(&mut self, notify: &NotifyTeam) {
        if notify.users.is_empty() {
            self.fail("with.users", "required", "are none: choose whom to tell");
        }
        for (n, id) in notify.users.iter().enumerate() {
            self.exists(&format!("with.users[{n}]"), "user", *id);
        }
        for (name, text) in [("subject", &notify.subject), ("text", &notify.text)] {
            if text.trim().is_empty() {
                self.fail(
                    &format!("with.{name}"),
                    "missing_content",
                    "is empty: write what colleagues should know",
                );
            }
        }
    }

    fn branches<'s>(&mut self, path: &str, ids: impl ExactSizeIterator<Item = &'s StepId>) {
        let count = ids.len();
        if count == 0 {
            self.fail(path, "required", "are none: add at least one");
        }
        if count > MAX_BRANCHES {
            self.fail(
                path,
                "too_many",
                format!(
                    "are {count}, the limit is {MAX_BRANCHES}: put a second step behind this one"
                ),
            );
        }
        self.unique(path, ids);
    }

    fn exists(&mut self, path: &str, what: &str, id: Id) {
        if !self.known.has(what, id) {
            self.fail(
                path,
                "unknown",
                format!("there is no {what} {id}: choose one that exists"),
            );
        }
    }

    /// The type of a field that automations may change.
    fn writable(&mut self, path: &str, field: &str) -> Option<Kind> {
        match Attribute::from_name(field) {
            Some(
                attribute @ (Attribute::FirstName
                | Attribute::LastName
                | Attribute::Phone
                | Attribute::Language
                | Attribute::TimeZone
                | Attribute::Score
                | Attribute::Owner),
            ) => Some(attribute.kind()),
            Some(_) => {
                self.fail(
                    path,
                    "not_allowed",
                    format!("{field} cannot be changed by an automation: choose another field"),
                );
                None
            }
            None => {
                let kind = self.known.schema.fields.get(field).map(|it| it.kind);
                if kind.is_none() {
                    self.fail(
                        path,
                        "unknown",
                        format!("there is no field {field}: create it, or choose another"),
                    );
                }
                kind.map(FieldKind::kind)
            }
        }
    }

    /// An owner is somebody of the account, which is asked here: what an event or another program says is nobody's.
    fn owner(&mut self, set: &SetField) {
        if set.from.is_some() {
            self.fail(
                "with.from",
                "not_allowed",
                "an owner is chosen in the step: set `value` to the id of a user",
            );
        }
        let id = set
            .value
            .as_ref()
            .map(|value| value.as_str().and_then(Id::parse));
        match id {
            Some(Some(id)) => self.exists("with.value", "user", id),
            Some(None) => self.fail("with.value", "invalid", "must be the id of a user"),
            None => {}
        }
    }

    fn set_field(&mut self, set: &SetField) {
        let kind = self.writable("with.field", &set.field);
        if set.value.is_some() == set.from.is_some() {
            self.fail(
                "with",
                "required",
                "must have one of `value` and `from` (a variable)",
            );
        }
        if set.field == Attribute::Owner.name() {
            self.owner(set);
            return;
        }
        let (Some(kind), Some(value)) = (kind, &set.value) else {
            return;
        };
        let fits = match (kind, value) {
            (Kind::Boolean, value) => value.is_boolean(),
            (Kind::Number | Kind::Integer, Value::Number(number)) => {
                rules::Decimal::from_json(number)
                    .is_ok_and(|number| kind == Kind::Number || number.whole().is_some())
            }
            (Kind::Date, Value::String(text)) => rules::parse_date(text).is_some(),
            (Kind::Id, Value::String(text)) => Id::parse(text).is_some(),
            (Kind::Text | Kind::Code | Kind::Choice, Value::String(text)) => !text.is_empty(),
            _ => false,
        };
        if !fits {
            let message = format!(
                "must be {}; to take the value away, use a step of the kind \"clear_field\"",
                kind.describe()
            );
            self.fail("with.value", "wrong_type", message);
            return;
        }
        if let (Some(field), Value::String(text)) =
            (self.known.schema.fields.get(&set.field), value)
            && !field.options.is_empty()
            && !field.options.contains(text)
        {
            self.fail(
                "with.value",
                "unknown_option",
                format!("must be one of {}", field.options.join(", ")),
            );
        }
    }

    fn http_call(&mut self, call: &HttpCall) {
        let host = call
            .url
            .strip_prefix("https://")
            .or_else(|| call.url.strip_prefix("http://"))
            .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
        match host {
            None | Some("") => self.fail(
                "with.url",
                "invalid",
                "must be a whole address that begins with https:// or http://",
            ),
            // Whoever can change a field must not choose whom this server asks.
            Some(host) if host.contains("{{") || host.contains("{%") => self.fail(
                "with.url",
                "not_allowed",
                "must not have merge fields in the host: they may stand after it",
            ),
            Some(_) => {}
        }
        if call.url.len() > 2_000 {
            self.fail(
                "with.url",
                "too_long",
                "has more than 2,000 characters: shorten it",
            );
        }
        if call.timeout_seconds != 0 {
            self.range("with.timeout_seconds", call.timeout_seconds.into(), 1, 60);
        }
        for (name, pointer) in &call.save {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || name == "event" || !name.chars().all(word) {
                self.fail(
                    &format!("with.save.{name}"),
                    "invalid",
                    "must be a name of letters, digits and _, and not \"event\"",
                );
            }
            if !pointer.is_empty() && !pointer.starts_with('/') {
                self.fail(
                    &format!("with.save.{name}"),
                    "invalid",
                    "must be a JSON pointer, such as /data/score, or empty for all of the answer",
                );
            }
        }
    }

    fn delay(&mut self, path: &str, delay: Delay, least: u64) {
        let minutes = delay.total_minutes();
        if minutes < least || minutes > Delay::MAX_MINUTES {
            let from = if least == 0 { "nothing" } else { "1 minute" };
            self.fail(
                path,
                "out_of_range",
                format!("must be from {from} to ten years"),
            );
        }
    }

    fn wait(&mut self, wait: &Wait) {
        let least = u64::from(wait.at.is_none());
        self.delay("with", wait.delay(), least);
        self.range("with.jitter_minutes", wait.jitter_minutes.into(), 0, 1_440);
    }

    fn wait_until_field(&mut self, wait: &WaitUntilField) {
        let kind = match Attribute::from_name(&wait.field) {
            Some(attribute) => Some(attribute.kind()),
            None => (self.known.schema.fields.get(&wait.field)).map(|field| field.kind.kind()),
        };
        match kind {
            Some(Kind::Date | Kind::Instant) => {}
            Some(_) => self.fail(
                "with.field",
                "wrong_type",
                "is no date: choose a date field, or a time such as created_at",
            ),
            None => self.fail(
                "with.field",
                "unknown",
                format!(
                    "there is no field {}: create it, or choose another",
                    wait.field
                ),
            ),
        }
        if wait.before.is_some() && wait.after.is_some() {
            self.fail(
                "with",
                "not_allowed",
                "must not have both `before` and `after`",
            );
        }
        for (path, delay) in [("with.before", wait.before), ("with.after", wait.after)] {
            if let Some(delay) = delay {
                self.delay(path, delay, 0);
            }
        }
    }

    fn wait_for_any(&mut self, wait: &WaitForAny) {
        self.branches("with.paths", wait.paths.iter().map(|path| &path.id));
        for (n, path) in wait.paths.iter().enumerate() {
            self.one_of_at(
                &format!("with.paths[{n}]"),
                path.on.as_ref(),
                path.when.as_ref(),
            );
        }
        self.delay("with.timeout", wait.timeout.delay(), 1);
    }

    fn window(&mut self, path: &str, window: &Window) {
        if window.from.is_some() && window.from == window.to {
            self.fail(
                &crate::definition::join(path, "to"),
                "invalid",
                "must be another time than `from`",
            );
        }
    }

    fn condition(&mut self, path: &str, condition: &Condition) {
        let join = crate::definition::join;
        match condition {
            Condition::Contact(rule) => self.rule(&join(path, "contact"), rule),
            Condition::Var(test) => self.var(&join(path, "var"), test),
            Condition::Time(test) => self.window(&join(path, "time.within"), &test.within),
            Condition::All(parts) => {
                for (n, part) in parts.iter().enumerate() {
                    self.condition(&format!("{path}.all[{n}]"), part);
                }
            }
            Condition::Any(parts) => {
                for (n, part) in parts.iter().enumerate() {
                    self.condition(&format!("{path}.any[{n}]"), part);
                }
            }
            Condition::Not(part) => self.condition(&join(path, "not"), part),
        }
    }

    fn rule(&mut self, path: &str, rule: &Rule) {
        let known = self.known;
        if let Err(errors) = rules::check(rule, &known.schema, &known.moment, &known.segments) {
            for error in errors {
                self.fail(
                    &crate::definition::join(path, &error.path),
                    error.code,
                    error.message,
                );
            }
        }
    }

    fn var(&mut self, path: &str, test: &VarTest) {
        if test.var.is_empty() || test.var == "event." {
            self.fail(
                &crate::definition::join(path, "var"),
                "required",
                "name a variable, such as event.total",
            );
        }
        let needs_value = !matches!(test.op, VarOp::IsSet | VarOp::IsNotSet);
        if needs_value != test.value.is_some() {
            let message = if needs_value {
                "is missing: give what to compare with"
            } else {
                "has no meaning with this operator: leave it out"
            };
            self.fail(&crate::definition::join(path, "value"), "invalid", message);
        }
    }

    fn pattern(&mut self, path: &str, pattern: &Pattern) {
        let Some(kind) = self.kinds.event(&pattern.event) else {
            let known: Vec<&str> = self.kinds.event_names().collect();
            self.fail(
                &crate::definition::join(path, "event"),
                "unknown_event",
                format!("is not known; the events are {}", known.join(", ")),
            );
            return;
        };
        let params = kind.params;
        self.params(&format!("{path}.with"), params, &pattern.with);
        for (n, test) in pattern.tests.iter().enumerate() {
            self.var(&format!("{path}.where[{n}]"), test);
        }
    }

    fn params(&mut self, path: &str, params: &[Param], with: &Map<String, Value>) {
        for key in with.keys() {
            if !params.iter().any(|param| param.name == key) {
                let known: Vec<&str> = params.iter().map(|param| param.name).collect();
                let message = if known.is_empty() {
                    "is not known; nothing can be given here".to_owned()
                } else {
                    format!("is not known; what can be given is {}", known.join(", "))
                };
                self.fail(&format!("{path}.{key}"), "unknown", message);
            }
        }
        for param in params {
            let at = format!("{path}.{}", param.name);
            match with.get(param.name) {
                None if param.required => {
                    self.fail(&at, "required", "is missing");
                }
                None => {}
                Some(value) => self.param(&at, param.form, value),
            }
        }
    }

    fn param(&mut self, at: &str, form: Form, value: &Value) {
        match (form, value) {
            (Form::Id(what), Value::String(text)) => match Id::parse(text) {
                Some(id) => self.exists(at, what, id),
                None => self.fail(at, "invalid", "must be an id: a text of digits"),
            },
            (Form::Id(_), _) => self.fail(at, "wrong_type", "must be an id: a text of digits"),
            (Form::Text, Value::String(text)) if !text.is_empty() => {}
            (Form::Text, _) => self.fail(at, "wrong_type", "must be a text that is not empty"),
            (Form::Number, Value::Number(_)) => {}
            (Form::Number, _) => self.fail(at, "wrong_type", "must be a number"),
            (Form::Field, Value::String(name)) if self.known.has_field(name) => {}
            (Form::Field, _) => self.fail(
                at,
                "unknown",
                "must be the name of a field that exists: create it, or choose another",
            ),
            (Form::Step, Value::String(id)) => {
                let sends = self
                    .document
                    .steps
                    .iter()
                    .find(|step| step.id.as_str() == id)
                    .is_some_and(|step| matches!(step.body, Body::SendEmail(_) | Body::Other(_)));
                if !sends {
                    self.fail(
                        at,
                        "unknown_step",
                        format!("{id} is no step that sends a message: choose one that does"),
                    );
                }
            }
            (Form::Step, _) => self.fail(at, "wrong_type", "must be the id of a step"),
            (Form::Schedule, Value::String(text)) if Schedule::parse(text).is_some() => {}
            (Form::Schedule, _) => self.fail(at, "invalid", Schedule::FORM),
        }
    }
}
