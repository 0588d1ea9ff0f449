//! The suppression list: addresses that never get mail, whoever imports or adds them.
//!
//! - **Table**: `suppression`. The key is a keyed hash of the folded address (`Purpose::AddressHash`), so that an erased
//!   person can be kept out without keeping the address; otherwise the address is there to be shown.
//! - **Events**: `subscriber.status_changed` for people whose address is put on or taken off the list.
//! - **Invariants**: whoever has the status `suppressed` is on the list: complaints and blocks add to it in the same
//!   transaction. Taking an address off the list leaves its owner unsubscribed, not active.

mod model;
mod routes;
mod service;
mod store;

pub use model::Suppression;
pub use routes::routes;
pub use service::{AddSuppressions, Added, add, check, list, remove};
pub use service::{hash_of, hashes_of, insert_in, suppressed_in};

pub use store::AddressHash;

#[cfg(test)]
mod tests;
