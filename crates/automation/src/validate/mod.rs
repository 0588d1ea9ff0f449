//! What is wrong with a document in its account, before it is published.
//!
//! Every fault has the step it belongs to, a JSON path, a stable code and a sentence that says what to do. All are found
//! in one pass. The codes beside those of [`kernel::FieldError`] and of the rule language:
//!
//! | code | meaning |
//! |---|---|
//! | `unknown_step` | a way leads to a step that does not exist |
//! | `unknown_event`, `unknown_kind` | no such event or action in the table of kinds |
//! | `unknown` | the id of something that does not exist, or a field that does not |
//! | `dead_end` | a step that does not say where it goes on |
//! | `unreachable` | no way leads to the step |
//! | `endless_loop` | a circle in which no step waits |
//! | `missing_content` | a message that says nothing |
//! | `too_many`, `out_of_range`, `too_large` | limits |
//! | `duplicate` | an id given twice |

mod graph;
mod known;
mod parts;

#[cfg(test)]
mod tests;

pub use known::{Known, Needed, needed};

use std::collections::BTreeSet;

use crate::definition::{Document, MAX_DOCUMENT_BYTES, MAX_EXITS, MAX_STEPS, MAX_TRIGGERS, StepId};
use crate::fault::Fault;
use crate::kinds::Kinds;

/// Finds every fault of a document; empty if it can be published. `known` has at least what [`needed`] names and exists.
pub fn validate(document: &Document, kinds: &Kinds, known: &Known) -> Vec<Fault> {
    let mut check = Check {
        document,
        kinds,
        known,
        faults: Vec::new(),
        at: String::new(),
        step: None,
    };
    check.limits();
    check.parts();
    check.graph();
    check.faults
}

struct Check<'a> {
    document: &'a Document,
    kinds: &'a Kinds,
    known: &'a Known,
    faults: Vec<Fault>,
    /// The part that is being looked at.
    at: String,
    step: Option<&'a StepId>,
}

impl<'a> Check<'a> {
    /// A fault of the part that is being looked at.
    fn fail(
        &mut self,
        path: &str,
        code: impl Into<std::borrow::Cow<'static, str>>,
        message: impl Into<String>,
    ) {
        let path = crate::definition::join(&self.at, path);
        self.faults
            .push(Fault::new(path, code, message).of(self.step));
    }

    fn enter(&mut self, at: String, step: Option<&'a StepId>) {
        self.at = at;
        self.step = step;
    }

    fn limits(&mut self) {
        self.enter(String::new(), None);
        let document = self.document;
        for (path, count, most) in [
            ("triggers", document.triggers.len(), MAX_TRIGGERS),
            ("steps", document.steps.len(), MAX_STEPS),
            ("exits", document.exits.len(), MAX_EXITS),
        ] {
            if count > most {
                let message = format!(
                    "are {count}, the limit is {most}: divide the automation into two, of which one starts the other"
                );
                self.fail(path, "too_many", message);
            }
        }
        let bytes = document.to_json().to_string().len();
        if bytes > MAX_DOCUMENT_BYTES {
            self.fail(
                "",
                "too_large",
                format!("has {bytes} bytes, the limit is {MAX_DOCUMENT_BYTES}: shorten its texts"),
            );
        }
        if document.triggers.is_empty() {
            self.fail(
                "triggers",
                "required",
                "are none: add what lets people in, such as joining a group",
            );
        }
        if document.steps.is_empty() {
            self.fail("steps", "required", "are none: add what happens to people");
        }
        self.unique("triggers", document.triggers.iter().map(|it| &it.id));
        self.unique("steps", document.steps.iter().map(|it| &it.id));
        self.unique("exits", document.exits.iter().map(|it| &it.id));
    }

    fn unique<'s>(&mut self, list: &str, ids: impl Iterator<Item = &'s StepId>) {
        let mut seen = BTreeSet::new();
        for (n, id) in ids.enumerate() {
            if !seen.insert(id) {
                self.fail(
                    &format!("{list}[{n}].id"),
                    "duplicate",
                    format!("{id} is there already: give this one another id"),
                );
            }
        }
    }
}
