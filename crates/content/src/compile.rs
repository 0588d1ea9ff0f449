//! What is done once for each content revision.

use std::collections::BTreeSet;
use std::rc::Rc;

use minijinja::Environment;
use rules::Rule;

use crate::assemble::assemble;
use crate::blocks::Made;
use crate::document::{Body, DOCUMENT, Document, Finding};
use crate::html::analyze;
use crate::language::Use;
use crate::link::{Link, Target};
use crate::mjml;
use crate::names::{BOOKING_PAGE, is_page_url};
use crate::reader::{FOOTER_TEXT, Field, MAX_BODY_BYTES, Reader, Source, with_footer};

/// Longest subject and preheader, in bytes.
const MAX_LINE_BYTES: usize = 1000;

/// How a document is compiled.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions {
    /// Adds the sender and an unsubscribe link where the document has no such link. Not for transactional messages.
    pub footer: bool,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self { footer: true }
    }
}

/// A content revision, ready to be rendered for many people, from any thread.
#[derive(Debug)]
pub struct Compiled {
    pub(crate) env: Environment<'static>,
    pub(crate) subject: Piece,
    pub(crate) preheader: Option<Piece>,
    pub(crate) html: Option<Piece>,
    pub(crate) text: Piece,
    pub(crate) targets: Vec<Target>,
    links: Vec<Link>,
    names: BTreeSet<String>,
    conditions: Vec<Rule>,
}

/// One of the texts of a message.
#[derive(Debug)]
pub(crate) enum Piece {
    Static(String),
    /// The engine's template of this name.
    Template(&'static str),
}

/// What reading a document gives: everything that is wrong, and if nothing is, the compiled form.
pub(crate) struct Outcome {
    pub(crate) compiled: Option<Compiled>,
    pub(crate) findings: Vec<Finding>,
    /// The texts of the document, in its order.
    pub(crate) sources: Vec<Source>,
    /// Which text asks for what.
    pub(crate) uses: Vec<(usize, Use)>,
    pub(crate) has_unsubscribe: bool,
}

impl Compiled {
    /// Prepares a revision. The error is what [`crate::check`] reports as errors, apart from unknown names: those render
    /// as missing values, since a field may be deleted after a campaign was written.
    pub fn compile(document: &Document, options: CompileOptions) -> Result<Self, Vec<Finding>> {
        let outcome = read(document, options);
        outcome.compiled.ok_or_else(|| {
            let mut findings = outcome.findings;
            findings.retain(Finding::is_error);
            findings
        })
    }

    /// The tracked links.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Paths of the values that the document asks for, such as `first_name`, `city` or `account.name`: nothing else
    /// needs to be loaded. A path of an account's own field may come with or without `fields.`.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Whether there is a booking block, which needs [`crate::Values::set_booking`].
    pub fn books(&self) -> bool {
        self.names.contains(BOOKING_PAGE)
    }

    /// The rules that say who sees a block, each once. Whether each selects a person is told to their values by
    /// [`crate::Values::set_shown`], under the rule's place here; a block nobody decided about is hidden.
    pub fn conditions(&self) -> &[Rule] {
        &self.conditions
    }
}

/// The body on its way through.
#[derive(Default)]
struct Draft {
    html: Option<Field>,
    /// The plain text, written by people or made from blocks.
    text: Option<Field>,
    asks_to_leave: bool,
    conditions: Vec<Rule>,
}

pub(crate) fn read(document: &Document, options: CompileOptions) -> Outcome {
    let mut reader = Reader::default();
    let subject = reader.field("subject", &document.subject, MAX_LINE_BYTES);
    let preheader = document
        .preheader
        .as_deref()
        .map(|source| reader.field("preheader", source, MAX_LINE_BYTES));
    let draft = body(&mut reader, &document.body);
    let has_unsubscribe = draft.asks_to_leave;
    // Text that could not be read is not worth looking at any further.
    if reader.has_errors() {
        return reader.outcome(None, has_unsubscribe);
    }

    let subject = reader.plain("subject", &subject);
    let preheader = preheader.map(|field| reader.plain("preheader", &field));
    let mut derived = None;
    let html = draft.html.map(|field| {
        let analysis = analyze(&field.doc, &field.locals);
        let footer = options.footer && !draft.asks_to_leave;
        derived = Some((
            Rc::clone(&field.doc),
            field.name.clone(),
            analysis.text.clone(),
            footer,
        ));
        reader.html(&field, analysis, footer, preheader.is_some())
    });
    let text = match (draft.text, derived) {
        (Some(field), _) => {
            // Made text says how to leave where the HTML does; written text may not.
            let leaves = field.asks_to_leave || (field.made && draft.asks_to_leave);
            reader.text(&field, options.footer && !leaves)
        }
        (None, Some((doc, name, text, footer))) => {
            let code = with_footer(assemble(&text, &doc, &[]), footer.then_some(FOOTER_TEXT));
            let wrong = "no plain text can be made from this, because a block begins inside a tag or in the head and \
                         ends elsewhere; write the plain text yourself";
            reader.template("text", code, &name, wrong)
        }
        (None, None) => Piece::Static(String::new()),
    };
    if reader.has_errors() {
        return reader.outcome(None, has_unsubscribe);
    }
    let (links, targets) = reader.links(document.body.field());
    if reader.has_errors() {
        return reader.outcome(None, has_unsubscribe);
    }
    let mut names = reader.names();
    names.retain(|name| !is_page_url(name));
    if options.footer {
        names.extend(["account.name".to_owned(), "account.address".to_owned()]);
    }
    let compiled = Compiled {
        env: reader.take_env(),
        subject,
        preheader,
        html,
        text,
        targets,
        links,
        names,
        conditions: draft.conditions,
    };
    reader.outcome(Some(compiled), has_unsubscribe)
}

fn body(reader: &mut Reader, body: &Body) -> Draft {
    let own_text = |reader: &mut Reader, text: &Option<String>| {
        text.as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(|text| reader.field("body.text", text, MAX_BODY_BYTES))
    };
    match body {
        Body::Text { text } => {
            let field = reader.field("body.text", text, MAX_BODY_BYTES);
            Draft {
                asks_to_leave: field.asks_to_leave,
                text: Some(field),
                ..Draft::default()
            }
        }
        Body::Html { html, text } => {
            let field = reader.field("body.html", html, MAX_BODY_BYTES);
            Draft {
                asks_to_leave: field.asks_to_leave,
                html: Some(field),
                text: own_text(reader, text),
                ..Draft::default()
            }
        }
        Body::Mjml { mjml, text } => {
            let field = reader.field("body.mjml", mjml, MAX_BODY_BYTES);
            let html = mjml::compile_written(reader, &field);
            Draft {
                asks_to_leave: field.asks_to_leave,
                html,
                text: own_text(reader, text),
                ..Draft::default()
            }
        }
        Body::Blocks { document, text } => {
            let Some(Made {
                html,
                text: made_text,
                asks_to_leave,
                conditions,
            }) = crate::blocks::make(reader, document, DOCUMENT)
            else {
                // Nobody knows whether it says how to leave; it has other faults first.
                return Draft {
                    asks_to_leave: true,
                    ..Draft::default()
                };
            };
            Draft {
                html,
                text: own_text(reader, text).or(Some(made_text)),
                asks_to_leave,
                conditions,
            }
        }
    }
}
