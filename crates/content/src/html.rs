//! Reads the markup once: links, places to insert at, what stands where, and the text of it.
//!
//! Nothing is rewritten here. The parser works on protected text (`protect.rs`) and reports places in it; the document
//! itself stays byte for byte what its author wrote, but for the edits listed.
//!
//! HTML escaping is right for text and quoted attributes only. So each merge field gets a context: in an address it is
//! encoded for its part of the address, in a style only harmless characters stay, and in scripts, event handlers, tag
//! and attribute names it is refused.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::{Comment, Element, TextChunk, TextType};
use lol_html::{HtmlRewriter, Settings, doc_comments, doc_text, element};

use crate::assemble::{Context, Edit, Insert, slot};
use crate::document::Fault;
use crate::entities;
use crate::filters;
use crate::link::{Address, LinkDraft, as_written, classify, contexts as url_contexts};
use crate::protect::Protected;
use crate::text::TextBuilder;

/// Attributes that hold an address.
const URL_ATTRIBUTES: [&str; 15] = [
    "href",
    "src",
    "action",
    "background",
    "cite",
    "codebase",
    "data",
    "formaction",
    "icon",
    "longdesc",
    "manifest",
    "ping",
    "poster",
    "srcset",
    "xlink:href",
];

/// Elements whose text readers do not see.
const HIDDEN_ELEMENTS: [&str; 9] = [
    "head", "noscript", "object", "script", "select", "style", "svg", "template", "title",
];

#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) contexts: Vec<Context>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) links: Vec<LinkDraft>,
    /// The text alternative, protected, with slots.
    pub(crate) text: String,
    pub(crate) faults: Vec<Fault>,
    /// Where the preheader belongs.
    pub(crate) body_start: usize,
    /// Where the footer and the open pixel belong.
    pub(crate) body_end: usize,
}

#[derive(Debug, Default)]
struct Walk {
    doc: Rc<Protected>,
    locals: BTreeSet<String>,
    /// Where the part being parsed begins in the document.
    base: usize,
    contexts: Vec<Context>,
    edits: Vec<Edit>,
    links: Vec<LinkDraft>,
    open_links: Vec<Option<usize>>,
    text: TextBuilder,
    faults: Vec<Fault>,
    /// The element that raw text belongs to.
    raw_element: String,
    /// Where the parser has got to.
    reached: usize,
    /// Conditional comments of Outlook, which hold markup.
    inside_comments: Vec<Range<usize>>,
    after_doctype: usize,
    head_end: Option<usize>,
    body_start: Option<usize>,
    body_end: Option<usize>,
    html_end: Option<usize>,
}

pub(crate) fn analyze(doc: &Rc<Protected>, locals: &BTreeSet<String>) -> Analysis {
    let walk = Rc::new(RefCell::new(Walk {
        doc: Rc::clone(doc),
        locals: locals.clone(),
        contexts: vec![Context::Plain; doc.tags.len()],
        ..Walk::default()
    }));
    parse(&walk, 0..doc.text.len());
    let reached = walk.borrow().reached;
    check_end(&walk, reached);
    let inside = std::mem::take(&mut walk.borrow_mut().inside_comments);
    walk.borrow_mut().text.hide();
    for range in inside {
        parse(&walk, range);
    }
    walk.borrow_mut().text.unhide();
    let mut walk = walk.take();
    walk.refuse_tag_names();
    walk.report_refused();
    let end = doc.text.len();
    Analysis {
        body_start: walk
            .body_start
            .or(walk.head_end)
            .unwrap_or(walk.after_doctype),
        body_end: walk.body_end.or(walk.html_end).unwrap_or(end),
        contexts: walk.contexts,
        edits: walk.edits,
        links: walk.links,
        text: walk.text.finish(),
        faults: walk.faults,
    }
}

type Shared = Rc<RefCell<Walk>>;

fn parse(walk: &Shared, range: Range<usize>) {
    let doc = Rc::clone(&walk.borrow().doc);
    walk.borrow_mut().base = range.start;
    let settings = Settings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", |element| {
            on_element(walk, element);
            Ok(())
        }))
        .append_document_content_handler(doc_text!(|chunk| {
            on_text(&mut walk.borrow_mut(), chunk);
            Ok(())
        }))
        .append_document_content_handler(doc_comments!(|comment| {
            on_comment(&mut walk.borrow_mut(), comment);
            Ok(())
        }));
    let mut parser = HtmlRewriter::new(settings, |_: &[u8]| {});
    let done = parser
        .write(&doc.text.as_bytes()[range.clone()])
        .and_then(|()| parser.end());
    if let Err(error) = done {
        let at = doc.source_offset(range.start);
        let message = format!("the HTML cannot be read: {error}");
        walk.borrow_mut()
            .faults
            .push(Fault::error(at, "html", message));
    }
}

