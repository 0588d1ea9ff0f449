//! The public archive: campaigns that anybody may read on the web, without anything of any person in them.
//!
//! Nothing is public by itself. A campaign that was sent is published by hand; its page has the content with the defaults
//! of its merge fields, links that are not tracked, and no pixel. The list of an account's published campaigns has an
//! address with a signed name in it, which says nothing of the account. Bodies are shown in a sandbox of their own, like
//! web versions.
//!
//! Table: `campaign_archive`. No events, no jobs.

mod model;
pub(crate) mod routes;
mod service;
mod store;

pub use model::{Archived, Listed};
pub use routes::{pages, routes};
pub use service::{Archive, get, set};
