//! DKIM keys: what an account signs its mail with.
//!
//! A key belongs to a domain and a selector. It is made inactive, so that its public half can be put into DNS first; while
//! it is active, mail from the domain, or from one below it, is signed with it. A domain may have an RSA and an Ed25519
//! key; both sign. The private half is sealed at rest and never given out.
//!
//! `dns` looks whether the world can see the records. Nothing depends on it: a relay may answer for a domain in its own way.
//!
//! A campaign reads the keys when it starts or resumes.
//!
//! Table: `dkim_key`.

pub(crate) mod dns;
mod model;
pub(crate) mod routes;
mod service;
mod store;

pub use dns::{DomainRecords, FoundRecord, Purpose, RecordState};
pub use model::{DkimKey, DkimKeyId, DkimKeyPatch, KeyAlgorithm, NewDkimKey};
pub use routes::routes;
pub(crate) use service::keys_for;
pub use service::{check_dns, create, delete, get, list, update};
