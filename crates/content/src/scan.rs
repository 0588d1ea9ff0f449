//! Splits a template into text and tags, and tags into tokens.
//!
//! The engine parses templates by itself; this scanner exists so that the HTML parser never sees a tag's inside
//! (`{% if a < b %}`), so that every expression can be told where in the markup it stands, and so that faults have a
//! column. It takes a smaller language than the engine: what it does not know is a fault, so the two cannot disagree
//! about where a tag ends.

use std::ops::Range;

use crate::document::Fault;

/// Longest inside of one tag, in bytes. Bounds the depth of expressions.
const MAX_TAG_BYTES: usize = 1000;
/// Most tags in one field.
const MAX_TAGS: usize = 5000;

#[derive(Debug)]
pub(crate) enum Piece {
    Text(Range<usize>),
    Tag(Tag),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// `{{ ... }}`
    Output,
    /// `{% ... %}`
    Statement,
}

#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) kind: TagKind,
    /// Where it stands, delimiters included.
    pub(crate) span: Range<usize>,
    /// `{{-` and `-}}` strip the white space beside them.
    trim: (&'static str, &'static str),
    pub(crate) tokens: Vec<Token>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Name,
    Text,
    Number,
    Operator,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) text: String,
    pub(crate) at: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self.kind, TokenKind::Name | TokenKind::Operator) && self.text == text
    }
}

impl Tag {
    /// `{% ... %}` that nobody wrote.
    pub(crate) fn statement(words: &[&str]) -> Self {
        let tokens = words.iter().map(|word| Token {
            kind: if *word == "." {
                TokenKind::Operator
            } else {
                TokenKind::Name
            },
            text: (*word).to_owned(),
            at: 0,
        });
        Self {
            kind: TagKind::Statement,
            span: 0..0,
            trim: ("", ""),
            tokens: tokens.collect(),
        }
    }

    /// The first word of a statement.
    pub(crate) fn keyword(&self) -> &str {
        match (self.kind, self.tokens.first()) {
            (TagKind::Statement, Some(first)) => &first.text,
            _ => "",
        }
    }

    /// The one name that the tag prints, when it does nothing else.
    pub(crate) fn sole_name(&self) -> Option<&str> {
        match (self.kind, &*self.tokens) {
            (TagKind::Output, [only]) if only.kind == TokenKind::Name => Some(&only.text),
            _ => None,
        }
    }

    /// Writes the tag for the engine, an output passed through one more filter.
    pub(crate) fn write(&self, filter: Option<&str>, out: &mut String) {
        let (open, close) = match self.kind {
            TagKind::Output => ("{{", "}}"),
            TagKind::Statement => ("{%", "%}"),
        };
        out.push_str(open);
        out.push_str(self.trim.0);
        let filter = filter.filter(|_| self.kind == TagKind::Output);
        if filter.is_some() {
            out.push_str(" (");
        }
        for token in &self.tokens {
            out.push(' ');
            out.push_str(&token.text);
        }
        if let Some(filter) = filter {
            out.push_str(" ) | ");
            out.push_str(filter);
        }
        out.push(' ');
        out.push_str(self.trim.1);
        out.push_str(close);
    }
}

#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) faults: Vec<Fault>,
}

impl Scan {
    pub(crate) fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Tag(tag) => Some(tag),
            Piece::Text(_) => None,
        })
    }
}

pub(crate) fn scan(source: &str) -> Scan {
    let mut scan = Scan::default();
    let mut text_from = 0;
    let mut at = 0;
    let mut tags = 0;
    while let Some(open) = next_tag(source, at) {
        if open > text_from {
            scan.pieces.push(Piece::Text(text_from..open));
        }
        at = if source[open..].starts_with("{#") {
            source[open..].find("#}").map_or_else(
                || {
                    scan.faults.push(unclosed(open, "comment", "#}"));
                    source.len()
                },
                |end| open + end + 2,
            )
        } else {
            match lex(source, open) {
                Ok(tag) => {
                    let end = tag.span.end;
                    if tag.keyword() == "raw" {
                        raw_block(source, &tag, &mut scan)
                    } else {
                        tags += 1;
                        if tags == MAX_TAGS + 1 {
                            let message = format!("there are more than {MAX_TAGS} template tags");
                            scan.faults
                                .push(Fault::error(open, "too_many_tags", message));
                        }
                        scan.pieces.push(Piece::Tag(tag));
                        end
                    }
                }
                Err(fault) => {
                    scan.faults.push(fault);
                    let close = if source[open..].starts_with("{{") {
                        "}}"
                    } else {
                        "%}"
                    };
                    source[open + 2..]
                        .find(close)
                        .map_or(source.len(), |end| open + 2 + end + 2)
                }
            }
        };
        text_from = at;
    }
    if text_from < source.len() {
        scan.pieces.push(Piece::Text(text_from..source.len()));
    }
    scan
}

