//! The one page of the app.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use kernel::Rng;

/// Where the page wants its nonce.
const PLACE: &str = "__CSP_NONCE__";

/// The page with a nonce of its own. Scripts and style sheets run only from us or with the nonce, so text of people that
/// came to be in the page could not run.
pub(super) fn answer(index: &[u8], rng: &Rng) -> Response {
    let nonce = data_encoding::BASE64URL_NOPAD.encode(&rng.bytes::<16>());
    let page = String::from_utf8_lossy(index).replace(PLACE, &nonce);
    let mut response = Response::new(Body::from(page));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_str(&policy(&nonce)).expect("base64 is a header value"),
    );
    response
}

fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
