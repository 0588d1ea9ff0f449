//! Template tags while a document goes through parsers that know nothing of them.
//!
//! The marks of `protect.rs` are control characters, which XML and sanitizers do not let through. In between, a tag is
//! two noncharacters around its number; those of the source itself are dropped, so the marks cannot be forged. A
//! compiler may repeat what it is given (an address once for Outlook and once for everybody else): each repetition
//! becomes a tag of its own, since it stands in a place of its own.

use crate::protect::{Part, Protected, parts};
use crate::scan::Tag;

const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

pub(crate) fn mark(tag: usize) -> String {
    format!("{OPEN}{tag}{CLOSE}")
}

/// Whether a text begins with the output of a tag, as far as can be seen.
pub(crate) fn begins(text: &str) -> bool {
    text.starts_with(OPEN)
}

/// A protected text with these marks instead, its tags counted from `first`.
pub(crate) fn lift(text: &str, first: usize, out: &mut String) {
    for part in parts(text) {
        match part {
            Part::Text(text) => {
                out.extend(text.chars().filter(|c| !matches!(*c, OPEN | CLOSE)));
            }
            Part::Tag(tag) => out.push_str(&mark(first + tag)),
        }
    }
}

/// The other way round, without looking at what the tags are.
pub(crate) fn lower(text: &str) -> String {
    text.replace(OPEN, "\x01").replace(CLOSE, "\x02")
}

/// A protected text again.
pub(crate) fn settle(text: &str, tags: &[Tag]) -> Protected {
    let mut settled = Protected::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        settled.push_text(before);
        rest = after;
        if let Some((number, after)) = after.split_once(CLOSE)
            && let Some(tag) = number.parse::<usize>().ok().and_then(|tag| tags.get(tag))
        {
            settled.push_tag(tag.clone());
            rest = after;
        }
    }
    settled.push_text(rest);
    settled
}
