//! `/healthz`: the process answers. `/readyz`: it can also do its work.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Serialize;
use web::{App, Json};

const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    database: &'static str,
    node: &'static str,
}

/// For load balancers: whether requests should come here now.
async fn ready(State(app): State<App>) -> Response {
    let ctx = &app.ctx;
    let alive = tokio::time::timeout(PATIENCE, ctx.node.is_alive(&ctx.db, &ctx.clock)).await;
    let (database, node) = match alive {
        Ok(Ok(true)) => ("ok", "ok"),
        Ok(Ok(false)) => ("ok", "it could not renew its lease"),
        Ok(Err(_)) => ("not available", "unknown"),
        Err(_) => ("does not answer", "unknown"),
    };
    let stopping = ctx.shutdown.is_cancelled();
    let node = if stopping { "stopping" } else { node };
    let ready = database == "ok" && node == "ok";
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = Json(Readiness {
        ready,
        database,
        node,
    });
    (status, answer).into_response()
}
