use axum::Router;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::routing::get;
use kernel::{Error, FieldError};
use std::time::Duration;
use testkit::{TestDb, db_test};

use super::{fallback, secure, wrap};
use crate::testing::{self, app, post, send};
use crate::{ApiError, App, Config, Versioned};

fn failing(error: fn() -> Error) -> axum::routing::MethodRouter<App> {
    get(async move || -> Result<(), ApiError> { Err(error().into()) })
}

fn routes(app: &App) -> Router {
    let router = Router::new()
        .route("/api/ok/{id}", get(async || Versioned(7, "yes")))
        .route("/page", get(async || "a page"))
        .route("/api/panic", get(panics))
        .route(
            "/api/internal",
            failing(|| Error::internal(anyhow::anyhow!("the secret cause"))),
        )
        .route(
            "/api/limited",
            failing(|| Error::RateLimited {
                retry_after: Duration::from_millis(1500),
            }),
        )
        .route(
            "/api/unavailable",
            failing(|| Error::Unavailable {
                message: "the database is not available".to_owned(),
                source: Some(anyhow::anyhow!("the secret host")),
            }),
        )
        .route("/api/signed-out", failing(|| Error::Unauthenticated))
        .route(
            "/api/conflict",
            failing(|| Error::conflict("campaign_already_sent", "it was sent already")),
        )
        .route(
            "/api/stale",
            failing(|| Error::conflict("version_conflict", "it changed")),
        )
        .route(
            "/api/invalid",
            failing(|| {
                let fault = |field: &str| FieldError::new(field, "required", "is required");
                Error::Invalid(vec![fault("name"), fault("email")])
            }),
        )
        .fallback(fallback);
    wrap(router, app).with_state(app.clone())
}

async fn panics() {
    panic!("the secret state");
}

#[db_test]
async fn every_failure_is_a_problem(db: TestDb) {
    let router = routes(&app(db.ctx()));
    for (path, status, code) in [
        ("/api/panic", 500, "internal"),
        ("/api/internal", 500, "internal"),
        ("/api/limited", 429, "rate_limited"),
        ("/api/unavailable", 503, "unavailable"),
        ("/api/signed-out", 401, "unauthenticated"),
        ("/api/conflict", 409, "campaign_already_sent"),
        ("/api/stale", 412, "version_conflict"),
        ("/api/invalid", 422, "invalid"),
        ("/api/nothing", 404, "not_found"),
        ("/api", 404, "not_found"),
    ] {
        let reply = send(&router, testing::get(path)).await;
        assert_eq!(reply.code(), (status, code.to_owned()), "{path}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.json()["type"], format!("urn:sendero:error:{code}"));
        assert!(!reply.text.contains("secret"), "{}", reply.text);
        assert_eq!(reply.json()["incident"].is_string(), status == 500);
    }
    let limited = send(&router, testing::get("/api/limited")).await;
    assert_eq!(limited.header("retry-after"), "2");
    let invalid = send(&router, testing::get("/api/invalid")).await.json();
    assert_eq!(invalid["errors"][1]["field"], "email");
    assert_eq!(invalid["detail"], "name: is required (and 1 more)");
    let signed_out = send(&router, testing::get("/api/signed-out")).await;
    assert!(signed_out.header("www-authenticate").starts_with("Bearer"));
    let method = send(&router, post("/api/ok/1", "{}")).await;
    assert_eq!(method.code(), (405, "method_not_allowed".to_owned()));
    assert!(method.header("allow").contains("GET"));
    let page = send(&router, testing::get("/nothing")).await;
    assert_eq!(page.status.as_u16(), 404);
    assert!(page.text.contains("<h1>Page not found</h1>"));
}

#[db_test]
async fn answers_carry_ids_and_safe_headers(db: TestDb) {
    let mut app = app(db.ctx());
    let router = routes(&app);
    let reply = send(&router, testing::get("/api/ok/1")).await;
    assert_eq!(reply.header("etag"), "\"7\"");
    assert_eq!(reply.header("x-request-id").len(), 24);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(reply.header("content-security-policy").contains("'none'"));
    assert_eq!(reply.header("strict-transport-security"), "");

    let mut request = Request::get("/page").header("x-request-id", "abc-123_x.y");
    let reply = send(&router, request.body("".into()).unwrap()).await;
    assert_eq!(reply.header("x-request-id"), "abc-123_x.y");
    request = Request::get("/page").header("x-request-id", "a b\"c");
    let reply = send(&router, request.body("".into()).unwrap()).await;
    assert_eq!(reply.header("x-request-id").len(), 24);

    app.config = std::sync::Arc::new(Config::new("https://mail.example.com"));
    let reply = send(&routes(&app), testing::get("/page")).await;
    assert!(
        reply
            .header("strict-transport-security")
            .contains("max-age")
    );
}

#[test]
fn a_page_that_allows_frames_is_not_kept_out_of_them() {
    for (policy, kept_out) in [
        (None, true),
        (Some("default-src 'none'"), true),
        (Some("default-src 'none'; frame-ancestors 'none'"), true),
        (Some("frame-ancestors *"), false),
        (Some("frame-ancestors 'self' https://shop.example"), false),
    ] {
        let mut headers = HeaderMap::new();
        if let Some(policy) = policy {
            let policy = HeaderValue::from_static(policy);
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        secure(&mut headers, false, false);
        assert_eq!(
            headers.contains_key(header::X_FRAME_OPTIONS),
            kept_out,
            "{policy:?}"
        );
    }
}
