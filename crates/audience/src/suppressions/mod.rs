//! The suppression lists: addresses, domains and hashes that never get mail, whoever imports or adds them.
//!
//! - **Lists**: one per account, and one of the instance, which covers every account and is changed on the command line
//!   only.
//! - **Table**: `suppression`. An entry is known by a keyed hash (`Purpose::AddressHash`) of what it covers: a folded
//!   address, `@domain`, `sha256:…` or `md5:…` of a folded address. So an erased person can be kept out without keeping
//!   the address; otherwise the value is there to be shown.
//! - **Asked**: before somebody is created or changes their address, in the transaction that does so; before somebody is
//!   chosen for a mail, in the transaction that leases the message. The list decides there, whatever the status says.
//! - **Jobs**: `audience.suppress` walks over the people of an account after an entry that may cover many, and gives
//!   those it covers the status `suppressed` and an entry of their own that names it (`via_id`). `audience.release` does
//!   the opposite when such an entry is removed.
//! - **Events**: `subscriber.status_changed` for people whose address is put on or taken off the list.
//! - **Invariants**: whoever has the status `suppressed` is on the list: complaints and blocks add to it in the same
//!   transaction. Taking an address off the list leaves its owner unsubscribed, not active. An address that another
//!   entry covers too cannot be taken off alone.

mod file;
mod jobs;
mod model;
mod routes;
mod service;
mod store;

pub use file::{Imported, RowFault, csv, import};
pub use jobs::{Release, Sweep, sweep};
pub use model::{AddressHash, Kind, Scope, Suppression};
pub use routes::routes;
pub(crate) use service::erase_in;
pub use service::{
    AddSuppressions, Added, add, add_to, check, list, list_of, matching, remove, remove_from,
};
pub use service::{hash_of, hashes_of, insert_in, suppressed_in};

#[cfg(test)]
mod tests;
