//! A contact of the reference, and what is true of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Someone, Way};

impl Someone {
    pub(crate) fn new(zone: Option<TimeZone>) -> Self {
        Self {
            zone,
            status: "active".to_owned(),
            fields: BTreeMap::new(),
            groups: BTreeSet::new(),
            tags: BTreeSet::new(),
            history: Vec::new(),
            heard: 0,
            sent: Vec::new(),
            runs: 0,
            last: None,
            way: None,
            lines: Vec::new(),
        }
    }

    /// Makes a change of a field, a group, a tag or the status, from outside.
    pub(crate) fn patch(&mut self, what: &str, value: &Value) {
        match what {
            "group" => drop(self.groups.insert(value.as_i64().expect("an id"))),
            "ungroup" => drop(self.groups.remove(&value.as_i64().expect("an id"))),
            "tag" => drop(self.tags.insert(value.as_i64().expect("an id"))),
            "status" => value.as_str().expect("a text").clone_into(&mut self.status),
            field if value.is_null() => drop(self.fields.remove(field)),
            field => drop(self.fields.insert(field.to_owned(), value.clone())),
        }
    }

    pub(super) fn happened(&mut self, kind: &str, subject: Option<i64>, body: Value) {
        self.history.push((kind.to_owned(), subject, body));
    }

    pub(super) fn change_field(&mut self, field: &str, value: Option<Value>) {
        if self.fields.get(field) != value.as_ref() {
            self.patch(field, &value.unwrap_or_default());
            self.happened("subscriber.updated", None, json!({"changed": [field]}));
        }
    }

    pub(super) fn rule(&self, rule: &Value) -> bool {
        let list = |key: &str| rule[key].as_array();
        let ids = |value: &Value| -> Vec<i64> {
            let ids = value.as_array().into_iter().flatten();
            ids.map(|id| id.as_str().expect("an id").parse().expect("digits"))
                .collect()
        };
        if let Some(parts) = list("all") {
            return parts.iter().all(|part| self.rule(part));
        }
        if let Some(parts) = list("any") {
            return parts.iter().any(|part| self.rule(part));
        }
        if rule["not"].is_object() {
            return !self.rule(&rule["not"]);
        }
        if rule["group"].is_object() {
            return ids(&rule["group"]["any"])
                .iter()
                .any(|id| self.groups.contains(id));
        }
        if rule["tag"].is_object() {
            return ids(&rule["tag"]["none"])
                .iter()
                .all(|id| !self.tags.contains(id));
        }
        let Some(value) = self.fields.get(rule["field"].as_str().expect("a field")) else {
            return false;
        };
        let plain = |value: &Value| {
            value
                .as_str()
                .map(|it| it.to_lowercase().replace('ß', "ss"))
        };
        match rule["op"].as_str() {
            Some("greater") => value.as_i64() > rule["value"].as_i64(),
            _ => value.as_i64() == rule["value"].as_i64() && plain(value) == plain(&rule["value"]),
        }
    }

    pub(super) fn condition(&self, condition: &Value, way: &Way) -> bool {
        if let Some(parts) = condition["any"].as_array() {
            return parts.iter().any(|part| self.condition(part, way));
        }
        if condition["not"].is_object() {
            return !self.condition(&condition["not"], way);
        }
        if condition["contact"].is_object() {
            return self.rule(&condition["contact"]);
        }
        match condition["var"]["op"].as_str() {
            Some("is_set") => way.vars.get("answer").is_some_and(|it| !it.is_null()),
            _ => (way.event["total"].as_i64())
                .is_some_and(|total| total > condition["var"]["value"].as_i64().expect("a number")),
        }
    }

    /// Whether the pattern means what stands at this place of the history.
    pub(super) fn means(&self, on: &Value, place: usize) -> bool {
        let (kind, subject, body) = &self.history[place];
        let id = |key: &str| {
            on["with"][key]
                .as_str()
                .map(|it| it.parse::<i64>().expect("digits"))
        };
        let total = body["total"].as_i64();
        on["event"] == *kind
            && (id("group").is_none() || id("group") == *subject)
            && (id("tag").is_none() || id("tag") == *subject)
            && (on["with"]["name"].is_null() || on["with"]["name"] == body["name"])
            && (on["with"]["field"].is_null()
                || (body["changed"].as_array()).is_some_and(|it| it.contains(&on["with"]["field"])))
            && on["where"].as_array().into_iter().flatten().all(|test| {
                let wanted = test["value"].as_i64();
                total.is_some()
                    && match test["op"].as_str() {
                        Some("greater") => total > wanted,
                        _ => total <= wanted,
                    }
            })
    }
}
