//! What is wrong with a document, where, and what to do.

use std::borrow::Cow;
use std::fmt;

use kernel::FieldError;

use crate::definition::StepId;

/// A fault in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The step it belongs to, if it belongs to one.
    pub step: Option<StepId>,
    /// Where, inside the document: `steps[2].with.template`; empty for the document as a whole.
    pub path: String,
    /// Stable, for programs: see the table in [`crate::validate`].
    pub code: Cow<'static, str>,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(
        path: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            step: None,
            path: path.into(),
            code: code.into(),
            message: message.into(),
        }
    }

    /// The same, of this step.
    pub(crate) fn of(self, step: Option<&StepId>) -> Self {
        Self {
            step: step.cloned(),
            ..self
        }
    }

    /// As an error of the field `prefix` of a larger input.
    pub fn into_field_error(self, prefix: &str) -> FieldError {
        FieldError::new(
            crate::definition::join(prefix, &self.path),
            self.code,
            self.message,
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = &self.step {
            write!(f, "step {step}: ")?;
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// All of them as the error of a use case that was given the document in its field `prefix`.
pub fn into_kernel_error(prefix: &str, faults: Vec<Fault>) -> kernel::Error {
    kernel::Error::Invalid(
        faults
            .into_iter()
            .map(|fault| fault.into_field_error(prefix))
            .collect(),
    )
}
