//! Why there is no connection, in words that help whoever set it up.

use std::fmt;
use std::io;

use super::reply::{BadReply, Reply};

/// A step on the way to a usable connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The name of the relay is looked up.
    Resolve,
    /// The connection is made.
    Connect,
    /// The connection is encrypted.
    Tls,
    /// The relay greets.
    Greeting,
    /// We say who we are.
    Hello,
    /// We ask for encryption.
    StartTls,
    /// We sign in.
    SignIn,
}

impl Step {
    /// A stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Greeting => "greeting",
            Self::Hello => "hello",
            Self::StartTls => "starttls",
            Self::SignIn => "sign_in",
        }
    }
}

/// What went wrong at a step.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The network or TLS failed.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// The relay closed the connection.
    #[error("the relay closed the connection")]
    Closed,
    /// The relay did not answer in time.
    #[error("no answer in time")]
    Timeout,
    /// The relay refused.
    #[error("the relay answered \"{0}\"")]
    Refused(Reply),
    /// The relay gave an answer that is not SMTP.
    #[error("the answer of the relay is not SMTP: {0}")]
    BadReply(#[from] BadReply),
    /// Something was sent in the clear behind the reply to STARTTLS.
    #[error("someone sent more behind the answer, before the encryption began")]
    Injected,
    /// The relay lacks something that is asked for.
    #[error("{0}")]
    Missing(&'static str),
    /// The configuration cannot work.
    #[error("{0}")]
    Config(String),
}

/// Why a connection could not be opened: at which step, and what to look at.
#[derive(Debug)]
pub struct OpenError {
    /// The step that failed.
    pub step: Step,
    /// What went wrong.
    pub cause: Cause,
    /// Where, as `host:port`.
    pub relay: String,
}

impl OpenError {
    /// Whether trying again later, without changing anything, may help. Only a permanent refusal, a missing feature
    /// and a faulty configuration cannot pass by themselves.
    pub fn is_temporary(&self) -> bool {
        match &self.cause {
            Cause::Refused(reply) => reply.code < 500,
            Cause::Missing(_) | Cause::Config(_) | Cause::Injected => false,
            Cause::Io(_) => self.step != Step::Tls,
            Cause::Closed | Cause::Timeout | Cause::BadReply(_) => true,
        }
    }

    /// What the relay said, if it was the relay that refused.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Refused(reply) => Some(reply),
            _ => None,
        }
    }

    fn advice(&self) -> &'static str {
        match (self.step, &self.cause) {
            (_, Cause::Config(_)) => "",
            (Step::Resolve, _) => "Check the host name.",
            (Step::Connect, _) => {
                "Check the port, and that no firewall is between; many networks block port 25."
            }
            (Step::Tls, Cause::Io(_)) => {
                "Check the host name and the certificate. If the port expects STARTTLS, choose that instead of TLS."
            }
            (Step::Tls, _) => "If the port expects STARTTLS, choose that instead of TLS.",
            (Step::Greeting, Cause::Timeout) => {
                "If the port expects TLS from the beginning, choose that; it usually is 465."
            }
            (Step::Greeting, Cause::BadReply(_)) => {
                "Check that there is a mail server at this port."
            }
            (Step::StartTls, Cause::Missing(_)) => {
                "Choose another kind of encryption only if you know that the relay has none."
            }
            (Step::SignIn, Cause::Refused(_)) => "Check the user name and the password.",
            (Step::SignIn, Cause::Missing(_)) => {
                "Relays often offer it only over an encrypted connection, or not at all in trusted networks."
            }
            _ => "",
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relay = &self.relay;
        match self.step {
            Step::Resolve => write!(f, "finding the address of {relay} failed"),
            Step::Connect => write!(f, "connecting to {relay} failed"),
            Step::Tls => write!(f, "encrypting the connection to {relay} failed"),
            Step::Greeting => write!(f, "{relay} did not greet"),
            Step::Hello => write!(f, "{relay} refused our EHLO"),
            Step::StartTls => write!(f, "STARTTLS at {relay} failed"),
            Step::SignIn => write!(f, "signing in at {relay} failed"),
        }?;
        write!(f, ": {}", self.cause)?;
        let advice = self.advice();
        if !advice.is_empty() {
            write!(f, ". {advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// What ends an exchange on an open connection.
#[derive(Debug)]
pub(super) enum Broken {
    Io(io::Error),
    Closed,
    Timeout,
    BadReply(BadReply),
}

impl From<Broken> for Cause {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Io(error) => Self::Io(error),
            Broken::Closed => Self::Closed,
            Broken::Timeout => Self::Timeout,
            Broken::BadReply(bad) => Self::BadReply(bad),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "the connection broke: {error}"),
            Self::Closed => f.write_str("the relay closed the connection"),
            Self::Timeout => f.write_str("the relay did not answer in time"),
            Self::BadReply(bad) => write!(f, "the answer of the relay is not SMTP: {bad}"),
        }
    }
}
