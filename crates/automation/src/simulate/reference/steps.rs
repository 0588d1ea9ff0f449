//! What the reference does at a step.

use serde_json::{Value, json};

use super::clock::local;
use super::{Move, Reference, Someone, Stay, Way};
use crate::chance;
use crate::definition::StepId;

impl Reference {
    pub(super) fn may_send(&self, who: i64, step: &Value) -> Move {
        let someone = &self.people[&who];
        let way = someone.way.as_ref().expect("it sends");
        let transactional = step["with"]["transactional"] == true;
        let send = Move::To(String::new(), String::new());
        match someone.status.as_str() {
            "active" => {}
            "unconfirmed" | "unsubscribed" if transactional => {}
            _ => return Move::Skip,
        }
        if transactional {
            return send;
        }
        let settings = &self.documents[&way.version]["settings"];
        let zone = self.zone(who, &Value::Null);
        let quiet = &settings["quiet_hours"];
        let mut blocked = Vec::new();
        if quiet.is_object() && Self::in_window(&quiet["during"], self.now, &zone) {
            blocked.push(&quiet["then"]);
        }
        for cap in settings["caps"].as_array().into_iter().flatten() {
            let period = |at: i64| {
                let date = local(at, &zone).date();
                match cap["per"].as_str() {
                    Some("day") => (date.year(), date.day_of_year()),
                    _ => (
                        date.iso_week_date().year(),
                        date.iso_week_date().week().into(),
                    ),
                }
            };
            let sent = someone
                .sent
                .iter()
                .filter(|at| period(**at) == period(self.now));
            if sent.count() as u64 >= cap["messages"].as_u64().expect("a number") {
                blocked.push(&cap["then"]);
            }
        }
        match blocked.first() {
            None => send,
            Some(then) if **then == "hold" => Move::Stay(Stay::Waits),
            Some(_) => Move::Skip,
        }
    }

    pub(super) fn sent(&mut self, who: i64, step: &Value, there: Move) -> Move {
        match there {
            Move::To(..) => {
                self.people
                    .get_mut(&who)
                    .expect("a contact")
                    .sent
                    .push(self.now);
                if step["on_failure"].is_null() {
                    next(step)
                } else {
                    Move::Stay(Stay::Awaits)
                }
            }
            other => other,
        }
    }

    /// Begins a step, and those that follow, until one that holds.
    pub(super) fn walk(&mut self, who: i64, to: &str) {
        let mut to = to.to_owned();
        for _ in 0..1_000 {
            let now = self.now;
            let someone = self.people.get_mut(&who).expect("a contact");
            let length = someone.history.len();
            let way = someone.way.as_mut().expect("it walks");
            way.at.clone_from(&to);
            way.came = now;
            way.after = length;
            way.ripe = false;
            way.state = Stay::Waits;
            let step = self.step(way_version(&self.people[&who]), &to).clone();
            let there = match step["kind"].as_str().expect("a kind") {
                "send_email" => {
                    if self.leaves(who, 0..0) {
                        return;
                    }
                    match self.may_send(who, &step) {
                        there @ Move::Stay(_) => there,
                        there => self.sent(who, &step, there),
                    }
                }
                kind => self.begin(who, kind, &step),
            };
            if let Move::Stay(state) = there {
                self.way(who).state = state;
                return;
            }
            match self.settle(who, &step, there) {
                Some(next) => to = next,
                None => return,
            }
        }
        self.way(who).at.clone_from(&to);
        self.note(who, &to, "parked");
        self.way(who).state = Stay::Parked;
    }

    pub(super) fn way(&mut self, who: i64) -> &mut Way {
        (self.people.get_mut(&who).expect("a contact").way.as_mut()).expect("it is under way")
    }

    /// From where the run is.
    pub(super) fn go(&mut self, who: i64, there: Move) {
        let way = self.way(who);
        let (version, at) = (way.version, way.at.clone());
        let step = self.step(version, &at).clone();
        if let Move::Stay(state) = there {
            self.way(who).state = state;
        } else if let Some(next) = self.settle(who, &step, there) {
            self.walk(who, &next);
        }
    }

    pub(super) fn settle(&mut self, who: i64, step: &Value, there: Move) -> Option<String> {
        let at = step["id"].as_str().expect("an id").to_owned();
        let text = |key: &str| step[key].as_str().map(str::to_owned);
        match there {
            Move::To(next, edge) => {
                self.note(who, &at, format!("passed {edge}"));
                Some(next)
            }
            Move::Skip => {
                self.note(who, &at, "skipped");
                text("next")
            }
            Move::Fail => {
                let goes_on = matches!(step["kind"].as_str(), Some("send_email" | "notify_team"));
                if let Some(next) = text("on_failure").or(text("next").filter(|_| goes_on)) {
                    self.note(who, &at, "failed");
                    return Some(next);
                }
                self.note(who, &at, "parked");
                self.way(who).state = Stay::Parked;
                None
            }
            Move::End => {
                self.end(who, &at, "completed");
                None
            }
            Move::Stay(_) => None,
        }
    }

