//! What a text that people type may hold. One check for every name, sender, label and title: whatever is one line here
//! is one line in a header, a log and a terminal too.

use std::fmt;

use crate::FieldError;

/// Why a text cannot be taken. Displayed, it completes "the name ...".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It has more characters than it may.
    TooLong {
        /// How many it has.
        length: usize,
        /// How many it may have.
        max: usize,
    },
    /// It holds a character that it may not.
    Character(char),
}

impl TextFault {
    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::Character('\0') => "nul_character",
            Self::Character(_) => "control_character",
        }
    }

    /// As an error of this field of the input.
    pub fn at(self, field: impl Into<String>) -> FieldError {
        FieldError::new(field, self.code(), self.to_string())
    }
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, max } => {
                write!(f, "has {length} characters; the limit is {max}")
            }
            Self::Character(c) => {
                let kind = match c {
                    '\0' => "NUL character",
                    '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                        "line break"
                    }
                    _ => "control character",
                };
                write!(f, "contains a {kind} (U+{:04X}); remove it", u32::from(*c))
            }
        }
    }
}

/// Whether a character ends a line somewhere, or is a control that no text needs.
pub fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// One line without the white space around it, of at most `max` characters; it may be empty.
pub fn one_line(text: &str, max: usize) -> Result<&str, TextFault> {
    let text = text.trim();
    check_line(text, max).map(|()| text)
}

/// What a thing is called: one line that says something. Errors are of the field `name`.
pub fn name(text: &str, max: usize) -> Result<&str, FieldError> {
    match one_line(text, max) {
        Ok("") => Err(FieldError::new("name", "required", "give it a name")),
        Ok(name) => Ok(name),
        Err(fault) => Err(fault.at("name")),
    }
}

/// The same check for a text that is kept as it is, with the white space around it.
pub fn check_line(text: &str, max: usize) -> Result<(), TextFault> {
    check(text, max, breaks_line)
}

/// Like [`one_line`], but line breaks and tabs are allowed; other controls are not.
pub fn several_lines(text: &str, max: usize) -> Result<&str, TextFault> {
    let text = text.trim();
    let refused = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    check(text, max, refused).map(|()| text)
}

fn check(text: &str, max: usize, refused: impl Fn(char) -> bool) -> Result<(), TextFault> {
    // Counting characters is only needed when there are more bytes than the limit.
    if text.len() > max {
        let length = text.chars().count();
        if length > max {
            return Err(TextFault::TooLong { length, max });
        }
    }
    match text.chars().find(|c| refused(*c)) {
        None => Ok(()),
        Some(c) => Err(TextFault::Character(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_refused_with_a_reason() {
        assert_eq!(one_line("  Ada ", 10), Ok("Ada"));
        assert_eq!(one_line(" \t\u{2028}", 10), Ok(""));
        assert!(check_line("Ada\n", 10).is_err());
        assert!(one_line(&"é".repeat(10), 10).is_ok());
        for (text, code, words) in [
            (
                "é".repeat(11),
                "too_long",
                "has 11 characters; the limit is 10",
            ),
            (
                "a\0b".into(),
                "nul_character",
                "contains a NUL character (U+0000); remove it",
            ),
            (
                "a\r\nBcc: b".into(),
                "control_character",
                "contains a line break (U+000D); remove it",
            ),
            (
                "a\u{85}b".into(),
                "control_character",
                "contains a line break (U+0085); remove it",
            ),
            (
                "a\u{2028}b".into(),
                "control_character",
                "contains a line break (U+2028); remove it",
            ),
            (
                "a\u{2029}b".into(),
                "control_character",
                "contains a line break (U+2029); remove it",
            ),
            (
                "a\u{7f}b".into(),
                "control_character",
                "contains a control character (U+007F); remove it",
            ),
            (
                "a\tb".into(),
                "control_character",
                "contains a control character (U+0009); remove it",
            ),
        ] {
            let fault = one_line(&text, 10).unwrap_err();
            assert_eq!((fault.code(), fault.to_string().as_str()), (code, words));
        }
    }

    #[test]
    fn several_lines_may_have_breaks_and_nothing_worse() {
        assert_eq!(several_lines(" a\r\n\tb ", 10), Ok("a\r\n\tb"));
        assert_eq!(several_lines("a\u{2028}b", 10), Ok("a\u{2028}b"));
        for text in ["a\0b", "a\u{1b}b", "a\u{85}b"] {
            assert!(several_lines(text, 10).is_err(), "{text:?}");
        }
    }
}
