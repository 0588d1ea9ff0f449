//! What people write, and what can be wrong with it.

use std::borrow::Cow;

use kernel::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A message as it is written: every text may hold merge fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "subject": "{{ first_name | default(\"Hello\") }}, the spring list is here",
    "preheader": "Twelve new teas",
    "body": {"kind": "html", "html": "<p>Hi {{ first_name | default(\"there\") }},</p>"},
}))]
pub struct Document {
    /// The subject line.
    #[schema(example = "{{ first_name | default(\"Hello\") }}, the spring list is here")]
    pub subject: String,
    /// What inboxes show after the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    /// The message itself.
    pub body: Body,
}

/// The message itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// Markup, with a plain-text alternative that is derived from it when none is given.
    Html {
        html: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Plain text only.
    Text { text: String },
    /// Blocks, as the editor makes them; the plain text is made from them when none is given.
    Blocks {
        /// As it was written. What is wrong in it is told with its path, beside what is wrong in the texts.
        #[schema(value_type = crate::blocks::BlockDocument)]
        document: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// MJML, for those who write it by hand; with a plain-text alternative like that of HTML.
    Mjml {
        mjml: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
}

impl Body {
    /// What a finding about the body as a whole is about.
    pub(crate) fn field(&self) -> &'static str {
        match self {
            Self::Html { .. } => "body.html",
            Self::Text { .. } => "body.text",
            Self::Blocks { .. } => DOCUMENT,
            Self::Mjml { .. } => "body.mjml",
        }
    }
}

/// What a block document is called in findings.
pub(crate) const DOCUMENT: &str = "body.document";

/// How much it matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot be sent like this.
    Error,
    /// It can, but probably should not.
    Warning,
}

/// Something wrong in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Finding {
    /// `subject`, `preheader`, `body.html`, `body.mjml`, `body.text`, or the path of a text in a block document:
    /// `body.document.blocks[3].props.html`.
    pub field: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    pub severity: Severity,
    /// Stable, for programs: `unknown_name`, `syntax`, `missing_default`, ...
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

impl Finding {
    /// An error about something that is no text.
    pub(crate) fn of(error: FieldError) -> Self {
        Self {
            field: error.field,
            line: 1,
            column: 1,
            severity: Severity::Error,
            code: error.code,
            message: error.message,
        }
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl From<Finding> for FieldError {
    fn from(finding: Finding) -> Self {
        let message = format!(
            "line {}, column {}: {}",
            finding.line, finding.column, finding.message
        );
        Self::new(finding.field, finding.code, message)
    }
}

/// The errors among the findings, for the answer to whoever tries to send the document.
pub fn errors(findings: Vec<Finding>) -> kernel::Result<()> {
    let errors: Vec<FieldError> = findings
        .into_iter()
        .filter(Finding::is_error)
        .map(FieldError::from)
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(kernel::Error::Invalid(errors))
    }
}

/// A finding that does not know yet which line it is on.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Byte offset in the field.
    pub(crate) at: usize,
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn error(at: usize, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            at,
            severity: Severity::Error,
            code,
            message: message.into(),
        }
    }

    pub(crate) fn warning(at: usize, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(at, code, message)
        }
    }

    pub(crate) fn locate(self, field: &str, source: &str) -> Finding {
        let at = (0..=self.at.min(source.len()))
            .rev()
            .find(|at| source.is_char_boundary(*at))
            .unwrap_or_default();
        let before = &source[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Finding {
            field: field.to_owned(),
            line: before.matches('\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            severity: self.severity,
            code: Cow::Borrowed(self.code),
            message: self.message,
        }
    }
}