    pub(super) fn begin(&mut self, who: i64, kind: &str, step: &Value) -> Move {
        let with = &step["with"];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let id = |key: &str| text(&with[key]).parse::<i64>().expect("digits");
        let way = self.way(who).clone();
        let waits = Move::Stay(Stay::Waits);
        match kind {
            "set_field" => {
                let value = match with["from"].as_str() {
                    None => Some(with["value"].clone()),
                    Some("event.plan") => way.event.get("plan").cloned(),
                    Some(_) => way.vars.get("answer").cloned(),
                };
                let Some(value) = value else {
                    return Move::Fail;
                };
                let field = text(&with["field"]);
                self.someone(who).change_field(&field, Some(value));
                next(step)
            }
            "clear_field" => {
                let field = text(&with["field"]);
                self.someone(who).change_field(&field, None);
                next(step)
            }
            "increment_field" => {
                let someone = self.someone(who);
                let old = someone.fields.get("n").and_then(Value::as_i64).unwrap_or(0);
                someone.change_field("n", Some(json!(old + with["by"].as_i64().expect("it"))));
                next(step)
            }
            "add_group" | "remove_group" | "add_tag" | "remove_tag" => {
                self.membership(
                    who,
                    kind,
                    id(if kind.ends_with("tag") {
                        "tag"
                    } else {
                        "group"
                    }),
                );
                next(step)
            }
            "set_status" => {
                let someone = self.someone(who);
                if someone.status != text(&with["status"]) {
                    someone.status = text(&with["status"]);
                    someone.happened("subscriber.status_changed", None, json!({}));
                }
                next(step)
            }
            "http_call" => Move::Stay(Stay::Awaits),
            "notify_team" => next(step),
            "jump" => Move::To(text(&with["to"]), "jump".to_owned()),
            "end" => Move::End,
            "if_else" => {
                let holds = self.people[&who].condition(&with["if"], &way);
                let edge = if holds { "then" } else { "else" };
                Move::To(text(&with[edge]), edge.to_owned())
            }
            "first_match" => (with["cases"].as_array().expect("a list").iter())
                .find(|case| self.people[&who].condition(&case["if"], &way))
                .map_or_else(
                    || next(step),
                    |case| Move::To(text(&case["next"]), text(&case["id"])),
                ),
            "random_split" => self.draw(who, step, &way),
            "wait_for_any" => {
                let someone = &self.people[&who];
                let from = if with["since"] == "run" {
                    way.began
                } else {
                    way.after
                };
                let paths = with["paths"].as_array().expect("a list");
                let open = paths.iter().find(|path| {
                    (path["on"].is_object()
                        && (from..someone.history.len())
                            .any(|place| someone.means(&path["on"], place)))
                        || (path["when"].is_object() && someone.condition(&path["when"], &way))
                });
                open.map_or(waits, |path| {
                    Move::To(text(&path["next"]), text(&path["id"]))
                })
            }
            "wait_until_field" => match self.compare_field(who, &way, step) {
                None => missing(step),
                Some(1) if with["if_past"].is_string() => {
                    Move::To(text(&with["if_past"]), "if_past".to_owned())
                }
                Some(0 | 1) => next(step),
                Some(_) => waits,
            },
            _ if self.is_ripe(who, &way) => next(step),
            _ => waits,
        }
    }

    pub(super) fn someone(&mut self, who: i64) -> &mut Someone {
        self.people.get_mut(&who).expect("a contact")
    }

    pub(super) fn membership(&mut self, who: i64, kind: &str, id: i64) {
        let someone = self.someone(who);
        let (changed, event) = match kind {
            "add_group" => (someone.groups.insert(id), "group.joined"),
            "remove_group" => (someone.groups.remove(&id), "group.left"),
            "add_tag" => (someone.tags.insert(id), "tag.added"),
            _ => (someone.tags.remove(&id), "tag.removed"),
        };
        if changed {
            someone.happened(event, Some(id), json!({}));
        }
    }

    pub(super) fn draw(&mut self, who: i64, step: &Value, way: &Way) -> Move {
        let id = step["id"].as_str().expect("an id");
        let arms = step["with"]["arms"].as_array().expect("a list");
        let there = |arm: &Value| {
            let text = |key: &str| arm[key].as_str().expect("a text").to_owned();
            Move::To(text("next"), text("id"))
        };
        if let Some(arm) =
            (way.arms.get(id)).and_then(|it| arms.iter().find(|arm| arm["id"] == **it))
        {
            return there(arm);
        }
        let mut lots = Vec::new();
        for arm in arms {
            lots.extend(std::iter::repeat_n(
                arm,
                arm["weight"].as_u64().expect("a number") as usize,
            ));
        }
        let step_id = StepId::parse(id).expect("an id");
        let arm = lots[chance::place(who, &step_id, lots.len() as u64) as usize];
        let drawn = arm["id"].as_str().expect("an id").to_owned();
        self.way(who).arms.insert(id.to_owned(), drawn);
        there(arm)
    }
}

pub(super) fn way_version(someone: &Someone) -> i64 {
    someone.way.as_ref().expect("it is under way").version
}

pub(super) fn next(step: &Value) -> Move {
    let next = step["next"].as_str().expect("a step").to_owned();
    Move::To(next, "next".to_owned())
}

pub(super) fn missing(step: &Value) -> Move {
    match step["with"]["if_missing"].as_str() {
        Some(to) => Move::To(to.to_owned(), "if_missing".to_owned()),
        None => next(step),
    }
}
