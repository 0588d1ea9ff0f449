//! `/api/subscribers`.

mod batch;
mod body;
mod growth;
mod membership;
mod merge;
mod read;
mod write;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::App;

/// The routes of subscribers.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(read::list, write::create))
        .routes(routes!(batch::batch))
        .routes(routes!(growth::growth))
        .routes(routes!(read::get, write::update, write::delete))
        .routes(routes!(write::unsubscribe))
        .routes(routes!(write::resubscribe))
        .routes(routes!(merge::merge))
        .routes(routes!(merge::confirm))
        .routes(routes!(merge::history))
        .routes(routes!(membership::join_group, membership::leave_group))
        .routes(routes!(membership::add_tag, membership::remove_tag))
}
