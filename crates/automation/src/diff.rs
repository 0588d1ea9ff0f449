//! What is different between two documents, in words, for whoever publishes the second.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::definition::{Document, Step, StepId};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AutomationDifference)]
pub struct Difference {
    pub kind: DifferenceKind,
    /// The step it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// As a sentence.
    pub text: String,
}

/// What happened to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AutomationDifferenceKind)]
pub enum DifferenceKind {
    Added,
    Removed,
    Changed,
}

/// Every difference: of the triggers, then of the steps in the order of the new document (removed ones last), then of the
/// rest. Empty if both mean the same, whatever the order in which they are written.
pub fn diff(old: &Document, new: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut add = |kind, step: Option<&StepId>, text: String| {
        found.push(Difference {
            kind,
            step: step.cloned(),
            text,
        });
    };
    for trigger in &new.triggers {
        match old.triggers.iter().find(|it| it.id == trigger.id) {
            None => add(
                DifferenceKind::Added,
                None,
                format!("The trigger {} ({}) is new.", trigger.id, trigger.on.event),
            ),
            Some(before) if before != trigger => {
                for text in changes(&json(before), &json(trigger)) {
                    add(
                        DifferenceKind::Changed,
                        None,
                        format!("The trigger {}: {text}.", trigger.id),
                    );
                }
            }
            Some(_) => {}
        }
    }
    for trigger in &old.triggers {
        if !new.triggers.iter().any(|it| it.id == trigger.id) {
            add(
                DifferenceKind::Removed,
                None,
                format!("The trigger {} ({}) is gone.", trigger.id, trigger.on.event),
            );
        }
    }
    for step in &new.steps {
        match old.step(&step.id) {
            None => add(
                DifferenceKind::Added,
                Some(&step.id),
                format!("{} is new.", title(step)),
            ),
            Some(before) if before != step => {
                for text in step_changes(before, step) {
                    add(
                        DifferenceKind::Changed,
                        Some(&step.id),
                        format!("{}: {text}.", title(step)),
                    );
                }
            }
            Some(_) => {}
        }
    }
    for step in &old.steps {
        if new.step(&step.id).is_none() {
            add(
                DifferenceKind::Removed,
                Some(&step.id),
                format!("{} is gone.", title(step)),
            );
        }
    }
    for (what, before, after) in [
        ("goal", json(&old.goal), json(&new.goal)),
        ("exits", json(&old.exits), json(&new.exits)),
        ("settings", json(&old.settings), json(&new.settings)),
    ] {
        for text in changes(&before, &after) {
            add(
                DifferenceKind::Changed,
                None,
                format!("The {what}: {text}."),
            );
        }
    }
    found
}

fn json(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

/// `The step "Welcome" (send_email)`.
fn title(step: &Step) -> String {
    format!(
        "The step \"{}\" ({})",
        step.title(),
        step.body.kind().replace('_', " ")
    )
}

fn step_changes(old: &Step, new: &Step) -> Vec<String> {
    if old.body.kind() != new.body.kind() {
        let words = |step: &Step| step.body.kind().replace('_', " ");
        return vec![format!("was \"{}\" and is another kind now", words(old))];
    }
    let mut found = changes(&old.body.with(), &new.body.with());
    for (what, before, after) in [
        ("next", &old.next, &new.next),
        ("on failure", &old.on_failure, &new.on_failure),
    ] {
        match (before, after) {
            (Some(before), Some(after)) if before != after => {
                found.push(format!("{what} leads to {after} instead of {before}"));
            }
            (None, Some(after)) => found.push(format!("{what} leads to {after} now")),
            (Some(before), None) => {
                found.push(format!("{what} does not lead to {before} any more"));
            }
            _ => {}
        }
    }
    if old.name != new.name {
        found.push(format!("was called \"{}\"", old.title()));
    }
    if old.retry != new.retry {
        found.extend(
            changes(&json(&old.retry), &json(&new.retry))
                .into_iter()
                .map(|text| format!("retry: {text}")),
        );
    }
    found
}

/// The leaves that are different, as phrases: `days is 3 instead of 1`.
fn changes(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(String::new(), old, new, &mut found);
    found
}

fn compare(at: String, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let keys = before
                .keys()
                .chain(after.keys().filter(|key| !before.contains_key(*key)));
            for key in keys {
                let inner = if at.is_empty() {
                    key.clone()
                } else {
                    format!("{at}.{key}")
                };
                let none = Value::Null;
                compare(
                    inner,
                    before.get(key).unwrap_or(&none),
                    after.get(key).unwrap_or(&none),
                    found,
                );
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (n, (before, after)) in before.iter().zip(after).enumerate() {
                compare(format!("{at}[{n}]"), before, after, found);
            }
        }
        // Where keys of other programs stand: who may read what changed need not be who may read those.
        _ if at == "headers" || at.starts_with("headers.") => {
            found.push(format!("{at} changed"));
        }
        _ => {
            let at = if at.is_empty() { "it" } else { &at };
            found.push(match (old, new) {
                (Value::Null, new) => format!("{at} is {} now", short(new)),
                (old, Value::Null) => format!("{at} is no longer {}", short(old)),
                (old, new) => format!("{at} is {} instead of {}", short(new), short(old)),
            });
        }
    }
}

/// A value, cut where nobody would read on.
fn short(value: &Value) -> String {
    const SHOWN: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests;
