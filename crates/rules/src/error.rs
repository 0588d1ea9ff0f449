//! What is wrong with a rule, where, and what to do.

use std::borrow::Cow;

use kernel::FieldError;

/// A fault in a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct RuleError {
    /// Where, inside the rule: `all[0].not.value`; empty for the rule as a whole.
    pub path: String,
    /// Stable, for programs: see the table in the crate's documentation.
    pub code: &'static str,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl RuleError {
    pub(crate) fn new(
        path: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            code,
            message: message.into(),
        }
    }

    /// As an error of the field `prefix` of a larger input: `rule` and `all[0].op` give `rule.all[0].op`.
    pub fn into_field_error(self, prefix: &str) -> FieldError {
        FieldError {
            field: join(prefix, &self.path),
            code: Cow::Borrowed(self.code),
            message: self.message,
        }
    }
}

/// All of them as the error of a use case that was given the rule in its field `prefix`.
pub fn into_kernel_error(prefix: &str, errors: Vec<RuleError>) -> kernel::Error {
    kernel::Error::Invalid(
        errors
            .into_iter()
            .map(|error| error.into_field_error(prefix))
            .collect(),
    )
}

/// `a` and `b` give `a.b`; an index (`[0]`) needs no dot.
pub(crate) fn join(parent: &str, child: &str) -> String {
    if parent.is_empty() || child.is_empty() || child.starts_with('[') {
        format!("{parent}{child}")
    } else {
        format!("{parent}.{child}")
    }
}
