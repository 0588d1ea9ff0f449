//! `/api/fields`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::{Field, FieldKind, Visibility};
use super::service::{self, FieldChange, NewField};
use crate::FieldId;
use crate::uses::Use;

/// The routes of custom fields.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(uses))
}

/// List custom fields
///
/// All of them (an account has at most 200), in the order they were made. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/fields",
    operation_id = "list_fields",
    tag = "Fields",
    responses((status = 200, body = Page<Field>, example = json!({
        "data": [{
            "id": "361240977588224000",
            "key": "birthday",
            "name": "Birthday",
            "kind": "date",
            "visibility": "visible",
            "options": [],
            "created_at": "2026-05-04T09:30:00Z",
            "updated_at": "2026-05-04T09:30:00Z",
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<Page<Field>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let catalog = service::catalog(&app.ctx, account).await?;
    Ok(Json(Page {
        data: catalog.iter().cloned().collect(),
        next_cursor: None,
    }))
}

/// A custom field to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldCreate, example = json!({
    "key": "favorite_color",
    "name": "Favorite color",
    "kind": "dropdown",
    "options": ["Red", "Green", "Blue"],
}))]
struct CreateRequest {
    /// What templates, rules and the API call it: lower-case letters, digits and underscores. Never changes.
    #[schema(max_length = 50, pattern = "^[a-z][a-z0-9_]*$")]
    key: String,
    /// What people call it.
    #[schema(max_length = 200)]
    name: String,
    /// The type of its values. Never changes.
    kind: FieldKind,
    /// `visible` unless given.
    #[serde(default)]
    visibility: Visibility,
    /// What a dropdown offers, 1 to 500; none for the other kinds.
    #[serde(default)]
    options: Vec<String>,
}

/// Create a custom field
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/fields",
    operation_id = "create_field",
    tag = "Fields",
    request_body = CreateRequest,
    responses(
        (status = 201, body = Field),
        (status = 409, description = "There are 200 already (`limit_reached`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<CreateRequest>,
) -> Result<(StatusCode, Json<Field>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let new = NewField {
        key: request.key,
        name: request.name,
        kind: request.kind,
        visibility: request.visibility,
        options: request.options,
    };
    let field = service::create(&app.ctx, account, &auth.actor(), new).await?;
    Ok((StatusCode::CREATED, Json(field)))
}

/// Get a custom field
///
/// Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/fields/{id}",
    operation_id = "get_field",
    tag = "Fields",
    params(("id" = FieldId, Path)),
    responses((status = 200, body = Field)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FieldId>,
) -> Result<Json<Field>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// What is to change of a custom field; absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldPatch, example = json!({"name": "Favourite colour"}))]
struct UpdateRequest {
    #[schema(max_length = 200)]
    name: Option<String>,
    visibility: Option<Visibility>,
    /// All options, in their order. One that people have, or a segment names, is left out only with `replace`; a new
    /// spelling that differs in case replaces the old one by itself.
    options: Option<Vec<String>>,
    /// What becomes of options: each old one with the option that takes its place, or null to empty the field. People
    /// follow within moments; the rules of segments change at once.
    #[serde(default)]
    #[schema(example = json!({"Red": "Crimson", "Other": null}))]
    replace: BTreeMap<String, Option<String>>,
}

/// Change a custom field
///
/// The key and the kind never change. Needs the permission `audience:write`.
#[utoipa::path(
    patch,
    path = "/api/fields/{id}",
    operation_id = "update_field",
    tag = "Fields",
    params(("id" = FieldId, Path)),
    request_body = UpdateRequest,
    responses(
        (status = 200, body = Field),
        (status = 409, description = "People have an option that is left out, or segments name it (`option_in_use`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FieldId>,
    Json(request): Json<UpdateRequest>,
) -> Result<Json<Field>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let change = FieldChange {
        name: request.name,
        visibility: request.visibility,
        options: request.options,
        replace: request.replace,
    };
    let field = service::update(&app.ctx, account, &auth.actor(), id, change).await?;
    Ok(Json(field))
}

/// List what uses a custom field
///
/// Segments whose rules name it, and campaigns that are not over whose content does. Needs the permission
/// `audience:read`.
#[utoipa::path(
    get,
    path = "/api/fields/{id}/uses",
    operation_id = "list_field_uses",
    tag = "Fields",
    params(("id" = FieldId, Path)),
    responses((status = 200, body = Page<Use>, example = json!({
        "data": [{"kind": "segment", "id": "361240977588224000", "name": "Berlin"}],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn uses(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FieldId>,
) -> Result<Json<Page<Use>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(Page {
        data: service::uses_of(&app.ctx, account, id).await?,
        next_cursor: None,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeleteParams {
    /// Also when something uses it: segments with it then tell that it is gone, merge fields stay empty.
    #[serde(default)]
    force: bool,
}

/// Delete a custom field
///
/// The values that people have in it go with it. A field that something uses is not deleted; the problem names what
/// does, and so does `GET /api/fields/{id}/uses`. Needs the permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/fields/{id}",
    operation_id = "delete_field",
    tag = "Fields",
    params(("id" = FieldId, Path), DeleteParams),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "Segments or campaigns use it (`in_use`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FieldId>,
    Query(params): Query<DeleteParams>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id, params.force).await?;
    Ok(StatusCode::NO_CONTENT)
}
