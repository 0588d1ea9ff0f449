//! Reads the texts of a document, and puts the templates of a revision together.

use std::collections::BTreeSet;
use std::rc::Rc;

use minijinja::Environment;

use crate::assemble::{Assembled, Edit, Insert, assemble, assemble_edited, slot};
use crate::compile::{Compiled, Outcome, Piece};
use crate::document::{Fault, Finding, Severity};
use crate::engine;
use crate::html::Analysis;
use crate::language::{Use, inspect};
use crate::link::{Address, Link, LinkDraft, Target, classify};
use crate::names::UNSUBSCRIBE_URL;
use crate::protect::Protected;
use crate::scan::{Scan, scan};
use crate::text::track_bare_urls;

/// Longest body, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 512 * 1024;
/// Most links.
const MAX_LINKS: usize = 1000;

/// Most findings of one step: each costs a look at the whole text to tell its line.
pub(crate) const MAX_FAULTS: usize = 50;

const FOOTER_HTML: &str = "\n<div style=\"margin:24px auto 0;padding:16px;font:12px/1.5 sans-serif;color:#666666;text-align:center\">\
    {% if account.name is defined %}{{ account.name }}<br>{% endif %}\
    {% if account.address is defined %}{{ account.address }}<br>{% endif %}\
    <a href=\"{{ unsubscribe_url }}\" style=\"color:#666666\">Unsubscribe</a></div>\n";
pub(crate) const FOOTER_TEXT: &str = "\n--\n\
    {% if account.name is defined %}{{ account.name }}\n{% endif %}\
    {% if account.address is defined %}{{ account.address }}\n{% endif %}\
    Unsubscribe: {{ unsubscribe_url }}\n";

/// A text of the document, as findings call it and as people wrote it.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A text of the document on its way through.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) doc: Rc<Protected>,
    pub(crate) locals: BTreeSet<String>,
    pub(crate) asks_to_leave: bool,
    /// Made by the compiler from texts that were looked at already: what is wrong in it has been told, with its place.
    pub(crate) made: bool,
}

#[derive(Default)]
pub(crate) struct Reader {
    env: Env,
    findings: Vec<Finding>,
    sources: Vec<Source>,
    uses: Vec<(usize, Use)>,
    drafts: Vec<LinkDraft>,
}

struct Env(Environment<'static>);

impl Default for Env {
    fn default() -> Self {
        Self(engine::environment())
    }
}

impl Reader {
    pub(crate) fn outcome(mut self, compiled: Option<Compiled>, has_unsubscribe: bool) -> Outcome {
        let mut seen: Vec<Finding> = Vec::with_capacity(self.findings.len());
        for finding in self.findings.drain(..) {
            if !seen.contains(&finding) {
                seen.push(finding);
            }
        }
        Outcome {
            compiled,
            findings: seen,
            sources: self.sources,
            uses: self.uses,
            has_unsubscribe,
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.uses
            .iter()
            .map(|(_, used)| used.path.clone())
            .collect()
    }

    pub(crate) fn take_env(&mut self) -> Environment<'static> {
        std::mem::take(&mut self.env).0
    }

    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    pub(crate) fn add_findings(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    pub(crate) fn report(&mut self, field: &str, source: &str, mut faults: Vec<Fault>) {
        faults.sort_by_key(|fault| (fault.severity, fault.at));
        faults.truncate(MAX_FAULTS);
        self.findings
            .extend(faults.into_iter().map(|fault| fault.locate(field, source)));
    }

    /// Reads the template language of a text.
    pub(crate) fn field(&mut self, name: &str, source: &str, max: usize) -> Field {
        let mut field = Field {
            name: name.to_owned(),
            source: source.to_owned(),
            ..Field::default()
        };
        if source.len() > max {
            let message = format!("this has {} bytes; at most {max} are allowed", source.len());
            self.report(name, "", vec![Fault::error(0, "too_long", message)]);
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
        let number = self.sources.len();
        self.sources.push(Source {
            name: name.to_owned(),
            text: source.to_owned(),
        });
        self.uses
            .extend(seen.uses.into_iter().map(|used| (number, used)));
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
        let Err(error) = self.env.0.template_from_named_str("text", &code) else {
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

    pub(crate) fn plain(&mut self, template: &'static str, field: &Field) -> Piece {
        let code = assemble(&field.doc.text, &field.doc, &[]);
        self.template(template, code, &field.name, "this template cannot be read")
    }

    pub(crate) fn template(
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
        if self.env.0.add_template_owned(name, code).is_err() {
            self.report(field, "", vec![Fault::error(0, "syntax", wrong)]);
        }
    }

    pub(crate) fn html(
        &mut self,
        field: &Field,
        analysis: Analysis,
        footer: bool,
        preheader: bool,
    ) -> Piece {
        let Analysis {
            contexts,
            mut edits,
            links,
            mut faults,
            body_start,
            body_end,
            ..
        } = analysis;
        if field.made {
            faults.retain(|fault| fault.severity == Severity::Error);
        }
        self.report(&field.name, &field.source, faults);
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
        self.template(engine::HTML, code, &field.name, wrong)
    }

    pub(crate) fn text(&mut self, field: &Field, footer: bool) -> Piece {
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
        faults.retain(|fault| fault.severity == Severity::Warning && !field.made);
        self.report(&field.name, &field.source, faults);
        let code = with_footer(assemble(&tracked, doc, &[]), footer.then_some(FOOTER_TEXT));
        self.template("text", code, &field.name, "this template cannot be read")
    }

    pub(crate) fn links(&mut self, body: &str) -> (Vec<Link>, Vec<Target>) {
        let drafts = std::mem::take(&mut self.drafts);
        if drafts.len() > MAX_LINKS {
            let message = format!("there are more than {MAX_LINKS} links");
            let fault = Fault::error(0, "too_many_links", message);
            self.report(body, "", vec![fault]);
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
                    self.add(name.clone(), code, body, &wrong);
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

pub(crate) fn with_footer(code: Assembled, footer: Option<&str>) -> Assembled {
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
