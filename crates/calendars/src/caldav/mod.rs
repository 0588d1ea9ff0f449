//! Calendars on a CalDAV server (RFC 4791): Apple, Fastmail, Nextcloud, Radicale, SOGo and many others.
//!
//! - Finding them ([`discover`]): from whatever address somebody typed to the calendars of their account.
//! - Reading ([`read`]): by the sync token of the calendar (RFC 6578), or by comparing etags where a server has none.
//!   Never by `free-busy-query`: servers that answer it get whole days wrong, which belong to the owner's zone.
//! - Writing ([`write`]): with the conditions of HTTP, so that nobody's change is lost.
//!
//! Keys are paths, written one way whichever way a server writes them. The password goes encrypted, or to addresses that
//! the operator allows, and only to the server somebody typed and its neighbors: `caldav.icloud.com` leads to
//! `p42-caldav.icloud.com`.

mod answer;
mod discover;
mod read;
mod write;
mod xml;

use std::fmt;
use std::time::Duration;

use net::{Client, Request, Response, Url};

use self::answer::MultiStatus;
pub(crate) use self::discover::{color, zone};
use crate::asking::{ask, basic, refusal, unanswered};
use crate::{Fault, paths};

const TIMEOUT: Duration = Duration::from_secs(30);
/// Of one answer.
const MAX_BYTES: usize = 16 << 20;
const REDIRECTS: u32 = 5;

/// An account on a CalDAV server.
#[derive(Clone)]
pub struct CalDav {
    client: Client,
    /// What was typed.
    start: Url,
    authorization: String,
}

impl fmt::Debug for CalDav {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CalDav")
            .field("start", &self.start.as_str())
            .finish_non_exhaustive()
    }
}

/// What is asked.
struct Ask<'a> {
    method: &'a str,
    depth: Option<&'a str>,
    /// Type and text.
    body: Option<(&'a str, String)>,
    /// `If-Match` or `If-None-Match`, with its value.
    condition: Option<(&'a str, String)>,
}

impl<'a> Ask<'a> {
    /// A question in XML.
    fn xml(method: &'a str, depth: &'a str, body: String) -> Self {
        Self {
            method,
            depth: Some(depth),
            // Not every server takes `text/xml`.
            body: Some(("application/xml; charset=utf-8", body)),
            condition: None,
        }
    }
}

impl CalDav {
    /// `address` is what somebody typed: the name of a server, or the address of their account or calendar.
    pub fn new(client: Client, address: &str, user: &str, password: &str) -> Result<Self, Fault> {
        let address = address.trim();
        let address = match address.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("caldavs") => {
                format!("https://{rest}")
            }
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("caldav") => {
                format!("http://{rest}")
            }
            Some(_) => address.to_owned(),
            None => format!("https://{address}"),
        };
        let mut start = Url::parse(&address)
            .map_err(|_| Fault::Refused("the address is not complete".to_owned()))?;
        start.set_fragment(None);
        client.check(start.as_str()).map_err(unanswered)?;
        Ok(Self {
            client,
            start,
            authorization: basic(user, password),
        })
    }

    /// Asks, and follows redirects with the same question: HTTP allows that for none of these methods by itself, and
    /// servers rely on it for all of them.
    async fn ask(&self, url: &Url, ask_for: &Ask<'_>) -> Result<(Response, Url), Fault> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            self.check_host(&url)?;
            let body = ask_for.body.as_ref().map(|it| it.1.clone().into_bytes());
            let mut request = Request::of(ask_for.method, url.as_str(), body)
                .ok_or_else(|| Fault::Refused(format!("no method {}", ask_for.method)))?
                .header("authorization", &self.authorization)
                .confidential()
                .timeout(TIMEOUT)
                .max_bytes(MAX_BYTES);
            if let Some(depth) = ask_for.depth {
                request = request.header("depth", depth);
            }
            if let Some((kind, _)) = &ask_for.body {
                request = request.header("content-type", kind);
            }
            if let Some((name, value)) = &ask_for.condition {
                request = request
                    .any_header(name, value)
                    .ok_or_else(|| Fault::Garbage("an etag that is none".to_owned()))?;
            }
            let response = ask(&self.client, request).await?;
            let target = match response.status {
                301 | 302 | 303 | 307 | 308 => response.header("location"),
                _ => return Ok((response, url)),
            };
            let target = target
                .and_then(|target| url.join(target).ok())
                .ok_or_else(|| {
                    Fault::Garbage("a redirect to something that is no address".to_owned())
                })?;
            url = secured(&url, target);
        }
        Err(unanswered(net::Error::TooManyRedirects))
    }

    /// The answer about several resources.
    async fn multi_status(
        &self,
        url: &Url,
        ask_for: &Ask<'_>,
    ) -> Result<(MultiStatus, Url), Fault> {
        let (response, url) = self.ask(url, ask_for).await?;
        if response.status != 207 {
            return Err(refusal_of(&response));
        }
        let answer = MultiStatus::parse(&response.body, &url)?;
        Ok((answer, url))
    }

    /// Whether the password may go there.
    fn check_host(&self, url: &Url) -> Result<(), Fault> {
        let (typed, other) = (host(&self.start), host(url));
        if is_near(&typed, &other) {
            return Ok(());
        }
        Err(Fault::Refused(format!(
            "the server sends us to {other}, which the password is not for: if that is right, connect to that address"
        )))
    }
}

/// What a status means that is none of success; a password that may be right and is not enough is said to be that.
fn refusal_of(response: &Response) -> Fault {
    match response.status {
        200..300 => {
            Fault::Garbage("the server does not answer as a calendar server does".to_owned())
        }
        _ => refusal(response),
    }
}

/// Servers behind a proxy that ends the encryption redirect to `http://` without meaning it.
fn secured(from: &Url, mut to: Url) -> Url {
    if from.scheme() == "https" && to.scheme() == "http" && host(from) == host(&to) {
        let port = if to.port().is_some() {
            from.port()
        } else {
            None
        };
        if to.set_scheme("https").is_ok() {
            let _ = to.set_port(port);
        }
    }
    to
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_ascii_lowercase()
}

/// The same host, one below it, or one beside it if what they share is more than a top-level domain.
fn is_near(typed: &str, other: &str) -> bool {
    let below = |name: &str, parent: &str| {
        name.strip_suffix(parent)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    let is_address = typed.contains(':') || typed.chars().all(|c| c.is_ascii_digit() || c == '.');
    if typed == other || is_address {
        return typed == other;
    }
    let parent = typed
        .split_once('.')
        .map(|(_, parent)| parent)
        .filter(|parent| is_somebodys(parent));
    below(other, typed) || parent.is_some_and(|parent| other == parent || below(other, parent))
}

/// Whether a domain is somebody's, and not one that everybody gets theirs under: `icloud.com`, not `com` or `co.uk`.
fn is_somebodys(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    match labels.as_slice() {
        [second, top] => second.len() > 3 || top.len() > 2,
        more => more.len() > 2,
    }
}

/// The address of a calendar or an object in it, by what the caller keeps.
fn address(text: &str) -> Result<Url, Fault> {
    Url::parse(text).map_err(|_| Fault::Refused("the calendar has no address".to_owned()))
}

/// The address of an object.
fn object_address(calendar: &Url, key: &str) -> Url {
    let mut url = calendar.clone();
    url.set_path(&paths::normal(key));
    url.set_query(None);
    url
}
