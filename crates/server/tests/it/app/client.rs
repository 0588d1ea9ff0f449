//! Whoever sends requests: a browser with its cookie, a program with its token, a mail program with nothing.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use futures_util::{Stream, StreamExt as _};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{PUBLIC_URL, Reply};

const EVENT_STREAM: &str = "text/event-stream";

#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    headers: Vec<(String, String)>,
    ip: Ipv4Addr,
}

/// What a request carries.
pub(crate) enum Body {
    Nothing,
    Json(Value),
    /// A media type (none if empty), and bytes.
    Raw(&'static str, Vec<u8>),
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            headers: Vec::new(),
            ip: Ipv4Addr::new(192, 0, 2, 1),
        }
    }

    /// The same person at another process.
    pub(crate) fn at(mut self, router: Router) -> Self {
        self.router = router;
        self
    }

    /// Takes over the cookie and the CSRF token of an answer.
    pub(crate) fn with_session(self, reply: &Reply) -> Self {
        let csrf = reply.text("/csrf_token").to_owned();
        self.with("cookie", &reply.cookie())
            .with("x-csrf-token", &csrf)
    }

    pub(crate) fn with_token(self, secret: &str) -> Self {
        self.with("authorization", &format!("Bearer {secret}"))
    }

    /// Sends a header with each request, instead of one of the same name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    #[expect(
        clippy::wrong_self_convention,
        reason = "a client is told where it asks from"
    )]
    pub(crate) fn from_ip(mut self, ip: [u8; 4]) -> Self {
        self.ip = ip.into();
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Body::Nothing).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Body::Json(body)).await
    }

    /// A POST without a body.
    pub(crate) async fn act(&self, path: &str) -> Reply {
        self.send(Method::POST, path, Body::Nothing).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Body::Json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Body::Json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, Body::Nothing).await
    }

    /// Everything in a list, page by page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let and = if path.contains('?') { '&' } else { '?' };
            let page = match &cursor {
                None => format!("{path}{and}limit=1000"),
                Some(cursor) => format!("{path}{and}limit=1000&cursor={cursor}"),
            };
            let reply = self.get(&page).await.expect(200);
            rows.extend(reply.json["data"].as_array().cloned().unwrap_or_default());
            match reply.json["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return rows,
            }
        }
    }

    /// Follows a link of a mail: only its path counts, the router has no port.
    pub(crate) async fn follow(&self, url: &str) -> Reply {
        self.get(path_of(url)).await
    }

    /// Follows a stream of server-sent events: what comes, piece by piece.
    pub(crate) async fn listen(
        &self,
        path: &str,
    ) -> impl Stream<Item = Result<axum::body::Bytes, axum::Error>> + Unpin + use<> {
        let mut request = Request::get(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await;
        let response = response.unwrap_or_else(|never| match never {});
        assert_eq!(response.headers()["content-type"], EVENT_STREAM);
        response.into_body().into_data_stream()
    }

    /// Sends a request, and checks what holds for every answer.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Body) -> Reply {
        let mut request = Request::builder().method(&method).uri(path);
        let media_type = match &body {
            Body::Nothing | Body::Raw("", _) => None,
            Body::Json(_) => Some("application/json"),
            Body::Raw(media_type, _) => Some(*media_type),
        };
        let bytes = match body {
            Body::Nothing => Vec::new(),
            Body::Json(json) => json.to_string().into_bytes(),
            Body::Raw(_, bytes) => bytes,
        };
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request
            .body(axum::body::Body::from(bytes))
            .unwrap_or_else(|error| panic!("{method} {path} is no request: {error}"));
        let peer = SocketAddr::from((self.ip, 40_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await;
        let (parts, body) = response.unwrap_or_else(|never| match never {}).into_parts();
        let body = if parts
            .headers
            .get("content-type")
            .is_some_and(|it| it == EVENT_STREAM)
        {
            // Which has no end.
            let first = body.into_data_stream().next().await;
            first.unwrap_or_else(|| panic!("{method} {path}: the stream says nothing"))
        } else {
            to_bytes(body, usize::MAX).await
        };
        let body =
            body.unwrap_or_else(|error| panic!("{method} {path}: the answer broke off: {error}"));
        let reply = Reply {
            request: format!("{method} {path}"),
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&body).unwrap_or(Value::Null),
            body: body.into(),
        };
        reply.check();
        reply
    }
}

/// The path of one of the server's own addresses.
#[track_caller]
pub(crate) fn path_of(url: &str) -> &str {
    url.strip_prefix(PUBLIC_URL)
        .unwrap_or_else(|| panic!("{url} does not lead to {PUBLIC_URL}"))
}
