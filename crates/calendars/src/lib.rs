//! Other people's calendars, by the protocols they speak.
//!
//! A [`Remote`] is one connection: a feed of iCalendar, an account on a CalDAV server, or one at Google or Microsoft 365.
//! All of them list calendars, tell what changed since a token, tell what is taken right now, and take our meetings in,
//! with the same words ([`Listed`], [`Changes`], [`Draft`], [`Stored`]) and the same reasons not to ([`Fault`]).
//!
//! Nothing here knows a database or an account of ours. Every request goes through the guarded client of `net`; every
//! answer is bounded in size. Times that repeat are expanded by the services that do so; objects of iCalendar are handed
//! on as they are.

#![warn(missing_docs)]

mod api;
mod asking;
pub mod caldav;
pub mod feed;
pub mod google;
pub mod microsoft;
mod model;
pub mod oauth;
mod paths;
mod remote;
#[cfg(test)]
mod tests;

pub use model::{Changes, Content, Draft, Fault, Listed, Object, Person, Stored, Taken};
pub use remote::Remote;
