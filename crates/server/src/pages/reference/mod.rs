//! `/api/openapi.json` and `/api/docs`: the API described, for programs and for people.
//!
//! The page is made from the document, so it cannot say anything else. It is made once, at start.

mod example;
mod page;
mod prose;
mod schema;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use web::App;

/// The whole page, with the policy that allows its style.
pub use page::{Page, render};

pub(super) fn routes(document: &OpenApi) -> anyhow::Result<Router<App>> {
    let json = serde_json::to_value(document)?;
    let Page { html, policy } = render(&json);
    let policy = HeaderValue::from_str(&policy)?;
    let html = Bytes::from(html);
    let text = Bytes::from(serde_json::to_string_pretty(&json)?);
    let docs = move || {
        let answer = (
            [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("text/html; charset=utf-8"),
                ),
                (header::CONTENT_SECURITY_POLICY, policy.clone()),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            ],
            html.clone(),
        )
            .into_response();
        std::future::ready(answer)
    };
    let openapi = move || {
        let answer = (
            [
                (header::CONTENT_TYPE, "application/json"),
                // Tools that show the document run elsewhere, and it holds no secret.
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                (
                    header::HeaderName::from_static("cross-origin-resource-policy"),
                    "cross-origin",
                ),
            ],
            text.clone(),
        )
            .into_response();
        std::future::ready(answer)
    };
    Ok(Router::new()
        .route("/api/docs", get(docs))
        .route("/api/openapi.json", get(openapi)))
}

/// What `reference` points at, following chains.
fn resolve<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    // A circle of references would be a fault of the document; it must not hang the start.
    for _ in 0..16 {
        let Some(pointer) = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'))
        else {
            break;
        };
        match document.pointer(pointer) {
            Some(target) => value = target,
            None => break,
        }
    }
    value
}

/// The last part of a reference.
fn name_of(reference: &Value) -> Option<&str> {
    reference.get("$ref")?.as_str()?.rsplit('/').next()
}
