//! Saved blocks: parts of mails to be put into others.
//!
//! A saved block is a copy: a mail that it was put into keeps what it got, whatever becomes of the saved one. What it may
//! be is what a block of a mail may be (`docs/content.md`); that is checked when it is saved.
//!
//! Table: `saved_block`.

mod model;
pub(crate) mod routes;
mod service;
mod store;

pub use model::{NewSavedBlock, SavedBlock, SavedBlockId, SavedBlockPatch};
pub use routes::routes;
pub use service::{create, delete, get, list, update};
