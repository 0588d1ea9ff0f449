//! What is in the HTML of a mail, in one pass: links, pictures, and text with its colors.
//!
//! Colors are those of inline styles and attributes, which is where mails have them; sheets are not read.

use std::cell::RefCell;
use std::rc::Rc;

use lol_html::html_content::{Element, TextChunk, TextType};
use lol_html::{HtmlRewriter, Settings, doc_text, element};

use super::color::{self, Rgb};

/// A link and what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageLink {
    pub(super) href: String,
    pub(super) text: String,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) src: String,
    /// `None` when it has no such attribute.
    pub(super) alt: Option<String>,
}

/// Text that is hard to read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Faint {
    pub(super) color: Rgb,
    pub(super) background: Rgb,
    pub(super) ratio: f64,
    pub(super) text: String,
}

#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) links: Vec<PageLink>,
    pub(super) images: Vec<Image>,
    pub(super) faint: Vec<Faint>,
    /// What people read, with spaces between its parts.
    pub(super) text: String,
}

/// Most of each kind: a mail has at most 1,000 tracked links.
const MOST: usize = 2_000;
/// Most pairs of colors that are told.
const MOST_FAINT: usize = 20;
/// For text, and for large text.
const ENOUGH: f64 = 4.5;
const ENOUGH_IF_LARGE: f64 = 3.0;

/// How text looks inside an element.
#[derive(Clone, Debug)]
struct Look {
    element: String,
    color: Rgb,
    /// `None` where a picture or something else that is no color lies behind.
    background: Option<Rgb>,
    size_px: f64,
    bold: bool,
    hidden: bool,
    link: Option<usize>,
}

struct Walk {
    page: Page,
    looks: Vec<Look>,
}

impl Default for Walk {
    fn default() -> Self {
        let plain = Look {
            element: String::new(),
            color: [0, 0, 0],
            background: Some([255, 255, 255]),
            size_px: 16.0,
            bold: false,
            hidden: false,
            link: None,
        };
        Self {
            page: Page::default(),
            looks: vec![plain],
        }
    }
}

/// Elements whose text nobody reads.
const UNREAD: [&str; 7] = [
    "head", "script", "style", "title", "template", "noscript", "svg",
];
/// Deeper nesting is not followed.
const DEEPEST: usize = 200;

/// Reads the HTML of a mail. What cannot be read is left out.
pub(super) fn read(html: &str) -> Page {
    let walk = Rc::new(RefCell::new(Walk::default()));
    let settings = Settings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", |element| {
            on_element(&walk, element);
            Ok(())
        }))
        .append_document_content_handler(doc_text!(|chunk| {
            on_text(&mut walk.borrow_mut(), chunk);
            Ok(())
        }));
    let mut parser = HtmlRewriter::new(settings, |_: &[u8]| {});
    // A mail that was rendered is HTML; if the parser thinks otherwise, what was read until then counts.
    let _ = parser.write(html.as_bytes()).and_then(|()| parser.end());
    let mut walk = walk.borrow_mut();
    std::mem::take(&mut walk.page)
}

