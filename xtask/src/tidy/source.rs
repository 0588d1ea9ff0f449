//! A Rust file taken apart into code, comments and string literals.

/// One file. The three views have the same lines as the text, so that a line number fits all.
pub(super) struct Source {
    /// Relative to the root of the repository.
    pub(super) path: String,
    /// The text with comments and the content of strings and characters blanked out.
    pub(super) code: String,
    pub(super) comments: Vec<Piece>,
    pub(super) strings: Vec<Piece>,
}

/// A comment or the content of a string literal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins, counted from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

impl Source {
    pub(super) fn new(path: String, text: String) -> Self {
        let mut reader = Reader {
            rest: &text,
            line: 1,
            code: String::with_capacity(text.len()),
        };
        let (mut comments, mut strings) = (Vec::new(), Vec::new());
        while let Some(next) = reader.rest.chars().next() {
            let line = reader.line;
            if reader.rest.starts_with("//") {
                let length = reader.rest.find('\n').unwrap_or(reader.rest.len());
                comments.push(Piece {
                    line,
                    text: reader.blank(length),
                });
            } else if reader.rest.starts_with("/*") {
                comments.push(Piece {
                    line,
                    text: reader.blank(block_comment(reader.rest)),
                });
            } else if let Some((before, content, after)) = reader.string_ahead() {
                reader.keep(before);
                strings.push(Piece {
                    line,
                    text: reader.blank(content),
                });
                reader.keep(after);
            } else if next == '\'' {
                reader.keep(1);
                if let Some(content) = character(reader.rest) {
                    reader.blank(content);
                    reader.keep(1);
                }
            } else {
                reader.keep(next.len_utf8());
            }
        }
        Self {
            path,
            code: reader.code,
            comments,
            strings,
        }
    }

    /// The name of the file without directories.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// `web` of `crates/web/src/lib.rs`, `xtask` of `xtask/src/main.rs`.
    pub(super) fn krate(&self) -> &str {
        self.path
            .trim_start_matches("crates/")
            .split('/')
            .next()
            .unwrap_or_default()
    }

    /// Whether the file is `name.rs` or lies in a directory `name`.
    pub(super) fn is_or_is_in(&self, name: &str) -> bool {
        self.path
            .split('/')
            .any(|part| part == name || part.strip_suffix(".rs") == Some(name))
    }

    /// Whether line `line` is no part of the program: tests and measuring programs.
    pub(super) fn is_test(&self, line: usize) -> bool {
        self.is_or_is_in("tests")
            || self.is_or_is_in("examples")
            || self
                .code
                .lines()
                .position(|code| code.trim() == "mod tests {")
                .is_some_and(|start| line > start)
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    code: String,
}

impl Reader<'_> {
    fn keep(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.code.push_str(taken);
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }

    fn blank(&mut self, length: usize) -> String {
        let (taken, rest) = self.rest.split_at(length);
        self.code
            .extend(taken.chars().map(|c| if c == '\n' { c } else { ' ' }));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken.to_owned()
    }

    /// The lengths of the opening, the content and the closing of a string literal that begins here.
    fn string_ahead(&self) -> Option<(usize, usize, usize)> {
        let prefix = ["br", "cr", "b", "c", "r", ""]
            .into_iter()
            .find(|prefix| {
                let after = self.rest.strip_prefix(prefix).unwrap_or_default();
                after.trim_start_matches('#').starts_with('"')
                    && (after.starts_with('"') || prefix.contains('r'))
            })
            // `r` may also end a name, as in `for"`, which no one writes, and `r#type` has no quote.
            .filter(|prefix| prefix.is_empty() || !self.code.ends_with(is_word))?;
        let after = &self.rest[prefix.len()..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        let opening = prefix.len() + hashes + 1;
        let content = &self.rest[opening..];
        let length = if prefix.contains('r') {
            content
                .find(&format!("\"{}", "#".repeat(hashes)))
                .unwrap_or(content.len())
        } else {
            unescaped(content, b'"').unwrap_or(content.len())
        };
        Some((opening, length, (1 + hashes).min(content.len() - length)))
    }
}

/// Letters, digits and `_`: what names are made of.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the first `end` is that no backslash precedes.
fn unescaped(text: &str, end: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == end => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The length of the block comment that begins here; they nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a character literal's content, after its opening quote; none for a lifetime.
fn character(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '\\' {
        return unescaped(text, b'\'');
    }
    let length = first.len_utf8();
    text[length..].starts_with('\'').then_some(length)
}

#[cfg(test)]
mod tests {
    use super::Source;

    fn source(text: &str) -> Source {
        Source::new("crates/web/src/routes/list.rs".into(), text.into())
    }

    #[test]
    fn strings_and_comments_are_not_code() {
        let it = source(
            "let a = \"x // y\"; // \"no\"\nlet b = r#\"say \"hi\"\"#; /* a /* b */ c */ done",
        );
        assert_eq!(
            it.strings
                .iter()
                .map(|s| s.text.as_str())
                .collect::<Vec<_>>(),
            ["x // y", "say \"hi\""]
        );
        assert_eq!(it.comments.len(), 2);
        assert_eq!(it.comments[1].text, "/* a /* b */ c */");
        assert!(it.code.ends_with("done") && !it.code.contains("hi") && !it.code.contains("no"));
    }

    #[test]
    fn quotes_in_characters_and_lifetimes_open_nothing() {
        let it =
            source("fn a<'a>(x: &'a str) { let q = '\"'; let e = '\\''; let s = b\"it\\\"s\"; }");
        assert_eq!(it.strings.len(), 1);
        assert_eq!(it.strings[0].text, "it\\\"s");
        assert!(it.code.contains("fn a<'a>(x: &'a str)"));
    }

    #[test]
    fn lines_are_those_of_the_text() {
        let it = source("/* one\ntwo */\nlet a =\n    \"three\nfour\";\n// last");
        assert_eq!(it.strings[0].line, 4);
        assert_eq!(it.comments[1].line, 6);
    }

    #[test]
    fn unfinished_text_does_not_panic() {
        for text in [
            "\"open", "r#\"open", "/* open", "'", "'\\", "b\"", "r#", "\"x\\",
        ] {
            source(text);
        }
    }

    #[test]
    fn places_are_read_from_the_path() {
        let it = source("");
        assert_eq!((it.krate(), it.name()), ("web", "list.rs"));
        assert!(it.is_or_is_in("routes") && !it.is_or_is_in("store"));
    }
}
