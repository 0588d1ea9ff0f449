//! `/`: the front door.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use web::html::{self, Markup};
use web::{ApiError, App};

use crate::ui::{self, Ui};

pub(super) fn routes(ui: Ui) -> Router<App> {
    Router::new().route("/", get(show)).layer(Extension(ui))
}

/// The front door leads to the web app. Where there is none, it leads to the first-run page until there is an owner.
async fn show(State(app): State<App>, Extension(ui): Extension<Ui>) -> Result<Response, ApiError> {
    if ui.is_there().await {
        return Ok(Redirect::to(ui::PATH).into_response());
    }
    if identity::setup::is_needed(&app.ctx).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let body = Markup::fill(
        "<h1>Sendero</h1>\
         <p>This server is set up and running. It is used through its HTTP API and its command line; \
         <a href=\"/app/\">the web app</a> is not in this build.</p>\
         <p><a href=\"/api/docs\">Reference of the API</a></p>\
         <p class=\"quiet\">The same for programs: <a href=\"/api/openapi.json\">OpenAPI document</a>. \
         On the server: <code>sendero --help</code>. Version {version}.</p>",
        &[("version", env!("CARGO_PKG_VERSION").into())],
    );
    Ok(html::page("en", "Sendero", &body))
}
