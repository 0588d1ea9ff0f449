//! Templates: content to begin campaigns with.
//!
//! A template has a name, a category to find it by, and content with revisions of its own (see [`crate::revisions`]). A
//! campaign that begins with it takes its present content; what becomes of the template later changes no campaign, since
//! content is immutable. A program sends one by its id, as messages (see [`crate::transactional`]) and gives values to its
//! `variables`: names that nobody else knows, so no campaign begins with such a template.
//!
//! Table: `template`; with revisions `content_revision` and `content_history`.

mod model;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{NewTemplate, Template, TemplateId, TemplatePatch};
pub use routes::routes;
pub use service::{
    built_in, create, delete, document, duplicate, get, list, preview, restore, revision,
    revisions, update,
};
pub(crate) use service::{built_in_in, content_in};
pub(crate) use store::find as find_in;

#[cfg(test)]
mod tests;
