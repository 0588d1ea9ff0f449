//! Examples for bodies that have none of their own, put together from the examples of their parts.

use serde_json::{Map, Value, json};

/// How deep schemas that contain themselves are followed.
const DEEPEST: usize = 8;

/// All schemas of the document, by name.
pub(super) struct Examples {
    schemas: Value,
}

impl Examples {
    pub(super) fn new(schemas: Value) -> Self {
        Self { schemas }
    }

    /// An example of what fits `schema`.
    pub(super) fn of(&self, schema: &Value) -> Value {
        self.make(schema, 0)
    }

    fn make(&self, schema: &Value, depth: usize) -> Value {
        if let Some(own) = own(schema) {
            return own.clone();
        }
        if depth == DEEPEST {
            return Value::Null;
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next()) {
            return self.make(&self.schemas[name], depth + 1);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let objects = parts.iter().map(|part| self.make(part, depth + 1));
            return objects.fold(json!({}), |mut all, part| {
                if let (Some(all), Value::Object(part)) = (all.as_object_mut(), part) {
                    all.extend(part);
                }
                all
            });
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let first = choices.iter().find(|one| one["type"] != "null");
                return first.map_or(Value::Null, |one| self.make(one, depth + 1));
            }
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        match kind(schema) {
            "object" => self.object(schema, depth),
            "array" => json!([self.make(&schema["items"], depth + 1)]),
            "string" => text(schema).into(),
            "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
            "number" => schema.get("minimum").cloned().unwrap_or(json!(0.5)),
            "boolean" => json!(true),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let parts = schema["properties"].as_object();
        let parts = parts.into_iter().flatten();
        let object: Map<String, Value> = parts
            .map(|(name, part)| (name.clone(), self.make(part, depth + 1)))
            .collect();
        object.into()
    }
}

fn own(schema: &Value) -> Option<&Value> {
    ["example", "default"]
        .iter()
        .find_map(|name| schema.get(name))
        .or_else(|| schema["examples"].get(0))
}

/// The type, without "or null".
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(all) => all
            .iter()
            .filter_map(Value::as_str)
            .find(|one| *one != "null")
            .unwrap_or_default(),
        one => one.as_str().unwrap_or_default(),
    }
}

fn text(schema: &Value) -> &'static str {
    match schema["format"].as_str() {
        Some("date-time") => "2026-05-04T09:30:00Z",
        Some("date") => "2026-05-04",
        Some("uri") => "https://example.com/",
        Some("email") => "ada@example.com",
        Some("password") => "correct horse battery",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_together() {
        let examples = Examples::new(json!({
            "Page": {"type": "object", "properties": {
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
                "next_cursor": {"type": ["string", "null"], "example": null},
            }},
            "Thing": {"allOf": [
                {"type": "object", "properties": {"id": {"type": "string", "examples": ["5"]}}},
                {"type": "object", "properties": {
                    "at": {"oneOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]},
                    "kind": {"type": "string", "enum": ["plain"]},
                    "size": {"type": "integer", "minimum": 3},
                }},
            ]},
            "Endless": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
        }));
        assert_eq!(
            examples.of(&json!({"$ref": "#/components/schemas/Page"})),
            json!({
                "data": [{"id": "5", "at": "2026-05-04T09:30:00Z", "kind": "plain", "size": 3}],
                "next_cursor": null,
            })
        );
        assert!(
            examples
                .of(&json!({"$ref": "#/components/schemas/Endless"}))
                .is_object()
        );
    }
}
