//! What surrounds every route: request ids, spans and metrics, security headers, panics and unknown paths as problems.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument as _;

use crate::{ApiError, App, html};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The label of requests that no route takes, so that scanners do not fill the metrics.
const NO_ROUTE: &str = "none";

/// Puts the outer layers around the routes of the server. Set the fallback (such as [`fallback`]) before.
pub fn wrap(router: Router<App>, app: &App) -> Router<App> {
    router
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(app.config.max_body_bytes))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), observe))
}

/// For paths that no route takes: a problem below `/api`, else a small page.
pub async fn fallback(uri: Uri) -> Response {
    if uri.path() == "/api" || uri.path().starts_with("/api/") {
        return ApiError::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no such operation; /api/docs lists them all",
        )
        .into_response();
    }
    let text = html::Markup::fill(
        "<h1>Page not found</h1><p>The address may be mistyped, or the page is gone.</p>",
        &[],
    );
    (
        StatusCode::NOT_FOUND,
        html::page("en", "Page not found", &text),
    )
        .into_response()
}

/// For methods that a path does not have. axum adds the `Allow` header.
pub async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("{method} is not possible here; the Allow header says what is"),
    )
}

/// Gives the request an id and a span, and counts and logs its outcome. Never logs bodies, queries or credentials:
/// the route's pattern stands for the path, since public paths carry tokens.
async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers(), &app);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let path = request.uri().path();
    let api = path.starts_with("/api/");
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or(NO_ROUTE, MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!(
        "request",
        %method,
        route,
        request_id = id.to_str().unwrap_or_default(),
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let latency = started.elapsed();
    let method = known_method(&method);
    metrics::counter!(
        "http_requests_total",
        "method" => method,
        "route" => route.clone(),
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(latency.as_secs_f64());
    let status_code = status.as_u16();
    let latency_us = latency.as_micros() as u64;
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status_code, latency_us, "request failed");
        } else if api {
            tracing::info!(status = status_code, latency_us, "request");
        } else {
            // Opens, clicks and probes: too many to tell each.
            tracing::debug!(status = status_code, latency_us, "request");
        }
    });
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    secure(headers, api, app.config.secure_cookies);
    response
}

/// The id that a proxy gave, if it is harmless, else a new one.
fn request_id(headers: &HeaderMap, app: &App) -> HeaderValue {
    headers
        .get(REQUEST_ID)
        .filter(|value| {
            let bytes = value.as_bytes();
            (1..=64).contains(&bytes.len())
                && bytes
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
        })
        .cloned()
        .unwrap_or_else(|| {
            let id = data_encoding::HEXLOWER.encode(&app.ctx.rng.bytes::<12>());
            HeaderValue::from_str(&id).expect("hexadecimal digits are a header value")
        })
}

/// Clients may invent methods; labels must stay few.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Sets what a handler has not set itself.
fn secure(headers: &mut HeaderMap, api: bool, https: bool) {
    // Older browsers know this header alone, and would keep a page out of the frames that its policy allows.
    let framed = headers
        .get(header::CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok())
        .is_some_and(|it| it.contains("frame-ancestors") && !it.contains("frame-ancestors 'none'"));
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    if !framed {
        set(header::X_FRAME_OPTIONS, "DENY");
    }
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    );
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if api {
        set(header::CACHE_CONTROL, "no-store");
        set(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        );
    }
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// A handler panicked: a fault of ours like any other.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::internal(anyhow::anyhow!("a handler panicked: {}", said(&*panic))).into_response()
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests;
