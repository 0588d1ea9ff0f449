//! Blocks to MJML, to HTML, and to plain text: the one way for previews, tests and sends.
//!
//! Every text of a block is a template of its own: it is read, checked and reported under its path, and its tags go
//! through as marks (`marks.rs`). What is written around them is ours. A block with a visibility stands between an `if`
//! and an `endif` that ask whether its condition was decided for the recipient.

mod content;
mod dark;
mod frame;
mod lists;
mod panel;
mod plain;
mod rich;

use std::collections::BTreeSet;
use std::rc::Rc;

use rules::Rule;
use serde_json::Value;

use self::plain::Plain;
use super::model::{Block, BlockDocument, BlockSettings};
use super::scalar::Color;
use crate::document::{Fault, Severity};
use crate::engine::escape_into;
use crate::html::analyze;
use crate::link::classify;
use crate::reader::{Field, MAX_BODY_BYTES, Reader};
use crate::scan::Tag;
use crate::values::{SHOWN, condition_name};
use crate::{marks, mjml};

/// Most different rules in one document: each is asked once for every batch of messages.
const MAX_CONDITIONS: usize = 20;

/// What WCAG asks of large letters; small ones should have 4.5.
const LEAST_CONTRAST: f64 = 3.0;

/// What blocks became.
pub(crate) struct Made {
    /// None when something is wrong.
    pub(crate) html: Option<Field>,
    pub(crate) text: Field,
    /// Whether everybody gets an unsubscribe link.
    pub(crate) asks_to_leave: bool,
    pub(crate) conditions: Vec<Rule>,
}

/// Compiles a document, called `at` in findings. None when it cannot be read.
pub(crate) fn make(reader: &mut Reader, json: &Value, at: &str) -> Option<Made> {
    let document = match BlockDocument::read(json, at) {
        Ok(document) => document,
        Err(findings) => {
            reader.add_findings(findings);
            return None;
        }
    };
    let mut maker = Maker::new(reader, &document.settings);
    maker.write(&document.blocks, at);
    let Maker {
        tags,
        locals,
        out,
        plain,
        asks_to_leave,
        conditions,
        ..
    } = maker;
    let field = |doc| Field {
        name: at.to_owned(),
        doc: Rc::new(doc),
        locals: locals.clone(),
        made: true,
        ..Field::default()
    };
    let text = field(marks::settle(&plain.finish(), &tags));
    let mut html = None;
    if !reader.has_errors() {
        if out.len() > MAX_BODY_BYTES {
            let message = format!(
                "the blocks become {} bytes of MJML; at most {MAX_BODY_BYTES} are allowed",
                out.len()
            );
            reader.report(at, "", vec![Fault::error(0, "too_long", message)]);
        } else {
            match mjml::render(&out) {
                Ok(rendered) => html = Some(field(marks::settle(&rendered, &tags))),
                Err(wrong) => {
                    reader.report(at, "", vec![Fault::error(0, "mjml", wrong.message)]);
                }
            }
        }
    }
    Some(Made {
        html,
        text,
        asks_to_leave,
        conditions,
    })
}

/// The MJML of a document, its merge fields as they were written; conditions are left out.
pub(crate) fn mjml_of(json: &Value, at: &str) -> Result<String, Vec<crate::Finding>> {
    let document = BlockDocument::read(json, at)?;
    let mut reader = Reader::default();
    let mut maker = Maker::new(&mut reader, &document.settings);
    maker.write(&document.blocks, at);
    let Maker { tags, out, .. } = maker;
    let findings = reader.take_findings();
    if findings.iter().any(crate::Finding::is_error) {
        return Err(findings);
    }
    let settled = marks::settle(&out, &tags);
    Ok(crate::link::as_written(&settled.text, &settled))
}

/// The colors that hold where a block stands.
#[derive(Clone)]
struct Scheme {
    text: Color,
    heading: Color,
    link: Color,
    muted: &'static str,
    line: &'static str,
    /// What it stands on; none where that is a picture.
    background: Option<Color>,
    /// Whether dark mode may change them: not on a background that stays as it is.
    follows: bool,
}

struct Maker<'r> {
    reader: &'r mut Reader,
    settings: &'r BlockSettings,
    tags: Vec<Tag>,
    locals: BTreeSet<String>,
    /// MJML.
    out: String,
    plain: Plain,
    scheme: Scheme,
    asks_to_leave: bool,
    conditions: Vec<Rule>,
    /// What the column adds to the right and left of its content, in pixels.
    inset: (u16, u16),
    /// How many visibilities lie around what is being written.
    hidden: usize,
}

impl<'r> Maker<'r> {
    fn new(reader: &'r mut Reader, settings: &'r BlockSettings) -> Self {
        Self {
            reader,
            settings,
            tags: Vec::new(),
            locals: BTreeSet::new(),
            out: String::new(),
            plain: Plain::default(),
            scheme: Scheme::of(settings),
            asks_to_leave: false,
            conditions: Vec::new(),
            inset: (0, 0),
            hidden: 0,
        }
    }

    /// What the template language and the HTML in a text are, marked. `None` when it is not worth going on.
    fn read(&mut self, path: &str, source: &str) -> Field {
        let field = self.reader.field(path, source, MAX_BODY_BYTES);
        self.locals.extend(field.locals.iter().cloned());
        if field.asks_to_leave && self.hidden == 0 {
            self.asks_to_leave = true;
        }
        field
    }

    /// Adds the tags of a text, and gives the text with marks of them.
    fn adopt(&mut self, field: &Field, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        marks::lift(text, self.tags.len(), &mut out);
        self.tags.extend(field.doc.tags.iter().cloned());
        out
    }