fn on_element(walk: &Shared, element: &mut Element<'_, '_>) {
    let name = element.tag_name();
    let mut state = walk.borrow_mut();
    let it = &mut *state;
    let base = it.base;
    let place = shift(element.source_location().bytes(), base);
    it.reached = it.reached.max(place.end);
    it.raw_element.clone_from(&name);
    for tag in it.doc.tags_in(&place) {
        it.contexts[tag] =
            Context::Refused("cannot stand inside a tag, outside a quoted attribute");
    }
    let mut target = None;
    let mut link = None;
    let mut hidden = HIDDEN_ELEMENTS.contains(&&*name);
    for attribute in element.attributes() {
        let key = attribute.name();
        hidden |= key == "hidden";
        let Some(at) = attribute.value_source_location() else {
            continue;
        };
        let at = shift(at.bytes(), base);
        let value = it.doc.text[at.clone()].to_owned();
        let quoted = it.doc.text[..at.start].ends_with(['"', '\'']);
        let has_tags = !it.doc.tags_in(&at).is_empty();
        if is_link(&name) && key == "href" {
            let (text_target, number) = it.link(&value, &at, quoted);
            target = target.or(text_target);
            link = link.or(number);
        } else if has_tags {
            it.attribute(&key, &value, &at);
        }
        if has_tags && !quoted && number_of_edit(&it.edits, &at).is_none() {
            it.edits.push(Edit {
                range: at.start..at.start,
                with: Insert::Text("\"".to_owned()),
            });
            it.edits.push(Edit {
                range: at.end..at.end,
                with: Insert::Text("\"".to_owned()),
            });
        }
        hidden |= key == "style"
            && value
                .to_ascii_lowercase()
                .replace(' ', "")
                .contains("display:none");
        if name == "img" && key == "alt" && !value.trim().is_empty() {
            it.text.push(&entities::decode(&value));
        }
    }
    match &*name {
        "html" => it.after_doctype = it.after_doctype.max(place.end),
        "body" if base == 0 => it.body_start = it.body_start.or(Some(place.end)),
        "script" => {
            let message = "scripts do not run in mail programs, and make filters suspicious";
            it.faults.push(Fault::warning(
                it.doc.source_offset(place.start),
                "script",
                message,
            ));
        }
        _ => {}
    }
    if element.can_have_content() && !element.is_self_closing()
        || element.end_tag_handlers().is_some()
    {
        if hidden {
            it.text.hide();
        }
        it.open(&name, target, link);
        drop(state);
        let walk = Rc::clone(walk);
        if let Some(handlers) = element.end_tag_handlers() {
            handlers.push(Box::new(move |end| {
                let mut it = walk.borrow_mut();
                let at = shift(end.source_location().bytes(), it.base);
                it.reached = it.reached.max(at.end);
                it.close(&name, &at);
                if hidden {
                    it.text.unhide();
                }
                Ok(())
            }));
        }
    } else {
        it.void(&name);
    }
}

fn number_of_edit(edits: &[Edit], at: &Range<usize>) -> Option<usize> {
    edits.iter().position(|edit| edit.range == *at)
}

fn shift(range: Range<usize>, base: usize) -> Range<usize> {
    range.start + base..range.end + base
}

fn is_link(element: &str) -> bool {
    matches!(element, "a" | "area") || element.starts_with("v:")
}

impl Walk {
    /// An address to go to: gives what the text alternative shows, and the number of a tracked link.
    fn link(
        &mut self,
        value: &str,
        at: &Range<usize>,
        quoted: bool,
    ) -> (Option<String>, Option<usize>) {
        let address = entities::decode(value);
        let offset = self.doc.source_offset(at.start);
        match classify(&address, &self.doc, &self.locals, offset, &mut self.faults) {
            Address::Tracked(draft) => {
                let number = self.links.len();
                self.links.push(draft);
                let slot = slot('L', number);
                let with = if quoted {
                    slot.clone()
                } else {
                    format!("\"{slot}\"")
                };
                self.edits.push(Edit {
                    range: at.clone(),
                    with: Insert::Text(with),
                });
                // The tags inside went into the link's own template.
                for tag in self.doc.tags_in(at) {
                    self.contexts[tag] = Context::Plain;
                }
                (Some(slot), Some(number))
            }
            Address::Plain => {
                self.set_contexts(
                    at,
                    url_contexts(&address, &self.doc, filters::URL_OR_CONTACT),
                );
                let shown = address.trim();
                let contact = shown
                    .strip_prefix("mailto:")
                    .or_else(|| shown.strip_prefix("tel:"));
                let shown = contact.map_or(shown, |contact| {
                    contact.split('?').next().unwrap_or(contact)
                });
                let worth = !shown.is_empty() && !shown.starts_with('#');
                (worth.then(|| shown.to_owned()), None)
            }
        }
    }

