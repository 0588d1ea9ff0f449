//! Feeds: campaigns that are sent because there is something new to read.
//!
//! A feed (RSS, Atom or JSON Feed) is looked at every so often. What has not been seen before is kept until it is sent:
//! item by item as it appears, or together at the times of a rule. Each time a copy of a draft is sent whose merge fields
//! know the items: `items`, each with `title`, `link`, `summary`, `published` and `image`, `item` (the first of them), and
//! `feed` with `title` and `link`. **Without news nothing is sent.** What is in the feed when it is added is no news.
//!
//! Whatever a feed says is data: text without markup, web addresses, bounded in number and length. It is fetched by the
//! guarded client ([`Ctx::http`](ctx::Ctx)), never with a transaction open.
//!
//! States: `active`, `paused` (by a person, or because the draft cannot be sent, with the reason).
//!
//! Tables: `feed`, `feed_item`, `campaign_variables`. The schedule `look at feeds`.
//!
//! Invariants:
//! - an item is sent once: that it was, the copy of the draft and its start are one transaction;
//! - a feed that cannot be read is looked at again later, less often, and says why.

mod model;
mod preview;
mod read;
pub(crate) mod routes;
mod service;
pub(crate) mod store;

pub use model::{Feed, FeedId, FeedMode, FeedPatch, FeedState, Item, NewFeed};
pub use preview::{Coming, ComingMessage, preview};
pub use routes::routes;
pub(crate) use service::hold_all;
pub use service::{create, delete, get, list, run_due, update};
