//! Reads the markup once: links, places to insert at, what stands where, and the text of it.
//!
//! Nothing is rewritten here. The parser works on protected text (`protect.rs`) and reports places in it; the document
//! itself stays byte for byte what its author wrote, but for the edits listed.
//!
//! HTML escaping is right for text and quoted attributes only. So each merge field gets a context: in an address it is
//! encoded for its part of the address, in a style only harmless characters stay, and in scripts, event handlers, tag
//! and attribute names it is refused.

mod outline;
mod places;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::{Comment, Element, TextChunk, TextType};
use lol_html::{HtmlRewriter, Settings, doc_comments, doc_text, element};

use self::outline::HIDDEN_ELEMENTS;
use crate::assemble::{Context, Edit, Insert};
use crate::document::Fault;
use crate::entities;
use crate::link::LinkDraft;
use crate::protect::Protected;
use crate::text::TextBuilder;

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
    matches!(
        element,
        "a" | "area"
            // What MJML makes links of.
            | "mj-button"
            | "mj-carousel-image"
            | "mj-image"
            | "mj-navbar-link"
            | "mj-social-element"
    ) || element.starts_with("v:")
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
