//! What is done for each message.

use std::borrow::Cow;

use crate::compile::{Compiled, Piece};
use crate::engine::{escape_into, one_line};
use crate::link::Target;
use crate::protect::{SLOT_CLOSE, SLOT_OPEN};
use crate::text::collapse_blank_lines;
use crate::url;
use crate::values::{PageUrls, Values, scope};

/// Longest subject and preheader, in characters.
const MAX_LINE_CHARS: usize = 300;
/// Largest body, in bytes.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Keeps what follows the preheader out of the inbox's preview.
const FILLER: &str = "&#847;&zwnj;&nbsp;";
const FILLERS: usize = 60;

/// The addresses that differ from message to message. The sending layer gives tracked ones; [`PreviewSlots`] the real
/// ones.
pub trait Slots {
    /// Where link `number` points.
    fn link(&self, number: u32) -> String;
    /// The image whose loading tells that the message was opened.
    fn open_pixel_url(&self) -> Option<String>;
    fn unsubscribe_url(&self) -> String;
    fn web_version_url(&self) -> String;
    fn preferences_url(&self) -> String;
}

/// One person's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line, fit for a header once it is encoded.
    pub subject: String,
    /// One line, empty when there is none.
    pub preheader: String,
    pub html: Option<String>,
    pub text: String,
}

/// Why a message could not be made. The text completes "the message ...".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    #[error(
        "takes too much work or grows too long: a loop in the template does not come to an end"
    )]
    TooMuchWork,
    #[error("is larger than 2 MiB")]
    TooLarge,
    #[error("has no link number {0}")]
    NoSuchLink(u32),
    #[error("has a link that {0}")]
    BadLink(&'static str),
    #[error("cannot be made from its template: {0}")]
    Template(String),
}

impl From<RenderError> for kernel::Error {
    fn from(error: RenderError) -> Self {
        Self::invalid("body", "render_failed", format!("the message {error}"))
    }
}

impl From<minijinja::Error> for RenderError {
    fn from(error: minijinja::Error) -> Self {
        match error.kind() {
            minijinja::ErrorKind::OutOfFuel => Self::TooMuchWork,
            kind => Self::Template(
                error
                    .detail()
                    .map_or_else(|| kind.to_string(), str::to_owned),
            ),
        }
    }
}

impl Compiled {
    /// Makes one person's message.
    pub fn render(&self, values: &Values, slots: &dyn Slots) -> Result<Rendered, RenderError> {
        let pages = PageUrls {
            unsubscribe: slots.unsubscribe_url(),
            web_version: slots.web_version_url(),
            preferences: slots.preferences_url(),
        };
        let scope = scope(values, pages);
        let subject = one_line(&self.evaluate(&self.subject, &scope)?, MAX_LINE_CHARS);
        let preheader = match &self.preheader {
            Some(piece) => one_line(&self.evaluate(piece, &scope)?, MAX_LINE_CHARS),
            None => String::new(),
        };
        let mut filling = Filling {
            compiled: self,
            values,
            slots,
            preheader: &preheader,
            links: vec![None; self.links().len()],
        };
        let html = match &self.html {
            Some(piece) => Some(filling.fill(&self.evaluate(piece, &scope)?, true)?),
            None => None,
        };
        let text = self.evaluate(&self.text, &scope)?;
        let text = match &self.text {
            Piece::Template(_) => filling.fill(&collapse_blank_lines(text.into_owned()), false)?,
            Piece::Static(_) => filling.fill(&text, false)?,
        };
        Ok(Rendered {
            subject,
            preheader,
            html,
            text,
        })
    }

    /// Of each link where it leads, if that is the same place for everybody: what [`Self::render_link`] gives for it without
    /// any values.
    pub fn fixed_links(&self) -> Vec<Option<String>> {
        let targets = self.targets.iter().map(|target| match target {
            Target::Fixed(url) => Some(url.clone()),
            Target::Template { .. } => None,
        });
        targets.collect()
    }

    /// Where a click on link `number` leads: an absolute http or https address without user name. The values should be
    /// those that the message was rendered with.
    pub fn render_link(&self, number: u32, values: &Values) -> Result<String, RenderError> {
        let target = self.targets.get(number as usize);
        match target.ok_or(RenderError::NoSuchLink(number))? {
            Target::Fixed(url) => Ok(url.clone()),
            Target::Template { name, .. } => {
                let url = self
                    .env
                    .get_template(name)?
                    .render(scope(values, PageUrls::default()))?;
                url::absolute(&url).map_err(RenderError::BadLink)
            }
        }
    }

