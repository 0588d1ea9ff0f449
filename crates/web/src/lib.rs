//! The HTTP edge that every slice shares: state, extractors, errors, paging, idempotency, the outer layers.
//!
//! A route module exposes `pub fn routes() -> OpenApiRouter<App>` with full paths; its handlers take [`Json`],
//! [`Query`] and [`Path`] from here, call one service and return model types or an [`ApiError`]. The server merges the
//! routers and hands the whole to [`wrap`].
//!
//! Nothing here knows who is signed in: `identity` says so with a [`Caller`] in the extensions of a request.
//!
//! Tables: `idempotency` (answers to repeated POSTs, see [`idempotency`]).

#![warn(missing_docs)]

mod client;
mod error;
mod extract;
mod layers;
mod pace;
mod paging;
#[cfg(test)]
mod testing;
mod version;

pub mod html;
pub mod idempotency;
pub mod openapi;

use std::path::PathBuf;
use std::sync::Arc;

use ctx::Ctx;

pub use client::{client_ip, same_origin};
pub use error::{ApiError, Problem};
pub use extract::{Json, Path, Query, from_value, json_in, present};
pub use idempotency::Caller;
pub use layers::{fallback, method_not_allowed, wrap};
pub use pace::Pace;
pub use paging::{Paging, paging};
pub use version::{IfMatch, Versioned};

/// The state of every route.
#[derive(Clone)]
pub struct App {
    /// What use cases are given.
    pub ctx: Ctx,
    /// How the server is reached.
    pub config: Arc<Config>,
}

/// How the server is reached.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people reach this server, without a slash at the end: `https://mail.example.com`.
    pub public_url: String,
    /// Whether `X-Forwarded-For` is believed: only behind a proxy that sets it.
    pub trust_proxy: bool,
    /// The largest body of a request, unless a route says otherwise.
    pub max_body_bytes: usize,
    /// Whether cookies are for HTTPS only (then they carry the `__Host-` prefix).
    pub secure_cookies: bool,
    /// Where uploads lie until they have been imported.
    pub spool_dir: PathBuf,
    /// The largest file that may be uploaded.
    pub max_upload_bytes: u64,
}

impl Config {
    /// For `public_url`, with cookies to match, bodies of up to 2 MB and uploads of up to 1 GB in `./data/uploads`.
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url = public_url.into().trim_end_matches('/').to_owned();
        Self {
            secure_cookies: public_url.starts_with("https://"),
            public_url,
            trust_proxy: false,
            max_body_bytes: 2 * 1024 * 1024,
            spool_dir: PathBuf::from("data/uploads"),
            max_upload_bytes: 1 << 30,
        }
    }
}
