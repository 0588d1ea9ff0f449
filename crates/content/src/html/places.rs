//! What stands where: the context of each merge field, and the edits at links.

use std::ops::Range;

use super::Walk;
use crate::assemble::{Context, Edit, Insert, slot};
use crate::document::Fault;
use crate::entities;
use crate::filters;
use crate::link::{Address, classify, contexts as url_contexts};

/// Longest address that is looked at.
const MAX_ADDRESS_BYTES: usize = 8192;

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

impl Walk {
    /// An address to go to: gives what the text alternative shows, and the number of a tracked link.
    pub(super) fn link(
        &mut self,
        value: &str,
        at: &Range<usize>,
        quoted: bool,
    ) -> (Option<String>, Option<usize>) {
        let address = entities::decode(value);
        let offset = self.doc.source_offset(at.start);
        if value.len() > MAX_ADDRESS_BYTES {
            let message = "this address is longer than 8 KiB";
            self.faults
                .push(Fault::error(offset, "link_invalid", message));
            return (None, None);
        }
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

    pub(super) fn attribute(&mut self, key: &str, value: &str, at: &Range<usize>) {
        if key.starts_with("on") || key == "srcdoc" {
            for tag in self.doc.tags_in(at) {
                self.contexts[tag] =
                    Context::Refused("cannot stand in an attribute that holds code");
            }
        } else if URL_ATTRIBUTES.contains(&key) && value.len() > MAX_ADDRESS_BYTES {
            for tag in self.doc.tags_in(at) {
                self.contexts[tag] = Context::Refused("cannot stand in an address this long");
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

    pub(super) fn css(&mut self, at: &Range<usize>) {
        for tag in self.doc.tags_in(at) {
            let before = &self.doc.text[at.start..self.doc.marks[tag].start];
            let before = before
                .trim_end()
                .trim_end_matches("&quot;")
                .trim_end_matches("&#39;")
                .trim_end_matches(['"', '\'', ' ']);
            let in_url = before
                .len()
                .checked_sub(4)
                .and_then(|from| before.get(from..))
                .is_some_and(|end| end.eq_ignore_ascii_case("url("));
            let filter = if in_url {
                filters::CSS_URL
            } else {
                filters::CSS
            };
            self.contexts[tag] = Context::Filter(filter);
        }
    }

    /// `<{{ name }}`, where the parser sees no tag but a mail program would.
    pub(super) fn refuse_tag_names(&mut self) {
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

    pub(super) fn report_refused(&mut self) {
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
