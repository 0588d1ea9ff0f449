//! From JSON and from text to a typed value. The API and imports accept the same.

use std::borrow::Cow;

use jiff::civil::Date;
use kernel::fold;
use rules::Decimal;
use serde_json::Value;

use super::model::{Field, FieldInput, FieldKind, FieldValue};
use crate::input::{Fault, MAX_TEXT, paragraph};

/// The value that JSON means for this field. `null` and empty text clear it.
pub fn parse_json(field: &Field, json: &Value) -> Result<FieldInput, Fault> {
    let value = match (field.kind, json) {
        (_, Value::Null) => return Ok(FieldInput::Clear),
        (_, Value::String(text)) => return parse_text(field, text),
        (FieldKind::Number, Value::Number(number)) => {
            FieldValue::Number(Decimal::from_json(number).map_err(number_fault)?)
        }
        (FieldKind::Boolean, Value::Bool(value)) => FieldValue::Boolean(*value),
        (kind, _) => return Err(wrong_type(kind)),
    };
    Ok(FieldInput::Set(value))
}

/// The value that a text means for this field. Empty text clears it.
pub fn parse_text(field: &Field, text: &str) -> Result<FieldInput, Fault> {
    let Some(text) = paragraph(text, MAX_TEXT)? else {
        return Ok(FieldInput::Clear);
    };
    let value = match field.kind {
        FieldKind::Text => FieldValue::Text(text),
        FieldKind::Number => {
            let digits = text.strip_prefix('+').unwrap_or(&text);
            FieldValue::Number(Decimal::parse(digits).map_err(number_fault)?)
        }
        FieldKind::Date => FieldValue::Date(date(&text).ok_or_else(|| wrong_type(field.kind))?),
        FieldKind::Boolean => {
            FieldValue::Boolean(boolean(&text).ok_or_else(|| wrong_type(field.kind))?)
        }
        FieldKind::Dropdown => FieldValue::Text(option(field, &text)?),
    };
    Ok(FieldInput::Set(value))
}

fn wrong_type(kind: FieldKind) -> Fault {
    Fault::new(
        "wrong_type",
        match kind {
            FieldKind::Text => "expected a text",
            FieldKind::Number => "expected a number such as 12.5",
            FieldKind::Date => "expected a date such as 1990-05-04",
            FieldKind::Boolean => "expected true or false",
            FieldKind::Dropdown => "expected one of the field's options, as a text",
        },
    )
}

fn number_fault(why: &'static str) -> Fault {
    Fault::new(
        "wrong_type",
        format!("expected a number such as 12.5; this one {why}"),
    )
}

/// `1990-05-04`, also with a time of day behind it, `1990/05/04` and `4.5.1990`. Forms in which day and month could be
/// mistaken for each other are refused.
fn date(text: &str) -> Option<Date> {
    let day = text
        .split_once(['T', ' '])
        .filter(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':'))
        .map_or(text, |(day, _)| day);
    if day.contains('.') {
        let mut parts = day.split('.');
        let (d, m, y) = (parts.next()?, parts.next()?, parts.next()?);
        let lengths_fit = (1..=2).contains(&d.len()) && (1..=2).contains(&m.len()) && y.len() == 4;
        return (parts.next().is_none() && lengths_fit)
            .then(|| rules::parse_date(&format!("{y}-{m:0>2}-{d:0>2}")))
            .flatten();
    }
    if day.contains('/') {
        return rules::parse_date(&day.replace('/', "-"));
    }
    rules::parse_date(day)
}

fn boolean(text: &str) -> Option<bool> {
    Some(match fold(text).as_str() {
        "true" | "t" | "yes" | "y" | "1" | "on" => true,
        "false" | "f" | "no" | "n" | "0" | "off" => false,
        _ => return None,
    })
}

/// The option as the field spells it.
fn option(field: &Field, text: &str) -> Result<String, Fault> {
    let folded = fold(text);
    field
        .options
        .iter()
        .find(|option| fold(option) == folded)
        .cloned()
        .ok_or_else(|| {
            const SHOWN: usize = 10;
            let mut offered = field
                .options
                .iter()
                .take(SHOWN)
                .map(|option| format!("`{option}`"))
                .collect::<Vec<_>>()
                .join(", ");
            if field.options.len() > SHOWN {
                offered.push_str(", ...");
            }
            Fault::new(
                "unknown_option",
                Cow::Owned(format!("expected one of {offered}")),
            )
        })
}
