//! `/api/sandbox/messages`.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use identity::{Auth, Permission};
use kernel::{Cursor, Error, Page};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{SandboxMessage, SandboxMessageId};
use super::store;

/// The routes of the sandbox inbox.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(source))
}

/// List the mails in the sandbox inbox
///
/// Newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/sandbox/messages",
    operation_id = "list_sandbox_messages",
    tag = "Sandbox",
    params(Paging),
    responses((status = 200, body = Page<SandboxMessage>, example = json!({
        "data": [{
            "id": "361240977588224010",
            "message_id": "361240977588224009",
            "recipient": "ada@example.com",
            "subject": "Ada, the spring list is here",
            "received_at": "2026-05-04T09:30:00Z",
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<SandboxMessage>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = paging.resolve()?;
    let mut tx = app.ctx.read().await?;
    let rows = store::list(&mut tx, account, cursor, limit).await?;
    Ok(Json(Page::from_rows(rows, limit, |mail| Cursor {
        key: 0,
        id: mail.id.get(),
    })))
}

/// A mail in the sandbox inbox, taken apart.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SandboxMail {
    #[serde(flatten)]
    message: SandboxMessage,
    /// Every header, in order.
    headers: Vec<MailHeader>,
    /// The plain-text part.
    text: Option<String>,
    /// The HTML part. Show it in a sandboxed frame.
    html: Option<String>,
}

/// A header of a mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct MailHeader {
    name: String,
    value: String,
}

/// Read a mail in the sandbox inbox
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/sandbox/messages/{id}",
    operation_id = "get_sandbox_message",
    tag = "Sandbox",
    params(("id" = SandboxMessageId, Path, description = "The mail's id")),
    responses((status = 200, body = SandboxMail), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SandboxMessageId>,
) -> Result<Json<SandboxMail>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    let (message, source) = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("mail in the sandbox", id))?;
    let parsed = mail::read(&source);
    Ok(Json(SandboxMail {
        message,
        headers: parsed
            .headers
            .into_iter()
            .map(|(name, value)| MailHeader { name, value })
            .collect(),
        text: Some(parsed.text).filter(|text| !text.is_empty()),
        html: parsed.html,
    }))
}

/// Get the source of a mail in the sandbox inbox
///
/// As it would have gone over the wire (RFC 5322). Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/sandbox/messages/{id}/source",
    operation_id = "get_sandbox_message_source",
    tag = "Sandbox",
    params(("id" = SandboxMessageId, Path, description = "The mail's id")),
    responses(
        (status = 200, content_type = "text/plain", body = String),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn source(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SandboxMessageId>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    let (_, source) = store::find(&mut tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("mail in the sandbox", id))?;
    Ok((
        [(
            header::CONTENT_TYPE,
            // Plain text, so that no browser shows it as a page of ours.
            HeaderValue::from_static("text/plain; charset=utf-8"),
        )],
        source,
    )
        .into_response())
}
