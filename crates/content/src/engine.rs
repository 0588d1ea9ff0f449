//! The template engine, tied down: our filters only, no macros, no includes, bounded work, our own escaping.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};

use crate::filters;

/// Work that one template may do: an instruction costs one, and so do 64 bytes of text that are made or printed. It
/// bounds the output to 6 MiB and the time to milliseconds.
const FUEL: u64 = 100_000;

/// The template of this name is HTML and escapes what it prints; all others print as is.
pub(crate) const HTML: &str = "html";

pub(crate) fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_auto_escape_callback(|name| {
        if name == HTML {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    env.set_formatter(print);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(100);
    env.set_debug(false);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    env.set_syntax(syntax.expect("the default delimiters are valid"));
    filters::add_all(&mut env);
    env
}

/// Prints scalars; what has no text (lists, groups of names, nothing) prints as nothing.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    let html = matches!(state.auto_escape(), AutoEscape::Html);
    if let Some(text) = value.as_str() {
        if html && !value.is_safe() {
            escape_into(text, out)?;
        } else {
            plain_into(text, out)?;
        }
        return Ok(());
    }
    match value.kind() {
        ValueKind::Number => out.write_str(&filters::number_text(value))?,
        ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" })?,
        _ => {}
    }
    Ok(())
}

/// Control characters have no place in mail, and some of them mark our own slots.
fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f
}

/// For HTML text and quoted attributes.
pub(crate) fn escape_into(text: &str, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ if is_control(byte) => "",
            _ => continue,
        };
        out.write_str(&text[done..at])?;
        out.write_str(escaped)?;
        done = at + 1;
    }
    out.write_str(&text[done..])
}

pub(crate) fn plain_into(text: &str, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        if is_control(byte) {
            out.write_str(&text[done..at])?;
            done = at + 1;
        }
    }
    out.write_str(&text[done..])
}

/// One line for a header: breaks, controls and characters that turn the writing direction become spaces, runs of which
/// become one. Cut at `max` characters.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let mut line = String::with_capacity(text.len());
    let mut count = 0;
    let mut gap = false;
    for c in text.chars() {
        let invisible = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_whitespace() || c.is_control() || invisible {
            gap = !line.is_empty();
            continue;
        }
        if count + usize::from(gap) >= max {
            break;
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
            count += 1;
        }
        line.push(c);
        count += 1;
    }
    line
}
