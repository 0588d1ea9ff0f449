//! A server without a network, and who talks to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
pub(crate) use axum::http::Method;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::{Value, json};
use testkit::TestDb;
use tower::ServiceExt as _;
use utoipa::openapi::OpenApi;
use web::{App, Config};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A server of this crate's routes.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) document: OpenApi,
    router: Router,
}

/// Somebody who sends requests: a browser with its cookie, or a program with its token.
#[derive(Clone)]
pub(crate) struct Client {
    server: Server,
    /// Sent with every request.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) ip: Ipv4Addr,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Server {
    pub(crate) fn new(db: &TestDb) -> Self {
        Self::at(db, "http://127.0.0.1:8080")
    }

    pub(crate) fn at(db: &TestDb, public_url: &str) -> Self {
        let app = App {
            ctx: db.ctx(),
            config: Arc::new(Config::new(public_url)),
        };
        let (router, document) = crate::routes().split_for_parts();
        let router =
            web::wrap(crate::protect(router, &document, &app), &app).with_state(app.clone());
        Self {
            app,
            document,
            router,
        }
    }

    /// Somebody who is not signed in.
    pub(crate) fn stranger(&self) -> Client {
        Client {
            server: self.clone(),
            headers: Vec::new(),
            ip: Ipv4Addr::new(192, 0, 2, 1),
        }
    }

    /// The first owner, signed in.
    pub(crate) async fn set_up(&self) -> Client {
        let reply = self
            .stranger()
            .post(
                "/api/setup",
                json!({
                    "email": "ada@example.com",
                    "name": "Ada Lovelace",
                    "password": PASSWORD,
                    "account_name": "Analytical Engines",
                }),
            )
            .await;
        reply.expect(201);
        self.stranger().with_session(&reply)
    }

    /// Somebody else in the account of `owner`, signed in.
    pub(crate) async fn join(&self, owner: &Client, name: &str, role: &str) -> Client {
        let email = format!("{name}@example.com");
        owner
            .post(
                "/api/users",
                json!({"email": email, "name": name, "password": PASSWORD, "role": role}),
            )
            .await
            .expect(201);
        self.sign_in(&email, PASSWORD).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Client {
        let reply = self.stranger().try_sign_in(email, password).await;
        reply.expect(201);
        self.stranger().with_session(&reply)
    }

    /// Ada's attempt to sign in from another network.
    pub(crate) async fn sign_in_from(&self, ip: [u8; 4]) -> Reply {
        let mut elsewhere = self.stranger();
        elsewhere.ip = ip.into();
        elsewhere.try_sign_in("ada@example.com", PASSWORD).await
    }

    /// A program with a token of `maker`.
    pub(crate) async fn program(&self, maker: &Client, scopes: &[&str]) -> Client {
        let reply = maker
            .post("/api/tokens", json!({"name": "Shop", "scopes": scopes}))
            .await;
        reply.expect(201);
        self.stranger().bearing(reply.text("/secret"))
    }

    /// The first column of the first row of a statement of a test.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        let mut tx = self.app.ctx.read().await.unwrap();
        tx.query(sql).fetch_one().await.unwrap().at(0).unwrap()
    }
}

impl Client {
    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Reply {
        self.post(
            "/api/session",
            json!({"email": email, "password": password}),
        )
        .await
    }

    /// Takes over the cookie and the CSRF token of a reply.
    pub(crate) fn with_session(mut self, reply: &Reply) -> Self {
        self.headers
            .retain(|(name, _)| !["cookie", "x-csrf-token"].contains(name));
        self.headers.push(("cookie", reply.cookie()));
        self.headers
            .push(("x-csrf-token", reply.text("/csrf_token").to_owned()));
        self
    }

    pub(crate) fn bearing(mut self, secret: &str) -> Self {
        self.headers
            .push(("authorization", format!("Bearer {secret}")));
        self
    }

    pub(crate) fn without(mut self, header: &str) -> Self {
        self.headers.retain(|(name, _)| *name != header);
        self
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
        };
        let mut request = request.body(body).unwrap();
        let peer = SocketAddr::from((self.ip, 40_000));
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.server.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }

    /// The id of the user behind it.
    pub(crate) async fn user_id(&self) -> String {
        self.get("/api/session").await.text("/user/id").to_owned()
    }

    pub(crate) async fn account_id(&self) -> String {
        self.get("/api/session").await.text("/account").to_owned()
    }
}

impl Reply {
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.json);
        self
    }

    /// Status, code, and the first fault's field and code: `422 invalid name required`.
    pub(crate) fn problem(&self) -> String {
        let text = |pointer| self.json.pointer(pointer).and_then(Value::as_str);
        let parts = [
            text("/code"),
            text("/errors/0/field"),
            text("/errors/0/code"),
        ];
        let mut line = self.status.as_u16().to_string();
        for part in parts.into_iter().flatten() {
            line.push(' ');
            line.push_str(part);
        }
        line
    }

    #[track_caller]
    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.json
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {pointer} in {}", self.json))
    }

    /// The cookie to send back, without its attributes.
    pub(crate) fn cookie(&self) -> String {
        let all = self.set_cookie();
        all.split(';').next().unwrap().to_owned()
    }

    pub(crate) fn set_cookie(&self) -> &str {
        self.headers
            .get(header::SET_COOKIE)
            .map_or("", |value| value.to_str().unwrap())
    }
}
