//! The guarded client.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, Url};

use crate::names::{GuardedNames, SystemNames};
use crate::{Guard, Names};

/// Longest address.
const MAX_URL: usize = 4096;
/// Unless a request says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BYTES: usize = 1 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const USER_AGENT: &str = concat!("Sendero/", env!("CARGO_PKG_VERSION"));

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address itself. Completes "the address ...".
    #[error("the address {0}")]
    Invalid(&'static str),
    /// It leads into a network that may not be asked.
    #[error("the address leads to a network that this server does not ask")]
    Refused,
    /// It is not encrypted, and what is to be sent must not be read on the way.
    #[error("the address begins with http://, and a password is not sent that way: use https://")]
    Unencrypted,
    /// There is no such name.
    #[error("there is no such domain")]
    Unresolved,
    /// Too slow.
    #[error("the server did not answer in time")]
    TimedOut,
    /// Redirects without an end.
    #[error("the server redirects too often")]
    TooManyRedirects,
    /// Connection, certificate or protocol.
    #[error("the server cannot be reached: {0}")]
    Failed(String),
}

/// What to ask.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    timeout: Duration,
    max_bytes: usize,
    redirects: u32,
    confidential: bool,
}

impl Request {
    /// Reads; follows no redirect, waits 10 s, takes 1 MB, unless told otherwise.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url.into(), None)
    }

    /// Reads the head only.
    pub fn head(url: impl Into<String>) -> Self {
        Self::new(Method::HEAD, url.into(), None)
    }

    /// Sends a body. A redirect is an answer like any other.
    pub fn post(url: impl Into<String>, body: Vec<u8>) -> Self {
        Self::new(Method::POST, url.into(), Some(body))
    }

    /// Asks with a method by its name, such as `PUT`; `None` if there is none of this name. A redirect is an answer like any
    /// other.
    pub fn of(method: &str, url: impl Into<String>, body: Option<Vec<u8>>) -> Option<Self> {
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        Some(Self::new(method, url.into(), body))
    }

    fn new(method: Method, url: String, body: Option<Vec<u8>>) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body,
            timeout: TIMEOUT,
            max_bytes: MAX_BYTES,
            redirects: 0,
            confidential: false,
        }
    }

    /// With a header. What cannot be one is left out. Redirects to another server do not take it along.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// With a header whose name and value are other people's, if they can be one: no line breaks. Letters beyond ASCII
    /// go as UTF-8.
    pub fn any_header(mut self, name: &str, value: &str) -> Option<Self> {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        self.headers.insert(name, value);
        Some(self)
    }

    /// How long all of it may take, redirects and body included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How much of the body is taken; the rest is not read.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How many redirects are followed. Only reading follows any.
    #[must_use]
    pub fn redirects(mut self, most: u32) -> Self {
        self.redirects = most;
        self
    }

    /// With a secret in it: goes encrypted, or into a network that the operator allows, or not at all.
    #[must_use]
    pub fn confidential(mut self) -> Self {
        self.confidential = true;
        self
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: String,
    /// As much of the body as was wanted.
    pub body: Vec<u8>,
    /// Whether there was more.
    pub truncated: bool,
    headers: HeaderMap,
}

impl Response {
    /// The value of a header, if it is one of readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is of the 200s.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Asks public servers. Clones are cheap and share everything.
#[derive(Clone)]
pub struct Client {
    guard: Guard,
    names: Arc<dyn Names>,
    // Made with the first request: most processes of a command line, and most tests, make none.
    inner: Arc<OnceLock<reqwest::Client>>,
    // Dials only what the operator allows.
    near: Arc<OnceLock<reqwest::Client>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new(Guard::public_only())
    }
}

impl Client {
    /// With the names that the operating system knows.
    pub fn new(guard: Guard) -> Self {
        Self::with_names(guard, Arc::new(SystemNames))
    }

    /// With other names: for tests.
    pub fn with_names(guard: Guard, names: Arc<dyn Names>) -> Self {
        Self {
            guard,
            names,
            inner: Arc::default(),
            near: Arc::default(),
        }
    }

    /// Whether an address could be asked, without asking: for telling somebody while they type it. A name may still
    /// turn out to lead inside.
    pub fn check(&self, url: &str) -> Result<(), Error> {
        Self::checked(url, &self.guard).map(drop)
    }