    fn set_contexts(&mut self, at: &Range<usize>, contexts: Vec<Context>) {
        for tag in self.doc.tags_in(at) {
            self.contexts[tag] = contexts[tag].clone();
        }
    }

    fn attribute(&mut self, key: &str, value: &str, at: &Range<usize>) {
        if key.starts_with("on") || key == "srcdoc" {
            for tag in self.doc.tags_in(at) {
                self.contexts[tag] =
                    Context::Refused("cannot stand in an attribute that holds code");
            }
        } else if URL_ATTRIBUTES.contains(&key) {
            let address = entities::decode(value);
            let start = if key == "href" {
                filters::URL_OR_CONTACT
            } else {
                filters::URL
            };
            self.set_contexts(at, url_contexts(&address, &self.doc, start));
        } else if key == "style" {
            self.css(at);
        } else {
            for tag in self.doc.tags_in(at) {
                self.contexts[tag] = Context::Plain;
            }
        }
    }

    fn css(&mut self, at: &Range<usize>) {
        for tag in self.doc.tags_in(at) {
            let before = &self.doc.text[at.start..self.doc.marks[tag].start];
            let before = entities::decode(before)
                .trim_end_matches(['"', '\'', ' '])
                .to_ascii_lowercase();
            let filter = if before.ends_with("url(") {
                filters::CSS_URL
            } else {
                filters::CSS
            };
            self.contexts[tag] = Context::Filter(filter);
        }
    }

    fn open(&mut self, name: &str, target: Option<String>, link: Option<usize>) {
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

    fn close(&mut self, name: &str, at: &Range<usize>) {
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

    fn void(&mut self, name: &str) {
        match name {
            "br" => self.text.hard_break(),
            "hr" => self.text.rule(),
            _ => {}
        }
    }

    /// `<{{ name }}`, where the parser sees no tag but a mail program would.
    fn refuse_tag_names(&mut self) {
        for tag in 0..self.doc.tags.len() {
            let mut before = &self.doc.text[..self.doc.marks[tag].start];
            let mut previous = tag;
            while previous > 0 && self.doc.marks[previous - 1].end == before.len() {
                previous -= 1;
                before = &self.doc.text[..self.doc.marks[previous].start];
            }
            if ["<", "</", "<!", "<?"]
                .iter()
                .any(|open| before.ends_with(open))
            {
                self.contexts[tag] = Context::Refused("cannot be the name of a tag");
            }
        }
    }

    fn report_refused(&mut self) {
        for (tag, context) in self.contexts.iter().enumerate() {
            if let Context::Refused(why) = context
                && self.doc.is_output(tag)
            {
                let at = self.doc.tags[tag].span.start;
                self.faults.push(Fault::error(
                    at,
                    "unsafe_place",
                    format!("a merge field {why}"),
                ));
            }
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

fn on_text(it: &mut Walk, chunk: &TextChunk<'_>) {
    let place = shift(chunk.source_location().bytes(), it.base);
    it.reached = it.reached.max(place.end);
    match chunk.text_type() {
        TextType::Data | TextType::RCData => {}
        TextType::RawText if it.raw_element == "style" => it.css(&place),
        _ => {
            for tag in it.doc.tags_in(&place) {
                it.contexts[tag] = Context::Refused("cannot stand in code");
            }
        }
    }
    if matches!(chunk.text_type(), TextType::Data) {
        // References do not span chunks: the whole document is written at once.
        it.text.push(&entities::decode(chunk.as_str()));
    }
}

fn on_comment(it: &mut Walk, comment: &Comment<'_>) {
    let place = shift(comment.source_location().bytes(), it.base);
    it.reached = it.reached.max(place.end);
    let text = &it.doc.text[place.clone()];
    if it.base == 0
        && text.starts_with("<!--[if")
        && let Some(from) = text.find("]>")
        && let Some(to) = text.rfind("<![endif]")
        && from + 2 < to
    {
        it.inside_comments
            .push(place.start + from + 2..place.start + to);
    }
}

/// A tag that is still open at the end would swallow what is appended.
fn check_end(walk: &Shared, reached: usize) {
    let mut it = walk.borrow_mut();
    // The parser has reported everything but end tags, and a tag it has not seen the end of.
    let mut at = reached.min(it.doc.text.len());
    while let Some(found) = it.doc.text[at..].find('<') {
        at += found;
        let tag = &it.doc.text[at..];
        match tag.find('>').filter(|_| tag.starts_with("</")) {
            Some(end) => at += end,
            None if tag[1..]
                .starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) =>
            {
                let at = it.doc.source_offset(at);
                it.faults.push(Fault::error(
                    at,
                    "html",
                    "the tag that begins here is not closed",
                ));
                return;
            }
            None => at += 1,
        }
    }
}
