//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::{ApiError, Config};

/// The address of the client: the peer of the connection or, behind a trusted proxy, the last address that the proxy
/// added to `X-Forwarded-For` (earlier ones are whatever the client wrote there).
pub fn client_ip(parts: &Parts, trust_proxy: bool) -> Option<IpAddr> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip().to_canonical());
    if !trust_proxy {
        return peer;
    }
    let forwarded = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|last| last.trim().parse::<IpAddr>().ok());
    forwarded.map(|ip| ip.to_canonical()).or(peer)
}

/// Refuses a request that a page of another site made a browser send. Programs send neither header and pass; they hold
/// a token instead of a cookie.
pub fn same_origin(headers: &HeaderMap, config: &Config) -> Result<(), ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            origin == config.public_url || (host.is_some() && host == text(header::HOST.as_str()))
        }
    };
    if ours {
        Ok(())
    } else {
        Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "cross_origin",
            "this request came from a page of another site",
        ))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let peer: SocketAddr = "[::ffff:192.0.2.1]:4000".parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        parts
    }

    #[test]
    fn only_a_trusted_proxy_may_name_the_client() {
        let spoofed = parts(&[("x-forwarded-for", "10.0.0.1, 203.0.113.9")]);
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(client_ip(&spoofed, false), Some(peer));
        assert_eq!(
            client_ip(&spoofed, true),
            Some("203.0.113.9".parse().unwrap())
        );
        assert_eq!(client_ip(&parts(&[]), true), Some(peer));
        assert_eq!(
            client_ip(&parts(&[("x-forwarded-for", "nonsense")]), true),
            Some(peer)
        );
    }

    #[test]
    fn requests_of_other_sites_are_refused() {
        let config = Config::new("https://mail.example.com/");
        for (headers, allowed) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://mail.example.com")], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (
                &[
                    ("origin", "http://127.0.0.1:8080"),
                    ("host", "127.0.0.1:8080"),
                ],
                true,
            ),
            (
                &[
                    ("origin", "http://evil.example"),
                    ("host", "127.0.0.1:8080"),
                ],
                false,
            ),
        ] {
            assert_eq!(
                same_origin(&parts(headers).headers, &config).is_ok(),
                allowed,
                "{headers:?}"
            );
        }
    }
}
