//! `/api/transports`.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{
    NewTransport, SmtpSettings, Transport, TransportId, TransportKind, TransportPatch,
};
use super::service;
use crate::Config;

/// The routes of transports. Their router must be given [`Config`] as an extension.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(test))
}

/// A transport. The password is not part of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Transport, example = json!({
    "id": "361240977588224020",
    "name": "Our relay",
    "kind": "smtp",
    "smtp": {
        "host": "smtp.example.com",
        "port": 587,
        "encryption": "starttls",
        "username": "sendero",
        "accept_invalid_certificates": false,
    },
    "has_password": true,
    "max_per_second": null,
    "max_connections": 10,
    "is_default": true,
    "failover_order": null,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct TransportView {
    id: TransportId,
    name: String,
    kind: TransportKind,
    /// Absent for the sandbox.
    #[schema(required)]
    smtp: Option<SmtpSettings>,
    /// Whether a password is stored.
    has_password: bool,
    /// Most messages a second; no limit when absent.
    #[schema(required)]
    max_per_second: Option<i64>,
    max_connections: i64,
    is_default: bool,
    /// Stands in for a transport whose relay cannot be reached, the lowest number first; never when absent.
    #[schema(required)]
    failover_order: Option<i64>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Transport> for TransportView {
    fn from(transport: Transport) -> Self {
        Self {
            id: transport.id,
            name: transport.name,
            kind: transport.kind,
            smtp: transport.smtp,
            has_password: transport.secret.is_some(),
            max_per_second: transport.max_per_second,
            max_connections: transport.max_connections,
            is_default: transport.is_default,
            failover_order: transport.failover_order,
            created_at: transport.created_at,
            updated_at: transport.updated_at,
        }
    }
}

/// The transports of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TransportList {
    data: Vec<TransportView>,
}

/// List the transports
///
/// Without any, mail goes to the sandbox inbox. Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/transports",
    operation_id = "list_transports",
    tag = "Transports",
    responses((status = 200, body = TransportList)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<TransportList>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let transports = service::list(&app.ctx, account).await?;
    Ok(Json(TransportList {
        data: transports.into_iter().map(TransportView::from).collect(),
    }))
}

/// Add a transport
///
/// Needs the permission `settings:write`.
#[utoipa::path(
    post,
    path = "/api/transports",
    operation_id = "create_transport",
    tag = "Transports",
    request_body(content = NewTransport, example = json!({
        "name": "Our relay",
        "kind": "smtp",
        "smtp": {"host": "smtp.example.com", "port": 587, "encryption": "starttls", "username": "sendero"},
        "password": "correct horse",
        "is_default": true,
    })),
    responses((status = 201, body = TransportView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewTransport>,
) -> Result<(StatusCode, Json<TransportView>), ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let transport = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(transport.into())))
}

/// Get a transport
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/transports/{id}",
    operation_id = "get_transport",
    tag = "Transports",
    params(("id" = TransportId, Path, description = "The transport's id")),
    responses((status = 200, body = TransportView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TransportId>,
) -> Result<Json<TransportView>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}

/// Change a transport
///
/// Mail that is under way finishes with the old settings. Needs the permission `settings:write`.
#[utoipa::path(
    patch,
    path = "/api/transports/{id}",
    operation_id = "update_transport",
    tag = "Transports",
    params(("id" = TransportId, Path, description = "The transport's id")),
    request_body(content = TransportPatch, example = json!({"max_per_second": 50})),
    responses((status = 200, body = TransportView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TransportId>,
    Json(request): Json<TransportPatch>,
) -> Result<Json<TransportView>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let transport = service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    Ok(Json(transport.into()))
}

/// Delete a transport
///
/// Refused with 409 while an unfinished campaign uses it. Needs the permission `settings:write`.
#[utoipa::path(
    delete,
    path = "/api/transports/{id}",
    operation_id = "delete_transport",
    tag = "Transports",
    params(("id" = TransportId, Path, description = "The transport's id")),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TransportId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How a test of a connection went.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TransportTest {
    /// Whether it connected and signed in.
    ok: bool,
    /// What the relay offers.
    capabilities: Vec<String>,
    /// What went wrong and what to look at.
    #[schema(required)]
    error: Option<String>,
}

/// Test the connection of a transport
///
/// Connects and signs in, and sends nothing. Needs the permission `settings:write`.
#[utoipa::path(
    post,
    path = "/api/transports/{id}/test",
    operation_id = "test_transport",
    tag = "Transports",
    params(("id" = TransportId, Path, description = "The transport's id")),
    responses((status = 200, body = TransportTest), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn test(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Path(id): Path<TransportId>,
) -> Result<Json<TransportTest>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let (ok, capabilities, error) = match service::test(&app.ctx, &config, account, id).await? {
        Ok(capabilities) => (true, capabilities, None),
        Err(error) => (false, Vec::new(), Some(error)),
    };
    Ok(Json(TransportTest {
        ok,
        capabilities,
        error,
    }))
}