    fn evaluate<'a>(
        &'a self,
        piece: &'a Piece,
        scope: &minijinja::Value,
    ) -> Result<Cow<'a, str>, RenderError> {
        Ok(match piece {
            Piece::Static(text) => Cow::Borrowed(text),
            Piece::Template(name) => {
                Cow::Owned(self.env.get_template(name)?.render(scope.clone())?)
            }
        })
    }

    /// A link whose address begins with a value may lead anywhere; what is no web address is not tracked, and what is no
    /// address at all leads nowhere.
    fn slot_url(
        &self,
        number: u32,
        values: &Values,
        slots: &dyn Slots,
    ) -> Result<String, RenderError> {
        if let Some(Target::Template {
            name,
            open_start: true,
        }) = self.targets.get(number as usize)
        {
            let target = self
                .env
                .get_template(name)?
                .render(scope(values, PageUrls::default()))?;
            if url::absolute(&target).is_err() {
                let contact = url::is_contact(&target) && target.len() <= 500;
                return Ok(if contact {
                    url::tidy(&target)
                } else {
                    "#".to_owned()
                });
            }
        }
        Ok(slots.link(number))
    }
}

/// Puts the addresses of one message into its slots.
struct Filling<'a> {
    compiled: &'a Compiled,
    values: &'a Values,
    slots: &'a dyn Slots,
    preheader: &'a str,
    /// Tracked addresses are made once and used in both bodies.
    links: Vec<Option<String>>,
}

impl Filling<'_> {
    fn fill(&mut self, text: &str, html: bool) -> Result<String, RenderError> {
        if text.len() > MAX_BODY_BYTES {
            return Err(RenderError::TooLarge);
        }
        let mut out = String::with_capacity(text.len() + 512 + self.links.len() * 128);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(SLOT_OPEN) {
            out.push_str(before);
            let Some((slot, after)) = after.split_once(SLOT_CLOSE) else {
                break;
            };
            rest = after;
            match slot.split_at_checked(1) {
                Some(("L", number)) => self.link(number, html, &mut out)?,
                Some(("P", _)) => self.preheader(&mut out),
                Some(("O", _)) => self.pixel(&mut out),
                _ => {}
            }
        }
        out.push_str(rest);
        if out.len() > MAX_BODY_BYTES {
            return Err(RenderError::TooLarge);
        }
        Ok(out)
    }

    fn link(&mut self, number: &str, html: bool, out: &mut String) -> Result<(), RenderError> {
        let Ok(number) = number.parse::<u32>() else {
            return Ok(());
        };
        let Some(known) = self.links.get_mut(number as usize) else {
            return Ok(());
        };
        if known.is_none() {
            *known = Some(self.compiled.slot_url(number, self.values, self.slots)?);
        }
        let url = known.as_deref().unwrap_or_default();
        if html {
            escape(url, out);
        } else {
            out.push_str(url);
        }
        Ok(())
    }

    fn preheader(&self, out: &mut String) {
        if self.preheader.is_empty() {
            return;
        }
        out.push_str("<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all\">");
        escape(self.preheader, out);
        for _ in 0..FILLERS {
            out.push_str(FILLER);
        }
        out.push_str("</div>");
    }

    fn pixel(&self, out: &mut String) {
        if let Some(url) = self.slots.open_pixel_url() {
            out.push_str("<img src=\"");
            escape(&url, out);
            out.push_str("\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;width:1px;height:1px;border:0\">");
        }
    }
}

fn escape(text: &str, out: &mut String) {
    escape_into(text, out).expect("writing to a string cannot fail");
}

/// For previews: real targets, no open pixel.
#[derive(Debug)]
pub struct PreviewSlots<'a> {
    pub compiled: &'a Compiled,
    pub values: &'a Values,
    /// What the links to our own pages show; `#` will do.
    pub page_url: &'a str,
}

impl Slots for PreviewSlots<'_> {
    fn link(&self, number: u32) -> String {
        self.compiled
            .render_link(number, self.values)
            .unwrap_or_else(|_| "#".to_owned())
    }

    fn open_pixel_url(&self) -> Option<String> {
        None
    }

    fn unsubscribe_url(&self) -> String {
        self.page_url.to_owned()
    }

    fn web_version_url(&self) -> String {
        self.page_url.to_owned()
    }

    fn preferences_url(&self) -> String {
        self.page_url.to_owned()
    }
}
