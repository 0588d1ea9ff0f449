//! Random documents, and random edits of them.

use serde_json::{Value, json};

use super::contact::schema;
use super::dice::Dice;
use crate::definition::Document;
use crate::kinds::Kinds;
use crate::validate::{Known, validate};

/// What exists in the account of the simulation.
pub(crate) fn known() -> Known {
    let ids = |list: &[i64]| list.iter().copied().collect();
    Known {
        schema: schema(),
        segments: rules::Segments::none(),
        ids: [
            ("template".to_owned(), ids(&[1])),
            ("automation".to_owned(), ids(&[1, 2, 3])),
            ("user".to_owned(), ids(&[1])),
        ]
        .into(),
        moment: rules::Moment::new(kernel::Timestamp::from_micros(0), kernel::TimeZone::utc()),
    }
}

pub(super) struct Graphs<'d> {
    pub(super) dice: &'d mut Dice,
    /// Whether the reference must be able to follow.
    pub(super) plain: bool,
    /// How many steps were ever made, so that none gets the id of another.
    pub(super) made: usize,
}

impl Graphs<'_> {
    /// A document without a fault.
    pub(super) fn document(&mut self) -> Value {
        let count = 3 + self.dice.below(7);
        let ids: Vec<String> = (0..count).map(|_| self.fresh()).collect();
        let mut steps: Vec<Value> = Vec::new();
        for (n, id) in ids.iter().enumerate() {
            let mut ahead = ids[n + 1..].to_vec();
            ahead.push("done".to_owned());
            let kind = self.kind();
            steps.push(self.step(id, kind, &ahead, &ids));
        }
        steps.push(json!({"id": "done", "kind": "end"}));
        let mut document = json!({
            "version": 1,
            "triggers": self.triggers(&ids),
            "steps": steps,
        });
        if self.dice.percent(30) {
            let mut goal = self.happening();
            if self.dice.percent(50) {
                goal["next"] = json!("done");
            }
            document["goal"] = goal;
        }
        if self.dice.percent(30) {
            let mut exit = self.happening();
            exit["id"] = json!("x1");
            document["exits"] = json!([exit]);
        }
        document["settings"] = self.settings();
        tidy(document).expect("what is generated has no fault")
    }

    fn fresh(&mut self) -> String {
        self.made += 1;
        format!("s{}", self.made)
    }

    fn triggers(&mut self, ids: &[String]) -> Value {
        let reentry = match self.dice.below(if self.plain { 3 } else { 4 }) {
            0 => json!({"policy": "once"}),
            1 => json!({"policy": "once_per", "hours": 1 + self.dice.below(3)}),
            2 => json!({"policy": "after_end"}),
            _ => json!({"policy": "always"}),
        };
        let mut triggers = vec![json!({
            "id": "t1", "on": {"event": "event.custom", "with": {"name": "go"}},
            "reentry": reentry, "start": ids[0],
        })];
        if self.dice.percent(40) {
            triggers.push(json!({
                "id": "t2",
                "on": {"event": "event.custom", "with": {"name": "run"},
                       "where": [{"var": "total", "op": "greater", "value": 3}]},
                "filter": self.condition(),
                "start": self.dice.pick(ids),
            }));
        }
        if !self.plain {
            triggers[0]["key"] = if self.dice.percent(30) {
                json!("total")
            } else {
                Value::Null
            };
            triggers.push(json!({
                "id": "t3", "on": {"event": "automation.started"},
                "reentry": {"policy": "after_end"}, "start": ids[0],
            }));
            if self.dice.percent(50) {
                triggers.push(json!({
                    "id": "t4", "on": {"event": "group.joined", "with": {"group": "1"}},
                    "reentry": {"policy": "always"}, "start": ids[0],
                }));
            }
        }
        Value::Array(triggers)
    }

    fn settings(&mut self) -> Value {
        let mut settings = json!({});
        let then = self.dice.pick(&["hold", "skip"]);
        if self.dice.percent(30) {
            settings["quiet_hours"] = json!({
                "during": {"from": "21:00", "to": "08:00"}, "then": then,
            });
        }
        if self.dice.percent(30) {
            settings["caps"] = json!([{
                "messages": 1 + self.dice.below(2),
                "per": self.dice.pick(&["day", "week"]),
                "then": then,
            }]);
        }
        if !self.plain && self.dice.percent(30) {
            settings["stay_when_unsubscribed"] = json!(true);
        }
        settings
    }

    fn kind(&mut self) -> &'static str {
        let mut kinds = vec![
            "send_email",
            "send_email",
            "set_field",
            "set_field",
            "clear_field",
            "increment_field",
            "add_group",
            "remove_group",
            "add_tag",
            "remove_tag",
            "set_status",
            "http_call",
            "jump",
            "wait",
            "wait",
            "wait",
            "wait_until_date",
            "wait_until_field",
            "wait_until_field",
            "wait_for_window",
            "wait_for_any",
            "wait_for_any",
            "wait_for_any",
            "if_else",
            "if_else",
            "first_match",
            "random_split",
            "notify_team",
        ];
        if !self.plain {
            kinds.push("start_automation");
        }
        self.dice.pick(&kinds)
    }

    fn step(&mut self, id: &str, kind: &str, ahead: &[String], all: &[String]) -> Value {
        // Only what waits may lead back.
        let back = kind.starts_with("wait") && self.dice.percent(25);
        let to = if back { all.to_vec() } else { ahead.to_vec() };
        let with = self.with(kind, &to);
        let mut step = json!({"id": id, "kind": kind, "with": with});
        if !matches!(kind, "jump" | "if_else" | "random_split") {
            step["next"] = json!(self.dice.pick(&to));
        }
        let can_fail = matches!(kind, "http_call" | "send_email" | "set_field");
        if can_fail && self.dice.percent(40) {
            step["on_failure"] = json!(self.dice.pick(ahead));
        }
        step
    }

    fn with(&mut self, kind: &str, to: &[String]) -> Value {
        let field = self.dice.pick(&["n", "t", "d"]);
        let id = (1 + self.dice.below(2)).to_string();
        match kind {
            "send_email" if self.dice.percent(20) => {
                json!({"template": "1", "transactional": true})
            }
            "send_email" => json!({"template": "1"}),
            "set_field" if self.dice.percent(25) => json!({"field": "t", "from": "event.plan"}),
            "set_field" if self.dice.percent(25) => json!({"field": "n", "from": "answer"}),
            "set_field" => json!({"field": field, "value": self.value(field)}),
            "clear_field" => json!({"field": field}),
            "increment_field" => json!({"field": "n", "by": self.dice.below(7) as i64 - 3}),
            "add_group" | "remove_group" => json!({"group": id}),
            "add_tag" | "remove_tag" => json!({"tag": id}),
            "set_status" if self.dice.percent(20) => json!({"status": "unsubscribed"}),
            "set_status" => json!({"status": "active"}),
            "start_automation" => json!({"automation": (1 + self.dice.below(3)).to_string()}),
            "http_call" => json!({"url": "https://example.com/", "save": {"answer": "/value"}}),
            "notify_team" => json!({"users": ["1"], "subject": "Hello", "text": "World"}),
            "jump" => json!({"to": self.dice.pick(to)}),
            "if_else" => json!({
                "if": self.condition(), "then": self.dice.pick(to), "else": self.dice.pick(to),
            }),
            "first_match" => json!({"cases": [
                {"id": "c1", "if": self.condition(), "next": self.dice.pick(to)},
                {"id": "c2", "if": self.condition(), "next": self.dice.pick(to)},
            ]}),
            "random_split" => json!({"arms": [
                {"id": "a1", "weight": self.dice.below(4), "next": self.dice.pick(to)},
                {"id": "a2", "weight": 1 + self.dice.below(4), "next": self.dice.pick(to)},
            ]}),
            _ => self.wait(kind, to),
        }
    }

    fn wait(&mut self, kind: &str, to: &[String]) -> Value {
        let at = self.dice.pick(&["09:00", "17:30", "06:15", "23:45"]);
        let zone = self.dice.pick(&["contact", "contact", "account"]);
        let minutes = self.dice.pick(&[1, 2, 5, 10, 30, 60, 90, 240]);
        let mut with = match kind {
            "wait" if self.dice.percent(30) => {
                json!({"days": self.dice.below(3), "hours": self.dice.below(2), "at": at, "zone": zone})
            }
            "wait" if self.dice.percent(15) => json!({"days": 1, "minutes": 5}),
            "wait" => json!({"minutes": minutes}),
            "wait_until_date" => json!({"at": format!("{}T{at}:00", self.day()), "zone": zone}),
            "wait_until_field" => {
                let mut with = json!({"field": "d", "zone": zone});
                let side = self.dice.pick(&["before", "after"]);
                if self.dice.percent(60) {
                    with[side] = json!({"days": self.dice.below(2), "hours": self.dice.below(3)});
                }
                if self.dice.percent(60) {
                    with["at"] = json!(at);
                }
                for key in ["if_missing", "if_past"] {
                    if self.dice.percent(40) {
                        with[key] = json!(self.dice.pick(to));
                    }
                }
                with
            }
            "wait_for_window" => json!({"within": {
                "weekdays": self.weekdays(),
                "from": self.dice.pick(&["09:00", "12:30", "22:00"]),
                "to": self.dice.pick(&["08:00", "17:00", "21:15"]),
                "zone": zone,
            }}),
            _ => {
                let mut paths = Vec::new();
                for id in ["p1", "p2"] {
                    let mut path = self.happening();
                    path["id"] = json!(id);
                    path["next"] = json!(self.dice.pick(to));
                    paths.push(path);
                }
                json!({
                    "paths": paths, "timeout": {"minutes": minutes},
                    "since": self.dice.pick(&["step", "step", "run"]),
                })
            }
        };
        if !self.plain && matches!(kind, "wait" | "wait_until_date" | "wait_for_window") {
            with["jitter_minutes"] = json!(self.dice.below(30));
        }
        with
    }

    fn weekdays(&mut self) -> Value {
        let days = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        match self.dice.below(3) {
            0 => json!([]),
            1 => json!(days[..5]),
            _ => json!([self.dice.pick(&days), self.dice.pick(&days)]),
        }
    }

    /// A day around those that the simulation is about.
    pub(super) fn day(&mut self) -> String {
        let (month, last) = self.dice.pick(&[(3, 31), (4, 30), (10, 31), (11, 30)]);
        format!("2026-{month:02}-{:02}", 1 + self.dice.below(last))
    }

    pub(super) fn value(&mut self, field: &str) -> Value {
        match field {
            "n" => json!(self.dice.below(5)),
            "t" => json!(self.dice.pick(&["red", "Blue", "straße"])),
            _ => json!(self.day()),
        }
    }

    /// An event or a condition.
    fn happening(&mut self) -> Value {
        if self.dice.percent(40) {
            return json!({"when": self.rule_condition()});
        }
        let id = (1 + self.dice.below(2)).to_string();
        let on = match self.dice.below(7) {
            0 => json!({"event": "group.joined", "with": {"group": id}}),
            1 => json!({"event": "group.left"}),
            2 => json!({"event": "tag.added", "with": {"tag": id}}),
            3 => {
                json!({"event": "subscriber.updated", "with": {"field": self.dice.pick(&["n", "t"])}})
            }
            4 => json!({"event": "message.opened"}),
            5 => json!({"event": "event.custom", "with": {"name": "buy"},
                        "where": [{"var": "total", "op": "less_or_equal", "value": self.dice.below(6)}]}),
            _ => {
                json!({"event": "event.custom", "with": {"name": self.dice.pick(&["buy", "run"])}})
            }
        };
        json!({"on": on})
    }

    pub(super) fn condition(&mut self) -> Value {
        match self.dice.below(6) {
            0 => {
                json!({"var": {"var": "event.total", "op": "greater", "value": self.dice.below(6)}})
            }
            1 => json!({"var": {"var": "answer", "op": "is_set"}}),
            2 => json!({"any": [{"not": self.rule_condition()}, self.rule_condition()]}),
            _ => self.rule_condition(),
        }
    }

    /// One whose answer does not change by the mere passing of time.
    fn rule_condition(&mut self) -> Value {
        let leaf = |graphs: &mut Self| {
            let id = (1 + graphs.dice.below(2)).to_string();
            match graphs.dice.below(5) {
                0 => json!({"field": "n", "op": "equals", "value": graphs.dice.below(5)}),
                1 => json!({"field": "n", "op": "greater", "value": graphs.dice.below(5)}),
                2 => {
                    json!({"field": "t", "op": "equals", "value": graphs.dice.pick(&["RED", "blue", "STRASSE"])})
                }
                3 => json!({"group": {"any": [id]}}),
                _ => json!({"tag": {"none": [id]}}),
            }
        };
        let (one, other) = (leaf(self), leaf(self));
        let rule = match self.dice.below(5) {
            0 => json!({"all": [one, other]}),
            1 => json!({"any": [one, {"not": other}]}),
            _ => one,
        };
        json!({"contact": rule})
    }

    /// The document after a few edits, and which of its steps are gone.
    pub(super) fn edited(&mut self, document: &Value) -> Value {
        let mut edited = document.clone();
        for _ in 0..=self.dice.below(3) {
            let before = edited.clone();
            self.edit(&mut edited);
            // An edit may make a circle; then it is not made.
            edited = tidy(edited).unwrap_or(before);
        }
        edited
    }

    fn edit(&mut self, document: &mut Value) {
        let steps = document["steps"].as_array().cloned().unwrap_or_default();
        let ids: Vec<String> = steps
            .iter()
            .filter_map(|step| step["id"].as_str())
            .map(str::to_owned)
            .collect();
        let n = self.dice.below(steps.len());
        let id = ids[n].clone();
        if id == "done" {
            return;
        }
        match self.dice.below(4) {
            // Deleted, and what led to it leads to what followed.
            0 => {
                let next = default_next(&steps[n]).unwrap_or("done").to_owned();
                if next == id {
                    return;
                }
                document["steps"].as_array_mut().expect("a list").remove(n);
                redirect(document, &id, &next);
            }
            // One before it.
            1 => {
                let fresh = self.fresh();
                redirect(document, &id, &fresh);
                let kind = self.kind();
                let ahead = [id];
                let step = self.step(&fresh, kind, &ahead, &ahead);
                document["steps"].as_array_mut().expect("a list").push(step);
            }
            // Another thing under the same id.
            2 => {
                let kind = self.kind();
                let ahead = [
                    "done".to_owned(),
                    default_next(&steps[n]).unwrap_or("done").to_owned(),
                ];
                document["steps"][n] = self.step(&id, kind, &ahead, &ahead);
            }
            // The same kind, with other values.
            _ => {
                let kind = steps[n]["kind"].as_str().unwrap_or_default().to_owned();
                let ahead = [
                    "done".to_owned(),
                    default_next(&steps[n]).unwrap_or("done").to_owned(),
                ];
                document["steps"][n]["with"] = self.with(&kind, &ahead);
            }
        }
    }
}

