//! Leaving out what only whoever may change a document has to know.

use serde_json::Value;

use super::{Body, Document};

/// Stands for a value that is not shown.
const HIDDEN: &str = "***";

impl Document {
    /// Hides the values of headers, in which keys of other programs stand; their names stay.
    pub fn hide_secrets(&mut self) {
        for step in &mut self.steps {
            if let Body::HttpCall(call) = &mut step.body {
                call.headers
                    .values_mut()
                    .for_each(|value| HIDDEN.clone_into(value));
            }
        }
    }
}

/// The same in a draft, which need not be whole.
pub fn hide_secrets_of_draft(draft: &mut Value) {
    let steps = draft.get_mut("steps").and_then(Value::as_array_mut);
    for step in steps.into_iter().flatten() {
        let headers = step
            .pointer_mut("/with/headers")
            .and_then(Value::as_object_mut);
        for (_, value) in headers.into_iter().flatten() {
            *value = HIDDEN.into();
        }
    }
}
