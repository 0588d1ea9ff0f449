//! Mail on the wire: building messages, handing them to a relay, reading them back.
//!
//! - [`Message`] writes a MIME message. Every header value goes through one encoder, so text from people can neither
//!   add a header nor end one.
//! - [`smtp`] hands messages to a relay over a kept, pipelined connection and says of each what became of it.
//! - [`dkim`] signs messages.
//! - [`read`] takes a message apart, for the sandbox inbox; [`read_report`] reads bounces and complaints.
//!
//! There is no database and no policy here: what to send, when, and what an outcome means for a subscriber is decided by
//! the `sending` crate.

#![warn(missing_docs)]

pub mod dkim;
mod message;
mod read;
mod report;
pub mod smtp;

pub use message::{Attachment, Header, Mailbox, Message, refused_header_name, refused_media_type};
pub use read::{ReadMessage, read};
pub use report::{About, Delivery, Report, read_report};
