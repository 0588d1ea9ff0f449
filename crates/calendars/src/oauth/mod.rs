//! Signing in at Google and Microsoft: OAuth 2.0 with an authorization code and PKCE (RFC 6749, RFC 7636).
//!
//! [`Provider`] says where, [`App`] who asks, [`Attempt`] holds the secrets of one sign-in, [`OAuth`] does it. What comes
//! out are [`Tokens`], which their user seals before it stores them.

mod session;

use std::fmt;
use std::time::Duration;

use kernel::{Clock, Rng, Timestamp};
use net::{Client, Request, Url};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub(crate) use self::session::Session;
use crate::Fault;
use crate::asking::{ask, parse, plain, refusal};

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

/// Tokens that came in place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// Those that were kept last: whoever keeps others by now has better ones.
    pub before: Tokens,
    /// To be kept.
    pub now: Tokens,
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

/// The way to a provider's tokens. Clones share everything.
#[derive(Clone, Debug)]
pub struct OAuth {
    client: Client,
    clock: Clock,
    provider: Provider,
    app: App,
}

impl OAuth {
    /// To this provider, as this program.
    pub fn new(client: Client, clock: Clock, provider: Provider, app: App) -> Self {
        Self {
            client,
            clock,
            provider,
            app,
        }
    }

    /// The address to send somebody to. With `hint` (an email address) they need not choose among their accounts.
    pub fn authorize_url(&self, attempt: &Attempt, hint: Option<&str>) -> Result<String, Fault> {
        let digest = Sha256::digest(attempt.verifier.as_bytes());
        let challenge = data_encoding::BASE64URL_NOPAD.encode(&digest);
        let mut url = Url::parse(&self.provider.authorize)
            .map_err(|_| Fault::Refused("there is no address to sign in at".to_owned()))?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.app.client_id)
            .append_pair("redirect_uri", &self.app.redirect)
            .append_pair("scope", &self.provider.scopes)
            .append_pair("state", &attempt.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        query.extend_pairs(&self.provider.extra);
        if let Some(hint) = hint {
            query.append_pair("login_hint", hint);
        }
        drop(query);
        Ok(url.into())
    }

    /// Turns the code that somebody came back with into tokens. It can be done once.
    pub async fn exchange(&self, code: &str, verifier: &str) -> Result<Tokens, Fault> {
        let granted = self
            .grant(&[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", &self.app.redirect),
                ("code_verifier", verifier),
            ])
            .await?;
        if let Some(missing) = self.missing(granted.scope.as_deref()) {
            return Err(Fault::Unauthorized(format!(
                "not everything was allowed that is needed: {missing}"
            )));
        }
        let refresh = granted.refresh_token.clone().ok_or_else(|| {
            Fault::Unauthorized("there is no permission to come back later".to_owned())
        })?;
        Ok(self.tokens(granted, refresh))
    }

    /// New tokens for old ones.
    pub async fn refresh(&self, tokens: &Tokens) -> Result<Tokens, Fault> {
        let granted = self
            .grant(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", &tokens.refresh),
            ])
            .await?;
        let refresh = granted
            .refresh_token
            .clone()
            .unwrap_or_else(|| tokens.refresh.clone());
        Ok(self.tokens(granted, refresh))
    }

    fn tokens(&self, granted: Granted, refresh: String) -> Tokens {
        Tokens {
            access: granted.access_token,
            refresh,
            expires: self.clock.now() + Duration::from_secs(granted.expires_in.unwrap_or(3600)),
        }
    }

    /// What was asked for and is not among what was given. People can untick parts of it.
    fn missing(&self, given: Option<&str>) -> Option<String> {
        // Microsoft writes them with or without the address of the service before them.
        fn name(scope: &str) -> &str {
            scope.rsplit('/').next().unwrap_or(scope)
        }
        let given: Vec<&str> = given?.split_whitespace().map(name).collect();
        self.provider
            .scopes
            .split_whitespace()
            .map(name)
            // Given by giving a refresh token.
            .filter(|scope| *scope != "offline_access")
            .find(|scope| !given.iter().any(|it| it.eq_ignore_ascii_case(scope)))
            .map(str::to_owned)
    }

    async fn grant(&self, pairs: &[(&str, &str)]) -> Result<Granted, Fault> {
        let request = Request::post(&*self.provider.token, form(pairs, &self.app))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .confidential();
        let response = ask(&self.client, request).await?;
        if response.is_success() {
            return parse(&response);
        }
        let said: Refused = serde_json::from_slice(&response.body).unwrap_or_default();
        let text = match said.error_description.trim() {
            "" => said.error.clone(),
            more => plain(more),
        };
        match said.error.as_str() {
            "invalid_grant"
            | "interaction_required"
            | "login_required"
            | "consent_required"
            | "access_denied" => Err(Fault::Unauthorized(text)),
            "temporarily_unavailable" => Err(Fault::Busy { retry_after: None }),
            "" => Err(match refusal(&response) {
                // Not the person, but our program is unknown there.
                Fault::Unauthorized(text) => Fault::Refused(text),
                other => other,
            }),
            _ if matches!(response.status, 429 | 500..) => Err(refusal(&response)),
            _ => Err(Fault::Refused(format!("signing in failed: {text}"))),
        }
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    scope: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

fn form(pairs: &[(&str, &str)], app: &App) -> Vec<u8> {
    // An address knows how to write pairs.
    let Ok(mut url) = Url::parse("http://form.invalid/") else {
        return Vec::new();
    };
    url.query_pairs_mut()
        .extend_pairs(pairs)
        .append_pair("client_id", &app.client_id)
        .append_pair("client_secret", &app.client_secret);
    url.query().unwrap_or_default().as_bytes().to_vec()
}
