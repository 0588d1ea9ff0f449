//! Settings, and what names a person.

use std::net::IpAddr;

use kernel::{Error, FieldError, Result, fold};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::subscribers::Subscriber;
use crate::uses::Use;

/// How long an account keeps what people did. `null` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PrivacySettings, example = json!({"event_days": 730, "ip_days": 30}))]
pub struct Settings {
    /// Days after which events, opens and clicks are deleted, and the histories of automations that somebody is through
    /// with, 30 to 3,650. Totals of reports stay. So does what proves that one may write to somebody, or not: consent,
    /// changes of status, unsubscribes.
    #[schema(required, minimum = 30, maximum = 3650)]
    pub event_days: Option<i64>,
    /// Days after which the IP addresses of opens and clicks are removed, 1 to 3,650. That of a consent is its evidence
    /// and stays with the person.
    #[schema(required, minimum = 1, maximum = 3650)]
    pub ip_days: Option<i64>,
}

impl Settings {
    pub(super) fn checked(self) -> Result<Self> {
        let mut errors = Vec::new();
        for (field, days, least) in [
            ("event_days", self.event_days, 30),
            ("ip_days", self.ip_days, 1),
        ] {
            if days.is_some_and(|days| !(least..=3650).contains(&days)) {
                let message = format!("give {least} to 3650 days, or null for ever");
                errors.push(FieldError::new(field, "out_of_range", message));
            }
        }
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(Error::Invalid(errors))
        }
    }
}

/// That somebody was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"mentions": [{"kind": "segment", "id": "361240977588224000", "name": "Without Ada"}]}))]
pub struct Erased {
    /// What still names the person because somebody wrote it there: change these by hand.
    pub(crate) mentions: Vec<Use>,
}

/// What is put in the place of a text that names the person.
pub(super) const BLANK: &str = "(erased)";

/// What names a person.
#[derive(Clone, Debug)]
pub(super) struct Traces {
    /// Found anywhere within a text, in lower case.
    pub within: Vec<String>,
    /// Found when they are the whole text, folded.
    whole: Vec<String>,
}

impl Traces {
    pub(super) fn of(person: &Subscriber) -> Self {
        let mut within = vec![fold(&person.email), person.email.to_lowercase()];
        within.extend(
            person
                .phone
                .iter()
                .filter(|phone| phone.len() >= 5)
                .map(|phone| phone.to_lowercase()),
        );
        // As they stand in JSON, where quotes are escaped.
        let escaped: Vec<String> = within
            .iter()
            .map(|text| Value::from(text.as_str()).to_string())
            .map(|text| text.trim_matches('"').to_owned())
            .collect();
        within.extend(escaped);
        within.sort();
        within.dedup();
        let names = [&person.first_name, &person.last_name];
        let mut whole: Vec<String> = names.into_iter().flatten().map(|name| fold(name)).collect();
        if let (Some(first), Some(last)) = (&person.first_name, &person.last_name) {
            whole.push(fold(&format!("{first} {last}")));
        }
        whole.extend(person.phone.iter().map(|phone| fold(phone)));
        Self { within, whole }
    }

    /// With the addresses that the bodies of events speak of.
    pub(super) fn and_addresses(mut self, bodies: &[Value]) -> Self {
        let texts = bodies.iter().filter_map(Value::as_object);
        let texts = texts.flat_map(Map::values).filter_map(Value::as_str);
        for address in texts.filter(|text| text.contains('@')) {
            self.within.push(fold(address));
            self.within.push(address.to_lowercase());
        }
        self.within.sort();
        self.within.dedup();
        self
    }

    pub(super) fn names(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        let folded = fold(text);
        self.within
            .iter()
            .any(|it| lower.contains(it.as_str()) || folded.contains(it.as_str()))
            || self.whole.contains(&folded)
    }

    /// A stored text without the person: of JSON only the texts in it that name them.
    pub(super) fn blank(&self, text: &str) -> String {
        match serde_json::from_str::<Value>(text) {
            Ok(mut json @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => {
                self.blank_json(&mut json);
                json.to_string()
            }
            _ => BLANK.to_owned(),
        }
    }

    fn blank_json(&self, json: &mut Value) {
        match json {
            Value::String(text) if self.names(text) => *json = BLANK.into(),
            Value::Array(list) => list.iter_mut().for_each(|it| self.blank_json(it)),
            Value::Object(map) => {
                let named: Vec<String> = map.keys().filter(|it| self.names(it)).cloned().collect();
                for key in named {
                    map.remove(&key);
                }
                map.values_mut().for_each(|it| self.blank_json(it));
            }
            _ => {}
        }
    }
}

/// What an event may go on saying of nobody: numbers, and words of ours under names that are known to hold no more.
const KEPT: [&str; 22] = [
    "actor",
    "at",
    "campaign_id",
    "changed",
    "class",
    "code",
    "consent_at",
    "from",
    "group_id",
    "group_ids",
    "import_id",
    "link",
    "link_id",
    "link_number",
    "message_id",
    "method",
    "source",
    "status",
    "tag_id",
    "tag_ids",
    "to",
    "transport_id",
];

/// The body of an event without the person; `None` if it is that already. `traces` are known while the person is.
pub(super) fn anonymous(body: &Value, traces: Option<&Traces>) -> Option<Value> {
    let Value::Object(map) = body else {
        return (*body != Value::Null).then(|| Value::Object(Map::new()));
    };
    let mut kept = map.clone();
    kept.retain(|key, value| KEPT.contains(&key.as_str()) && is_word(value, traces));
    (kept.len() < map.len()).then_some(Value::Object(kept))
}

fn is_word(value: &Value, traces: Option<&Traces>) -> bool {
    match value {
        Value::String(text) => {
            text.len() <= 60
                && !text.contains('@')
                && !text.contains(char::is_whitespace)
                && text.parse::<IpAddr>().is_err()
                && !traces.is_some_and(|traces| traces.names(text))
        }
        Value::Array(list) => list.iter().all(|it| is_word(it, traces)),
        Value::Object(_) => false,
        _ => true,
    }
}