    /// Asks.
    pub async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let timeout = request.timeout;
        tokio::time::timeout(timeout, self.follow(request))
            .await
            .map_err(|_| Error::TimedOut)?
    }

    async fn follow(&self, mut request: Request) -> Result<Response, Error> {
        let mut url = Self::checked(&request.url, &self.guard)?;
        let follows = request.method == Method::GET || request.method == Method::HEAD;
        let mut left = if follows { request.redirects } else { 0 };
        loop {
            let in_the_open = request.confidential && url.scheme() == "http";
            let inner = if in_the_open {
                let near = self.guard.only_allowed();
                Self::checked(url.as_str(), &near).map_err(|_| Error::Unencrypted)?;
                self.client(&self.near, &near)?
            } else {
                self.client(&self.inner, &self.guard)?
            };
            let mut call = inner
                .request(request.method.clone(), url.clone())
                .headers(request.headers.clone());
            if let Some(body) = request.body.take() {
                call = call.body(body);
            }
            let response = call.send().await.map_err(|error| match explained(error) {
                Error::Refused if in_the_open => Error::Unencrypted,
                other => other,
            })?;
            let next = response
                .status()
                .is_redirection()
                .then(|| response.headers().get(LOCATION)?.to_str().ok())
                .flatten();
            let Some(next) = next.filter(|_| follows && request.redirects > 0) else {
                return taken(response, request.max_bytes).await;
            };
            left = left.checked_sub(1).ok_or(Error::TooManyRedirects)?;
            let next = url
                .join(next)
                .map_err(|_| Error::Invalid("redirects to something that is no address"))?;
            let next = Self::checked(next.as_str(), &self.guard)?;
            if next.origin() != url.origin() {
                request.headers.clear();
            }
            url = next;
        }
    }

    /// Parses an address and refuses what must not be asked. Odd ways to write one (decimal, octal, full-width) come
    /// out of the parser as what they are.
    fn checked(text: &str, guard: &Guard) -> Result<Url, Error> {
        if text.len() > MAX_URL {
            return Err(Error::Invalid("is longer than 4096 bytes"));
        }
        let url = Url::parse(text.trim()).map_err(|_| Error::Invalid("is not complete"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Invalid("does not begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Invalid("has a user name before its domain"));
        }
        // Whatever listens below is not a web server, and might take a request for something else.
        if !matches!(url.port_or_known_default(), Some(80 | 443 | 1024..)) {
            return Err(Error::Invalid("has a port that is not for the web"));
        }
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(Error::Invalid("has no domain"))?;
        // The connector does not look up what is an address already.
        let literal: Option<IpAddr> = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .ok();
        if literal.is_some_and(|address| !guard.allows(address)) {
            return Err(Error::Refused);
        }
        Ok(url)
    }

    fn client<'a>(
        &self,
        made: &'a OnceLock<reqwest::Client>,
        guard: &Guard,
    ) -> Result<&'a reqwest::Client, Error> {
        if let Some(client) = made.get() {
            return Ok(client);
        }
        let client = self
            .build(guard.clone())
            .map_err(|error| Error::Failed(error.to_string()))?;
        Ok(made.get_or_init(|| client))
    }

    fn build(&self, guard: Guard) -> reqwest::Result<reqwest::Client> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the suites of TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(GuardedNames {
                guard,
                names: Arc::clone(&self.names),
            })
            // A proxy would look names up by itself.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .http1_only()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(USER_AGENT)
            .build()
    }
}

async fn taken(mut response: reqwest::Response, most: usize) -> Result<Response, Error> {
    let mut body = Vec::new();
    let mut truncated = false;
    while !truncated && let Some(chunk) = response.chunk().await.map_err(explained)? {
        let room = most - body.len();
        truncated = chunk.len() > room;
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(Response {
        status: response.status().as_u16(),
        url: response.url().to_string(),
        headers: std::mem::take(response.headers_mut()),
        body,
        truncated,
    })
}

/// The innermost reason, without the address, which may hold secrets.
fn explained(error: reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::TimedOut;
    }
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(ours) = inner.downcast_ref::<Error>() {
            return ours.clone();
        }
        reason = inner.to_string();
        source = inner.source();
    }
    Error::Failed(reason)
}
