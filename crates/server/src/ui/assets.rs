//! The files of the app.

use std::borrow::Cow;
use std::path::{Component, Path};

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// A file in the program, as `build.rs` writes them.
pub(super) struct Embedded {
    pub(super) name: &'static str,
    pub(super) raw: &'static [u8],
    pub(super) brotli: Option<&'static [u8]>,
}

/// In order of their names.
pub(super) static EMBEDDED: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/ui.rs"));

/// What is below here has a hash of its content in its name.
pub(super) const IMMUTABLE: &str = "assets/";

/// A file to send.
pub(super) struct Asset {
    pub(super) raw: Cow<'static, [u8]>,
    pub(super) brotli: Option<&'static [u8]>,
}

pub(super) fn embedded(name: &str) -> Option<Asset> {
    let place = EMBEDDED.binary_search_by(|file| file.name.cmp(name)).ok()?;
    let file = EMBEDDED.get(place)?;
    Some(Asset {
        raw: Cow::Borrowed(file.raw),
        brotli: file.brotli,
    })
}

pub(super) async fn on_disk(directory: &Path, name: &str) -> Option<Asset> {
    let relative = Path::new(name);
    // Only downwards: no `..`, no absolute path.
    if name.is_empty()
        || !relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let raw = tokio::fs::read(directory.join(relative)).await.ok()?;
    Some(Asset {
        raw: Cow::Owned(raw),
        brotli: None,
    })
}

pub(super) fn answer(name: &str, asset: Asset, accepts_brotli: bool) -> Response {
    let compressed = asset.brotli.filter(|_| accepts_brotli);
    let mut response = match (compressed, asset.raw) {
        (Some(brotli), _) => Response::new(Body::from(brotli)),
        (None, Cow::Borrowed(raw)) => Response::new(Body::from(raw)),
        (None, Cow::Owned(raw)) => Response::new(Body::from(raw)),
    };
    let cache = if name.starts_with(IMMUTABLE) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, media_type(name));
    set(header::CACHE_CONTROL, cache);
    if asset.brotli.is_some() {
        set(header::VARY, "accept-encoding");
    }
    if compressed.is_some() {
        set(header::CONTENT_ENCODING, "br");
    }
    response
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
