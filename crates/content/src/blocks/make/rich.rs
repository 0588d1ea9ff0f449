//! HTML of people, made safe for a mail and well-formed for MJML.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::link::LinkDraft;
use crate::marks;
use crate::mjml::{is_void, tag_end};
use crate::protect::{SLOT_CLOSE, SLOT_OPEN};
use crate::url;

/// How much markup is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Paragraphs, lists and what stands inside a line.
    Inline,
    /// Tables, pictures and headings too.
    Block,
}

const INLINE_TAGS: [&str; 23] = [
    "a", "b", "br", "code", "del", "em", "i", "ins", "li", "mark", "ol", "p", "q", "s", "small",
    "span", "strike", "strong", "sub", "sup", "u", "ul", "wbr",
];
const BLOCK_TAGS: [&str; 26] = [
    "abbr",
    "blockquote",
    "caption",
    "center",
    "cite",
    "col",
    "colgroup",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "img",
    "pre",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
];
const INLINE_STYLES: [&str; 12] = [
    "background-color",
    "color",
    "direction",
    "font-family",
    "font-size",
    "font-style",
    "font-weight",
    "letter-spacing",
    "line-height",
    "text-align",
    "text-decoration",
    "text-transform",
];
const BLOCK_STYLES: [&str; 31] = [
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-collapse",
    "border-color",
    "border-left",
    "border-radius",
    "border-right",
    "border-spacing",
    "border-style",
    "border-top",
    "border-width",
    "display",
    "height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-width",
    "min-width",
    "opacity",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "vertical-align",
    "white-space",
    "width",
];

/// The attributes that do no harm, by tag.
const ATTRIBUTES: [(&str, &[&str]); 8] = [
    ("a", &["href", "title", "target", "style", "name"]),
    ("img", &["src", "alt", "width", "height", "style", "title"]),
    (
        "table",
        &[
            "width",
            "align",
            "border",
            "cellpadding",
            "cellspacing",
            "bgcolor",
            "role",
        ],
    ),
    (
        "td",
        &[
            "colspan", "rowspan", "width", "height", "align", "valign", "bgcolor",
        ],
    ),
    (
        "th",
        &[
            "colspan", "rowspan", "width", "height", "align", "valign", "bgcolor", "scope",
        ],
    ),
    ("col", &["width", "span"]),
    ("ol", &["start", "type"]),
    ("tr", &["align", "valign", "bgcolor"]),
];

static INLINE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    builder(
        INLINE_TAGS.into_iter().collect(),
        INLINE_STYLES.into_iter().collect(),
    )
});
static BLOCK: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = INLINE_TAGS.into_iter().chain(BLOCK_TAGS).chain(["tr"]);
    let styles = INLINE_STYLES.into_iter().chain(BLOCK_STYLES);
    builder(tags.collect(), styles.collect())
});

fn builder(tags: HashSet<&'static str>, styles: HashSet<&'static str>) -> Builder<'static> {
    let mut builder = Builder::empty();
    let attributes = ATTRIBUTES
        .iter()
        .filter(|(tag, _)| tags.contains(tag))
        .map(|(tag, names)| (*tag, names.iter().copied().collect()))
        .collect();
    builder
        .clean_content_tags(HashSet::from([
            "head", "iframe", "math", "noscript", "object", "script", "style", "svg", "template",
            "title", "xmp",
        ]))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["style", "dir", "lang"]))
        .filter_style_properties(styles)
        .tags(tags)
        .link_rel(None)
        .strip_comments(true)
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        // What begins with a merge field looks relative; the filter below looks at it.
        .url_relative(UrlRelative::PassThrough)
        .attribute_filter(|_, attribute, value| {
            let address = value.trim();
            let fits = match attribute {
                "href" => {
                    marks::begins(address)
                        || url::is_web(address)
                        || url::is_contact(address)
                        || address.starts_with('#')
                }
                "src" => marks::begins(address) || url::is_web(address),
                _ => true,
            };
            fits.then_some(Cow::Borrowed(value))
        });
    builder
}

/// Takes out what is dangerous or has no place, and closes every tag. `link` is the color of links without one.
pub(super) fn safe(markup: &str, kind: Kind, link: &str) -> String {
    let builder = match kind {
        Kind::Inline => &*INLINE,
        Kind::Block => &*BLOCK,
    };
    dress(&builder.clean(markup).to_string(), kind, link)
}

/// Gives paragraphs, lists and links the styles that mail programs disagree about, and void tags their slash.
fn dress(html: &str, kind: Kind, link: &str) -> String {
    let last_paragraph = html.rfind("<p").unwrap_or_default();
    let mut out = String::with_capacity(html.len() + 64);
    let mut done = 0;
    while let Some(found) = html[done..].find('<') {
        let from = done + found;
        out.push_str(&html[done..from]);
        let inside = &html[from + 1..];
        let end = tag_end(inside);
        let tag = &inside[..end];
        done = (from + 1 + end + 1).min(html.len());
        let name_len = tag
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_len);
        let style = match name {
            "a" => format!("color:{link};text-decoration:underline;"),
            "p" if from == last_paragraph => "margin:0;".to_owned(),
            "p" => "margin:0 0 12px;".to_owned(),
            "ul" | "ol" => "margin:0 0 12px;padding:0 0 0 24px;".to_owned(),
            "li" => "margin:0 0 4px;".to_owned(),
            "h1" | "h2" | "h3" | "h4" if kind == Kind::Block => "margin:0 0 12px;".to_owned(),
            "img" => "max-width:100%;border:0;".to_owned(),
            _ => String::new(),
        };
        out.push('<');
        out.push_str(name);
        if name == "a" && !attributes.contains("color:") {
            // Its color is the document's, which dark mode changes.
            out.push_str(" class=\"d-link\"");
        }
        if style.is_empty() || tag.starts_with('/') {
            out.push_str(attributes);
        } else if let Some((before, after)) = attributes.split_once("style=\"") {
            // Theirs comes later, and wins.
            out.push_str(before);
            out.push_str("style=\"");
            out.push_str(&style);
            out.push_str(after);
        } else {
            out.push_str(" style=\"");
            out.push_str(&style);
            out.push('"');
            out.push_str(attributes);
        }
        if is_void(name) {
            out.push_str(" /");
        }
        out.push('>');
    }
    out.push_str(&html[done..]);
    out
}

/// A text alternative with the addresses themselves instead of slots for tracked ones.
pub(super) fn with_addresses(text: &str, links: &[LinkDraft]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SLOT_OPEN) {
        out.push_str(before);
        let Some((slot, after)) = after.split_once(SLOT_CLOSE) else {
            break;
        };
        rest = after;
        let link = slot
            .strip_prefix('L')
            .and_then(|number| number.parse::<usize>().ok())
            .and_then(|number| links.get(number));
        if let Some(link) = link {
            out.push_str(&link.address);
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}
