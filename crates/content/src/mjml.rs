//! MJML to HTML. One compiler for what people write and for what blocks become.

use std::collections::HashMap;
use std::rc::Rc;

use mrml::prelude::parser::{Error as ParseError, ParserOptions, noop_loader::NoopIncludeLoader};
use mrml::prelude::render::RenderOptions;

use crate::document::Fault;
use crate::html::analyze;
use crate::marks;
use crate::reader::{Field, Reader};

/// Deepest nesting of elements: the compiler calls itself for each.
pub(crate) const MAX_DEPTH: usize = 60;

/// Elements that have no end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// MJML that somebody wrote.
pub(crate) fn compile_written(reader: &mut Reader, field: &Field) -> Option<Field> {
    if reader.has_errors() {
        return None;
    }
    let source = &field.source;
    let mut faults = analyze(&field.doc, &field.locals).faults;
    let mut marked = String::with_capacity(field.doc.text.len() + 16);
    marks::lift(&field.doc.text, 0, &mut marked);
    let html = match render(&marked) {
        Ok(html) => html,
        Err(wrong) => {
            // Where in the source: marks are not as long as the tags they stand for.
            let at = wrong.at.map_or(0, |at| {
                let before = &marked[..floor(&marked, at)];
                field.doc.source_offset(marks::lower(before).len())
            });
            faults.push(Fault::error(at, "mjml", wrong.message));
            reader.report(&field.name, source, faults);
            return None;
        }
    };
    reader.report(&field.name, source, faults);
    Some(Field {
        name: field.name.clone(),
        source: source.clone(),
        doc: Rc::new(marks::settle(&html, &field.doc.tags)),
        locals: field.locals.clone(),
        asks_to_leave: field.asks_to_leave,
        made: true,
    })
}

pub(crate) struct Wrong {
    /// Byte offset.
    pub(crate) at: Option<usize>,
    pub(crate) message: String,
}

/// Compiles MJML in which template tags are marks.
pub(crate) fn render(mjml: &str) -> Result<String, Wrong> {
    if let Some(at) = too_deep(mjml) {
        return Err(Wrong {
            at: Some(at),
            message: format!("elements are nested more than {MAX_DEPTH} deep"),
        });
    }
    let options = ParserOptions {
        include_loader: Box::new(NoopIncludeLoader),
    };
    let shielded = shield(mjml);
    let parsed = mrml::parse_with_options(&shielded, &options).map_err(|error| {
        let wrong = explain(&error);
        Wrong {
            // Where it is in what was given.
            at: wrong
                .at
                .map(|at| unshield(&shielded[..floor(&shielded, at)]).len()),
            ..wrong
        }
    })?;
    let options = RenderOptions {
        // No font is fetched from anywhere unless the document says so.
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    let html = parsed.element.render(&options).map_err(|error| Wrong {
        at: None,
        message: format!("this MJML cannot be compiled: {error}"),
    })?;
    Ok(unshield(&html))
}

/// Around the code of a character that the compiler would change. They are letters to it.
const SHIELD: (char, char) = ('\u{13000}', '\u{13001}');

/// The compiler writes attributes as Rust writes texts for programmers: `\` becomes `\\`, and characters without a shape
/// of their own become `\u{ad}`. So those go through it as codes. Line breaks in attributes are spaces, as in XML.
fn shield(mjml: &str) -> String {
    let mut out = String::with_capacity(mjml.len() + mjml.len() / 8);
    let mut rest = mjml;
    while let Some(found) = rest.find('<') {
        let (text, tag) = rest.split_at(found);
        shield_text(text, &mut out);
        let end = if let Some(comment) = tag.strip_prefix("<!--") {
            comment.find("-->").map_or(tag.len(), |end| end + 7)
        } else if tag[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            (tag_end(&tag[1..]) + 2).min(tag.len())
        } else {
            1
        };
        let (tag, after) = tag.split_at(end);
        if tag.starts_with("<!--") {
            shield_text(tag, &mut out);
        } else {
            shield_tag(tag, &mut out);
        }
        rest = after;
    }
    shield_text(rest, &mut out);
    out
}

fn shield_text(text: &str, out: &mut String) {
    for c in text.chars() {
        if c == SHIELD.0 || c == SHIELD.1 {
            shielded(c, out);
        } else {
            out.push(c);
        }
    }
}

fn shield_tag(tag: &str, out: &mut String) {
    let mut quote = None;
    for c in tag.chars() {
        match (quote, c) {
            (None, '"' | '\'') => {
                quote = Some(c);
                out.push(c);
            }
            (Some(open), c) if c == open => {
                quote = None;
                out.push(c);
            }
            (Some(_), '"') => out.push_str("&quot;"),
            (Some(_), '\n' | '\r' | '\t') => out.push(' '),
            (Some(_), c) if !c.is_ascii_graphic() && c != ' ' || c == '\\' => {
                let shown = c != SHIELD.0 && c != SHIELD.1 && c.is_alphanumeric();
                if shown {
                    out.push(c);
                } else {
                    shielded(c, out);
                }
            }
            (_, c) => out.push(c),
        }
    }
}

fn shielded(c: char, out: &mut String) {
    out.push(SHIELD.0);
    out.push_str(&u32::from(c).to_string());
    out.push(SHIELD.1);
}

fn unshield(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SHIELD.0) {
        out.push_str(before);
        let Some((code, after)) = after.split_once(SHIELD.1) else {
            break;
        };
        out.extend(code.parse().ok().and_then(char::from_u32));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn explain(error: &ParseError) -> Wrong {
    let (at, message) = match error {
        ParseError::UnexpectedElement { position, .. } => {
            (Some(position.start), "this element has no place here")
        }
        ParseError::UnexpectedToken { position, .. } => {
            (Some(position.start), "this has no place here")
        }
        ParseError::MissingAttribute { position, .. } => {
            (Some(position.start), "an attribute is missing here")
        }
        ParseError::InvalidAttribute { position, .. } => {
            (Some(position.start), "this attribute cannot be read")
        }
        ParseError::InvalidFormat { position, .. } => (
            Some(position.start),
            "this cannot be read; is a tag closed?",
        ),
        ParseError::IncludeLoaderError { position, .. } => (
            Some(position.start),
            "mj-include is not supported: put the parts into one document",
        ),
        ParseError::EndOfStream { .. } => (None, "the MJML ends before its tags are closed"),
        ParseError::NoRootNode => (None, "MJML begins with <mjml>"),
        _ => (None, "this MJML cannot be read; are all tags closed?"),
    };
    Wrong {
        at,
        message: message.to_owned(),
    }
}

/// Where elements are nested too deep, if they are. Looks at tags only, as a parser that believes everything would.
pub(crate) fn too_deep(markup: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = markup[at..].find('<') {
        let from = at + found;
        let rest = &markup[from + 1..];
        at = from + 1;
        if let Some(comment) = rest.strip_prefix("!--") {
            at += 3 + comment.find("-->").map_or(comment.len(), |end| end + 3);
        } else if rest.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = tag_end(rest);
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect::<String>()
                .to_ascii_lowercase();
            let closed = rest[..end].ends_with('/') || VOID.contains(&&*name);
            if !closed {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(from);
                }
            }
            at += end;
        }
    }
    None
}

/// Where the tag ends whose inside this is: at the first `>` outside quotes.
pub(crate) fn tag_end(inside: &str) -> usize {
    let mut quote = None;
    for (at, byte) in inside.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return at,
            _ => {}
        }
    }
    inside.len()
}

pub(crate) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default()
}
