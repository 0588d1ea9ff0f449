//! `/api/users`: the members of the account.

use axum::extract::State;
use axum::http::StatusCode;
use kernel::{EmailAddress, Page, UserId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{By, Member, NewMember};
use super::service;
use crate::auth::{Auth, Permission, Role};
use crate::passwords::Password;

/// The routes of users.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, add))
        .routes(routes!(get, update, remove))
}

/// List the users of the account
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/users",
    operation_id = "list_users",
    tag = "Users",
    params(Paging),
    responses((status = 200, body = Page<Member>, example = json!({
        "data": [{
            "id": "361240977588224000",
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "role": "owner",
            "joined_at": "2026-05-04T09:30:00Z",
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Member>>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(service::list(&app.ctx, account, cursor, limit).await?))
}

/// Get a user of the account
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/users/{id}",
    operation_id = "get_user",
    tag = "Users",
    params(("id" = UserId, Path)),
    responses((status = 200, body = Member)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Json<Member>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// Who is to join the account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserCreate, example = json!({
    "email": "charles@example.com",
    "name": "Charles Babbage",
    "password": "difference engine no. 2",
    "role": "editor",
}))]
struct AddRequest {
    email: EmailAddress,
    /// For a new user.
    name: Option<String>,
    /// For a new user: the first password, to be told to them and changed by them. For one who exists, leave it out.
    password: Option<Password>,
    role: Role,
}

/// Add a user to the account
///
/// Needs the permission `users:manage`; only owners add owners. A person who is a user of this server already, in an
/// account that you manage too, keeps their name and password: give only `email` and `role`.
#[utoipa::path(
    post,
    path = "/api/users",
    operation_id = "add_user",
    tag = "Users",
    request_body = AddRequest,
    responses(
        (status = 201, body = Member),
        (status = 409, description = "They are a member already (`already_a_member`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["users:manage"]))
)]
async fn add(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<AddRequest>,
) -> Result<(StatusCode, Json<Member>), ApiError> {
    let account = auth.allow(Permission::UsersManage)?;
    let new = NewMember {
        email: request.email,
        name: request.name,
        password: request.password,
        role: request.role,
    };
    let member = service::add(&app.ctx, account, &By::of(&auth), new).await?;
    Ok((StatusCode::CREATED, Json(member)))
}

/// A change of a user of the account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserPatch, example = json!({"role": "admin"}))]
struct UpdateRequest {
    role: Role,
}

/// Change the role of a user
///
/// Needs the permission `users:manage`; only owners change owners, and an account keeps at least one.
#[utoipa::path(
    patch,
    path = "/api/users/{id}",
    operation_id = "update_user",
    tag = "Users",
    params(("id" = UserId, Path)),
    request_body = UpdateRequest,
    responses(
        (status = 200, body = Member),
        (status = 409, description = "It is the only owner (`last_owner`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["users:manage"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<UserId>,
    Json(request): Json<UpdateRequest>,
) -> Result<Json<Member>, ApiError> {
    let account = auth.allow(Permission::UsersManage)?;
    let by = By::of(&auth);
    let member = service::change_role(&app.ctx, account, &by, id, request.role).await?;
    Ok(Json(member))
}

/// Remove a user from the account
///
/// Needs the permission `users:manage`. Their API tokens of the account are revoked; they stay a user of other accounts.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    operation_id = "remove_user",
    tag = "Users",
    params(("id" = UserId, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "It is the only owner (`last_owner`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["users:manage"]))
)]
async fn remove(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::UsersManage)?;
    service::remove(&app.ctx, account, &By::of(&auth), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
