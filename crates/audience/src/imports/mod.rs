//! Imports: people from a CSV file of any size.
//!
//! A file is written to the spool as it arrives, understood (encoding, delimiter, header, mapping), and queued. A job
//! first counts its rows and finds the people who are in it twice, then reads it in batches of one transaction each.
//!
//! ```text
//! queued -> running -> completed
//!    |         |  \--> failed   -> queued (resume)
//!    |         v
//!    |      stopping -> stopped -> queued (resume)
//!    \----------------> stopped
//! ```
//!
//! - **Tables**: `import`, `import_error`; people are written by [`crate::subscribers::upsert_many_in`], with its events.
//! - **Jobs**: `audience.import`.
//! - **Files**: `<id>.csv` in the spool (UTF-8, whatever was uploaded), `<id>.duplicates` beside it; both are removed
//!   when the import is complete. What a killed process left is removed by [`sweep`].
//! - **Invariants**: a row is imported once: the place in the file is committed with the rows before it. A bad row
//!   never stops the file; every row that is not taken has a line in the report, but for known people when those are to
//!   be skipped. Memory does not depend on the file. Nobody who unsubscribed, bounced or is suppressed is changed.
//!
//! | file | what it does |
//! |---|---|
//! | `spool` | keeps uploads |
//! | `detect` | guesses encoding and delimiter |
//! | `records` | cuts a file into records and fields |
//! | `mapping` | decides what each column means |
//! | `rows` | checks a record |
//! | `prepare`, `sort` | find duplicates |
//! | `run` | writes batches |
//! | `sweep` | removes files that nobody will read |
//! | `report` | the errors as a file |

mod detect;
mod jobs;
mod mapping;
mod model;
mod prepare;
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
mod tests;

pub use detect::Encoding;
pub use jobs::ImportJob;
pub use model::{
    Column, Counters, Delimiter, Existing, Import, NewStatus, Options, RowError, State, Target,
};
pub(crate) use report::safe_cell;
pub use routes::routes;
pub use service::{Spool, Upload, create, errors, errors_csv, get, list, resume, stop};
pub use sweep::sweep;
