//! From what serde says to what a person can act on.

use std::borrow::Cow;

use kernel::{EmailAddress, FieldError};

/// The fault that serde met at `path` (empty or `.` for the whole body).
pub(super) fn field_error(path: &str, message: &str) -> FieldError {
    let path = if path == "." { "" } else { path };
    let message = without_position(message);
    if let Some(name) = quoted_after(message, "missing field ") {
        return FieldError::new(join(path, name), "required", "is required");
    }
    if let Some(name) = quoted_after(message, "unknown field ") {
        // The path already ends with the unknown name, unless the format gives no keys.
        let field = if ends_with_key(path, name) {
            path.to_owned()
        } else {
            join(path, name)
        };
        return FieldError::new(
            field,
            "unknown",
            format!("is not known here; {}", known(message)),
        );
    }
    if let Some(name) = quoted_after(message, "duplicate field ") {
        return FieldError::new(join(path, name), "duplicate", "is given more than once");
    }
    let field = if path.is_empty() { "body" } else { path };
    if quoted_after(message, "unknown variant ").is_some() {
        return FieldError::new(
            field,
            "invalid",
            format!("is not one of the choices; {}", known(message)),
        );
    }
    for (prefix, code) in [
        ("invalid type: ", "wrong_type"),
        ("invalid value: ", "invalid"),
        ("invalid length ", "invalid"),
    ] {
        if let Some(rest) = message.strip_prefix(prefix) {
            let (got, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "another"));
            let wanted = range(expected).filter(|_| code == "invalid");
            let wanted = wanted.map_or_else(|| plain(expected), Cow::Borrowed);
            let got = got.replace('`', "");
            return FieldError::new(field, code, format!("expected {wanted}, got {got}"));
        }
    }
    match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            FieldError::new(field, "wrong_type", "expected a whole number")
        }
        "number too large to fit in target type" => {
            FieldError::new(field, "invalid", "this number is too large")
        }
        "number too small to fit in target type" => {
            FieldError::new(field, "invalid", "this number is too small")
        }
        "provided string was not `true` or `false`" => {
            FieldError::new(field, "wrong_type", "expected true or false")
        }
        _ if message.starts_with(EmailAddress::FAULT) => {
            FieldError::new(field, "invalid_email", message)
        }
        _ => FieldError::new(field, "invalid", message),
    }
}

/// What a number that does not fit should have been.
fn range(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0",
        _ => return None,
    })
}

/// serde_json ends its messages with the position in the text, which says nothing once the field is named.
fn without_position(message: &str) -> &str {
    match message.rfind(" at line ") {
        Some(at) if message[at..].contains(" column ") => &message[..at],
        _ => message,
    }
}

fn quoted_after<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = message.strip_prefix(prefix)?.strip_prefix('`')?;
    rest.split('`').next()
}

/// "known are a, b" out of "..., expected one of `a`, `b`".
fn known(message: &str) -> String {
    let list = message
        .split_once(", expected ")
        .map_or("", |(_, list)| list)
        .trim_start_matches("one of ")
        .replace('`', "");
    if list.is_empty() || list.starts_with("there are no") {
        "there is nothing to choose from".to_owned()
    } else {
        format!("known: {list}")
    }
}

/// Rust's names of types in words.
pub(super) fn plain(expected: &str) -> Cow<'_, str> {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => {
            "a whole number".into()
        }
        "f32" | "f64" => "a number".into(),
        "a boolean" | "bool" => "true or false".into(),
        "a sequence" => "a list".into(),
        "a map" => "an object".into(),
        text if text.starts_with("struct ") => "an object".into(),
        text if text.contains("enum ") => "one of the choices".into(),
        text => text.replace('`', "").into(),
    }
}

fn ends_with_key(path: &str, name: &str) -> bool {
    path.strip_suffix(name)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
