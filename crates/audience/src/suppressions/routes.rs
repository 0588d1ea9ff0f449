//! `/api/suppressions`.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::TryStreamExt as _;
use identity::{Auth, Permission};
use kernel::Page;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::file::{self, Imported};
use super::model::{Scope, Suppression};
use super::service::{self, AddSuppressions};
use crate::SuppressionId;

/// The routes of the suppression list.
pub fn routes() -> OpenApiRouter<App> {
    // Read as a stream, with a limit of its own.
    let upload = OpenApiRouter::default()
        .routes(routes!(import))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::default()
        .merge(upload)
        .routes(routes!(list, add))
        .routes(routes!(export))
        .routes(routes!(remove))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only what covers this address: its own entry, also when just a hash is kept, that of its domain, and those of the
    /// instance's list.
    email: Option<String>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List what is suppressed
///
/// The newest first. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/suppressions",
    operation_id = "list_suppressions",
    tag = "Suppressions",
    params(ListParams),
    responses((status = 200, body = Page<Suppression>, example = json!({
        "data": [{
            "id": "361240977588224000",
            "scope": "account",
            "kind": "address",
            "value": "ada@example.com",
            "reason": "complaint",
            "via": null,
            "created_at": "2026-05-04T09:30:00Z",
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<Suppression>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = web::paging(params.cursor.as_deref(), params.limit)?;
    let page = match params.email {
        Some(email) => Page {
            data: service::matching(&app.ctx, account, &email).await?,
            next_cursor: None,
        },
        None => service::list(&app.ctx, account, cursor, limit).await?,
    };
    Ok(Json(page))
}

/// What is not to get mail, up to 1,000 in all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuppressionsAdd, example = json!({
    "emails": ["ada@example.com"], "domains": ["example.org"], "reason": "asked by letter",
}))]
struct AddRequest {
    #[serde(default)]
    #[schema(max_items = 1000)]
    emails: Vec<String>,
    /// Every address of the domain; subdomains are domains of their own.
    #[serde(default)]
    #[schema(max_items = 1000)]
    domains: Vec<String>,
    /// From other systems: SHA-256 or MD5, in hexadecimal, of addresses in lower case.
    #[serde(default)]
    #[schema(max_items = 1000)]
    hashes: Vec<String>,
    /// `manual` unless given.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SuppressionsAdded, example = json!({"added": 1, "already": 0, "subscribers": 1}))]
struct AddAnswer {
    /// New on the list.
    added: u64,
    /// On the list before.
    already: u64,
    /// Subscribers whose status is `suppressed` now and was not before. Those whom a domain or a hash covers follow
    /// within moments; they get no mail from now on.
    subscribers: u64,
}

/// Suppress addresses, domains and hashes
///
/// Subscribers whom they cover get the status `suppressed`. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/suppressions",
    operation_id = "add_suppressions",
    tag = "Suppressions",
    request_body = AddRequest,
    responses((status = 200, body = AddAnswer)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn add(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<AddRequest>,
) -> Result<Json<AddAnswer>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let input = AddSuppressions {
        emails: request.emails,
        domains: request.domains,
        hashes: request.hashes,
        reason: request.reason,
    };
    let added = service::add(&app.ctx, account, &auth.actor(), input).await?;
    Ok(Json(AddAnswer {
        added: added.added,
        already: added.already,
        subscribers: added.subscribers,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportParams {
    /// For lines that tell none; `import` unless given.
    reason: Option<String>,
}

/// Import a list of what is suppressed
///
/// The body is the file: an address, domain or hash in each line, or CSV with a header that names a column `email` or
/// `value` and, if there are any, `kind` (address, domain, sha256, md5, keyed) and `reason`. It is taken as it arrives,
/// whatever its size up to the server's limit; a faulty line does not stop it. Sending it again changes nothing. Needs
/// the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/suppressions/import",
    operation_id = "import_suppressions",
    tag = "Suppressions",
    params(ImportParams),
    request_body(content(
        (String = "text/csv", example = "email,reason\nada@example.com,complaint\nexample.org,competitor\n"),
        (String = "text/plain", example = "ada@example.com\n"),
    )),
    responses((status = 200, body = Imported)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn import(
    auth: Auth,
    State(app): State<App>,
    Query(params): Query<ImportParams>,
    request: Request,
) -> Result<Json<Imported>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let imported = file::import(
        &app.ctx,
        Scope::Account(account),
        &auth.actor(),
        params.reason.as_deref(),
        request.into_body().into_data_stream(),
        app.config.max_upload_bytes,
    )
    .await?;
    Ok(Json(imported))
}

/// Download the suppression list as a CSV file
///
/// The newest first; fit for `POST /api/suppressions/import`. Of an erased person there is only a hash that this server
/// alone understands. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/suppressions/export",
    operation_id = "export_suppressions",
    tag = "Suppressions",
    responses((status = 200, body = String, content_type = "text/csv",
        example = "kind,value,reason,created_at\r\naddress,ada@example.com,complaint,2026-05-04T09:30:00Z\r\n")),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn export(auth: Auth, State(app): State<App>) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let lines = file::csv(app.ctx.clone(), Scope::Account(account)).inspect_err(|error| {
        // The status is sent already; the download breaks off.
        tracing::warn!(%error, "a suppression list could not be read to its end");
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"suppressions.csv\"",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Take something off the suppression list
///
/// Subscribers whom nothing else covers become unsubscribed; subscribe them again if they ask for it. Needs the
/// permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/suppressions/{id}",
    operation_id = "remove_suppression",
    tag = "Suppressions",
    params(("id" = SuppressionId, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "Another entry covers the address as well (`still_suppressed`)", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn remove(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SuppressionId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::remove(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
