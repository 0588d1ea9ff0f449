//! From JSON, with every fault of form and its place.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{Body, Document, Exit, Goal, MAX_DOCUMENT_BYTES, Settings, Step, StepId, VERSION};
use crate::fault::Fault;

/// After so many faults the rest is not worth reading.
const MAX_FAULTS: usize = 100;
const KEYS: [&str; 6] = ["version", "triggers", "steps", "goal", "exits", "settings"];
const STEP_KEYS: [&str; 7] = ["id", "name", "kind", "with", "next", "on_failure", "retry"];

impl Document {
    /// Reads the JSON form. What exists in the account is looked at later, by [`crate::validate`].
    pub fn parse(json: &Value) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let document = reader.document(json);
        match document {
            Some(document) if reader.faults.is_empty() => Ok(document),
            _ => Err(reader.faults),
        }
    }

    /// Reads JSON text, such as the body of a request or a stored version.
    pub fn parse_text(text: &str) -> Result<Self, Vec<Fault>> {
        if text.len() > MAX_DOCUMENT_BYTES {
            return Err(vec![Fault::new(
                "",
                "too_large",
                format!(
                    "has {} bytes, the limit is {MAX_DOCUMENT_BYTES}: divide it into two automations, \
                     of which one starts the other",
                    text.len()
                ),
            )]);
        }
        let value = serde_json::from_str(text).map_err(|error| {
            vec![Fault::new(
                "",
                "invalid_json",
                format!("is not JSON: {error}"),
            )]
        })?;
        Self::parse(&value)
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(d)?).map_err(|faults| {
            serde::de::Error::custom(faults.first().map_or_else(
                || "the automation is invalid".to_owned(),
                ToString::to_string,
            ))
        })
    }
}

/// Reads a part whose form serde knows. The error has the path inside of it and what is wrong.
pub(super) fn typed<T: DeserializeOwned>(json: &Value) -> Result<T, (String, String)> {
    // serde would take the values from a list too, by position.
    if !json.is_object() {
        return Err((String::new(), "must be an object".to_owned()));
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = match error.path().to_string() {
            root if root == "." => String::new(),
            path => path,
        };
        (path, error.into_inner().to_string())
    })
}

#[derive(Default)]
struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn fail<T>(&mut self, fault: Fault) -> Option<T> {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
        None
    }

    fn document(&mut self, json: &Value) -> Option<Document> {
        let Some(object) = json.as_object() else {
            return self.fail(Fault::new("", "wrong_type", "must be an object"));
        };
        self.known_keys(object, &KEYS, "", None);
        if let Some(version) = object.get("version")
            && version.as_u64() != Some(VERSION)
        {
            return self.fail(Fault::new(
                "version",
                "unsupported_version",
                format!("must be {VERSION}, the only version of this form"),
            ));
        }
        let triggers = self.list(object, "triggers", |reader, json, path| {
            reader.part(json, path)
        });
        let steps = self.list(object, "steps", Self::step);
        let goal: Option<Option<Goal>> = match object.get("goal") {
            None | Some(Value::Null) => Some(None),
            Some(json) => self.part(json, "goal").map(Some),
        };
        let exits: Option<Vec<Exit>> = match object.get("exits") {
            None => Some(Vec::new()),
            Some(_) => self.list(object, "exits", |reader, json, path| {
                reader.part(json, path)
            }),
        };
        let settings: Option<Settings> = match object.get("settings") {
            None => Some(Settings::default()),
            Some(json) => self.part(json, "settings"),
        };
        Some(Document {
            triggers: triggers?,
            steps: steps?,
            goal: goal?,
            exits: exits?,
            settings: settings?,
        })
    }

    fn list<T>(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        mut read: impl FnMut(&mut Self, &Value, &str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(json) = object.get(key) else {
            return self.fail(Fault::new(key, "required", "must be a list"));
        };
        let Some(items) = json.as_array() else {
            return self.fail(Fault::new(key, "wrong_type", "must be a list"));
        };
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(n, item)| read(self, item, &format!("{key}[{n}]")))
            .collect();
        read.into_iter().collect()
    }

    fn part<T: DeserializeOwned>(&mut self, json: &Value, path: &str) -> Option<T> {
        match typed(json) {
            Ok(part) => Some(part),
            Err((inner, message)) => self.fail(Fault::new(join(path, &inner), "invalid", message)),
        }
    }

    fn known_keys(
        &mut self,
        object: &Map<String, Value>,
        known: &[&str],
        path: &str,
        step: Option<&StepId>,
    ) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let fault = Fault::new(
                join(path, key),
                "unknown",
                format!("is not known; the keys are {}", known.join(", ")),
            );
            self.fail::<()>(fault.of(step));
        }
    }

    fn step(&mut self, json: &Value, path: &str) -> Option<Step> {
        let Some(object) = json.as_object() else {
            return self.fail(Fault::new(path, "wrong_type", "must be an object"));
        };
        let id = self.id(object, "id", path, None)?;
        let Some(id) = id else {
            return self.fail(Fault::new(
                join(path, "id"),
                "required",
                "name the step, such as \"welcome\"",
            ));
        };
        self.known_keys(object, &STEP_KEYS, path, Some(&id));
        let name = match object.get("name") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(_) => {
                let fault = Fault::new(join(path, "name"), "wrong_type", "must be a text");
                return self.fail(fault.of(Some(&id)));
            }
        };
        let next = self.id(object, "next", path, Some(&id));
        let on_failure = self.id(object, "on_failure", path, Some(&id));
        let retry = match object.get("retry") {
            None | Some(Value::Null) => Some(None),
            Some(json) => match typed(json) {
                Ok(retry) => Some(Some(retry)),
                Err((inner, message)) => {
                    let at = join(&join(path, "retry"), &inner);
                    self.fail(Fault::new(at, "invalid", message).of(Some(&id)))
                }
            },
        };
        let Some(kind) = object.get("kind").and_then(Value::as_str) else {
            let fault = Fault::new(
                join(path, "kind"),
                "required",
                format!("say what the step does: {}", Body::KINDS.join(", ")),
            );
            return self.fail(fault.of(Some(&id)));
        };
        let empty = Value::Object(Map::new());
        let with = object.get("with").unwrap_or(&empty);
        let body = match Body::read(kind, with) {
            Ok(body) => Some(body),
            Err((inner, message)) => {
                let at = join(&join(path, "with"), &inner);
                self.fail(Fault::new(at, "invalid", message).of(Some(&id)))
            }
        };
        Some(Step {
            name,
            body: body?,
            next: next?,
            on_failure: on_failure?,
            retry: retry?,
            id,
        })
    }

    /// The outer option is whether it could be read.
    fn id(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
        path: &str,
        step: Option<&StepId>,
    ) -> Option<Option<StepId>> {
        let fault = match object.get(key) {
            None | Some(Value::Null) => return Some(None),
            Some(Value::String(text)) => match StepId::parse(text) {
                Ok(id) => return Some(Some(id)),
                Err(why) => Fault::new(join(path, key), "invalid", why),
            },
            Some(_) => Fault::new(join(path, key), "wrong_type", "must be the id of a step"),
        };
        self.fail(fault.of(step))
    }
}

/// `a` and `b` give `a.b`; an index (`[0]`) needs no dot.
pub(crate) fn join(parent: &str, child: &str) -> String {
    if parent.is_empty() || child.is_empty() || child.starts_with('[') {
        format!("{parent}{child}")
    } else {
        format!("{parent}.{child}")
    }
}
