//! The HTTP API, in process.

use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::Value;
use tower::ServiceExt as _;

pub(super) struct Api(Router);

const LARGEST: usize = 16 << 20;

impl Api {
    pub(super) fn new(router: Router) -> Self {
        Self(router)
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        self.call("POST", path, Some(body)).await
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call("GET", path, None).await
    }

    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .context("a request of the demo")?;
        let response = self.0.clone().oneshot(request).await?;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), LARGEST).await?;
        if !status.is_success() {
            bail!(
                "{method} {path} was answered with {status}: {}",
                String::from_utf8_lossy(&bytes)
            );
        }
        Ok(if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)?
        })
    }

    /// Adds something; its id.
    pub(super) async fn add(&self, path: &str, body: Value) -> anyhow::Result<String> {
        let made = self.post(path, body).await?;
        made["id"]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("{path} answered without an id"))
    }
}
