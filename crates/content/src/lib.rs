//! Content: what a message says, and how it becomes one person's message.
//!
//! A [`Document`] is what people write: a subject, a preheader and a body in HTML or plain text, all in one template
//! language (`docs/personalization.md`). [`check`] tells what is wrong with it, with line and column.
//! [`Compiled::compile`] prepares a content revision once: it finds the links, puts slots where tracked addresses, the
//! open pixel and the preheader go, derives the plain-text alternative, and parses the templates.
//! [`Compiled::render`] then makes one person's message from their [`Values`] and the [`Slots`] of the sending layer,
//! and [`Compiled::render_link`] says where a click leads.
//!
//! Pure: no IO, no database, no clock.
//!
//! Invariants:
//! - What a person typed is data. It never becomes template code, a header line, markup, a style or a link scheme. Where
//!   HTML escaping alone would not do (addresses, styles), the place in the markup decides ([`html`]); where nothing
//!   would do (scripts, tag names), a merge field is refused.
//! - A missing value renders as nothing, or as its `default`; it is never an error and never shows as `{{ name }}`.
//! - Rendering ends: work and output are bounded ([`engine`]), whatever the template.

mod assemble;
pub mod blocks;
mod check;
mod compile;
mod document;
mod engine;
mod entities;
mod filters;
mod html;
mod language;
mod link;
mod marks;
mod mjml;
mod names;
mod protect;
mod reader;
mod render;
mod scan;
pub mod templates;
mod text;
mod url;
mod uses;
mod values;

pub use check::check;
pub use compile::{CompileOptions, Compiled};
pub use document::{Body, Document, Finding, Severity, errors};
pub use link::Link;
pub use names::{FieldKind, KnownNames, STANDARD_NAMES, refused_variable_name};
pub use render::{PreviewSlots, RenderError, Rendered, Slots};
pub use uses::bare_names;
pub use values::{FieldValue, Person, Surroundings, Values};

#[cfg(test)]
mod tests;
