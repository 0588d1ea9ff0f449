//! `/api/senders`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{NewSender, Sender, SenderId, SenderPatch};
use super::service;

/// The routes of senders.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
}

/// A sender.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Sender, example = json!({
    "id": "361240977588224030",
    "name": "Ada of Analytical Engines",
    "email": "news@example.com",
    "reply_to": "ada@example.com",
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct SenderView {
    id: SenderId,
    name: String,
    email: String,
    /// Where answers go, if not to the address.
    #[schema(required)]
    reply_to: Option<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Sender> for SenderView {
    fn from(sender: Sender) -> Self {
        Self {
            id: sender.id,
            name: sender.name,
            email: sender.email,
            reply_to: sender.reply_to,
            created_at: sender.created_at,
            updated_at: sender.updated_at,
        }
    }
}

/// The senders of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SenderList {
    data: Vec<SenderView>,
}

/// List the senders
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/senders",
    operation_id = "list_senders",
    tag = "Senders",
    responses((status = 200, body = SenderList)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<SenderList>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let senders = service::list(&app.ctx, account).await?;
    Ok(Json(SenderList {
        data: senders.into_iter().map(SenderView::from).collect(),
    }))
}

/// Add a sender
///
/// Campaigns choose it by its id. Needs the permission `settings:write`.
#[utoipa::path(
    post,
    path = "/api/senders",
    operation_id = "create_sender",
    tag = "Senders",
    request_body(content = NewSender, example = json!({
        "name": "Ada of Analytical Engines", "email": "news@example.com", "reply_to": "ada@example.com",
    })),
    responses((status = 201, body = SenderView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewSender>,
) -> Result<(StatusCode, Json<SenderView>), ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let sender = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(sender.into())))
}

/// Get a sender
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/senders/{id}",
    operation_id = "get_sender",
    tag = "Senders",
    params(("id" = SenderId, Path, description = "The sender's id")),
    responses((status = 200, body = SenderView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SenderId>,
) -> Result<Json<SenderView>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}

/// Change a sender
///
/// Drafts and scheduled campaigns take the change over when they start. Needs the permission `settings:write`.
#[utoipa::path(
    patch,
    path = "/api/senders/{id}",
    operation_id = "update_sender",
    tag = "Senders",
    params(("id" = SenderId, Path, description = "The sender's id")),
    request_body(content = SenderPatch, example = json!({"reply_to": "answers@example.com"})),
    responses(
        (status = 200, body = SenderView),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SenderId>,
    Json(request): Json<SenderPatch>,
) -> Result<Json<SenderView>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let sender = service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    Ok(Json(sender.into()))
}

/// Delete a sender
///
/// Refused with 409 while a scheduled campaign names it. Needs the permission `settings:write`.
#[utoipa::path(
    delete,
    path = "/api/senders/{id}",
    operation_id = "delete_sender",
    tag = "Senders",
    params(("id" = SenderId, Path, description = "The sender's id")),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SenderId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
