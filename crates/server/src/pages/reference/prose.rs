//! The little Markdown that doc comments use: paragraphs, lists, code, bold.

use std::fmt::Write as _;

use web::html::escape;

/// As HTML blocks.
pub(super) fn blocks(text: &str) -> String {
    let mut out = String::new();
    for block in text
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty())
    {
        if block.lines().all(|line| line.starts_with(['-', '|', ' '])) {
            let (tag, rows) = if block.starts_with('|') {
                ("pre", escape(block))
            } else {
                ("ul", items(block))
            };
            let _ = write!(out, "<{tag}>{rows}</{tag}>");
        } else {
            let _ = write!(out, "<p>{}</p>", inline(block));
        }
    }
    out
}

fn items(block: &str) -> String {
    let mut items: Vec<String> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("- "), items.last_mut()) {
            (None, Some(last)) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            (item, _) => items.push(item.unwrap_or(line).to_owned()),
        }
    }
    let mut out = String::new();
    for item in items {
        let _ = write!(out, "<li>{}</li>", inline(&item));
    }
    out
}

/// Within a line: code and bold.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            // Links of the compiler's documentation: [`Name`].
            let _ = write!(out, "<code>{}</code>", escape(part));
        } else {
            let plain = escape(part);
            for (index, part) in plain.split("**").enumerate() {
                if index % 2 == 1 {
                    let _ = write!(out, "<b>{part}</b>");
                } else {
                    out.push_str(part);
                }
            }
        }
    }
    out.replace("[<code>", "<code>")
        .replace("</code>]", "</code>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_markdown_of_comments_becomes_safe_html() {
        assert_eq!(
            blocks("One `a<b>` and **bold**.\n\n- first\n- second\n  goes on\n\n<script>"),
            "<p>One <code>a&lt;b&gt;</code> and <b>bold</b>.</p><ul><li>first</li><li>second goes on</li></ul>\
             <p>&lt;script&gt;</p>"
        );
        assert_eq!(inline("see [`Name`]"), "see <code>Name</code>");
    }
}
