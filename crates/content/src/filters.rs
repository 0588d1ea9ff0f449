//! The filters and tests of the template language. None of them fails: a value they cannot treat passes unchanged.

use minijinja::Environment;
use minijinja::value::{Value, ValueKind};

use crate::url;

/// What may follow `|`.
pub(crate) const FILTERS: [&str; 11] = [
    "default",
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "truncate",
    "urlencode",
    "date",
    "number",
    "length",
];

/// What may follow `is`.
pub(crate) const TESTS: [&str; 3] = ["defined", "undefined", "none"];

// Filters that the compiler adds where a value stands in an address or a style. Templates cannot name them.
pub(crate) const URL: &str = "_url";
pub(crate) const URL_OR_CONTACT: &str = "_url_or_contact";
pub(crate) const URL_UNCHECKED: &str = "_url_unchecked";
pub(crate) const URL_HOST: &str = "_url_host";
pub(crate) const URL_PATH: &str = "_url_path";
pub(crate) const URL_QUERY: &str = "_url_query";
pub(crate) const CSS: &str = "_css";
pub(crate) const CSS_URL: &str = "_css_url";

pub(crate) fn add_all(env: &mut Environment<'static>) {
    env.add_filter("default", default);
    env.add_filter("upper", |value: Value| text(&value).to_uppercase());
    env.add_filter("lower", |value: Value| text(&value).to_lowercase());
    env.add_filter("title", title);
    env.add_filter("capitalize", capitalize);
    env.add_filter("trim", |value: Value| text(&value).trim().to_owned());
    env.add_filter("truncate", truncate);
    env.add_filter("urlencode", |value: Value| {
        keep_safe(value, url::encode_component)
    });
    env.add_filter("date", date);
    env.add_filter("number", number);
    env.add_filter("length", |value: Value| text(&value).chars().count());
    env.add_test("defined", |value: Value| !is_missing(&value));
    env.add_test("undefined", |value: Value| is_missing(&value));
    env.add_test("none", |value: Value| is_missing(&value));

    env.add_filter(URL, |value: Value| {
        let url = url::tidy(&text(&value));
        if url::is_web(&url) {
            url
        } else {
            String::new()
        }
    });
    env.add_filter(URL_OR_CONTACT, |value: Value| {
        let url = url::tidy(&text(&value));
        if url::is_web(&url) || url::is_contact(&url) {
            url
        } else {
            "#".to_owned()
        }
    });
    env.add_filter(URL_UNCHECKED, |value: Value| url::tidy(&text(&value)));
    env.add_filter(URL_HOST, |value: Value| url::only_host(&text(&value)));
    env.add_filter(URL_PATH, |value: Value| keep_safe(value, url::encode_path));
    env.add_filter(URL_QUERY, |value: Value| {
        keep_safe(value, url::encode_component)
    });
    env.add_filter(CSS, css);
    env.add_filter(CSS_URL, |value: Value| {
        let url = url::tidy(&text(&value));
        if url::is_web(&url) {
            url.replace('\'', "%27")
                .replace('(', "%28")
                .replace(')', "%29")
                .replace(';', "%3B")
        } else {
            String::new()
        }
    });
}

/// The text of a scalar; lists and groups of names have none.
pub(crate) fn text(value: &Value) -> String {
    match value.kind() {
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        ValueKind::Number => number_text(value),
        ValueKind::Bool => if value.is_true() { "true" } else { "false" }.to_owned(),
        _ => String::new(),
    }
}

/// Digits without exponent or float noise.
pub(crate) fn number_text(value: &Value) -> String {
    if let Some(whole) = value.as_i64() {
        return whole.to_string();
    }
    match f64::try_from(value.clone()) {
        // `Display` has no exponent and the fewest digits that give the same number.
        Ok(number) if number.is_finite() => number.to_string(),
        _ => String::new(),
    }
}

fn is_missing(value: &Value) -> bool {
    value.is_undefined()
        || value.is_none()
        || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn default(value: Value, other: Option<Value>) -> Value {
    if is_missing(&value) {
        other.unwrap_or_default()
    } else {
        value
    }
}

/// An encoded value is marked safe so that the place it stands in does not encode it again.
fn keep_safe(value: Value, encode: fn(&str) -> String) -> Value {
    if value.is_safe() {
        value
    } else {
        Value::from_safe_string(encode(&text(&value)))
    }
}

fn title(value: Value) -> String {
    let mut out = String::new();
    let mut in_word = false;
    for c in text(&value).chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        in_word = c.is_alphanumeric() || c == '\'' || c == '’';
    }
    out
}

fn capitalize(value: Value) -> String {
    let text = text(&value);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(chars.as_str().to_lowercase().chars())
            .collect()
    })
}

fn truncate(value: Value, length: Option<Value>) -> String {
    let length = length.and_then(|length| length.as_usize()).unwrap_or(255);
    let text = text(&value);
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

fn date(value: Value, format: Option<Value>) -> String {
    let text = text(&value);
    let format = format
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or("%-d %B %Y");
    text.parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| jiff::fmt::strtime::format(format, date).ok())
        .unwrap_or(text)
}

/// `1234567.891` as `1,234,567.891`, rounded when decimals are given.
fn number(value: Value, decimals: Option<Value>) -> String {
    let text = text(&value);
    let Ok(parsed) = text.parse::<f64>() else {
        return text;
    };
    let digits = match decimals.and_then(|decimals| decimals.as_usize()) {
        Some(decimals) => format!("{parsed:.0$}", decimals.min(6)),
        None => text,
    };
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", &*digits), |digits| ("-", digits));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

/// A color, a size or a word. Nothing that could end the declaration or fetch something.
fn css(value: Value) -> String {
    text(&value)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || " #%.,_-".contains(*c))
        .collect()
}
