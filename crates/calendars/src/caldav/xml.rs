//! Answers in XML, read into a tree whose names are resolved: prefixes are every server's own, and some use none.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::Fault;

/// An answer with more elements is not read: each of them takes more memory than its text.
const MAX_ELEMENTS: usize = 300_000;
const MAX_DEPTH: usize = 64;

/// The vocabularies that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// `DAV:`
    Dav,
    /// `urn:ietf:params:xml:ns:caldav`
    CalDav,
    /// `http://apple.com/ns/ical/`
    Apple,
    /// All else.
    Other,
}

impl Space {
    fn of(resolved: &ResolveResult<'_>) -> Self {
        let ResolveResult::Bound(namespace) = resolved else {
            return Self::Other;
        };
        match namespace.0 {
            "DAV:" => Self::Dav,
            "urn:ietf:params:xml:ns:caldav" => Self::CalDav,
            "http://apple.com/ns/ical/" => Self::Apple,
            _ => Self::Other,
        }
    }
}

/// An element.
#[derive(Clone, Debug)]
pub(super) struct Node {
    space: Space,
    name: Box<str>,
    /// Its attribute `name`, the only one that is asked for.
    pub(super) label: Option<Box<str>>,
    /// The text in it, without that of the elements in it.
    text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// The root element of a document.
    pub(super) fn parse(document: &[u8]) -> Result<Self, Fault> {
        let text = String::from_utf8_lossy(document);
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}').trim_start());
        let mut open: Vec<Self> = Vec::new();
        let mut elements = 0;
        loop {
            let (resolved, event) = reader.read_resolved_event().map_err(garbage)?;
            let space = Space::of(&resolved);
            match event {
                Event::Start(start) => {
                    elements += 1;
                    if elements > MAX_ELEMENTS || open.len() >= MAX_DEPTH {
                        return Err(Fault::Refused(
                            "the answer is larger than this server reads".to_owned(),
                        ));
                    }
                    open.push(Self::new(space, &start)?);
                }
                Event::Empty(start) => {
                    elements += 1;
                    if elements > MAX_ELEMENTS {
                        return Err(Fault::Refused(
                            "the answer is larger than this server reads".to_owned(),
                        ));
                    }
                    let node = Self::new(space, &start)?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Ok(node),
                    }
                }
                Event::End(_) => {
                    let node = open
                        .pop()
                        .ok_or_else(|| garbage("an end without a start"))?;
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Ok(node),
                    }
                }
                Event::Text(text) => push(&mut open, &text.xml10_content()),
                Event::CData(text) => push(&mut open, &text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let character = resolve(&entity)?;
                    push(&mut open, character.encode_utf8(&mut [0; 4]));
                }
                Event::Eof => return Err(garbage("no XML, or not all of it")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn new(space: Space, start: &BytesStart<'_>) -> Result<Self, Fault> {
        let label = match start.try_get_attribute("name").map_err(garbage)? {
            Some(attribute) => {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                Some(value.map_err(garbage)?.into())
            }
            None => None,
        };
        Ok(Self {
            space,
            name: start.local_name().into_inner().into(),
            label,
            text: String::new(),
            children: Vec::new(),
        })
    }

    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && &*self.name == name
    }

    /// The text in it, without the blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text in it, taken out of it.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The elements of this name in it.
    pub(super) fn all<'a>(
        &'a self,
        space: Space,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Self> + 'a {
        self.children.iter().filter(move |it| it.is(space, name))
    }

    /// The first element of this name in it.
    pub(super) fn first(&self, space: Space, name: &str) -> Option<&Self> {
        self.children.iter().find(|it| it.is(space, name))
    }

    /// Whether an element of this name is in it.
    pub(super) fn has(&self, space: Space, name: &str) -> bool {
        self.first(space, name).is_some()
    }

    /// Whether an element of this name is anywhere in it.
    pub(super) fn has_within(&self, space: Space, name: &str) -> bool {
        self.children
            .iter()
            .any(|it| it.is(space, name) || it.has_within(space, name))
    }
}

fn push(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

/// The five entities of XML and characters by their number; a document cannot define its own.
fn resolve(entity: &BytesRef<'_>) -> Result<char, Fault> {
    if let Some(character) = entity.resolve_char_ref().map_err(garbage)? {
        return Ok(character);
    }
    match &*entity.xml10_content() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(garbage(format!("the entity {other}"))),
    }
}

fn garbage(reason: impl std::fmt::Display) -> Fault {
    Fault::Garbage(format!("XML that cannot be read: {reason}"))
}

/// Text as it may stand between tags.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // What XML cannot say at all.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Node, Space, escaped};

    #[test]
    fn names_are_resolved_whatever_stands_before_them() {
        for document in [
            "<multistatus xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><response>\
             <href>/a</href><C:calendar-data>x &amp;&#13;\ny</C:calendar-data></response></multistatus>",
            "\u{feff}<?xml version=\"1.0\" encoding='utf-8' ?>\n<D:multistatus xmlns:D=\"DAV:\">\
             <D:response ><D:href >/a</D:href ><calendar-data xmlns=\"urn:ietf:params:xml:ns:caldav\">\
             <![CDATA[x &\r\ny]]></calendar-data></D:response></D:multistatus>",
            "<ns0:multistatus xmlns:ns0='DAV:'><ns0:response><ns0:href> /a </ns0:href>\
             <ns1:calendar-data xmlns:ns1='urn:ietf:params:xml:ns:caldav'>x &#38;&#xD;&#xA;y\
             </ns1:calendar-data></ns0:response></ns0:multistatus>",
        ] {
            let root = Node::parse(document.as_bytes()).unwrap();
            assert!(root.is(Space::Dav, "multistatus"));
            let response = root.first(Space::Dav, "response").unwrap();
            assert_eq!(response.first(Space::Dav, "href").unwrap().text(), "/a");
            let data = response.first(Space::CalDav, "calendar-data").unwrap();
            let lines: Vec<&str> = data.text().lines().map(str::trim_end).collect();
            assert_eq!(lines, ["x &", "y"]);
            assert!(!response.has(Space::CalDav, "href"));
        }
    }

    #[test]
    fn empty_elements_may_have_a_blank_in_them_and_labels() {
        let root = Node::parse(
            b"<a xmlns='DAV:'><b /><c:comp xmlns:c='urn:ietf:params:xml:ns:caldav' name=\"VEVENT\" /><b></b></a>",
        )
        .unwrap();
        assert_eq!(root.all(Space::Dav, "b").count(), 2);
        let comp = root.first(Space::CalDav, "comp").unwrap();
        assert_eq!(comp.label.as_deref(), Some("VEVENT"));
        assert!(
            Node::parse(b"<only xmlns='DAV:' />")
                .unwrap()
                .children
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_xml_or_too_much_of_it_is_refused() {
        for document in [
            &b""[..],
            b"hello",
            b"<a><b></a>",
            b"<a xmlns='DAV:'>",
            b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            b"</a>",
        ] {
            assert!(Node::parse(document).is_err(), "{document:?}");
        }
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert!(Node::parse(deep.as_bytes()).is_err());
        let many = format!("<a>{}</a>", "<b/>".repeat(300_001));
        assert!(Node::parse(many.as_bytes()).is_err());
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("a<b>&\u{1}c"), "a&lt;b&gt;&amp;c");
    }
}
