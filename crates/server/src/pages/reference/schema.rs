//! Schemas as types that people read, and as tables of properties.

use std::fmt::Write as _;

use serde_json::Value;
use web::html::escape;

use super::{name_of, prose};

/// The type in a few words, with links to named schemas.
pub(super) fn type_of(schema: &Value) -> String {
    if let Some(name) = name_of(schema) {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(parts) = schema.get("oneOf").or_else(|| schema.get("anyOf")) {
        return joined(parts, " or ");
    }
    if let Some(parts) = schema.get("allOf") {
        return joined(parts, " and ");
    }
    if let Some(value) = schema.get("const") {
        return format!("<code>{}</code>", escape(&value.to_string()));
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(|value| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                format!("<code>{}</code>", escape(&text))
            })
            .collect();
        return values.join(" | ");
    }
    let kinds: Vec<&str> = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec!["anything"],
    };
    let words: Vec<String> = kinds.iter().map(|kind| word(schema, kind)).collect();
    words.join(" or ")
}

fn word(schema: &Value, kind: &str) -> String {
    let format = schema.get("format").and_then(Value::as_str);
    match (kind, format) {
        ("array", _) => {
            let items = schema
                .get("items")
                .map_or_else(|| "anything".to_owned(), type_of);
            format!("list of {items}")
        }
        ("object", _) => match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => format!("object of {}", type_of(values)),
            _ => "object".to_owned(),
        },
        ("string", Some("date-time")) => "time".to_owned(),
        ("string", Some(format @ ("date" | "email" | "uri" | "password" | "binary"))) => {
            format.to_owned()
        }
        ("string", _) => "text".to_owned(),
        (other, _) => escape(other),
    }
}

fn joined(parts: &Value, word: &str) -> String {
    let parts: Vec<String> = parts
        .as_array()
        .into_iter()
        .flatten()
        .map(type_of)
        .collect();
    parts.join(word)
}

/// Limits in words.
pub(super) fn limits(schema: &Value) -> String {
    let mut parts = Vec::new();
    for (key, words) in [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("minLength", "characters, at least"),
        ("maxLength", "characters, at most"),
        ("minItems", "entries, at least"),
        ("maxItems", "entries, at most"),
    ] {
        if let Some(limit) = schema.get(key) {
            parts.push(format!("{words} {}", escape(&limit.to_string())));
        }
    }
    if let Some(default) = schema.get("default").filter(|value| !value.is_null()) {
        parts.push(format!(
            "default <code>{}</code>",
            escape(&default.to_string())
        ));
    }
    parts.join("; ")
}

/// The properties as rows, or the type if it has none.
pub(super) fn table(schema: &Value) -> String {
    let parts = schema.get("allOf").and_then(Value::as_array);
    let owners: Vec<&Value> = match parts {
        Some(parts) => parts.iter().collect(),
        None => vec![schema],
    };
    let mut rows = String::new();
    let mut based_on = Vec::new();
    for owner in owners {
        if name_of(owner).is_some() {
            based_on.push(type_of(owner));
        }
        let required: Vec<&str> = owner
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let properties = owner.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            rows.push_str(&row(name, property, required.contains(&name.as_str())));
        }
    }
    let mut out = String::new();
    if !based_on.is_empty() {
        let _ = write!(out, "<p>Everything of {}, and:</p>", based_on.join(" and "));
    }
    if rows.is_empty() && based_on.is_empty() {
        let _ = write!(out, "<p class=\"type\">{}</p>", type_of(schema));
        out.push_str(&variants(schema));
    } else if !rows.is_empty() {
        let _ = write!(out, "<dl>{rows}</dl>");
    }
    out
}

/// Inline alternatives, each with its own properties.
fn variants(schema: &Value) -> String {
    let parts = schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))
        .and_then(Value::as_array);
    let mut out = String::new();
    for part in parts.into_iter().flatten() {
        if part.get("properties").is_none() {
            continue;
        }
        let about = part
            .get("description")
            .and_then(Value::as_str)
            .map(prose::blocks)
            .unwrap_or_default();
        let _ = write!(out, "<div class=\"variant\">{about}{}</div>", table(part));
    }
    out
}

fn row(name: &str, property: &Value, required: bool) -> String {
    let mut out = format!("<dt><code>{}</code> ", escape(name));
    let _ = write!(out, "<span class=\"type\">{}</span>", type_of(property));
    if required {
        out.push_str(" <span class=\"must\">required</span>");
    }
    out.push_str("</dt><dd>");
    if let Some(about) = property.get("description").and_then(Value::as_str) {
        out.push_str(&prose::blocks(about));
    }
    let limits = limits(property);
    if !limits.is_empty() {
        let _ = write!(out, "<p class=\"quiet\">{limits}</p>");
    }
    if property.get("properties").is_some() {
        out.push_str(&table(property));
    }
    out.push_str("</dd>");
    out
}
