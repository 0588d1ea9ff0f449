//! Whether a value is what a schema says: as much of JSON Schema as the document uses, and a refusal of the rest.

use serde_json::Value;

/// Everything that is wrong with `value`, each with its path.
pub(super) fn check(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Check { document }.value(schema, value, "", &mut faults);
    faults
}

struct Check<'a> {
    document: &'a Value,
}

impl Check<'_> {
    fn value(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(keywords) = schema.as_object() else {
            if *schema == Value::Bool(false) {
                faults.push(format!("{at}: nothing is allowed here"));
            }
            return;
        };
        for (keyword, wanted) in keywords {
            self.keyword(keyword, wanted, schema, value, at, faults);
        }
    }

    fn keyword(
        &self,
        keyword: &str,
        wanted: &Value,
        schema: &Value,
        value: &Value,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        let is_good = match keyword {
            "$ref" => {
                let target = self.target(wanted);
                self.value(target, value, at, faults);
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|one| is_of(value, one)),
                one => is_of(value, one),
            },
            "enum" => wanted.as_array().is_some_and(|all| all.contains(value)),
            "const" => wanted == value,
            "allOf" => {
                for part in wanted.as_array().expect("a list") {
                    self.value(part, value, at, faults);
                }
                true
            }
            "oneOf" => self.fitting(wanted, value) == 1,
            "anyOf" => self.fitting(wanted, value) > 0,
            "properties" => {
                for (name, part) in wanted.as_object().expect("properties") {
                    if let Some(inner) = value.get(name) {
                        self.value(part, inner, &format!("{at}.{name}"), faults);
                    }
                }
                true
            }
            "required" => {
                let names = wanted.as_array().expect("names");
                value.as_object().is_none_or(|object| {
                    names
                        .iter()
                        .all(|name| object.contains_key(name.as_str().expect("a name")))
                })
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object();
                for (name, inner) in value.as_object().into_iter().flatten() {
                    if known.is_none_or(|known| !known.contains_key(name)) {
                        self.value(wanted, inner, &format!("{at}.{name}"), faults);
                    }
                }
                true
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flat_map(|it| it.keys()) {
                    let name = Value::String(name.clone());
                    self.value(wanted, &name, &format!("{at}.{name}"), faults);
                }
                true
            }
            "items" => {
                for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
                    self.value(wanted, inner, &format!("{at}[{index}]"), faults);
                }
                true
            }
            "minimum" => number(value).is_none_or(|n| n >= number(wanted).expect("a number")),
            "maximum" => number(value).is_none_or(|n| n <= number(wanted).expect("a number")),
            "minLength" => length(value).is_none_or(|n| n >= number(wanted).expect("a number")),
            "maxLength" => length(value).is_none_or(|n| n <= number(wanted).expect("a number")),
            "minItems" => items(value).is_none_or(|n| n >= number(wanted).expect("a number")),
            "maxItems" => items(value).is_none_or(|n| n <= number(wanted).expect("a number")),
            "pattern" => value
                .as_str()
                .is_none_or(|text| fits(text, wanted.as_str().expect("a pattern"))),
            "format" => value.as_str().is_none_or(|text| {
                wanted != "date-time" || text.parse::<kernel::Timestamp>().is_ok()
            }),
            // They say nothing about the value.
            "description" | "title" | "example" | "examples" | "default" | "contentMediaType" => {
                true
            }
            other => panic!("this check does not know the keyword {other}"),
        };
        if !is_good {
            faults.push(format!("{at}: {value} is not {keyword} {wanted}"));
        }
    }

    fn fitting(&self, choices: &Value, value: &Value) -> usize {
        let fits = |choice: &&Value| check(self.document, choice, value).is_empty();
        choices
            .as_array()
            .expect("choices")
            .iter()
            .filter(fits)
            .count()
    }

    fn target(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().expect("a text").trim_start_matches('#');
        self.document
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type {other}"),
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn length(value: &Value) -> Option<f64> {
    value.as_str().map(|text| text.chars().count() as f64)
}

fn items(value: &Value) -> Option<f64> {
    value.as_array().map(|list| list.len() as f64)
}

/// The patterns that the document uses, each in its own words.
fn fits(text: &str, pattern: &str) -> bool {
    match pattern {
        "^[0-9]+$" => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        "^[a-z][a-z0-9_]*$" => {
            text.starts_with(|first: char| first.is_ascii_lowercase())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        }
        "^[a-z0-9_-]{1,40}$" => {
            (1..=40).contains(&text.len())
                && text.bytes().all(|byte| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte)
                })
        }
        "^[a-z_]+\\.[a-z_]+$" => text.split_once('.').is_some_and(|(noun, verb)| {
            let word = |part: &str| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            };
            word(noun) && word(verb)
        }),
        "^([01][0-9]|2[0-3]):[0-5][0-9]$" => {
            let number = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() == 2);
            text.split_once(':').is_some_and(|(hours, minutes)| {
                number(hours).is_some_and(|n| n < 24) && number(minutes).is_some_and(|n| n < 60)
            })
        }
        other => panic!("this check does not know the pattern {other}"),
    }
}

#[test]
fn the_check_finds_what_does_not_fit() {
    use serde_json::json;
    let document = json!({"Thing": {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 2}, "n": {"type": ["integer", "null"]}},
        "required": ["name"],
        "additionalProperties": false,
    }});
    let list = json!({"type": "array", "items": {"$ref": "#/Thing"}, "minItems": 1});
    for (value, faults) in [
        (json!([{"name": "x", "n": null}]), 0),
        (json!([]), 1),
        (json!({}), 1),
        (json!([{}]), 1),
        (json!([{"name": "xyz"}]), 1),
        (json!([{"name": "x", "n": 1.5}]), 1),
        (json!([{"name": "x", "more": 1}]), 1),
    ] {
        let found = check(&document, &list, &value);
        assert_eq!(found.len(), faults, "{value}: {found:?}");
    }
}
