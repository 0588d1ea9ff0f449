//! What is done once for each content revision.

use std::collections::BTreeSet;
use std::rc::Rc;

use minijinja::Environment;

use crate::assemble::{Assembled, Edit, Insert, assemble, assemble_edited, slot};
use crate::document::{Body, Document, Fault, Finding, Severity};
use crate::engine;
use crate::html::{Analysis, analyze};
use crate::language::{Use, inspect};
use crate::link::{Address, Link, LinkDraft, Target, classify};
use crate::names::{UNSUBSCRIBE_URL, is_page_url};
use crate::protect::Protected;
use crate::scan::{Scan, scan};
use crate::text::track_bare_urls;

/// Longest subject and preheader, in bytes.
const MAX_LINE_BYTES: usize = 1000;
/// Longest body, in bytes.
const MAX_BODY_BYTES: usize = 512 * 1024;
/// Most links.
const MAX_LINKS: usize = 1000;

/// Most findings of one step: each costs a look at the whole text to tell its line.
pub(crate) const MAX_FAULTS: usize = 50;

const FOOTER_HTML: &str = "\n<div style=\"margin:24px auto 0;padding:16px;font:12px/1.5 sans-serif;color:#666666;text-align:center\">\
    {% if account.name is defined %}{{ account.name }}<br>{% endif %}\
    {% if account.address is defined %}{{ account.address }}<br>{% endif %}\
    <a href=\"{{ unsubscribe_url }}\" style=\"color:#666666\">Unsubscribe</a></div>\n";
const FOOTER_TEXT: &str = "\n--\n\
    {% if account.name is defined %}{{ account.name }}\n{% endif %}\
    {% if account.address is defined %}{{ account.address }}\n{% endif %}\
    Unsubscribe: {{ unsubscribe_url }}\n";

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
    pub(crate) uses: Vec<(&'static str, Use)>,
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
}

/// A field of the document on its way through.
struct Field {
    name: &'static str,
    source: String,
    doc: Rc<Protected>,
    locals: BTreeSet<String>,
    asks_to_leave: bool,
}

struct Reader {
    env: Environment<'static>,
    findings: Vec<Finding>,
    uses: Vec<(&'static str, Use)>,
    drafts: Vec<LinkDraft>,
}

pub(crate) fn read(document: &Document, options: CompileOptions) -> Outcome {
    let mut reader = Reader {
        env: engine::environment(),
        findings: Vec::new(),
        uses: Vec::new(),
        drafts: Vec::new(),
    };
    let subject = reader.field("subject", &document.subject, MAX_LINE_BYTES);
    let preheader = document
        .preheader
        .as_deref()
        .map(|source| reader.field("preheader", source, MAX_LINE_BYTES));
    let (html, own_text) = match &document.body {
        Body::Html { html, text } => (
            Some(reader.field("body.html", html, MAX_BODY_BYTES)),
            text.as_deref().filter(|text| !text.trim().is_empty()),
        ),
        Body::Text { text } => (None, Some(&**text)),
    };
    let own_text = own_text.map(|text| reader.field("body.text", text, MAX_BODY_BYTES));
    let has_unsubscribe = html
        .as_ref()
        .or(own_text.as_ref())
        .is_some_and(|field| field.asks_to_leave);
    // Text that could not be read is not worth looking at any further.
    if reader.findings.iter().any(Finding::is_error) {
        return reader.outcome(None, has_unsubscribe);
    }

    let subject = reader.plain("subject", &subject);
    let preheader = preheader.map(|field| reader.plain("preheader", &field));
    let mut derived = None;
    let html = html.map(|field| {
        let analysis = analyze(&field.doc, &field.locals);
        let footer = options.footer && !field.asks_to_leave;
        derived = Some((Rc::clone(&field.doc), analysis.text.clone(), footer));
        reader.html(&field, analysis, footer, preheader.is_some())
    });
    let text = match (own_text, derived) {
        (Some(field), _) => reader.text(&field, options.footer && !field.asks_to_leave),
        (None, Some((doc, text, footer))) => {
            let code = with_footer(assemble(&text, &doc, &[]), footer.then_some(FOOTER_TEXT));
            let wrong = "no plain text can be made from this HTML, because a block begins inside a tag or in the head \
                         and ends elsewhere; write the plain text yourself";
            reader.template("text", code, "body.html", wrong)
        }
        (None, None) => Piece::Static(String::new()),
    };
    if reader.findings.iter().any(Finding::is_error) {
        return reader.outcome(None, has_unsubscribe);
    }
    let (links, targets) = reader.links();
    if reader.findings.iter().any(Finding::is_error) {
        return reader.outcome(None, has_unsubscribe);
    }
    let mut names: BTreeSet<String> = reader
        .uses
        .iter()
        .map(|(_, used)| used.path.clone())
        .collect();
    names.retain(|name| !is_page_url(name));
    if options.footer {
        names.extend(["account.name".to_owned(), "account.address".to_owned()]);
    }
    let compiled = Compiled {
        env: std::mem::take(&mut reader.env),
        subject,
        preheader,
        html,
        text,
        targets,
        links,
        names,
    };
    reader.outcome(Some(compiled), has_unsubscribe)
}

impl Reader {
    fn outcome(self, compiled: Option<Compiled>, has_unsubscribe: bool) -> Outcome {
        Outcome {
            compiled,
            findings: self.findings,
            uses: self.uses,
            has_unsubscribe,
        }
    }

