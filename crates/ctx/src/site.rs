//! What this server is to others.

use std::fmt;
use std::time::Duration;

/// Where this server is reached, and as what it is known elsewhere.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where people reach it, without a slash at the end: `https://mail.example.com`.
    pub url: String,
    /// Our program at Google, if the operator registered one.
    pub google: Option<Registered>,
    /// Our program at Microsoft, if the operator registered one.
    pub microsoft: Option<Registered>,
    /// How often calendars elsewhere are read.
    pub read_calendars_every: Duration,
}

/// A program that is registered with a service at which people sign in.
#[derive(Clone)]
pub struct Registered {
    /// Its id there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: String,
    /// Where people sign in. `None`: where everybody does.
    pub sign_in: Option<String>,
    /// Where codes are turned into tokens. `None`: beside `sign_in`, as the service has it.
    pub tokens: Option<String>,
    /// Where the service answers programs. `None`: where it does for everybody.
    pub api: Option<String>,
}

impl Default for Site {
    /// On this machine, registered nowhere.
    fn default() -> Self {
        Self {
            url: "http://localhost:8080".to_owned(),
            google: None,
            microsoft: None,
            read_calendars_every: Duration::from_mins(5),
        }
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
