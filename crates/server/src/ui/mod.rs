//! The web app under `/app/`.
//!
//! Files come from the program itself or, in a debug build, from `ui/dist` on the disk. What is below `assets/` has a
//! hash in its name and is kept by browsers for ever; a missing one is 404, never the page. Every other path is one of
//! the app's own addresses and gets its page, which is never kept, because each copy has a nonce of its own for the
//! Content-Security-Policy. Without the app there is one page that says what to install.

mod assets;
mod page;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, extract::Request};
use web::html::{self, Markup};
use web::{ApiError, App};

use assets::Asset;

/// Where the app begins.
pub(crate) const PATH: &str = "/app/";

/// Where the files of the app come from.
#[derive(Clone, Debug)]
pub enum Ui {
    /// They are in the program.
    Embedded,
    /// They are in a directory, which may be built anew while we run.
    Directory(PathBuf),
    /// There are none.
    Missing,
}

impl Ui {
    /// As this program was built.
    pub fn of_build() -> Self {
        if !assets::EMBEDDED.is_empty() {
            return Self::Embedded;
        }
        if cfg!(debug_assertions) {
            return Self::Directory(PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../ui/dist"
            )));
        }
        Self::Missing
    }

    /// Whether there is an app at this moment.
    pub(crate) async fn is_there(&self) -> bool {
        self.find("index.html").await.is_some()
    }

    async fn find(&self, name: &str) -> Option<Asset> {
        match self {
            Self::Embedded => assets::embedded(name),
            Self::Directory(directory) => assets::on_disk(directory, name).await,
            Self::Missing => None,
        }
    }
}

pub(crate) fn routes(ui: Ui) -> Router<App> {
    Router::new()
        .route("/app", get(|| async { Redirect::permanent(PATH) }))
        .route("/app/", get(front))
        .route("/app/{*path}", get(show))
        .layer(Extension(ui))
}

async fn front(State(app): State<App>, Extension(ui): Extension<Ui>) -> Result<Response, ApiError> {
    Ok(page(&app, &ui).await)
}

async fn show(
    State(app): State<App>,
    Extension(ui): Extension<Ui>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    if path == "index.html" {
        return Ok(Redirect::permanent(PATH).into_response());
    }
    match ui.find(&path).await {
        Some(asset) => Ok(assets::answer(
            &path,
            asset,
            accepts_brotli(request.headers()),
        )),
        None if path.starts_with(assets::IMMUTABLE) => {
            Ok((StatusCode::NOT_FOUND, "no such file").into_response())
        }
        None => Ok(page(&app, &ui).await),
    }
}

async fn page(app: &App, ui: &Ui) -> Response {
    match ui.find("index.html").await {
        Some(index) => page::answer(&index.raw, &app.ctx.rng),
        None => missing(),
    }
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("br") && parts.next().is_none_or(|q| q != "q=0")
        })
}

/// What to do where the program was built without the app.
fn missing() -> Response {
    let body = Markup::fill(
        "<h1>The web app is not in this program</h1>\
         <p>Everything else works: the <a href=\"/api/docs\">HTTP API</a> and the command line (<code>sendero --help</code>).</p>\
         <p>The app is built with Node.js 20.19 or newer. Install it, then, in the sources of Sendero, run</p>\
         <p><code>cargo xtask ui</code></p>\
         <p>and start this program again; for a release, build it anew with <code>cargo build --release</code>.</p>",
        &[],
    );
    (
        StatusCode::SERVICE_UNAVAILABLE,
        html::page("en", "The web app is missing", &body),
    )
        .into_response()
}
