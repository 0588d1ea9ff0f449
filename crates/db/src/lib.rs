//! SQLite and PostgreSQL behind one transaction type.
//!
//! [`Db::write`] and [`Db::read`] open a [`Tx`]; a statement is one text for both engines (`$1` parameters, the subset
//! described in `ARCHITECTURE.md`). Nothing outside this crate knows which engine it talks to, but for the few places
//! that ask [`Tx::engine`] and say why.
//!
//! - SQLite: WAL, `synchronous=FULL`, one writer that begins with `BEGIN IMMEDIATE`, readers on snapshots. A lock on
//!   `<file>.lock` refuses a second process.
//! - PostgreSQL 15 or later: READ COMMITTED, `LISTEN/NOTIFY` as a hint between nodes.

#![warn(missing_docs)]

mod changes;
mod columns;
mod config;
mod connection;
mod copy;
mod error;
mod file;
mod hold;
mod insert;
mod list;
mod migrate;
mod open;
mod placeholders;
mod prompt;
mod queue;
mod row;
mod statistics;
mod tx;
mod wakeup;

pub use changes::{Announcement, Change, Changes, Watch};
pub use config::{Config, Durability, Location, Password};
pub use error::{Error, Result, ensure_affected};
pub use file::{Inspection, copy_sqlite, inspect_sqlite, latest_schema, replace_sqlite};
pub use insert::{Insert, RowValues};
pub use list::{Each, in_list, look_up};
pub use open::{Db, Engine};
pub use row::{Json, Row};
pub use tx::{CommitMark, LockClass, Query, ReadTx, Tx, WriteTx};
pub use wakeup::{Topic, Wakeup};
