//! Checks of what people type, shared by the features. The errors say what to do.

use kernel::FieldError;
use kernel::text::{self, TextFault};

/// Gathers the faults of several fields, so that a person sees all at once.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    /// A line of text: trimmed, 1 to `max` characters, nothing that breaks it.
    pub(crate) fn line(&mut self, field: &str, text: &str, max: usize) -> String {
        if text.trim().is_empty() {
            self.add(field, "required", "is required");
        }
        self.checked(field, text::one_line(text, max))
    }

    /// The same, but nothing typed means none.
    pub(crate) fn optional_line(
        &mut self,
        field: &str,
        text: Option<String>,
        max: usize,
    ) -> Option<String> {
        let text = self.checked(field, text::one_line(&text?, max));
        Some(text).filter(|text| !text.is_empty())
    }

    /// Several lines, such as a postal address; nothing typed means none.
    pub(crate) fn optional_lines(
        &mut self,
        field: &str,
        text: Option<String>,
        max: usize,
    ) -> Option<String> {
        let text = text?.replace("\r\n", "\n").replace('\r', "\n");
        let text = self.checked(field, text::several_lines(&text, max));
        Some(text).filter(|text| !text.is_empty())
    }

    /// The text, or nothing and a fault.
    fn checked(&mut self, field: &str, text: Result<&str, TextFault>) -> String {
        match text {
            Ok(text) => text.to_owned(),
            Err(fault) => {
                self.0.push(fault.at(field));
                String::new()
            }
        }
    }

    /// A fault found elsewhere.
    pub(crate) fn add(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }

    /// Fails when there are any.
    pub(crate) fn finish(self) -> kernel::Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(kernel::Error::Invalid(self.0))
        }
    }
}
