//! `/api/groups`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::{Limit, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::Group;
use crate::labels;
use crate::uses::Use;
use crate::{GroupId, SubscriberId};

/// The routes of groups.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(labels::routes())
        .routes(routes!(list, create))
        .routes(routes!(get, rename, delete))
        .routes(routes!(add_members))
        .routes(routes!(remove_members))
        .routes(routes!(members))
        .routes(routes!(growth))
        .routes(routes!(uses))
}

/// List groups
///
/// By name, with the number of their members. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/groups",
    operation_id = "list_groups",
    tag = "Groups",
    params(Paging),
    responses((status = 200, body = Page<Group>, example = json!({
        "data": [{
            "id": "361240977588224000",
            "name": "Newsletter",
            "members": 4821,
            "created_at": "2026-05-04T09:30:00Z",
            "updated_at": "2026-05-04T09:30:00Z",
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Group>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let limit = paging
        .limit
        .map(Limit::try_new)
        .transpose()?
        .unwrap_or_default();
    let page = labels::list(&app.ctx, account, paging.cursor.as_deref(), limit).await?;
    Ok(Json(page))
}

/// The name of a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GroupName, example = json!({"name": "Newsletter"}))]
struct NameRequest {
    /// Unique without regard to case.
    #[schema(max_length = 200)]
    name: String,
}

/// Create a group
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/groups",
    operation_id = "create_group",
    tag = "Groups",
    request_body = NameRequest,
    responses(
        (status = 201, body = Group),
        (status = 409, description = "There are 10,000 already (`limit_reached`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NameRequest>,
) -> Result<(StatusCode, Json<Group>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let group = labels::create(&app.ctx, account, &auth.actor(), &request.name).await?;
    Ok((StatusCode::CREATED, Json(group)))
}

/// Get a group
///
/// Its members are listed by `GET /api/subscribers?group=ID`. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/groups/{id}",
    operation_id = "get_group",
    tag = "Groups",
    params(("id" = GroupId, Path)),
    responses((status = 200, body = Group)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
) -> Result<Json<Group>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(labels::get(&app.ctx, account, id).await?))
}

/// Rename a group
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    patch,
    path = "/api/groups/{id}",
    operation_id = "update_group",
    tag = "Groups",
    params(("id" = GroupId, Path)),
    request_body = NameRequest,
    responses((status = 200, body = Group)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn rename(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
    Json(request): Json<NameRequest>,
) -> Result<Json<Group>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let group = labels::rename(&app.ctx, account, &auth.actor(), id, &request.name).await?;
    Ok(Json(group))
}

/// Delete a group
///
/// The people in it stay. A group that something uses is not deleted; the problem names what does. Needs the
/// permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/groups/{id}",
    operation_id = "delete_group",
    tag = "Groups",
    params(("id" = GroupId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "Segments or campaigns use it (`in_use`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    labels::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// People, up to 1,000.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GroupMembers, example = json!({"subscriber_ids": ["361240977588224000"]}))]
struct MembersRequest {
    #[schema(max_items = 1000)]
    subscriber_ids: Vec<SubscriberId>,
}

/// How many it was news for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupMembersChanged, example = json!({"changed": 1}))]
struct MembersAnswer {
    changed: usize,
}

/// Add people to a group
///
/// Up to 1,000 at once; for more, see bulk updates. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/groups/{id}/subscribers",
    operation_id = "add_group_members",
    tag = "Groups",
    params(("id" = GroupId, Path)),
    request_body = MembersRequest,
    responses((status = 200, body = MembersAnswer)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn add_members(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
    Json(request): Json<MembersRequest>,
) -> Result<Json<MembersAnswer>, ApiError> {
    change_members(&auth, &app, id, &request.subscriber_ids, true).await
}

/// Remove people from a group
///
/// Up to 1,000 at once; for more, see bulk updates. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/groups/{id}/subscribers/remove",
    operation_id = "remove_group_members",
    tag = "Groups",
    params(("id" = GroupId, Path)),
    request_body = MembersRequest,
    responses((status = 200, body = MembersAnswer)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn remove_members(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
    Json(request): Json<MembersRequest>,
) -> Result<Json<MembersAnswer>, ApiError> {
    change_members(&auth, &app, id, &request.subscriber_ids, false).await
}

async fn change_members(
    auth: &Auth,
    app: &App,
    id: GroupId,
    people: &[SubscriberId],
    add: bool,
) -> Result<Json<MembersAnswer>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let changed = labels::change_members(&app.ctx, account, &auth.actor(), id, people, add).await?;
    Ok(Json(MembersAnswer { changed }))
}

/// List who is in a group, since when, and who or what added them
///
/// In the order of their ids. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/groups/{id}/members",
    operation_id = "list_group_members",
    tag = "Groups",
    params(("id" = GroupId, Path), Paging),
    responses((status = 200, body = Page<labels::Member>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn members(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<labels::Member>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    let page = labels::members(&app.ctx, account, id, cursor, limit).await?;
    Ok(Json(page))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GrowthParams {
    /// The first day; 29 days before the last unless given.
    #[param(example = "2026-04-05")]
    from: Option<String>,
    /// The last day; today unless given.
    #[param(example = "2026-05-04")]
    to: Option<String>,
}

/// Show how a group grew day by day
///
/// Days are those of UTC, at most 1,100 at once; each tells how many joined and left, and how many were in it at its
/// end. Deleted subscribers have left. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/groups/{id}/growth",
    operation_id = "get_group_growth",
    tag = "Groups",
    params(("id" = GroupId, Path), GrowthParams),
    responses((status = 200, body = Page<labels::Day>, example = json!({
        "data": [{"date": "2026-05-04", "joined": 120, "left": 3, "members": 4821}],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn growth(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
    Query(params): Query<GrowthParams>,
) -> Result<Json<Page<labels::Day>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (from, to) = (params.from.as_deref(), params.to.as_deref());
    let data = labels::growth(&app.ctx, account, id, from, to).await?;
    Ok(Json(Page {
        data,
        next_cursor: None,
    }))
}

/// List what uses a group
///
/// Segments whose rules name it, and campaigns that are not over and go to it or leave it out. Needs the permission
/// `audience:read`.
#[utoipa::path(
    get,
    path = "/api/groups/{id}/uses",
    operation_id = "list_group_uses",
    tag = "Groups",
    params(("id" = GroupId, Path)),
    responses((status = 200, body = Page<Use>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn uses(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<GroupId>,
) -> Result<Json<Page<Use>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(Page {
        data: labels::uses_of(&app.ctx, account, id).await?,
        next_cursor: None,
    }))
}
