//! What people and programs send: text with limits, and fields that are left alone, cleared or set.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use kernel::text::{self, TextFault};
use kernel::{Error, FieldError, Limit, fold};
use serde::{Deserialize, Deserializer};

/// Most characters of a name.
pub(crate) const MAX_NAME: usize = 200;
/// Most characters of a text value.
pub(crate) const MAX_TEXT: usize = 2000;

/// Why a value cannot be taken, without saying where it was: the caller knows the field or the column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Stable, for programs.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// As an error of this field of the input.
    pub fn at(self, field: impl Into<String>) -> FieldError {
        FieldError::new(field, self.code, self.message)
    }
}

/// A field of a change: absent, `null`, or a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Absent: stays as it is.
    #[default]
    Keep,
    /// `null`: is emptied.
    Clear,
    /// Becomes this.
    Set(T),
}

impl<T> Patch<T> {
    /// From a value that may be there.
    pub fn set_if(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }

    /// Whether there is nothing to do.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// What `current` becomes; `true` when that is a change.
    pub(crate) fn apply(&self, current: &mut Option<T>) -> bool
    where
        T: Clone + PartialEq,
    {
        let new = match self {
            Self::Keep => return false,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        };
        let changed = current.as_ref() != new;
        if changed {
            *current = new.cloned();
        }
        changed
    }

    /// Checks or converts the value.
    pub(crate) fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(f(value)?),
        })
    }
}

/// With `#[serde(default)]` an absent field is [`Patch::Keep`].
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(d).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

impl From<TextFault> for Fault {
    fn from(fault: TextFault) -> Self {
        Self::new(fault.code(), fault.to_string())
    }
}

/// One line of text of at most `max` characters, without the white space around it; empty text is no text.
pub(crate) fn line(text: &str, max: usize) -> Result<Option<String>, Fault> {
    let text = text::one_line(text, max)?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// The same, where line breaks and tabs are allowed.
pub(crate) fn paragraph(text: &str, max: usize) -> Result<Option<String>, Fault> {
    let text = text::several_lines(text, max)?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// The name of a thing, which must be there: as written, and folded for comparing.
pub(crate) fn name(field: &str, text: &str) -> kernel::Result<(String, String)> {
    match line(text, MAX_NAME) {
        Ok(Some(name)) => {
            let folded = fold(&name);
            Ok((name, folded))
        }
        Ok(None) => Err(Error::invalid(field, "required", "give it a name")),
        Err(fault) => Err(Error::Invalid(vec![fault.at(field)])),
    }
}

/// A place in a list that is sorted by a text: what follows it.
pub(crate) struct TextCursor;

impl TextCursor {
    /// Opaque to clients.
    pub(crate) fn encode(text: &str) -> String {
        BASE64URL_NOPAD.encode(text.as_bytes())
    }

    /// Back from what [`TextCursor::encode`] gave.
    pub(crate) fn decode(cursor: Option<&str>) -> kernel::Result<Option<String>> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        BASE64URL_NOPAD
            .decode(cursor.as_bytes())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| !text.contains('\0'))
            .map(Some)
            .ok_or_else(|| {
                Error::invalid(
                    "cursor",
                    "invalid",
                    "pass the next_cursor of the previous page unchanged",
                )
            })
    }

    /// A page from up to `limit + 1` rows.
    pub(crate) fn page<T>(
        mut rows: Vec<T>,
        limit: Limit,
        key: impl Fn(&T) -> String,
    ) -> kernel::Page<T> {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let last = rows.last().filter(|_| more);
        kernel::Page {
            next_cursor: last.map(|row| Self::encode(&key(row))),
            data: rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_text_is_none_and_no_line_breaks() {
        assert_eq!(line("  Ada ", 10).unwrap().as_deref(), Some("Ada"));
        assert_eq!(line(" \t ", 10).unwrap(), None);
        assert_eq!(
            line("a\u{2028}b", 10).unwrap_err().code,
            "control_character"
        );
        assert_eq!(paragraph("a\r\n\tb", 10).unwrap().unwrap(), "a\r\n\tb");
        assert_eq!(paragraph(" \n", 10).unwrap(), None);
    }

    #[test]
    fn a_patch_tells_absent_from_null() {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            name: Patch<String>,
        }
        let parse = |text: &str| serde_json::from_str::<Body>(text).unwrap().name;
        assert_eq!(parse("{}"), Patch::Keep);
        assert_eq!(parse("{\"name\":null}"), Patch::Clear);
        assert_eq!(parse("{\"name\":\"a\"}"), Patch::Set("a".to_owned()));

        let mut current = Some(1);
        assert!(!Patch::Keep.apply(&mut current));
        assert!(!Patch::Set(1).apply(&mut current));
        assert!(Patch::Clear.apply(&mut current));
        assert_eq!(current, None);
    }
}
