//! `/api/saved-blocks`.

use axum::extract::State;
use axum::http::StatusCode;
use content::blocks::Block;
use identity::{Auth, Permission};
use kernel::{Page, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Query, Versioned};

use super::model::{NewSavedBlock, SavedBlock, SavedBlockId, SavedBlockPatch};
use super::service;

/// The routes of saved blocks.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
}

/// A part of a mail to be used again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SavedBlock, example = json!({
    "id": "361240977588224080",
    "name": "Our button",
    "block": {"id": "go", "type": "button", "props": {"label": "See the list", "href": "https://example.com/teas"}},
    "version": 1,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct SavedBlockView {
    id: SavedBlockId,
    name: String,
    /// As mails have it.
    #[schema(value_type = Block)]
    block: Value,
    /// Rises with every change; also the ETag.
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<SavedBlock> for SavedBlockView {
    fn from(block: SavedBlock) -> Self {
        Self {
            id: block.id,
            name: block.name,
            block: block.block,
            version: block.version,
            created_at: block.created_at,
            updated_at: block.updated_at,
        }
    }
}

fn versioned(block: SavedBlock) -> Versioned<SavedBlockView> {
    Versioned(block.version, block.into())
}

/// Which saved blocks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SavedBlockListQuery {
    /// Only those whose name contains this.
    search: Option<String>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the saved blocks
///
/// Newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/saved-blocks",
    operation_id = "list_saved_blocks",
    tag = "Saved blocks",
    params(SavedBlockListQuery),
    responses((status = 200, body = Page<SavedBlockView>)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<SavedBlockListQuery>,
) -> Result<Json<Page<SavedBlockView>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let page = service::list(&app.ctx, account, query.search.as_deref(), cursor, limit).await?;
    Ok(Json(page.map(SavedBlockView::from)))
}

/// Save a block
///
/// Any block that a mail may have at its top. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/saved-blocks",
    operation_id = "create_saved_block",
    tag = "Saved blocks",
    request_body(content = NewSavedBlock, example = json!({
        "name": "Our button",
        "block": {"id": "go", "type": "button", "props": {"label": "See the list", "href": "https://example.com/teas"}},
    })),
    responses((status = 201, body = SavedBlockView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewSavedBlock>,
) -> Result<(StatusCode, Versioned<SavedBlockView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let block = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, versioned(block)))
}

/// Get a saved block
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/saved-blocks/{id}",
    operation_id = "get_saved_block",
    tag = "Saved blocks",
    params(("id" = SavedBlockId, Path, description = "The saved block's id")),
    responses(
        (status = 200, body = SavedBlockView, headers(("ETag" = String, description = "The version"))),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SavedBlockId>,
) -> Result<Versioned<SavedBlockView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(versioned(service::get(&app.ctx, account, id).await?))
}

/// Change a saved block
///
/// Mails that it was put into stay as they are. With `If-Match`, a change that somebody else overtook is refused with 412.
/// Needs the permission `campaigns:write`.
#[utoipa::path(
    patch,
    path = "/api/saved-blocks/{id}",
    operation_id = "update_saved_block",
    tag = "Saved blocks",
    params(("id" = SavedBlockId, Path, description = "The saved block's id")),
    request_body(content = SavedBlockPatch, example = json!({"name": "Button of spring"})),
    responses(
        (status = 200, body = SavedBlockView),
        (status = 404, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SavedBlockId>,
    IfMatch(expected): IfMatch,
    Json(request): Json<SavedBlockPatch>,
) -> Result<Versioned<SavedBlockView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let block = service::update(&app.ctx, account, &auth.actor(), id, expected, request).await?;
    Ok(versioned(block))
}

/// Delete a saved block
///
/// Mails that it was put into keep it. Needs the permission `campaigns:write`.
#[utoipa::path(
    delete,
    path = "/api/saved-blocks/{id}",
    operation_id = "delete_saved_block",
    tag = "Saved blocks",
    params(("id" = SavedBlockId, Path, description = "The saved block's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SavedBlockId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