    fn report(&mut self, field: &str, source: &str, mut faults: Vec<Fault>) {
        faults.sort_by_key(|fault| (fault.severity, fault.at));
        faults.truncate(MAX_FAULTS);
        self.findings
            .extend(faults.into_iter().map(|fault| fault.locate(field, source)));
    }

    /// Reads the template language of a field.
    fn field(&mut self, name: &'static str, source: &str, max: usize) -> Field {
        let mut field = Field {
            name,
            source: source.to_owned(),
            doc: Rc::default(),
            locals: BTreeSet::new(),
            asks_to_leave: false,
        };
        if source.len() > max {
            let message = format!("this has {} bytes; at most {max} are allowed", source.len());
            self.report(name, source, vec![Fault::error(0, "too_long", message)]);
            return field;
        }
        let scanned = scan(source);
        let seen = inspect(&scanned);
        field.asks_to_leave = seen.uses.iter().any(|used| used.path == UNSUBSCRIBE_URL);
        let clean = scanned.faults.is_empty() && seen.faults.is_empty();
        if clean && let Err(fault) = self.parse(&scanned) {
            self.report(name, source, vec![fault]);
        }
        field.doc = Rc::new(Protected::new(source, &scanned));
        field.locals = seen.locals;
        self.uses
            .extend(seen.uses.into_iter().map(|used| (name, used)));
        self.report(name, source, scanned.faults);
        self.report(name, source, seen.faults);
        field
    }

    /// Has the engine read the tags alone, each at its own line, to find out which one it does not like.
    fn parse(&self, scanned: &Scan) -> Result<(), Fault> {
        let mut code = String::new();
        for tag in scanned.tags() {
            let mut line = String::new();
            tag.write(None, &mut line);
            code.push_str(&line.replace(['\n', '\r'], " "));
            code.push('\n');
        }
        let Err(error) = self.env.template_from_named_str("text", &code) else {
            return Ok(());
        };
        let line = error.line().unwrap_or(1);
        let tag = scanned
            .tags()
            .nth(line - 1)
            .or_else(|| scanned.tags().last());
        let at = tag.map_or(0, |tag| tag.span.start);
        let message = error
            .detail()
            .unwrap_or("this tag cannot be read")
            .to_owned();
        Err(Fault::error(at, "syntax", message))
    }

    fn plain(&mut self, template: &'static str, field: &Field) -> Piece {
        let code = assemble(&field.doc.text, &field.doc, &[]);
        self.template(template, code, field.name, "this template cannot be read")
    }

