//! Links: which there are, and where they lead.

use crate::assemble::{Assembled, Context, assemble};
use crate::document::Fault;
use crate::filters;
use crate::names::is_page_url;
use crate::protect::{Part, Protected, parts};
use crate::url;

/// A link that is tracked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// From 0, in the order of the document; the same address twice is two links, since people want to know which one
    /// was clicked. (A text alternative repeats links of the HTML; there the same address is the same link.)
    pub number: u32,
    /// The address as written, merge fields and all.
    pub url_template: String,
    /// What the link says, shortened.
    pub text_hint: String,
}

/// Where a link leads.
#[derive(Debug)]
pub(crate) enum Target {
    Fixed(String),
    /// The engine's template of this name.
    Template {
        name: String,
        /// The address begins with a value: it may turn out to be no web address.
        open_start: bool,
    },
}

#[derive(Debug)]
pub(crate) struct LinkDraft {
    /// Protected, with the marks of tags.
    pub(crate) address: String,
    pub(crate) url_template: String,
    pub(crate) text_hint: String,
    pub(crate) code: Assembled,
    pub(crate) open_start: bool,
}

/// What an address in the document is.
#[derive(Debug)]
pub(crate) enum Address {
    /// To be tracked.
    Tracked(LinkDraft),
    /// Left where it is: a mail address, an anchor, one of our own pages.
    Plain,
}

/// Looks at an address: protected text, character references decoded. `locals` are names a click cannot know.
pub(crate) fn classify(
    address: &str,
    doc: &Protected,
    locals: &std::collections::BTreeSet<String>,
    at: usize,
    faults: &mut Vec<Fault>,
) -> Address {
    let address = address.trim();
    let tags: Vec<usize> = parts(address)
        .filter_map(|part| {
            if let Part::Tag(tag) = part {
                Some(tag)
            } else {
                None
            }
        })
        .collect();
    let names = |test: &dyn Fn(&str) -> bool| {
        tags.iter()
            .any(|tag| doc.tags[*tag].tokens.iter().any(|token| test(&token.text)))
    };
    let lead = match parts(address).next() {
        Some(Part::Text(text)) => text,
        Some(Part::Tag(_)) => "",
        None => {
            faults.push(Fault::warning(at, "link_empty", "this link leads nowhere"));
            return Address::Plain;
        }
    };
    if names(&is_page_url) || lead.starts_with('#') {
        return Address::Plain;
    }
    let open_start = lead.is_empty();
    if !open_start && !url::is_web(lead) {
        if let Some(scheme) = url::scheme(lead) {
            if !url::is_contact(lead) {
                let message =
                    format!("links beginning with {scheme}: are not allowed; use https://");
                faults.push(Fault::error(at, "link_scheme", message));
            }
        } else if !tags.is_empty() && url::may_be_scheme(lead) {
            // What comes behind the value could make it one: `java{{ x }}script:`.
            let message = "a link's beginning cannot hold a merge field; begin it with https://";
            faults.push(Fault::error(at, "link_scheme", message));
        } else {
            let message = "this link does not begin with https:// and will not work in a message";
            faults.push(Fault::warning(at, "link_relative", message));
        }
        return Address::Plain;
    }
    if names(&|name| locals.contains(name)) {
        let message =
            "this link is not tracked, because its address uses a name set in the template";
        faults.push(Fault::warning(at, "link_not_tracked", message));
        return Address::Plain;
    }
    let code = assemble(
        address,
        doc,
        &contexts(address, doc, filters::URL_UNCHECKED),
    );
    if let Assembled::Static(address) = &code
        && let Err(why) = url::absolute(address)
    {
        faults.push(Fault::error(at, "link_invalid", format!("this link {why}")));
        return Address::Plain;
    }
    Address::Tracked(LinkDraft {
        address: address.to_owned(),
        url_template: as_written(address, doc),
        text_hint: String::new(),
        code,
        open_start,
    })
}

/// A protected text as people wrote it.
pub(crate) fn as_written(text: &str, doc: &Protected) -> String {
    let mut out = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Tag(tag) => doc.tags[tag].write(None, &mut out),
        }
    }
    out
}

/// How values in an address must be encoded, by tag number. `start` is the filter for a value that an address begins
/// with.
pub(crate) fn contexts(address: &str, doc: &Protected, start: &'static str) -> Vec<Context> {
    let mut contexts = vec![Context::Plain; doc.tags.len()];
    let mut before = String::new();
    let mut value_before = false;
    // An else begins again where its if began.
    let mut branches: Vec<(String, bool)> = Vec::new();
    for part in parts(address) {
        match part {
            Part::Text(text) => before.push_str(text),
            Part::Tag(tag) if doc.is_output(tag) => {
                let is_page = doc.tags[tag].sole_name().is_some_and(is_page_url);
                contexts[tag] = if is_page && before.trim().is_empty() {
                    Context::Plain
                } else {
                    Context::Filter(filter_after(&before, value_before, start))
                };
                value_before = true;
            }
            Part::Tag(tag) => match doc.tags[tag].keyword() {
                "if" | "for" => branches.push((before.clone(), value_before)),
                "elif" | "else" => {
                    if let Some(branch) = branches.last() {
                        (before, value_before) = branch.clone();
                    }
                }
                "endif" | "endfor" => {
                    branches.pop();
                }
                _ => {}
            },
        }
    }
    contexts
}

fn filter_after(before: &str, value_before: bool, start: &'static str) -> &'static str {
    let before = before.trim_start();
    if before.contains(['?', '#']) {
        return filters::URL_QUERY;
    }
    if let Some((_, rest)) = before.split_once("://") {
        return if rest.contains('/') {
            filters::URL_PATH
        } else {
            filters::URL_HOST
        };
    }
    if url::scheme(before).is_some() {
        filters::URL_QUERY
    } else if before.is_empty() && !value_before {
        start
    } else {
        filters::URL_PATH
    }
}
