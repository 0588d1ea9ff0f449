//! `/api/subscribers/{id}/export`, `/api/subscribers/{id}/erase` and `/api/privacy`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use identity::{Auth, Permission};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::{Erased, Settings};
use super::{erase, export, page, retention};
use crate::SubscriberId;

/// The routes of privacy.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(export_subscriber))
        .routes(routes!(erase_subscriber))
        .routes(routes!(get, set))
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PersonFormat)]
enum Format {
    #[default]
    Json,
    Html,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportParams {
    /// `json` unless given; `html` is a page for the person, which needs nothing else.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Export everything about a subscriber
///
/// Attributes, custom fields, consent, groups and tags, mails, opens and clicks, events, changes by your users: what a
/// person may ask for. It is noted in the audit log. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers/{id}/export",
    operation_id = "export_subscriber",
    tag = "Privacy",
    params(("id" = SubscriberId, Path), ExportParams),
    responses((status = 200, content(
        (serde_json::Value = "application/json", example = json!({
            "exported_at": "2026-05-04T09:30:00Z",
            "person": {"id": "361240977588224000", "email": "ada@example.com", "status": "active"},
            "consent": {"at": "2026-05-04T09:30:00Z", "text": "Monthly news"},
            "fields": [{"field": "city", "name": "City", "value": "Berlin"}],
            "groups": [],
            "messages": [],
        })),
        (String = "text/html", example = "<!doctype html><title>All that is stored about ada@example.com</title>"),
    ))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn export_subscriber(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Query(params): Query<ExportParams>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let all = export::export(&app.ctx, account, &auth.actor(), id).await?;
    let (kind, end, body) = match params.format {
        Format::Json => ("application/json", "json", all.to_string()),
        Format::Html => ("text/html; charset=utf-8", "html", page::html(&all)),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        // Saved, not shown: a page of ours never holds what others wrote.
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"subscriber-{id}.{end}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, body).into_response())
}

/// Erase a subscriber
///
/// Deletes the person for good and keeps only a hash that stops the address from being added again. Mails, opens, clicks
/// and events stay counted and name nobody; so do the audit log and reports of imports. The answer lists segments whose
/// rules name the address: change those by hand. There is no way back. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/erase",
    operation_id = "erase_subscriber",
    tag = "Privacy",
    params(("id" = SubscriberId, Path)),
    responses((status = 200, body = Erased)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn erase_subscriber(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
) -> Result<Json<Erased>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    Ok(Json(
        erase::erase(&app.ctx, account, &auth.actor(), id).await?,
    ))
}

/// Get how long things are kept
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/privacy",
    operation_id = "get_privacy",
    tag = "Privacy",
    responses((status = 200, body = Settings)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn get(auth: Auth, State(app): State<App>) -> Result<Json<Settings>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    Ok(Json(retention::get(&app.ctx, account).await?))
}

/// Set how long things are kept
///
/// Both values are needed; what is older goes within an hour or so and does not come back. Needs the permission
/// `settings:write`.
#[utoipa::path(
    put,
    path = "/api/privacy",
    operation_id = "set_privacy",
    tag = "Privacy",
    request_body = Settings,
    responses((status = 200, body = Settings)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn set(
    auth: Auth,
    State(app): State<App>,
    Json(settings): Json<Settings>,
) -> Result<Json<Settings>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    Ok(Json(
        retention::set(&app.ctx, account, &auth.actor(), settings).await?,
    ))
}
