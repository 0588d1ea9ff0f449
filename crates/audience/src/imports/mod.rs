//! Imports: people from a file of any size: CSV, TSV, an Excel workbook, or text that was pasted.
//!
//! A file is written to the spool as it arrives, understood (encoding, delimiter, header, mapping), and queued. A job
//! first counts its rows, finds the people who are in it twice and sorts it by address, then reads it in batches of one
//! transaction each.
//!
//! ```text
//! queued -> running -> completed
//!    |         |  \--> failed   -> queued (resume)
//!    |         v
//!    |      stopping -> stopped -> queued (resume)
//!    \----------------> stopped
//! ```
//!
//! A dry run goes the same way and writes nothing but its counters and its report; its file waits to be run. An import
//! that has ended can be taken back for 30 days (`undo.rs`), by what it noted of the people whom it changed.
//!
//! - **Tables**: `import`, `import_error`, `import_change`, `import_undo`; people are written
//!   by [`crate::subscribers::upsert_many_in`], with its events.
//! - **Jobs**: `audience.import`, `audience.undo_import`; [`forget_old`] forgets what is too old to be taken back.
//! - **Files**: `<id>.csv` in the spool (CSV in UTF-8, whatever was uploaded), `<id>.sorted` beside it; both are
//!   removed when the import is complete. What a killed process left is removed by [`sweep`].
//! - **Invariants**: a row is imported once: the place in the file is committed with the rows before it. A bad row
//!   never stops the file; every row that is not taken has a line in the report, but for known people when those are to
//!   be skipped. Memory does not depend on the file. Nobody who unsubscribed, bounced or is suppressed is changed.
//!
//! | file | what it does |
//! |---|---|
//! | `spool` | keeps uploads |
//! | `workbook` | turns a sheet into CSV |
//! | `detect` | guesses encoding and delimiter |
//! | `head` | reads the header and the first rows |
//! | `records` | cuts a file into records and fields |
//! | `mapping`, `guess` | decides what each column means |
//! | `preview` | shows all that before anything is imported |
//! | `rows`, `doubts` | checks a record, and notes what looks wrong |
//! | `prepare`, `sort` | find duplicates and put the rows in order |
//! | `run` | writes batches |
//! | `sweep` | removes files that nobody will read |
//! | `undo` | takes them back |
//! | `report` | the errors as a file |

mod detect;
mod doubts;
mod guess;
mod head;
mod jobs;
mod mapping;
mod model;
mod prepare;
mod preview;
mod records;
mod report;
mod routes;
mod rows;
mod run;
mod service;
mod sort;
mod spool;
mod store;
mod sweep;
#[cfg(test)]
pub(crate) mod tests;
mod undo;
mod workbook;

pub use detect::Encoding;
pub use jobs::{ImportJob, UndoJob};
pub use model::{
    Column, ColumnField, Counters, Delimiter, Destination, Existing, Import, NewPeople, NewStatus,
    Options, RowError, Severity, State, Target, Undo, UndoState,
};
pub use preview::{Preview, preview};
pub use routes::routes;
pub use run::forget_old;
pub use service::{
    Spool, Upload, create, errors, errors_csv, get, list, resume, run_after_trial, stop, undo,
};
pub use sweep::sweep;