    /// A text without markup.
    fn text(&mut self, path: &str, source: &str) -> String {
        let field = self.read(path, source);
        let text = field.doc.text.clone();
        self.adopt(&field, &text)
    }

    /// An address to go to.
    fn address(&mut self, path: &str, source: &str) -> String {
        let field = self.read(path, source);
        let mut faults = Vec::new();
        let address = field.doc.text.trim().to_owned();
        classify(&address, &field.doc, &field.locals, 0, &mut faults);
        for fault in &mut faults {
            // A button that leads nowhere is no decoration.
            if matches!(fault.code, "link_empty" | "link_relative") && fault.at == 0 {
                fault.severity = if fault.code == "link_empty" {
                    Severity::Warning
                } else {
                    Severity::Error
                };
            }
        }
        self.reader.report(path, source, faults);
        self.adopt(&field, &address)
    }

    /// The address of a picture.
    fn picture(&mut self, path: &str, source: &str) -> String {
        let field = self.read(path, source);
        let address = field.doc.text.trim().to_owned();
        let marked = self.adopt(&field, &address);
        let fault = if address.is_empty() {
            Some(Fault::warning(
                0,
                "image_missing",
                "there is no picture yet",
            ))
        } else if !marks::begins(&marked) && !crate::url::is_web(&address) {
            let message = "the address of a picture begins with https://";
            Some(Fault::error(0, "link_scheme", message))
        } else {
            None
        };
        self.reader
            .report(path, source, fault.into_iter().collect());
        marked
    }

    /// HTML, made safe, and what it is as plain text.
    fn rich(&mut self, path: &str, source: &str, kind: rich::Kind) -> (String, String) {
        let field = self.read(path, source);
        if let Some(at) = mjml::too_deep(source) {
            let message = format!("elements are nested more than {} deep", mjml::MAX_DEPTH);
            let fault = Fault::error(at, "too_deep", message);
            self.reader.report(path, source, vec![fault]);
            return (String::new(), String::new());
        }
        let analysis = analyze(&field.doc, &field.locals);
        let mut faults = analysis.faults;
        // They are taken out.
        faults.retain(|fault| fault.code != "script");
        self.reader.report(path, source, faults);
        let said = rich::with_addresses(&analysis.text, &analysis.links);
        let said = {
            let mut out = String::with_capacity(said.len());
            marks::lift(&said, self.tags.len(), &mut out);
            out
        };
        let markup = field.doc.text.clone();
        let marked = self.adopt(&field, &markup);
        let safe = rich::safe(&marked, kind, self.scheme.link.as_str());
        (safe, said)
    }

    /// Writes what is shown only to some between an `if` and an `endif`, in both parts.
    fn shown_to(&mut self, rule: Option<&Rule>, path: &str, write: impl FnOnce(&mut Self)) {
        let Some(number) = rule.and_then(|rule| self.condition(rule, path)) else {
            return write(self);
        };
        let name = condition_name(number);
        let begin = self.statement(&["if", SHOWN, ".", &name]);
        self.raw(&begin);
        self.plain.statement(&begin);
        self.hidden += 1;
        write(self);
        self.hidden -= 1;
        let end = self.statement(&["endif"]);
        self.raw(&end);
        self.plain.statement(&end);
    }

    fn condition(&mut self, rule: &Rule, path: &str) -> Option<usize> {
        if let Some(known) = self.conditions.iter().position(|known| known == rule) {
            return Some(known);
        }
        if self.conditions.len() == MAX_CONDITIONS {
            let path = format!("{path}.visibility");
            let message = format!("a document can ask at most {MAX_CONDITIONS} different rules");
            let fault = Fault::error(0, "too_many", message);
            self.reader.report(&path, "", vec![fault]);
            return None;
        }
        self.conditions.push(rule.clone());
        Some(self.conditions.len() - 1)
    }

    /// Words that can hardly be read on what they stand on.
    fn check_contrast(&mut self, path: &str, color: &Color, background: Option<&Color>) {
        let Some(background) = background else {
            return;
        };
        let ratio = dark::contrast(color, background);
        if ratio < LEAST_CONTRAST {
            let message = format!(
                "{} on {} is hard to read: the contrast is {ratio:.1}, and should be {LEAST_CONTRAST} at least",
                color.as_str(),
                background.as_str()
            );
            let fault = Fault::warning(0, "low_contrast", message);
            self.reader.report(path, "", vec![fault]);
        }
    }

    fn statement(&mut self, words: &[&str]) -> String {
        self.tags.push(Tag::statement(words));
        marks::mark(self.tags.len() - 1)
    }

    fn raw(&mut self, text: &str) {
        self.out.push_str("<mj-raw>");
        self.out.push_str(text);
        self.out.push_str("</mj-raw>");
    }

    /// ` name="value"`
    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(value, &mut self.out);
        self.out.push('"');
    }

    fn put(&mut self, markup: &str) {
        self.out.push_str(markup);
    }
}

fn escape(text: &str, out: &mut String) {
    escape_into(text, out).expect("writing to a string cannot fail");
}

/// A text as markup, its line breaks kept.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, line) in text.trim().lines().enumerate() {
        if place > 0 {
            out.push_str("<br />");
        }
        escape(line, &mut out);
    }
    out
}

/// `path` of a block's property.
fn at(path: &str, property: &str) -> String {
    format!("{path}.props.{property}")
}

impl Maker<'_> {
    fn block(&mut self, block: &Block, path: &str) {
        self.shown_to(block.visibility.as_ref(), path, |maker| {
            maker.content(&block.kind, path);
        });
    }
}
