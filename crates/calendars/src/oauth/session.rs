//! Asking a service with tokens that end.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use net::{Request, Response};

use super::{OAuth, Renewed, Tokens};
use crate::Fault;
use crate::asking::{ask, said};

/// A token is not used in its last moments: it might end on the way.
const MARGIN: Duration = Duration::from_mins(1);

/// Somebody's tokens, kept fresh.
pub(crate) struct Session {
    oauth: OAuth,
    held: Mutex<Held>,
    /// Held while new tokens are fetched, so that they are fetched once.
    gate: tokio::sync::Mutex<()>,
}

struct Held {
    tokens: Tokens,
    /// Those that somebody keeps.
    kept: Tokens,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(oauth: OAuth, tokens: Tokens) -> Self {
        Self {
            oauth,
            held: Mutex::new(Held {
                kept: tokens.clone(),
                tokens,
            }),
            gate: tokio::sync::Mutex::new(()),
        }
    }

    /// New tokens, once.
    pub(crate) fn tokens_to_keep(&self) -> Option<Renewed> {
        let mut held = self.held();
        let now = held.tokens.clone();
        let before = std::mem::replace(&mut held.kept, now.clone());
        (before != now).then_some(Renewed { before, now })
    }

    /// Asks with a token that holds. If the service does not take it, a new one is tried once.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, Fault> {
        let now = self.oauth.clock.now();
        let mut tokens = self.held().tokens.clone();
        let ends_soon = tokens.expires <= now + MARGIN;
        if ends_soon {
            tokens = self.renew(&tokens).await?;
        }
        let response = self.with(&request, &tokens).await?;
        if response.status != 401 {
            return Ok(response);
        }
        if ends_soon {
            return Err(Fault::Unauthorized(said(&response)));
        }
        let tokens = self.renew(&tokens).await?;
        let response = self.with(&request, &tokens).await?;
        if response.status == 401 {
            return Err(Fault::Unauthorized(said(&response)));
        }
        Ok(response)
    }

    async fn with(&self, request: &Request, tokens: &Tokens) -> Result<Response, Fault> {
        let bearer = format!("Bearer {}", tokens.access);
        let request = request
            .clone()
            .header("authorization", &bearer)
            .confidential();
        ask(&self.oauth.client, request).await
    }

    /// Others than these, which somebody may have fetched meanwhile.
    async fn renew(&self, old: &Tokens) -> Result<Tokens, Fault> {
        let _gate = self.gate.lock().await;
        let current = self.held().tokens.clone();
        if current.access != old.access {
            return Ok(current);
        }
        let tokens = self.oauth.refresh(&current).await?;
        self.held().tokens = tokens.clone();
        Ok(tokens)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
