//! Handing messages to a relay.
//!
//! [`Connection::open`] goes through greeting, EHLO, STARTTLS and AUTH; [`Connection::send`] then hands over batch after
//! batch, pipelined (RFC 2920) where the relay offers it: the commands of the next message travel right behind the final
//! dot of the one before, so that a message costs one round trip. [`probe`] opens a connection only to say whether that
//! works.
//!
//! What a message has come to is an [`Outcome`], reported as soon as it is known:
//!
//! ```text
//!           nothing handed over          envelope or body          final dot written        reply to the final dot
//! reply     -                            4xx Deferred, 5xx Failed  -                        2xx Sent, 4xx Deferred, 5xx Failed
//! break     NotSent, or Deferred if the  Deferred                  Unknown                  -
//!           relay fails at each first
//! ```
//!
//! Invariants:
//!
//! - each message of a batch is reported exactly once, unless the future is dropped before its end: then those without a
//!   report are in doubt, and the connection is not used again;
//! - `Unknown` is reported if and only if the final dot was written and no understandable reply to it came;
//! - STARTTLS that is asked for is never done without, and nothing read before TLS is believed after;
//! - a message has its dots stuffed and its line ends made CRLF here, whoever wrote it: nothing in it can end it early;
//! - whatever a relay answers, or does not, ends in an outcome within the timeouts.

mod config;
mod connection;
mod data;
mod error;
mod handshake;
mod outcome;
mod reply;
mod send;
mod tls;
mod wire;

pub use config::{Credentials, Security, SmtpConfig, Timeouts, Trust};
pub use connection::Connection;
pub use error::{Cause, OpenError, Step};
pub use handshake::Capabilities;
pub use outcome::{Outcome, Outgoing, Stage};
pub use reply::{BadReply, Enhanced, Reply};

/// What [`probe`] fails with.
pub type ProbeError = OpenError;

/// Connects, signs in and takes leave: whether that works, and what the relay can do. The error says which step failed
/// and what to look at.
pub async fn probe(config: &SmtpConfig) -> Result<Capabilities, ProbeError> {
    let connection = Connection::open(config).await?;
    let capabilities = connection.capabilities().clone();
    connection.quit().await;
    Ok(capabilities)
}
