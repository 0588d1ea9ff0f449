//! Tracking: what people do with a mail, by the signed links in it.
//!
//! - `/t/o/TOKEN.gif`: the open pixel. `/t/c/TOKEN`: a link; where it leads is looked up in the revision that was sent,
//!   never taken from the address. `/v/TOKEN`: the mail as a web page. `/u/TOKEN`: unsubscribing.
//! - A hit is written before it is answered, in a transaction that all hits of the moment share.
//! - Hits by machines (scanners, prefetching mail programs) are kept and told apart, with the kind of machine; rates count
//!   people. There is no hidden link to trap scanners with: filters of mail count hidden content against a mail.
//! - Where there is a file of them, the country of an address is looked up and kept; the address itself goes after a while.
//! - **GET never unsubscribes**: mail scanners follow every link. The one-click POST of RFC 8058 needs neither cookie
//!   nor page.
//!
//! Tables: `hit`, `unsubscribe_reason`, the roll-ups of [`crate::messages`] `link_total` and
//! `campaign_facet`. Events:
//! `message.opened`, `message.clicked` (and `..._by_machine`), `message.unsubscribed`.

pub(crate) mod agents;
mod bursts;
mod classify;
mod counts;
mod finder;
pub(crate) mod geo;
mod model;
mod recorder;
pub(crate) mod routes;
pub(crate) mod service;
pub(crate) mod store;
mod targets;
pub(crate) mod token;

pub use geo::GeoIp;
pub use model::{HitKind, UnsubscribeReason};
pub use routes::routes;
pub use service::{Client, Links};