fn next_tag(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    (from..bytes.len().saturating_sub(1))
        .find(|at| bytes[*at] == b'{' && matches!(bytes[at + 1], b'{' | b'%' | b'#'))
}

fn unclosed(at: usize, what: &str, close: &str) -> Fault {
    Fault::error(at, "syntax", format!("this {what} has no closing {close}"))
}

/// `{% raw %}`: everything up to `{% endraw %}` is text. Returns where that ends.
fn raw_block(source: &str, open: &Tag, scan: &mut Scan) -> usize {
    let from = open.span.end;
    let mut search = from;
    while let Some(found) = source[search..].find("{%") {
        let at = search + found;
        if let Ok(tag) = lex(source, at)
            && tag.keyword() == "endraw"
        {
            scan.pieces.push(Piece::Text(from..at));
            return tag.span.end;
        }
        search = at + 2;
    }
    scan.faults.push(Fault::error(
        open.span.start,
        "syntax",
        "this {% raw %} has no {% endraw %}",
    ));
    source.len()
}

/// The tag that opens at `open`.
fn lex(source: &str, open: usize) -> Result<Tag, Fault> {
    let (kind, close) = if source[open..].starts_with("{{") {
        (TagKind::Output, "}}")
    } else {
        (TagKind::Statement, "%}")
    };
    let mut at = open + 2;
    let mut trim = ("", "");
    if source[at..].starts_with(['-', '+']) {
        trim.0 = if source[at..].starts_with('-') {
            "-"
        } else {
            "+"
        };
        at += 1;
    }
    let mut tokens = Vec::new();
    loop {
        at += source[at..].len() - source[at..].trim_start_matches(is_blank).len();
        let rest = &source[at..];
        if at - open > MAX_TAG_BYTES {
            let message = format!("this tag is longer than {MAX_TAG_BYTES} bytes");
            return Err(Fault::error(open, "too_long", message));
        }
        for mark in ["-", "+", ""] {
            if rest
                .strip_prefix(mark)
                .is_some_and(|rest| rest.starts_with(close))
            {
                trim.1 = mark;
                let end = at + mark.len() + 2;
                if tokens.is_empty() {
                    return Err(Fault::error(open, "syntax", "this tag is empty"));
                }
                return Ok(Tag {
                    kind,
                    span: open..end,
                    trim,
                    tokens,
                });
            }
        }
        let Some(first) = rest.chars().next() else {
            return Err(unclosed(open, "tag", close));
        };
        let token = token(rest, first, at)?;
        at += token.text.len();
        tokens.push(token);
    }
}

/// Editors paste no-break spaces into tags.
fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{a0}'
}

fn token(rest: &str, first: char, at: usize) -> Result<Token, Fault> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (kind, len) = match first {
        'a'..='z' | 'A'..='Z' | '_' => (
            TokenKind::Name,
            rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        ),
        '0'..='9' => {
            let whole = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let fraction = rest[whole..].strip_prefix('.').map_or(0, |rest| {
                rest.find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len())
            });
            let len = if fraction == 0 {
                whole
            } else {
                whole + 1 + fraction
            };
            if len > 20 || rest[len..].starts_with(is_word) {
                return Err(Fault::error(at, "syntax", "this is not a number"));
            }
            (TokenKind::Number, len)
        }
        '"' | '\'' => (TokenKind::Text, string_len(rest, first, at)?),
        _ => {
            let two = ["==", "!=", "<=", ">="]
                .iter()
                .any(|op| rest.starts_with(op));
            if two {
                (TokenKind::Operator, 2)
            } else if ".|(),<>=~[]-".contains(first) {
                (TokenKind::Operator, 1)
            } else {
                return Err(Fault::error(at, "syntax", stray(first)));
            }
        }
    };
    Ok(Token {
        kind,
        text: rest[..len].to_owned(),
        at,
    })
}

fn string_len(rest: &str, quote: char, at: usize) -> Result<usize, Fault> {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1).take(MAX_TAG_BYTES) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Ok(index + 1);
        }
    }
    let message = format!("this text has no closing {quote}");
    Err(Fault::error(at, "syntax", message))
}

fn stray(c: char) -> String {
    match c {
        '\u{2018}'..='\u{201f}' => format!("{c} is a typographic quote; use straight quotes, \"like this\""),
        '&' => "the editor has encoded this tag for HTML (&quot;, &amp;); edit the source and write plain quotes".to_owned(),
        '+' | '*' | '/' | '%' => format!("{c} is not supported: templates do not calculate"),
        '{' => "one { too many, or an unsupported list of names".to_owned(),
        '}' => "one } is missing or too many".to_owned(),
        c if c.is_alphabetic() => format!("{c} cannot be part of a name: names have the letters a to z, digits and _"),
        c => format!("{c:?} has no meaning here"),
    }
}
