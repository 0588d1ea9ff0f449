//! `/`: the front door.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use web::html::{self, Markup};
use web::{ApiError, App};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(show))
}

/// Until there is an owner, the front door leads to the first-run page.
async fn show(State(app): State<App>) -> Result<Response, ApiError> {
    if identity::setup::is_needed(&app.ctx).await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    let body = Markup::fill(
        "<h1>Sendero</h1>\
         <p>This server is set up and running. It is used through its HTTP API and its command line; \
         the web app comes with a later version.</p>\
         <p><a href=\"/api/docs\">Reference of the API</a></p>\
         <p class=\"quiet\">The same for programs: <a href=\"/api/openapi.json\">OpenAPI document</a>. \
         On the server: <code>sendero --help</code>. Version {version}.</p>",
        &[("version", env!("CARGO_PKG_VERSION").into())],
    );
    Ok(html::page("en", "Sendero", &body))
}
