//! Files: the pictures of mails, and the public addresses that mails show them by.
//!
//! What a file is, its bytes say: PNG, JPEG, GIF and WebP, whatever its name and the upload claim. Only the head of a
//! picture is read, for its size in pixels; nothing is ever decompressed here. What cameras write into JPEG and PNG beside the
//! pixels, such as the place, is taken off. SVG is refused: it is a program. The same bytes are one file of an account, however
//! often they are uploaded. Bytes never change, so an address
//! (`/m/TOKEN.png`) may be cached forever; name and alternative text may change.
//!
//! Tables: `file`, `file_blob` ([ADR 8](../../../../docs/adr/0008-pictures-are-in-the-database.md)).
//!
//! Invariants:
//! - a public address says nothing about account and number of files, and cannot be guessed;
//! - a file that a campaign, a template, a saved block or the brand shows is deleted only by force;
//! - the files of an account together have a limit.

mod metadata;
mod model;
mod picture;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{File, FileId, FilePatch, Limits, Use};
pub use picture::{Picture, PictureKind};
pub use routes::{public_routes, routes};
pub use service::{Upload, delete, get, list, public, update, upload, uses};

#[cfg(test)]
mod tests;
