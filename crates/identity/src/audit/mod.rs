//! The audit log: who changed what, when, from what to what.
//!
//! [`audit`] writes a row in the transaction of the change, so neither exists without the other. `before` and `after`
//! are JSON of the changed thing without secrets: they are shown to admins as they are.
//!
//! Table: `audit_log`, which is only ever added to.

mod model;
mod routes;
mod service;
mod store;

pub use model::{Entry, EntryId, Filter};
pub use routes::routes;
pub use service::{audit, list};

#[cfg(test)]
mod tests;