/// Without the steps that nobody comes to; `None` if it has another fault.
fn tidy(mut document: Value) -> Option<Value> {
    loop {
        let parsed = Document::parse(&document).ok()?;
        let faults = validate(&parsed, &Kinds::built_in(), &known());
        let lost: Vec<&str> = faults
            .iter()
            .filter(|fault| fault.code == "unreachable")
            .filter_map(|fault| fault.step.as_ref())
            .map(crate::definition::StepId::as_str)
            .collect();
        if lost.is_empty() {
            return faults.is_empty().then_some(document);
        }
        document["steps"]
            .as_array_mut()?
            .retain(|step| !lost.contains(&step["id"].as_str().unwrap_or_default()));
    }
}

/// The way that is taken by whom is moved on, read from the JSON.
pub(super) fn default_next(step: &Value) -> Option<&str> {
    let with = &step["with"];
    step["next"]
        .as_str()
        .or_else(|| match step["kind"].as_str()? {
            "if_else" => with["else"].as_str(),
            "jump" => with["to"].as_str(),
            "random_split" => with["arms"][0]["next"].as_str(),
            _ => None,
        })
}

/// Every way to one step leads to another now.
fn redirect(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter_mut() {
                if key != "id" {
                    redirect(value, from, to);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| redirect(value, from, to)),
        Value::String(text) if text == from => to.clone_into(text),
        _ => {}
    }
}
