//! The server's own pages: the front door, the first-run form, the reference of the API.
//!
//! Server-rendered, without scripts, readable on a telephone.

mod landing;
pub mod reference;
mod setup;

use axum::Router;
use utoipa::openapi::OpenApi;
use web::App;

use crate::ui::Ui;

/// The pages. `api` is the router of the API: the first-run form is a client of it like any other.
pub(crate) fn routes(document: &OpenApi, api: Router, ui: Ui) -> anyhow::Result<Router<App>> {
    Ok(Router::new()
        .merge(landing::routes(ui))
        .merge(setup::routes(api))
        .merge(reference::routes(document)?))
}
