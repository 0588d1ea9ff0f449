//! `/api/tokens`.

use axum::extract::State;
use axum::http::StatusCode;
use kernel::{Page, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{NewToken, Token, TokenId};
use super::service;
use crate::auth::{Auth, Permission, Scopes};
use crate::users::By;

/// The routes of API tokens.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

/// List the API tokens of the account, newest first
///
/// Needs the permission `tokens:manage`. Secrets are not shown again.
#[utoipa::path(
    get,
    path = "/api/tokens",
    operation_id = "list_tokens",
    tag = "API tokens",
    params(Paging),
    responses((status = 200, body = Page<Token>, example = json!({
        "data": [{
            "id": "361240977588224003",
            "name": "Shop",
            "scopes": ["audience:read", "audience:write"],
            "user_id": "361240977588224000",
            "created_at": "2026-05-04T09:30:00Z",
            "expires_at": null,
            "last_used_at": "2026-05-04T10:00:00Z",
            "revoked_at": null,
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["tokens:manage"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Token>>, ApiError> {
    let account = auth.allow(Permission::TokensManage)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(service::list(&app.ctx, account, cursor, limit).await?))
}

/// A new API token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApiTokenCreate, example = json!({
    "name": "Shop",
    "scopes": ["audience:read", "audience:write"],
    "expires_at": "2027-05-04T00:00:00Z",
}))]
struct CreateRequest {
    /// What it is for.
    name: String,
    /// What it may do; not more than you may yourself.
    #[schema(value_type = Vec<Permission>)]
    scopes: Scopes,
    /// When it ends; never unless given.
    expires_at: Option<Timestamp>,
}

/// An API token that was just made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ApiTokenCreated)]
struct Created {
    #[serde(flatten)]
    token: Token,
    /// What to send as `Authorization: Bearer ...`. Keep it: it is not shown again.
    #[schema(example = "sendero_dGhpcyBpcyBub3QgYSB0b2tlbiBhdCBhbGw")]
    secret: String,
}

/// Make an API token
///
/// Needs the permission `tokens:manage`. The token acts in your name: it loses what your role loses.
#[utoipa::path(
    post,
    path = "/api/tokens",
    operation_id = "create_token",
    tag = "API tokens",
    request_body = CreateRequest,
    responses((status = 201, body = Created)),
    security(("session" = []), ("token" = ["tokens:manage"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<CreateRequest>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let account = auth.allow(Permission::TokensManage)?;
    let new = NewToken {
        name: request.name,
        scopes: request.scopes,
        expires_at: request.expires_at,
    };
    let by = By::of(&auth);
    let (token, secret) = service::create(&app.ctx, account, &by, auth.user(), new).await?;
    Ok((StatusCode::CREATED, Json(Created { token, secret })))
}

/// Revoke an API token
///
/// Needs the permission `tokens:manage`. It stays in the list.
#[utoipa::path(
    delete,
    path = "/api/tokens/{id}",
    operation_id = "revoke_token",
    tag = "API tokens",
    params(("id" = TokenId, Path)),
    responses((status = 204, description = "Revoked")),
    security(("session" = []), ("token" = ["tokens:manage"]))
)]
async fn revoke(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::TokensManage)?;
    service::revoke(&app.ctx, account, &By::of(&auth), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
