//! Exports: people to a file of any size, CSV or JSON Lines, with the columns that were chosen.
//!
//! An export is a job that writes a file beside the uploads, to be downloaded for seven days; or it is streamed as the
//! answer to one request. Both read people in the order of their ids, batch by batch, so memory does not depend on how
//! many there are.
//!
//! - **States**: `queued -> running -> completed -> expired`; `stopped` by somebody, `failed` when it cannot go on.
//! - **Table**: `export`, with the progress: the last person, and the bytes of the file that are safe. After a crash the
//!   file is cut back to those and gone on with.
//! - **Job**: `audience.export`; [`sweep`] removes files that are old.
//! - **Invariants**: everybody who was there when it began and still is, is in the file once, as they are when their batch
//!   is read. No cell is a formula, and an import of the file reads the same values that were written.

mod columns;
mod jobs;
mod model;
mod routes;
mod run;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use jobs::ExportJob;
pub use model::{Export, Format, Options, Selection, State};
pub use routes::routes;
pub use run::sweep;
pub use service::{Folder, create, file, get, list, stop, stream};
