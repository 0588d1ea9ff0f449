//! Asking other people's servers: an HTTP client that cannot be sent into our own network.
//!
//! Whoever may type an address (a link of a mail, a feed, a webhook) can make this server ask it. [`Client`] therefore
//! asks only public addresses: a name is looked up once, every answer is checked by the [`Guard`], and exactly the
//! checked address is dialed, so that a name server that answers differently the second time changes nothing.
//! Redirects go through the same guard. There is no proxy, no decompression, no cookie, and no connection is kept.
//!
//! Beside it, [`Texts`] reads texts in DNS, which are public.
//!
//! An operator may allow networks of their own (`network.allow_private`).

#![warn(missing_docs)]

mod client;
mod guard;
mod names;
#[cfg(test)]
mod tests;
mod texts;

pub use client::{Client, Error, Request, Response};
pub use guard::{Guard, Network};
pub use names::{Lookup, Names};
pub use reqwest::Url;
pub use texts::{DnsTexts, TextLookup, Texts};
