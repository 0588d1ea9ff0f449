//! An open connection to a relay.

use std::fmt;
use std::time::Duration;

use super::config::{SmtpConfig, Timeouts};
use super::error::OpenError;
use super::handshake::{self, Capabilities};
use super::wire::Wire;

/// An open connection to a relay, for one batch at a time. See [`super`] for what it promises.
pub struct Connection {
    pub(super) wire: Wire,
    pub(super) timeouts: Timeouts,
    pub(super) capabilities: Capabilities,
    /// Messages that the relay has taken or refused on this connection.
    pub(super) completed: u64,
    /// Whether a refused transaction has to be forgotten before the next.
    pub(super) reset_due: bool,
    /// Why it is not to be used any more.
    pub(super) ended: Option<String>,
    /// Set while a batch is on its way, and left so if that is abandoned.
    pub(super) busy: bool,
}

impl Connection {
    /// Connects, encrypts and signs in.
    pub async fn open(config: &SmtpConfig) -> Result<Self, OpenError> {
        let (wire, capabilities) = handshake::open(config).await?;
        Ok(Self {
            wire,
            timeouts: config.timeouts.clone(),
            capabilities,
            completed: 0,
            reset_due: false,
            ended: None,
            busy: false,
        })
    }

    /// What the relay can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// Whether another batch can be tried on it. The relay may have hung up meanwhile; then the messages are `NotSent`.
    pub fn is_open(&self) -> bool {
        self.ended.is_none() && !self.busy
    }

    /// Why it is not open any more, once it is not.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// How many messages the relay has taken or refused on this connection.
    pub fn completed(&self) -> u64 {
        self.completed
    }

    /// Takes leave. Dropping the connection is as safe; this is what polite clients do.
    pub async fn quit(mut self) {
        if self.is_open() {
            let limit = self.timeouts.command.min(Duration::from_secs(5));
            // It is the end in any case.
            let _ = self.wire.ask("QUIT", limit).await;
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("capabilities", &self.capabilities)
            .field("completed", &self.completed)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
