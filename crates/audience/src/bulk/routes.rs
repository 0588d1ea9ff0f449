//! `/api/subscribers/bulk-update` and `/api/bulk-actions`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{Action, BulkAction, Selection};
use super::service;
use crate::BulkActionId;

/// The routes of bulk actions.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(create))
        .routes(routes!(count))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(stop))
}

/// One change to many people.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkUpdate, example = json!({
    "selection": {"segment_id": "361240977588224000"},
    "action": {"type": "set_field", "field": "city", "value": "Berlin"},
}))]
struct CreateRequest {
    selection: Selection,
    action: Action,
}

/// Change many subscribers
///
/// Answers at once; `GET /api/bulk-actions/{id}` tells how far it is. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/bulk-update",
    operation_id = "bulk_update_subscribers",
    tag = "Bulk actions",
    request_body = CreateRequest,
    responses((status = 202, description = "In the queue", body = BulkAction)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<CreateRequest>,
) -> Result<(StatusCode, Json<BulkAction>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let (selection, action) = (request.selection, request.action);
    let it = service::create(&app.ctx, account, &auth.actor(), selection, action).await?;
    Ok((StatusCode::ACCEPTED, Json(it)))
}

/// How many people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubscriberCount, example = json!({"count": 1280}))]
struct Counted {
    count: i64,
}

/// Count subscribers
///
/// Whom a bulk action with this selection would visit, as things are now. Needs the permission `audience:read`.
#[utoipa::path(
    post,
    path = "/api/subscribers/count",
    operation_id = "count_subscribers",
    tag = "Bulk actions",
    request_body(content = Selection, example = json!({"all": true, "search": "ada"})),
    responses((status = 200, body = Counted)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn count(
    auth: Auth,
    State(app): State<App>,
    Json(selection): Json<Selection>,
) -> Result<Json<Counted>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let count = service::count(&app.ctx, account, &selection).await?;
    Ok(Json(Counted { count }))
}

/// List bulk actions
///
/// The newest first. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/bulk-actions",
    operation_id = "list_bulk_actions",
    tag = "Bulk actions",
    params(Paging),
    responses((status = 200, body = Page<BulkAction>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<BulkAction>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(service::list(&app.ctx, account, cursor, limit).await?))
}

/// Get a bulk action
///
/// With its progress. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/bulk-actions/{id}",
    operation_id = "get_bulk_action",
    tag = "Bulk actions",
    params(("id" = BulkActionId, Path)),
    responses((status = 200, body = BulkAction)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BulkActionId>,
) -> Result<Json<BulkAction>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// Stop a bulk action
///
/// What is done stays done. One that is over stays as it is. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/bulk-actions/{id}/stop",
    operation_id = "stop_bulk_action",
    tag = "Bulk actions",
    params(("id" = BulkActionId, Path)),
    responses((status = 200, body = BulkAction)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn stop(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<BulkActionId>,
) -> Result<Json<BulkAction>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    Ok(Json(
        service::stop(&app.ctx, account, &auth.actor(), id).await?,
    ))
}
