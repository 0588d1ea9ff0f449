//! Plain text: the alternative made from HTML, and the links in text that people wrote.

use crate::assemble::slot;
use crate::protect::{TAG_CLOSE, TAG_OPEN};

/// Most blank lines in a row.
const MAX_BREAKS: usize = 2;

/// Collects the text of an HTML document, event by event. Works on protected text: marks pass through.
#[derive(Debug, Default)]
pub(crate) struct TextBuilder {
    out: String,
    breaks: usize,
    space: bool,
    /// Above zero inside scripts, styles and what is not shown.
    hidden: usize,
    preformatted: usize,
    lists: Vec<Option<usize>>,
    links: Vec<OpenLink>,
}

#[derive(Debug)]
struct OpenLink {
    from: usize,
    /// A slot, or an address.
    target: Option<String>,
}

impl TextBuilder {
    pub(crate) fn hide(&mut self) {
        self.hidden += 1;
    }

    pub(crate) fn unhide(&mut self) {
        self.hidden = self.hidden.saturating_sub(1);
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden > 0
    }

    pub(crate) fn preformatted(&mut self, begins: bool) {
        self.preformatted = if begins {
            self.preformatted + 1
        } else {
            self.preformatted.saturating_sub(1)
        };
        self.line_breaks(1);
    }

    /// Text with its character references decoded.
    pub(crate) fn push(&mut self, text: &str) {
        if self.is_hidden() {
            return;
        }
        for c in text.chars() {
            match c {
                '\n' if self.preformatted > 0 => {
                    self.flush();
                    self.out.push('\n');
                }
                ' ' | '\t' if self.preformatted > 0 => {
                    self.flush();
                    self.out.push(c);
                }
                // Soft hyphens, joiners and the fillers that follow preheaders.
                '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => {}
                _ if c.is_whitespace() => self.space = true,
                _ => {
                    self.flush();
                    self.out.push(c);
                }
            }
        }
    }

    fn flush(&mut self) {
        if self.breaks > 0 {
            if !self.out.is_empty() {
                let there = self.out.len() - self.out.trim_end_matches('\n').len();
                for _ in there..self.breaks.min(MAX_BREAKS) {
                    self.out.push('\n');
                }
            }
        } else if self.space && !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.space = false;
    }

    /// What follows begins on a new line (1) or after a blank line (2).
    pub(crate) fn line_breaks(&mut self, count: usize) {
        if !self.is_hidden() {
            self.breaks = self.breaks.max(count);
        }
    }

    /// `<br>`: unlike the breaks of blocks, several add up.
    pub(crate) fn hard_break(&mut self) {
        if !self.is_hidden() {
            self.breaks += 1;
        }
    }

    pub(crate) fn rule(&mut self) {
        self.line_breaks(2);
        self.push("----------");
        self.line_breaks(2);
    }

    pub(crate) fn begin_list(&mut self, ordered: bool) {
        self.line_breaks(if self.lists.is_empty() { 2 } else { 1 });
        self.lists.push(ordered.then_some(0));
    }

    pub(crate) fn end_list(&mut self) {
        self.lists.pop();
        self.line_breaks(if self.lists.is_empty() { 2 } else { 1 });
    }

    pub(crate) fn item(&mut self) {
        self.line_breaks(1);
        if self.is_hidden() {
            return;
        }
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        let bullet = match self.lists.last_mut() {
            Some(Some(count)) => {
                *count += 1;
                format!("{count}. ")
            }
            _ => "- ".to_owned(),
        };
        self.flush();
        self.out.push_str(&indent);
        self.out.push_str(&bullet);
    }

    pub(crate) fn begin_link(&mut self, target: Option<String>) {
        self.links.push(OpenLink {
            from: self.out.len(),
            target,
        });
    }

    /// Gives what the link says.
    pub(crate) fn end_link(&mut self) -> String {
        let Some(link) = self.links.pop() else {
            return String::new();
        };
        // Links can nest in broken markup; taking all of each would be quadratic.
        let said: String = self.out[link.from..]
            .trim_start()
            .chars()
            .take(500)
            .collect();
        let said = said.trim_end().to_owned();
        let Some(target) = link.target.filter(|_| !self.is_hidden()) else {
            return said;
        };
        if said.is_empty() {
            self.push(&target);
        } else if said != target {
            self.push(&format!(" ({target})"));
        }
        said
    }

    pub(crate) fn finish(self) -> String {
        let mut text = self.out.trim().to_owned();
        text.push('\n');
        text
    }
}

/// Finds bare web addresses in a protected text. `track` gets each address and answers with the number of its link.
pub(crate) fn track_bare_urls(
    text: &str,
    is_output: impl Fn(usize) -> bool,
    mut track: impl FnMut(&str, usize) -> Option<usize>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(from) = next_url(text, done) {
        let end = from + url_len(&text[from..], &is_output);
        out.push_str(&text[done..from]);
        match track(&text[from..end], from) {
            Some(number) => out.push_str(&slot('L', number)),
            None => out.push_str(&text[from..end]),
        }
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

fn next_url(text: &str, from: usize) -> Option<usize> {
    text[from..]
        .match_indices("http")
        .map(|(at, _)| from + at)
        .find(|at| {
            let rest = &text[*at + 4..];
            let begins = text[..*at]
                .chars()
                .next_back()
                .is_none_or(|c| !c.is_alphanumeric());
            begins && (rest.starts_with("://") || rest.starts_with("s://"))
        })
}

/// An address ends at white space, at quotes and brackets, at a statement, and before punctuation that ends a sentence.
fn url_len(text: &str, is_output: &impl Fn(usize) -> bool) -> usize {
    let mut end = 0;
    let mut at = 0;
    let mut parens = 0_i32;
    while let Some(c) = text[at..].chars().next() {
        if c == TAG_OPEN {
            let Some((number, after)) = text[at + 1..].split_once(TAG_CLOSE) else {
                break;
            };
            if !number.parse().is_ok_and(is_output) {
                break;
            }
            at = text.len() - after.len();
            end = at;
            continue;
        }
        if c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '`' | '{' | '}' | '|' | '\\' | '^')
        {
            break;
        }
        match c {
            '(' => parens += 1,
            ')' => parens -= 1,
            _ => {}
        }
        if parens < 0 {
            break;
        }
        at += c.len_utf8();
        if !matches!(
            c,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | ']' | '*' | '_'
        ) {
            end = at;
        }
    }
    end
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b' ' | b'\t')
}

/// Conditional blocks leave blank lines behind; at most one stays.
pub(crate) fn collapse_blank_lines(text: String) -> String {
    let clean = text.ends_with('\n')
        && !text.starts_with(['\n', ' '])
        && !text
            .as_bytes()
            .windows(3)
            .any(|three| three[1] == b'\n' && is_blank(three[0]) && is_blank(three[2]));
    if clean {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end();
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank > 1 || (line.is_empty() && out.is_empty()) {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
