//! Where the relay is and how to reach it.

use std::fmt;
use std::time::Duration;

/// A relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpConfig {
    /// A name or an IP address. The certificate must be for it.
    pub host: String,
    /// 25, 465, 587 or another.
    pub port: u16,
    /// Whether the connection is encrypted, and how.
    pub security: Security,
    /// Which certificates are believed.
    pub trust: Trust,
    /// What to sign in with. Without encryption it travels readably: that is up to whoever sets it so.
    pub credentials: Option<Credentials>,
    /// What to call ourselves in EHLO: a name of this machine that resolves. Other characters than those of names are
    /// dropped.
    pub helo_name: String,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

impl SmtpConfig {
    /// An unencrypted relay without a password, with the usual timeouts.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            security: Security::None,
            trust: Trust::PublicRoots,
            credentials: None,
            helo_name: "localhost".to_owned(),
            timeouts: Timeouts::default(),
        }
    }
}

/// Whether the connection is encrypted, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    None,
    /// After STARTTLS. If the relay does not offer it, there is no connection: it is never done without.
    StartTls,
    /// From the first byte, usually on port 465.
    Tls,
}

/// Which certificates are believed.
#[derive(Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of the public authorities.
    PublicRoots,
    /// Those too that were signed by an authority in this PEM text.
    PublicRootsAnd(String),
    /// Any. Whoever is between us and the relay can read everything, the password included.
    AnyCertificateInsecurely,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicRoots => "PublicRoots",
            Self::PublicRootsAnd(_) => "PublicRootsAnd(..)",
            Self::AnyCertificateInsecurely => "AnyCertificateInsecurely",
        })
    }
}

/// What to sign in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password, which [`fmt::Debug`] does not show.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("password", &"(hidden)")
            .finish()
    }
}

/// How long to wait for what. Each is for the whole step, so a relay that sends a byte now and then gains nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Resolving the name and connecting, for all addresses together; and the TLS handshake.
    pub connect: Duration,
    /// The greeting.
    pub greeting: Duration,
    /// The reply to a command.
    pub command: Duration,
    /// Writing a message.
    pub write: Duration,
    /// The reply to the final dot. Giving up leaves the message in doubt, so it is long (RFC 5321 asks for 10 minutes).
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            greeting: Duration::from_mins(1),
            command: Duration::from_mins(1),
            write: Duration::from_mins(3),
            dot: Duration::from_mins(10),
        }
    }
}

impl Timeouts {
    /// The same for every step.
    pub fn all(each: Duration) -> Self {
        Self {
            connect: each,
            greeting: each,
            command: each,
            write: each,
            dot: each,
        }
    }
}
