//! `/api/subscriber-views`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{Filter, View};
use super::service::{self, Change, Draft};
use crate::ViewId;
use crate::subscribers::Sort;

/// The routes of saved views.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
}

/// A view to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewCreate, example = json!({
    "name": "New in Berlin",
    "shared": true,
    "filter": {"status": "active", "search": "berlin"},
    "columns": ["email", "first_name", "created_at"],
    "sort": "newest",
}))]
struct CreateRequest {
    #[schema(max_length = 200)]
    name: String,
    /// Whether everybody in the account sees it; only whoever makes it, unless given.
    #[serde(default)]
    shared: bool,
    /// Everybody, unless given.
    #[serde(default)]
    filter: Filter,
    /// Attributes of a subscriber, or `fields.KEY`; address, names, status and time of creation, unless given.
    columns: Option<Vec<String>>,
    /// `newest`, unless given.
    #[serde(default)]
    sort: Sort,
}

/// What is to change of a view; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedViewPatch, example = json!({"name": "New in Hamburg", "sort": "email"}))]
struct UpdateRequest {
    #[schema(max_length = 200)]
    name: Option<String>,
    /// Only whoever made it can make it private.
    shared: Option<bool>,
    /// The whole filter.
    filter: Option<Filter>,
    columns: Option<Vec<String>>,
    sort: Option<Sort>,
}

/// List saved views
///
/// Those that are shared or one's own, the newest first. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscriber-views",
    operation_id = "list_views",
    tag = "Saved views",
    params(Paging),
    responses((status = 200, body = Page<View>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<View>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    let page = service::list(&app.ctx, account, &auth.actor(), cursor, limit).await?;
    Ok(Json(page))
}

/// Save a view
///
/// Of the list of subscribers: a filter, columns and an order, under a name. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscriber-views",
    operation_id = "create_view",
    tag = "Saved views",
    request_body = CreateRequest,
    responses((status = 201, body = View)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<CreateRequest>,
) -> Result<(StatusCode, Json<View>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let draft = Draft {
        name: request.name,
        shared: request.shared,
        filter: request.filter,
        columns: request.columns,
        sort: request.sort,
    };
    let view = service::create(&app.ctx, account, &auth.actor(), draft).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Get a saved view
///
/// Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscriber-views/{id}",
    operation_id = "get_view",
    tag = "Saved views",
    params(("id" = ViewId, Path)),
    responses((status = 200, body = View)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ViewId>,
) -> Result<Json<View>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(
        service::get(&app.ctx, account, &auth.actor(), id).await?,
    ))
}

/// Change a saved view
///
/// Everybody may change a shared one. Needs the permission `audience:write`.
#[utoipa::path(
    patch,
    path = "/api/subscriber-views/{id}",
    operation_id = "update_view",
    tag = "Saved views",
    params(("id" = ViewId, Path)),
    request_body = UpdateRequest,
    responses((status = 200, body = View)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    Json(request): Json<UpdateRequest>,
) -> Result<Json<View>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let change = Change {
        name: request.name,
        shared: request.shared,
        filter: request.filter,
        columns: request.columns,
        sort: request.sort,
    };
    let view = service::update(&app.ctx, account, &auth.actor(), id, change).await?;
    Ok(Json(view))
}

/// Delete a saved view
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/subscriber-views/{id}",
    operation_id = "delete_view",
    tag = "Saved views",
    params(("id" = ViewId, Path)),
    responses((status = 204, description = "Deleted")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ViewId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
