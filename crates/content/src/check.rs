//! What is wrong with a document, told while it is written.

use std::borrow::Cow;

use crate::compile::{CompileOptions, Compiled, read};
use crate::document::{Document, Fault, Finding, Severity};
use crate::names::{FieldKind, KnownNames};
use crate::reader::MAX_FAULTS;
use crate::render::{PreviewSlots, RenderError};
use crate::values::{FieldValue, Person, Surroundings, Values};

/// Gmail shows no more of a message than this.
const CLIP_BYTES: usize = 102 * 1024;

/// Everything that is wrong with a document, errors and warnings, in the order of the document.
pub fn check(document: &Document, known: &KnownNames) -> Vec<Finding> {
    let outcome = read(document, CompileOptions::default());
    let mut findings = outcome.findings;
    for (number, used) in &outcome.uses {
        if findings.len() > 2 * MAX_FAULTS {
            break;
        }
        let source = &outcome.sources[*number];
        let (field, source) = (&*source.name, &*source.text);
        let Some(_) = known.kind(&used.path) else {
            findings.push(unknown_name(&used.path, used.at, known).locate(field, source));
            continue;
        };
        let path = &used.path;
        if KnownNames::can_be_empty(path) && used.bare {
            let message = format!(
                "{path} can be empty; say what then: {{{{ {path} | default(\"...\") }}}} or {{% if {path} %}}"
            );
            findings
                .push(Fault::warning(used.at, "missing_default", message).locate(field, source));
        }
        if KnownNames::can_be_empty(path) && used.less_than {
            let message = format!(
                "an empty {path} counts as smaller than everything; write {{% if {path} is defined and ... %}}"
            );
            findings
                .push(Fault::warning(used.at, "missing_default", message).locate(field, source));
        }
    }
    let body = document.body.field();
    let warn =
        |field: &str, code, message: &str| Fault::warning(0, code, message).locate(field, "");
    let preheader = document.preheader.as_deref().unwrap_or_default();
    for (field, source) in [("subject", &*document.subject), ("preheader", preheader)] {
        // They would be harmless in the mail, since they are taken out again. Nobody means them all the same.
        if let Some(at) =
            source.find(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        {
            let message = "remove line breaks and control characters";
            findings.push(Fault::error(at, "control_character", message).locate(field, source));
        }
    }
    if document.subject.trim().is_empty() {
        findings.push(warn("subject", "subject_empty", "there is no subject"));
    }
    if !outcome.has_unsubscribe {
        let message = "there is no unsubscribe link; a footer with one will be added. To place it yourself, link to {{ unsubscribe_url }}";
        findings.push(warn(body, "missing_unsubscribe", message));
    }
    if let Some(compiled) = outcome.compiled {
        findings.extend(try_out(&compiled, known, body));
    }
    let place = |name: &str| {
        outcome
            .sources
            .iter()
            .position(|source| source.name == name)
    };
    findings.sort_by_cached_key(|finding| {
        // What is about the body as a whole stands before its parts.
        let field = match &*finding.field {
            "subject" => (0, None),
            "preheader" => (1, None),
            "body.text" => (4, None),
            name if name == body => (2, None),
            name => (3, place(name)),
        };
        (field, finding.line, finding.column, finding.severity)
    });
    findings
}

fn unknown_name(path: &str, at: usize, known: &KnownNames) -> Fault {
    let root = path.split('.').next().unwrap_or_default();
    let message = if matches!(path, "account" | "campaign" | "fields") {
        format!("{path} is a group of names; write {path}.NAME")
    } else if path.contains('.') && known.kind(root).is_some() {
        format!("{root} has no parts")
    } else if let Some(near) = known.nearest(path) {
        format!("there is no field {path}; did you mean {near}?")
    } else {
        format!("there is no field {path}; create it first, or remove it here")
    };
    Fault::error(at, "unknown_name", message)
}

/// Renders for a person who has nothing and for one who has everything: what fails for either fails now, not while
/// sending.
fn try_out(compiled: &Compiled, known: &KnownNames, body: &str) -> Vec<Finding> {
    let nothing = Values::default();
    let mut everything = sample(known);
    for number in 0..compiled.conditions().len() {
        everything.set_shown(number, true);
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut largest = 0;
    for values in [&nothing, &everything] {
        let slots = PreviewSlots {
            compiled,
            values,
            page_url: "https://example.com/preview",
        };
        match compiled.render(values, &slots) {
            Ok(rendered) => {
                // A tracked address is some 60 bytes longer than what it stands for.
                let size = rendered
                    .html
                    .map_or(0, |html| html.len() + compiled.links().len() * 60);
                largest = largest.max(size);
            }
            Err(error) => {
                let code = match error {
                    RenderError::TooMuchWork | RenderError::TooLarge => "too_much_work",
                    _ => "render_failed",
                };
                let finding =
                    Fault::error(0, code, format!("the message {error}")).locate(body, "");
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
    }
    if largest > CLIP_BYTES {
        findings.push(Finding {
            field: body.to_owned(),
            line: 1,
            column: 1,
            severity: Severity::Warning,
            code: Cow::Borrowed("clipped"),
            message: format!(
                "the message has about {} kB; Gmail cuts off what is beyond 102 kB, with the unsubscribe link",
                largest / 1024
            ),
        });
    }
    findings
}

fn sample(known: &KnownNames) -> Values {
    let person = Person {
        email: "ada@example.com",
        first_name: Some("Ada"),
        last_name: Some("Lovelace"),
        phone: Some("+15550100"),
        language: Some("en"),
        time_zone: Some("Europe/London"),
        source: Some("form"),
        score: Some(10),
        created_on: Some(20_000),
    };
    let around = Surroundings {
        account_name: "Example".to_owned(),
        account_address: "1 Example Street".to_owned(),
        campaign_name: "Example".to_owned(),
    };
    let mut values = Values::new(&person, &around);
    for (path, kind) in known.all() {
        if let Some(key) = path.strip_prefix("fields.") {
            values.set_field(
                key,
                match kind {
                    FieldKind::Text => FieldValue::Text("https://example.com/sample"),
                    FieldKind::Number => FieldValue::Number(12_500_000),
                    FieldKind::Date => FieldValue::Date(20_000),
                    FieldKind::Boolean => FieldValue::Boolean(true),
                },
            );
        }
    }
    values
}
