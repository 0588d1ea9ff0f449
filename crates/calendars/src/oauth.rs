//! Signing in at Google and Microsoft: OAuth 2.0 with an authorization code and PKCE (RFC 6749, RFC 7636).
//!
//! [`Provider`] says where, [`App`] who asks, [`Attempt`] holds the secrets of one sign-in. What comes out are [`Tokens`],
//! which their user seals before it stores them.

use std::fmt;

use kernel::{Rng, Timestamp};
use net::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A service that people sign in at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Where a person is sent.
    pub authorize: String,
    /// Where codes and refresh tokens are turned into access tokens.
    pub token: String,
    /// What is asked for.
    pub scopes: String,
    /// What else the address needs.
    pub extra: Vec<(String, String)>,
}

impl Provider {
    /// Google, with the least that lists calendars, reads when somebody is busy, and writes meetings.
    pub fn google() -> Self {
        Self {
            authorize: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            token: "https://oauth2.googleapis.com/token".to_owned(),
            scopes: "https://www.googleapis.com/auth/calendar.calendarlist.readonly \
                     https://www.googleapis.com/auth/calendar.events \
                     https://www.googleapis.com/auth/calendar.events.freebusy"
                .to_owned(),
            // A refresh token is given only for these two, and only with a question the person sees.
            extra: vec![
                ("access_type".to_owned(), "offline".to_owned()),
                ("prompt".to_owned(), "consent".to_owned()),
            ],
        }
    }

    /// Microsoft, for accounts of this tenant: `common` is everybody's.
    pub fn microsoft(tenant: &str) -> Self {
        let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0");
        Self {
            authorize: format!("{base}/authorize"),
            token: format!("{base}/token"),
            scopes: "offline_access Calendars.ReadWrite".to_owned(),
            extra: vec![("prompt".to_owned(), "select_account".to_owned())],
        }
    }
}

/// Our program, as it is registered there.
#[derive(Clone, PartialEq, Eq)]
pub struct App {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Where the person comes back to, exactly as it is registered.
    pub redirect: String,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .field("redirect", &self.redirect)
            .finish_non_exhaustive()
    }
}

/// One sign-in: from sending somebody there until they are back.
#[derive(Clone)]
pub struct Attempt {
    /// Comes back with the person; what does not come back with it is not theirs.
    pub state: String,
    /// Only whoever began the sign-in knows it, and so only they can use the code.
    pub verifier: String,
}

impl Attempt {
    /// With secrets of its own.
    pub fn new(rng: &Rng) -> Self {
        Self {
            state: rng.token(),
            // At least 43 letters (RFC 7636, section 4.1).
            verifier: format!("{}{}", rng.token(), rng.token()),
        }
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}

/// What lets us in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// For an hour or so.
    pub access: String,
    /// For new ones. Microsoft gives another one each time.
    pub refresh: String,
    /// When `access` ends.
    pub expires: Timestamp,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The address to send somebody to. With `hint` (an email address) they need not choose among their accounts.
pub fn authorize_url(
    provider: &Provider,
    app: &App,
    attempt: &Attempt,
    hint: Option<&str>,
) -> Option<String> {
    let digest = Sha256::digest(attempt.verifier.as_bytes());
    let challenge = data_encoding::BASE64URL_NOPAD.encode(&digest);
    let mut url = Url::parse(&provider.authorize).ok()?;
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", &app.redirect)
        .append_pair("scope", &provider.scopes)
        .append_pair("state", &attempt.state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    query.extend_pairs(&provider.extra);
    if let Some(hint) = hint {
        query.append_pair("login_hint", hint);
    }
    drop(query);
    Some(url.into())
}
