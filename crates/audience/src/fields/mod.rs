//! Custom fields: what an account wants to know of people beyond the standard attributes.
//!
//! - **Kinds**: text, number (six decimals, exact), date (a calendar day), boolean, dropdown (text out of its options).
//!   The kind never changes. A field is visible, hidden (not offered where people choose fields) or API-only (people
//!   see it, only programs write it).
//! - **Tables**: `field`; the values are columns of `subscriber`, three for each slot. Absent is NULL; there is no
//!   empty text.
//! - **Jobs**: `audience.purge` removes the values of a deleted field in steps; `audience.replace_option` gives people
//!   the option that takes another's place.
//! - **Invariants**: a key is `lower_snake`, unique in its account, never that of a standard attribute, and never
//!   changes, since templates and rules name it. A field that a segment or a campaign uses is deleted only by force. An
//!   option that people have, or a rule names, does not just vanish: it is refused, or replaced everywhere. Values come in through
//!   [`parse_json`] and [`parse_text`] only, which accept the same.

mod model;
mod options;
mod parse;
mod routes;
mod service;
mod store;

pub use model::{Catalog, Field, FieldInput, FieldKind, FieldValue, Visibility, suggest_key};
pub use options::OptionsJob;
pub use parse::{parse_json, parse_text};
pub use routes::routes;
pub use service::{FieldChange, NewField, catalog, create, create_in, delete, get, update};
pub(crate) use store::{Place, places_for_writing, purge_values};
pub use store::{list, values_of};

#[cfg(test)]
mod tests;
