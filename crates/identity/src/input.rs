//! Checks of what people type, shared by the features. The errors say what to do.

use kernel::FieldError;

/// Gathers the faults of several fields, so that a person sees all at once.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    /// A line of text: trimmed, 1 to `max` characters, no control characters.
    pub(crate) fn line(&mut self, field: &str, text: &str, max: usize) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.add(field, "required", "is required");
        }
        self.check(field, text, max, |c| !c.is_control());
        text.to_owned()
    }

    /// The same, but nothing typed means none.
    pub(crate) fn optional_line(
        &mut self,
        field: &str,
        text: Option<String>,
        max: usize,
    ) -> Option<String> {
        let text = text.map(|text| text.trim().to_owned());
        let text = text.filter(|text| !text.is_empty())?;
        self.check(field, &text, max, |c| !c.is_control());
        Some(text)
    }

    /// Several lines, such as a postal address; nothing typed means none.
    pub(crate) fn optional_lines(
        &mut self,
        field: &str,
        text: Option<String>,
        max: usize,
    ) -> Option<String> {
        let text = text.map(|text| text.trim().replace("\r\n", "\n"));
        let text = text.filter(|text| !text.is_empty())?;
        self.check(field, &text, max, |c| c == '\n' || !c.is_control());
        Some(text)
    }

    fn check(&mut self, field: &str, text: &str, max: usize, allowed: impl Fn(char) -> bool) {
        if text.chars().count() > max {
            self.add(field, "too_long", format!("has more than {max} characters"));
        }
        if !text.chars().all(allowed) {
            self.add(
                field,
                "invalid",
                "has control characters such as line ends; remove them",
            );
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
