//! `/api/hooks`, and the addresses of hooks.

use axum::Extension;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::MOST_BYTES;
use super::model::{Hook, HookId, NewHook, NewPeople, Received};
use super::service;
use crate::engine::Engine;

/// The routes by which hooks are managed.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(renew))
        .routes(routes!(delete))
}

/// The addresses themselves. They take the [`Engine`] from an extension.
pub fn public_routes() -> Router<App> {
    Router::new()
        .route("/in/{secret}", post(receive))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// A hook. Its address is not part of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Hook, example = json!({
    "id": "361240977588224120", "name": "Shop", "email_at": "customer.email", "new_people": "unconfirmed",
    "created_at": "2026-05-04T09:30:00Z", "created_by": "user:361240977588224000",
    "last_received_at": "2026-05-05T10:00:00Z",
}))]
struct HookView {
    id: HookId,
    name: String,
    /// Where a body has the address of the subscriber.
    email_at: String,
    new_people: NewPeople,
    created_at: Timestamp,
    created_by: String,
    /// When it was last used, to the minute.
    #[schema(required)]
    last_received_at: Option<Timestamp>,
}

impl From<Hook> for HookView {
    fn from(hook: Hook) -> Self {
        Self {
            id: hook.id,
            name: hook.name,
            email_at: hook.email_at,
            new_people: hook.new_people,
            created_at: hook.created_at,
            created_by: hook.created_by,
            last_received_at: hook.last_received_at,
        }
    }
}

/// A hook with its address, which is shown this once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HookWithUrl, example = json!({
    "id": "361240977588224120", "name": "Shop", "email_at": "customer.email", "new_people": "unconfirmed",
    "created_at": "2026-05-04T09:30:00Z", "created_by": "user:361240977588224000", "last_received_at": null,
    "url": "https://mail.example.com/in/fHk2nq1vYxgYbq2R0rTtqkq0m6b6dUuR",
}))]
struct HookWithUrl {
    #[serde(flatten)]
    hook: HookView,
    /// Whoever has it may send: keep it like a password.
    url: String,
}

impl HookWithUrl {
    fn new(app: &App, (hook, secret): (Hook, String)) -> Self {
        Self {
            hook: hook.into(),
            url: format!("{}/in/{secret}", app.config.public_url),
        }
    }
}

/// The hooks of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = HookList)]
struct HookList {
    data: Vec<HookView>,
}

/// List hooks
///
/// Addresses that take what other programs send, for triggers of the event `hook.received`. Needs the permission
/// `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/hooks",
    operation_id = "list_hooks",
    tag = "Events",
    responses((status = 200, body = HookList)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<HookList>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let hooks = service::list(&app.ctx, account).await?;
    Ok(Json(HookList {
        data: hooks.into_iter().map(HookView::from).collect(),
    }))
}

/// Make a hook
///
/// The answer has its address. POST JSON to it, with no more than that: the subscriber is found by the address at
/// `email_at`, or made, and the whole body are the properties of the event `hook.received`, which automations know as
/// `event.NAME`. A body has at most 64 kB, of which 15 kB may be properties; a hook takes 600 requests a minute. With the
/// header `Idempotency-Key` a request counts once. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/hooks",
    operation_id = "create_hook",
    tag = "Events",
    request_body(content = NewHook, example = json!({"name": "Shop", "email_at": "customer.email"})),
    responses(
        (status = 201, body = HookWithUrl),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewHook>,
) -> Result<(StatusCode, Json<HookWithUrl>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let made = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(HookWithUrl::new(&app, made))))
}

/// Give a hook another address
///
/// The old one is worth nothing from then on. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/hooks/{id}/renew",
    operation_id = "renew_hook",
    tag = "Events",
    params(("id" = HookId, Path, description = "The hook's id")),
    responses((status = 200, body = HookWithUrl), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn renew(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HookId>,
) -> Result<Json<HookWithUrl>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let renewed = service::renew(&app.ctx, account, &auth.actor(), id).await?;
    Ok(Json(HookWithUrl::new(&app, renewed)))
}

/// Delete a hook
///
/// Automations that begin with it, or wait for it, say what they miss. Needs the permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/hooks/{id}",
    operation_id = "delete_hook",
    tag = "Events",
    params(("id" = HookId, Path, description = "The hook's id")),
    responses((status = 204, description = "Deleted"), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HookId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes what another program sends to a hook. The secret part of the address is all that it proves itself by.
async fn receive(
    State(app): State<App>,
    Extension(engine): Extension<Engine>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Received>), ApiError> {
    let key = headers
        .get("idempotency-key")
        .map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let pace = engine.pace();
    let received = service::receive(&app.ctx, pace, &secret, key.as_deref(), body).await?;
    Ok((StatusCode::ACCEPTED, Json(received)))
}
