//! What elements mean for the plain-text alternative.

use std::ops::Range;

use super::Walk;
use crate::link::as_written;

/// Elements whose text readers do not see.
pub(super) const HIDDEN_ELEMENTS: [&str; 9] = [
    "head", "noscript", "object", "script", "select", "style", "svg", "template", "title",
];

impl Walk {
    pub(super) fn open(&mut self, name: &str, target: Option<String>, link: Option<usize>) {
        match name {
            "a" => {
                self.open_links.push(link);
                self.text.begin_link(target);
            }
            "ul" => self.text.begin_list(false),
            "ol" => self.text.begin_list(true),
            "li" => self.text.item(),
            "pre" => self.text.preformatted(true),
            "td" | "th" => self.text.line_breaks(1),
            _ => self.text.line_breaks(breaks(name)),
        }
    }

    pub(super) fn close(&mut self, name: &str, at: &Range<usize>) {
        match name {
            "a" => {
                let said = self.text.end_link();
                if let Some(Some(number)) = self.open_links.pop() {
                    let hint = as_written(&said, &self.doc);
                    let visible = hint.replace(|c: char| c.is_control(), " ");
                    self.links[number].text_hint = visible.chars().take(80).collect();
                }
            }
            "ul" | "ol" => self.text.end_list(),
            "pre" => self.text.preformatted(false),
            "head" if self.base == 0 => self.head_end = Some(at.end),
            "body" if self.base == 0 => self.body_end = Some(at.start),
            "html" if self.base == 0 => self.html_end = Some(at.start),
            _ => {}
        }
        self.text.line_breaks(breaks(name));
    }

    pub(super) fn void(&mut self, name: &str) {
        match name {
            "br" => self.text.hard_break(),
            "hr" => self.text.rule(),
            _ => {}
        }
    }
}

/// Line breaks before and after an element.
fn breaks(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "table" | "dl"
        | "figure" | "pre" => 2,
        "div" | "tr" | "section" | "article" | "header" | "footer" | "main" | "nav" | "address"
        | "center" | "form" | "dt" | "dd" | "figcaption" | "fieldset" | "caption" => 1,
        _ => 0,
    }
}
