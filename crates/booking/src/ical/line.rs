//! Content lines: one name, its parameters, one value (RFC 5545, section 3.1).

/// Longest line in octets, without its end.
const WIDTH: usize = 75;

/// A line that was read. Names are in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    params: Vec<(String, String)>,
    /// As it stands there: what is text is still escaped.
    pub(super) value: String,
}

impl Line {
    /// A line without its folds; `None` if it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let end = text.find([';', ':'])?;
        // A group before a dot is of vCard, and some programs write it here too.
        let name = text[..end].rsplit('.').next()?.trim().to_ascii_uppercase();
        if name.is_empty() {
            return None;
        }
        let mut rest = &text[end..];
        let mut params = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let equals = after.find(['=', ':', ';'])?;
            if !after[equals..].starts_with('=') {
                // A parameter without a value, as old programs write it.
                rest = &after[equals..];
                continue;
            }
            let key = after[..equals].trim().to_ascii_uppercase();
            let (value, left) = values(&after[equals + 1..])?;
            params.push((key, value));
            rest = left;
        }
        Some(Self {
            name,
            params,
            value: rest.strip_prefix(':')?.trim_end().to_owned(),
        })
    }

    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The values of a parameter up to the next `;` or `:` outside quotes, and what is left.
fn values(text: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let mut value = String::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' | ':' if !quoted => return Some((value, &text[at..])),
            c => value.push(c),
        }
    }
    None
}

/// The lines of a calendar with their folds undone, one after the other, however they end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    let mut raw = text
        .trim_start_matches('\u{feff}')
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .peekable();
    std::iter::from_fn(move || {
        let first = raw.next()?;
        let mut line = std::borrow::Cow::Borrowed(first);
        while let Some(more) = raw.next_if(|next| next.starts_with([' ', '\t'])) {
            line.to_mut().push_str(&more[1..]);
        }
        Some(line)
    })
}

/// Text as a value: what would end or divide it is escaped, what no line may have is left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push_str("\\n");
            }
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The text of a value.
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(c) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// The value of a parameter, in quotes, which it cannot leave.
pub(super) fn quoted(text: &str) -> String {
    let inner: String = text
        .chars()
        .filter_map(|c| match c {
            '"' => Some('\''),
            c if kernel::text::breaks_line(c) => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect();
    format!("\"{inner}\"")
}

/// Adds a line, folded between characters where it is longer than 75 octets, with its CRLF.
pub(super) fn push(out: &mut String, line: &str) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > WIDTH {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}