    fn template(
        &mut self,
        template: &'static str,
        code: Assembled,
        field: &str,
        wrong: &str,
    ) -> Piece {
        match code {
            Assembled::Static(text) => Piece::Static(text),
            Assembled::Template(code) => {
                self.add(template.to_owned(), code, field, wrong);
                Piece::Template(template)
            }
        }
    }

    fn add(&mut self, name: String, code: String, field: &str, wrong: &str) {
        if self.env.add_template_owned(name, code).is_err() {
            self.report(field, "", vec![Fault::error(0, "syntax", wrong)]);
        }
    }

    fn html(&mut self, field: &Field, analysis: Analysis, footer: bool, preheader: bool) -> Piece {
        let Analysis {
            contexts,
            mut edits,
            links,
            faults,
            body_start,
            body_end,
            ..
        } = analysis;
        self.report(field.name, &field.source, faults);
        self.drafts = links;
        let mut insert = |at: usize, with: Insert| {
            edits.push(Edit {
                range: at..at,
                with,
            });
        };
        if preheader {
            insert(body_start, Insert::Text(slot('P', 0)));
        }
        if footer {
            insert(body_end, Insert::Template(FOOTER_HTML));
        }
        insert(body_end, Insert::Text(slot('O', 0)));
        let code = assemble_edited(&field.doc, &contexts, edits);
        let wrong = "a block begins in one place of the markup and ends in another where it cannot, such as inside a \
                     link's address";
        self.template(engine::HTML, code, field.name, wrong)
    }

    fn text(&mut self, field: &Field, footer: bool) -> Piece {
        let doc = &field.doc;
        let mut faults = Vec::new();
        let drafts = &mut self.drafts;
        let tracked = track_bare_urls(
            &doc.text,
            |tag| doc.is_output(tag),
            |address, at| {
                let at = doc.source_offset(at);
                let Address::Tracked(draft) =
                    classify(address, doc, &field.locals, at, &mut faults)
                else {
                    return None;
                };
                let same = drafts
                    .iter()
                    .position(|known| known.url_template == draft.url_template);
                Some(same.unwrap_or_else(|| {
                    drafts.push(draft);
                    drafts.len() - 1
                }))
            },
        );
        // In text, what does not work as a link is just text.
        faults.retain(|fault| fault.severity == Severity::Warning);
        self.report(field.name, &field.source, faults);
        let code = with_footer(assemble(&tracked, doc, &[]), footer.then_some(FOOTER_TEXT));
        self.template("text", code, field.name, "this template cannot be read")
    }

    fn links(&mut self) -> (Vec<Link>, Vec<Target>) {
        let drafts = std::mem::take(&mut self.drafts);
        if drafts.len() > MAX_LINKS {
            let message = format!("there are more than {MAX_LINKS} links");
            self.report(
                "body.html",
                "",
                vec![Fault::error(0, "too_many_links", message)],
            );
        }
        let mut links = Vec::with_capacity(drafts.len());
        let mut targets = Vec::with_capacity(drafts.len());
        for (number, draft) in drafts.into_iter().enumerate() {
            targets.push(match draft.code {
                Assembled::Static(url) => {
                    Target::Fixed(crate::url::absolute(&url).unwrap_or_default())
                }
                Assembled::Template(code) => {
                    let name = format!("link{number}");
                    let wrong =
                        format!("the address {} is not a whole template", draft.url_template);
                    self.add(name.clone(), code, "body.html", &wrong);
                    Target::Template {
                        name,
                        open_start: draft.open_start,
                    }
                }
            });
            links.push(Link {
                number: number as u32,
                url_template: draft.url_template,
                text_hint: draft.text_hint,
            });
        }
        (links, targets)
    }
}

fn with_footer(code: Assembled, footer: Option<&str>) -> Assembled {
    let Some(footer) = footer else {
        return code;
    };
    match code {
        Assembled::Static(text) => {
            let empty = Protected::default();
            let mut code = String::new();
            crate::assemble::write(&text, &empty, &[], &mut code);
            Assembled::Template(code + footer)
        }
        Assembled::Template(code) => Assembled::Template(code + footer),
    }
}