fn on_element(shared: &Rc<RefCell<Walk>>, element: &mut Element<'_, '_>) {
    let name = element.tag_name();
    let mut walk = shared.borrow_mut();
    let mut look = walk
        .looks
        .last()
        .cloned()
        .unwrap_or_else(|| Walk::default().looks.remove(0));
    look.element.clone_from(&name);
    look.hidden |= UNREAD.contains(&&*name) || element.has_attribute("hidden");
    look.bold |= matches!(&*name, "b" | "strong" | "th" | "h1" | "h2" | "h3" | "h4");
    look.size_px = match &*name {
        "h1" => 32.0,
        "h2" => 24.0,
        "h3" => 18.7,
        _ => look.size_px,
    };
    if let Some(color) = element
        .get_attribute("bgcolor")
        .and_then(|it| color::parse(&it))
    {
        look.background = Some(color);
    }
    if element.has_attribute("background") {
        look.background = None;
    }
    if let "font" | "body" = &*name {
        let attribute = if name == "font" { "color" } else { "text" };
        let color = element.get_attribute(attribute);
        look.color = color.and_then(|it| color::parse(&it)).unwrap_or(look.color);
    }
    if name == "a" {
        // What browsers and mail programs do unless they are told otherwise.
        look.color = [0, 0, 238];
    }
    if let Some(style) = element.get_attribute("style") {
        apply(&style, &mut look);
    }
    if name == "img" && walk.page.images.len() < MOST {
        let alt = element.get_attribute("alt");
        if let (Some(alt), Some(link)) = (&alt, look.link) {
            walk.page.links[link].text.push_str(alt);
        }
        walk.page.images.push(Image {
            src: element.get_attribute("src").unwrap_or_default(),
            alt,
        });
    }
    if matches!(&*name, "a" | "area")
        && let Some(href) = element.get_attribute("href")
        && walk.page.links.len() < MOST
    {
        look.link = Some(walk.page.links.len());
        walk.page.links.push(PageLink {
            href: href.trim().replace("&amp;", "&"),
            text: String::new(),
        });
    }
    walk.page.text.push(' ');
    if !element.can_have_content() || element.is_self_closing() || walk.looks.len() > DEEPEST {
        return;
    }
    if let Some(handlers) = element.end_tag_handlers() {
        walk.looks.push(look);
        let shared = Rc::clone(shared);
        handlers.push(Box::new(move |end| {
            let mut walk = shared.borrow_mut();
            let name = end.name();
            // Elements that nobody closed end with the one around them.
            if let Some(at) = walk.looks.iter().rposition(|look| look.element == name)
                && at > 0
            {
                walk.looks.truncate(at);
            }
            walk.page.text.push(' ');
            Ok(())
        }));
    }
}

fn apply(style: &str, look: &mut Look) {
    for declaration in style.split(';') {
        let Some((property, value)) = declaration.split_once(':') else {
            continue;
        };
        let value = value.trim().to_ascii_lowercase();
        match property.trim().to_ascii_lowercase().as_str() {
            "color" => look.color = color::parse(&value).unwrap_or(look.color),
            "background-color" => match color::parse(&value) {
                Some(color) => look.background = Some(color),
                None if value == "transparent" || value == "inherit" => {}
                None => look.background = None,
            },
            "background" => {
                let color = value.split_whitespace().find_map(color::parse);
                let color = color.or_else(|| color::parse(&value));
                if value.contains("url(") || value.contains("gradient") {
                    look.background = None;
                } else if let Some(color) = color {
                    look.background = Some(color);
                }
            }
            "background-image" if value != "none" => look.background = None,
            "font-size" => {
                if let Some(px) = value
                    .strip_suffix("px")
                    .and_then(|px| px.trim().parse().ok())
                {
                    look.size_px = px;
                    look.hidden |= px <= 1.0;
                } else if value == "0" {
                    look.hidden = true;
                }
            }
            "font-weight" => {
                look.bold = value.starts_with("bold") || value.parse().is_ok_and(|n: u32| n >= 700);
            }
            "display" if value.starts_with("none") => look.hidden = true,
            "visibility" if value.starts_with("hidden") => look.hidden = true,
            "mso-hide" => look.hidden = true,
            "max-height" if value.starts_with('0') => look.hidden = true,
            "opacity" if value.parse().is_ok_and(|n: f64| n == 0.0) => look.hidden = true,
            _ => {}
        }
    }
}

fn on_text(walk: &mut Walk, chunk: &TextChunk<'_>) {
    if !matches!(chunk.text_type(), TextType::Data) {
        return;
    }
    let Some(look) = walk.looks.last().cloned() else {
        return;
    };
    if look.hidden {
        return;
    }
    let text = chunk.as_str();
    walk.page.text.push_str(text);
    if let Some(link) = look.link {
        walk.page.links[link].text.push_str(text);
    }
    let said = text
        .replace("&nbsp;", " ")
        .replace("&zwnj;", "")
        .replace("&#847;", "");
    let said = said.trim();
    let Some(background) = look.background.filter(|_| !said.is_empty()) else {
        return;
    };
    let large = look.size_px >= 24.0 || (look.bold && look.size_px >= 18.66);
    let enough = if large { ENOUGH_IF_LARGE } else { ENOUGH };
    let ratio = color::contrast(look.color, background);
    let faint = &mut walk.page.faint;
    let known = |one: &Faint| one.color == look.color && one.background == background;
    if ratio < enough && faint.len() < MOST_FAINT && !faint.iter().any(known) {
        faint.push(Faint {
            color: look.color,
            background,
            ratio,
            text: said.chars().take(60).collect(),
        });
    }
}
