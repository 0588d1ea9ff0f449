//! From protected text back to a template for the engine.

use std::ops::Range;

use crate::protect::{Part, Protected, SLOT_CLOSE, SLOT_OPEN, parts};

/// Where a tag's output stands, which decides what must be done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Context {
    /// Where escaping (in HTML) or nothing (in text) does.
    #[default]
    Plain,
    /// Through one of the compiler's own filters.
    Filter(&'static str),
    /// Where no value is safe. The text completes "a merge field ...".
    Refused(&'static str),
}

impl Context {
    fn filter(&self) -> Option<&'static str> {
        match self {
            Self::Filter(name) => Some(name),
            Self::Plain | Self::Refused(_) => None,
        }
    }
}

/// A change to the protected text.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) range: Range<usize>,
    pub(crate) with: Insert,
}

#[derive(Debug)]
pub(crate) enum Insert {
    /// As it is, with slots.
    Text(String),
    /// Template code of our own.
    Template(&'static str),
}

/// A template for the engine, or a text that needs none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Assembled {
    Static(String),
    Template(String),
}

pub(crate) fn slot(letter: char, number: usize) -> String {
    format!("{SLOT_OPEN}{letter}{number}{SLOT_CLOSE}")
}

/// Writes a protected text, or a part of it, as template code.
pub(crate) fn write(text: &str, doc: &Protected, contexts: &[Context], out: &mut String) {
    for part in parts(text) {
        match part {
            Part::Text(text) => literal(text, out),
            Part::Tag(tag) => doc.tags[tag].write(contexts.get(tag).and_then(Context::filter), out),
        }
    }
}

/// A whole text without edits.
pub(crate) fn assemble(text: &str, doc: &Protected, contexts: &[Context]) -> Assembled {
    if parts(text).all(|part| matches!(part, Part::Text(_))) {
        return Assembled::Static(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    write(text, doc, contexts, &mut out);
    Assembled::Template(out)
}

/// The whole document with edits.
pub(crate) fn assemble_edited(
    doc: &Protected,
    contexts: &[Context],
    mut edits: Vec<Edit>,
) -> Assembled {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let needs_engine = !doc.tags.is_empty()
        || edits
            .iter()
            .any(|edit| matches!(edit.with, Insert::Template(_)));
    let mut out = String::with_capacity(doc.text.len());
    let mut done = 0;
    let put = |text: &str, out: &mut String| {
        if needs_engine {
            write(text, doc, contexts, out);
        } else {
            out.push_str(text);
        }
    };
    for edit in edits {
        if edit.range.start < done {
            continue;
        }
        put(&doc.text[done..edit.range.start], &mut out);
        match edit.with {
            Insert::Text(text) => put(&text, &mut out),
            Insert::Template(code) => out.push_str(code),
        }
        done = edit.range.end;
    }
    put(&doc.text[done..], &mut out);
    if needs_engine {
        Assembled::Template(out)
    } else {
        Assembled::Static(out)
    }
}

/// Text that happens to look like a tag (from a raw block, or `&#123;&#123;` in HTML) stays text.
fn literal(text: &str, out: &mut String) {
    let mut done = 0;
    for (at, _) in text.match_indices('{') {
        if matches!(text.as_bytes().get(at + 1), None | Some(b'{' | b'%' | b'#')) {
            out.push_str(&text[done..at]);
            out.push_str("{{ \"{\" }}");
            done = at + 1;
        }
    }
    out.push_str(&text[done..]);
}
