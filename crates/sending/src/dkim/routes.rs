//! `/api/dkim-keys`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::dns::{self, DomainRecords};
use super::model::{DkimKey, DkimKeyId, DkimKeyPatch, KeyAlgorithm, NewDkimKey};
use super::service;

/// The routes of DKIM keys.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(check_dns))
}

/// A record to be put into DNS.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DnsRecord {
    #[schema(example = "spring._domainkey.example.com")]
    name: String,
    #[serde(rename = "type")]
    #[schema(example = "TXT")]
    kind: &'static str,
    /// Longer than 255 characters, it is written as several texts in a row; most DNS services do that themselves.
    #[schema(example = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")]
    value: String,
}

/// A DKIM key. The private half is not part of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = DkimKey, example = json!({
    "id": "361240977588224050",
    "domain": "example.com",
    "selector": "spring",
    "algorithm": "ed25519",
    "is_active": false,
    "dns": {
        "name": "spring._domainkey.example.com",
        "type": "TXT",
        "value": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    },
    "created_at": "2026-05-04T09:30:00Z",
}))]
struct DkimKeyView {
    id: DkimKeyId,
    domain: String,
    selector: String,
    algorithm: KeyAlgorithm,
    /// Whether mail is signed with it.
    is_active: bool,
    /// What receivers look up to check signatures.
    dns: DnsRecord,
    created_at: Timestamp,
}

impl From<DkimKey> for DkimKeyView {
    fn from(key: DkimKey) -> Self {
        Self {
            id: key.id,
            algorithm: key.algorithm,
            is_active: key.is_active,
            dns: DnsRecord {
                name: dns::name_of(&key),
                kind: "TXT",
                value: key.record,
            },
            domain: key.domain,
            selector: key.selector,
            created_at: key.created_at,
        }
    }
}

/// The DKIM keys of an account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DkimKeyList {
    data: Vec<DkimKeyView>,
}

/// List the DKIM keys
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/dkim-keys",
    operation_id = "list_dkim_keys",
    tag = "DKIM",
    responses((status = 200, body = DkimKeyList)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<DkimKeyList>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let keys = service::list(&app.ctx, account).await?;
    Ok(Json(DkimKeyList {
        data: keys.into_iter().map(DkimKeyView::from).collect(),
    }))
}

/// Add a DKIM key
///
/// Makes a new one, or takes one over. It is inactive: put its record into DNS, then activate it. Needs the permission `settings:write`.
#[utoipa::path(
    post,
    path = "/api/dkim-keys",
    operation_id = "create_dkim_key",
    tag = "DKIM",
    request_body(content = NewDkimKey, example = json!({
        "domain": "example.com", "selector": "spring", "algorithm": "ed25519",
    })),
    responses(
        (status = 201, body = DkimKeyView),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewDkimKey>,
) -> Result<(StatusCode, Json<DkimKeyView>), ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let key = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, Json(key.into())))
}

/// Get a DKIM key
///
/// Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/dkim-keys/{id}",
    operation_id = "get_dkim_key",
    tag = "DKIM",
    params(("id" = DkimKeyId, Path, description = "The key's id")),
    responses((status = 200, body = DkimKeyView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<DkimKeyId>,
) -> Result<Json<DkimKeyView>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}

/// Look whether a domain's records are in DNS
///
/// Asks the name servers now: for the record of the key, and for what the domain says of who sends for it (SPF) and of mail
/// that cannot be checked (DMARC). Takes up to 10 seconds when they do not answer. Needs the permission `settings:write`.
#[utoipa::path(
    post,
    path = "/api/dkim-keys/{id}/check-dns",
    operation_id = "check_dkim_key_dns",
    tag = "DKIM",
    params(("id" = DkimKeyId, Path, description = "The key's id")),
    responses(
        (status = 200, body = DomainRecords, example = json!({
            "checked_at": "2026-05-04T09:30:00Z",
            "records": [
                {
                    "purpose": "dkim",
                    "name": "spring._domainkey.example.com",
                    "state": "missing",
                    "found": [],
                    "advice": "Add the record below. New records are seen after minutes, sometimes after a day.",
                },
                {
                    "purpose": "spf",
                    "name": "example.com",
                    "state": "ok",
                    "found": ["v=spf1 include:relay.example -all"],
                    "advice": null,
                },
                {
                    "purpose": "dmarc",
                    "name": "_dmarc.example.com",
                    "state": "ok",
                    "found": ["v=DMARC1; p=none"],
                    "advice": null,
                },
            ],
        })),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn check_dns(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<DkimKeyId>,
) -> Result<Json<DomainRecords>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    Ok(Json(service::check_dns(&app.ctx, account, id).await?))
}

/// Activate or deactivate a DKIM key
///
/// Campaigns notice when they start or are resumed. Needs the permission `settings:write`.
#[utoipa::path(
    patch,
    path = "/api/dkim-keys/{id}",
    operation_id = "update_dkim_key",
    tag = "DKIM",
    params(("id" = DkimKeyId, Path, description = "The key's id")),
    request_body(content = DkimKeyPatch, example = json!({"is_active": true})),
    responses(
        (status = 200, body = DkimKeyView),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<DkimKeyId>,
    Json(request): Json<DkimKeyPatch>,
) -> Result<Json<DkimKeyView>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let key = service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    Ok(Json(key.into()))
}

/// Delete a DKIM key
///
/// For good: it cannot be had back. Leave its record in DNS while mail signed with it is on its way. Needs the permission `settings:write`.
#[utoipa::path(
    delete,
    path = "/api/dkim-keys/{id}",
    operation_id = "delete_dkim_key",
    tag = "DKIM",
    params(("id" = DkimKeyId, Path, description = "The key's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<DkimKeyId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
