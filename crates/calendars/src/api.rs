//! An API of JSON that somebody signed in to: what Google and Microsoft have in common.

use std::time::Duration;

use net::{Request, Response, Url};
use serde_json::Value;

use crate::oauth::{OAuth, Renewed, Session, Tokens};
use crate::{Fault, Stored, paths};

const TIMEOUT: Duration = Duration::from_secs(30);
/// Of one answer.
const MAX_BYTES: usize = 16 << 20;
/// Most calendars or events that are read at once.
pub(crate) const MAX_OBJECTS: usize = 20_000;

/// Where it is, and who asks.
#[derive(Debug)]
pub(crate) struct Api {
    session: Session,
    base: String,
    /// What a refusal means there.
    problem: fn(&Response) -> Fault,
}

impl Api {
    pub(crate) fn new(
        oauth: OAuth,
        tokens: Tokens,
        base: &str,
        problem: fn(&Response) -> Fault,
    ) -> Self {
        Self {
            session: Session::new(oauth, tokens),
            base: base.to_owned(),
            problem,
        }
    }

    /// At another address.
    pub(crate) fn at(mut self, base: &str) -> Self {
        base.trim_end_matches('/').clone_into(&mut self.base);
        self
    }

    /// New tokens, once after they came.
    pub(crate) fn tokens_to_keep(&self) -> Option<Renewed> {
        self.session.tokens_to_keep()
    }

    /// The address of something. What stands in the path is somebody else's text.
    pub(crate) fn url(&self, path: &[&str]) -> Result<Url, Fault> {
        let mut text = self.base.clone();
        for part in path {
            text.push('/');
            text.push_str(&paths::segment(part));
        }
        Url::parse(&text)
            .map_err(|_| Fault::Refused("the address of the service is not complete".to_owned()))
    }

    /// Asks, whatever the answer.
    pub(crate) async fn call(&self, request: Request) -> Result<Response, Fault> {
        let request = request
            .header("accept", "application/json")
            .timeout(TIMEOUT)
            .max_bytes(MAX_BYTES);
        self.session.call(request).await
    }

    /// Asks for what has to work.
    pub(crate) async fn success(&self, request: Request) -> Result<Response, Fault> {
        let response = self.call(request).await?;
        if response.is_success() {
            Ok(response)
        } else {
            Err((self.problem)(&response))
        }
    }
}

/// Creates, changes or removes something: what is known of it has to be how it is there.
pub(crate) fn change(
    method: &str,
    url: &Url,
    body: Option<&Value>,
    known: Option<&Stored>,
) -> Result<Request, Fault> {
    let body = body.map(|body| body.to_string().into_bytes());
    let request = Request::of(method, url.as_str(), body)
        .ok_or_else(|| Fault::Refused(format!("no method {method}")))?
        .header("content-type", "application/json");
    Ok(match known.and_then(|it| it.etag.as_deref()) {
        Some(etag) => request.header("if-match", etag),
        None => request,
    })
}
