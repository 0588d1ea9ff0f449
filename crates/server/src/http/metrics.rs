//! `/metrics` in Prometheus' text format: for this machine, and for whoever has the token.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest as _, Sha256};
use web::{ApiError, App};

use crate::config::Metrics;

/// Seconds. From a read of a row to the slowest that a person waits for.
const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0,
];

/// Collects the figures of this process and tells them.
#[derive(Clone)]
pub struct Exporter(Arc<Inner>);

struct Inner {
    handle: PrometheusHandle,
    token: Option<String>,
}

impl Exporter {
    /// Collects from now on, if metrics are wanted. Once per process.
    pub fn install(config: &Metrics) -> Result<Option<Self>, BuildError> {
        if !config.enabled {
            return Ok(None);
        }
        let handle = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)?
            .install_recorder()?;
        Ok(Some(Self(Arc::new(Inner {
            handle,
            token: config.token.as_ref().map(|token| token.0.clone()),
        }))))
    }

    /// Keeps histograms small. To be called every few seconds.
    pub fn upkeep(&self) {
        self.0.handle.run_upkeep();
    }

    fn may_read(&self, parts: &Parts) -> bool {
        let given = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        match (&self.0.token, given) {
            // Hashes: how long a comparison takes says nothing about the token.
            (Some(token), Some(given)) => Sha256::digest(token) == Sha256::digest(given),
            _ => is_local(parts),
        }
    }
}

/// Whether somebody on this machine asks. What a proxy passes on also comes from this machine, and is not local.
fn is_local(parts: &Parts) -> bool {
    let forwarded = |headers: &HeaderMap| {
        ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
            .iter()
            .any(|name| headers.contains_key(*name))
    };
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback())
        && !forwarded(&parts.headers)
}

pub(crate) fn routes(exporter: Exporter) -> Router<App> {
    Router::new()
        .route("/metrics", get(read))
        .layer(Extension(exporter))
}

async fn read(Extension(exporter): Extension<Exporter>, parts: Parts) -> Response {
    if !exporter.may_read(&parts) {
        return ApiError::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "metrics are for this machine; from elsewhere, send the token of the setting metrics.token",
        )
        .into_response();
    }
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        exporter.0.handle.render(),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[test]
    fn only_this_machine_and_holders_of_the_token_may_read() {
        let exporter = Exporter(Arc::new(Inner {
            handle: PrometheusBuilder::new().build_recorder().handle(),
            token: Some("a token of many letters".to_owned()),
        }));
        for (peer, headers, allowed) in [
            ("127.0.0.1:1", &[][..], true),
            ("[::ffff:127.0.0.1]:1", &[], true),
            ("127.0.0.1:1", &[("x-forwarded-for", "192.0.2.1")], false),
            ("192.0.2.1:1", &[], false),
            (
                "192.0.2.1:1",
                &[("authorization", "Bearer a token of many letters")],
                true,
            ),
            ("192.0.2.1:1", &[("authorization", "Bearer another")], false),
            ("127.0.0.1:1", &[("authorization", "Bearer another")], false),
        ] {
            let mut request = Request::builder().uri("/metrics");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let mut parts = request.body(()).unwrap().into_parts().0;
            let peer: SocketAddr = peer.parse().unwrap();
            parts.extensions.insert(ConnectInfo(peer));
            assert_eq!(exporter.may_read(&parts), allowed, "{peer} {headers:?}");
        }
    }
}
