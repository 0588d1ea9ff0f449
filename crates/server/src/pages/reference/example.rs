//! Examples of bodies: the document's own, else made from the schema.

use serde_json::{Map, Value, json};

use super::resolve;

const DEEPEST: usize = 8;

/// The example of a media type (`content."application/json"`), if one can be told.
pub(super) fn of_content(document: &Value, content: &Value) -> Option<Value> {
    if let Some(example) = content.get("example") {
        return Some(example.clone());
    }
    if let Some(first) = content
        .get("examples")
        .and_then(Value::as_object)
        .and_then(|examples| examples.values().next())
    {
        return resolve(document, first).get("value").cloned();
    }
    content
        .get("schema")
        .and_then(|schema| of_schema(document, schema, 0))
}

fn of_schema(document: &Value, schema: &Value, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let schema = resolve(document, schema);
    let given = schema
        .get("example")
        .or_else(|| schema.get("examples")?.get(0))
        .or_else(|| schema.get("const"))
        .or_else(|| schema.get("default"))
        .or_else(|| schema.get("enum")?.get(0));
    if let Some(given) = given {
        return Some(given.clone());
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut all = Map::new();
        for part in parts {
            match of_schema(document, part, depth + 1)? {
                Value::Object(object) => all.extend(object),
                other => return Some(other),
            }
        }
        return Some(Value::Object(all));
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(parts) = schema.get(key).and_then(Value::as_array) {
            return parts
                .iter()
                .filter(|part| part.get("type").and_then(Value::as_str) != Some("null"))
                .find_map(|part| of_schema(document, part, depth + 1));
        }
    }
    Some(match kind(schema)? {
        "object" => {
            let mut object = Map::new();
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                if let Some(value) = of_schema(document, property, depth + 1) {
                    object.insert(name.clone(), value);
                }
            }
            Value::Object(object)
        }
        "array" => {
            let item = schema
                .get("items")
                .and_then(|items| of_schema(document, items, depth + 1));
            Value::Array(item.into_iter().collect())
        }
        "string" => text(schema),
        "integer" => json!(schema.get("minimum").and_then(Value::as_i64).unwrap_or(1)),
        "number" => json!(0.5),
        "boolean" => json!(true),
        _ => return None,
    })
}

fn text(schema: &Value) -> Value {
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-05-04T09:30:00Z",
        Some("date") => "2026-05-04",
        Some("email") => "ada@example.com",
        Some("uri") => "https://example.com/",
        Some("password") => "correct horse battery",
        _ => "text",
    };
    json!(text)
}

/// The type, without "or null".
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_given_or_made() {
        let document = json!({"components": {"schemas": {
            "Person": {"type": "object", "properties": {
                "id": {"type": "string", "examples": ["1"]},
                "at": {"type": ["string", "null"], "format": "date-time"},
                "boss": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Person"}]},
                "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
            }}
        }}});
        let content = json!({"schema": {"$ref": "#/components/schemas/Person"}});
        let example = of_content(&document, &content).unwrap();
        assert_eq!(example["id"], "1");
        assert_eq!(example["at"], "2026-05-04T09:30:00Z");
        assert_eq!(example["tags"], json!(["a"]));
        assert_eq!(example["boss"]["id"], "1");
        let given = json!({"schema": {"type": "object"}, "example": {"x": 1}});
        assert_eq!(of_content(&document, &given), Some(json!({"x": 1})));
    }
}
