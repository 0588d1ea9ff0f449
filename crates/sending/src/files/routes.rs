//! `/api/files`, and the public address of each.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, FromRequest as _, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Router, body::to_bytes};
use identity::{Auth, Permission};
use kernel::{Error, Page, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::{File, FileId, FilePatch, Limits, Use, header_name};
use super::picture::PictureKind;
use super::service::{self, Upload};
use crate::Config;

/// The routes of files.
pub fn routes() -> OpenApiRouter<App> {
    // Read with a limit of its own.
    let upload = OpenApiRouter::default()
        .routes(routes!(create))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::default()
        .merge(upload)
        .routes(routes!(list))
        .routes(routes!(read, update, delete))
        .routes(routes!(uses))
}

/// Where mails find their pictures.
pub fn public_routes() -> Router<App> {
    Router::new().route("/m/{file}", get(show))
}

/// A picture for mails.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = File, example = json!({
    "id": "361240977588224060",
    "name": "spring.png",
    "alt": "A pot of tea among daffodils",
    "kind": "png",
    "width": 1200,
    "height": 600,
    "size_bytes": 84213,
    "url": "https://mail.example.com/m/5f2b8c0d9e1a47d3b6c4f8a2e7d90c13.png",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct FileView {
    id: FileId,
    name: String,
    /// What is read out or shown instead of the picture.
    #[schema(required)]
    alt: Option<String>,
    kind: PictureKind,
    /// In pixels.
    width: i64,
    height: i64,
    size_bytes: i64,
    /// The address to use in mails: anybody who has it can see the picture. It never shows anything else.
    url: String,
    /// Of its bytes, in hexadecimal.
    sha256: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl FileView {
    fn of(file: File, config: &Config) -> Self {
        Self {
            id: file.id,
            url: format!("{}{}", config.public_url, file.path()),
            name: file.name,
            alt: file.alt,
            kind: file.kind,
            width: file.width,
            height: file.height,
            size_bytes: file.size_bytes,
            sha256: file.sha256,
            created_at: file.created_at,
            updated_at: file.updated_at,
        }
    }
}

/// Which files.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileListQuery {
    /// Only those whose name contains this.
    search: Option<String>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the files
///
/// Newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/files",
    operation_id = "list_files",
    tag = "Files",
    params(FileListQuery),
    responses((status = 200, body = Page<FileView>)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Query(query): Query<FileListQuery>,
) -> Result<Json<Page<FileView>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let page = service::list(&app.ctx, account, query.search.as_deref(), cursor, limit).await?;
    Ok(Json(page.map(|file| FileView::of(file, &config))))
}

/// For a body that is the picture itself.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct FileUploadQuery {
    /// What it is called, if the body is the picture itself.
    #[param(example = "spring.png")]
    name: Option<String>,
    /// What is read out instead, if the body is the picture itself.
    alt: Option<String>,
}

/// A picture with what is said of it.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
struct FileUploadForm {
    /// The picture.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
    /// What it is called; the name of the file when absent.
    name: Option<String>,
    /// What is read out or shown instead of the picture.
    alt: Option<String>,
}

/// Upload a picture
///
/// PNG, JPEG, GIF or WebP, recognized by what is in it; SVG is refused, since it can hold scripts. Send
/// `multipart/form-data` with the part `file`, or the picture itself as the body. The same bytes are kept once: a repeat
/// is answered with 200 and the file that is there, unchanged. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/files",
    operation_id = "create_file",
    tag = "Files",
    params(FileUploadQuery),
    request_body(content(
        (FileUploadForm = "multipart/form-data"),
        (String = "image/png", example = "(the bytes of the picture)")
    )),
    responses(
        (status = 201, body = FileView),
        (status = 200, body = FileView, description = "It was there already"),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Query(query): Query<FileUploadQuery>,
    request: Request,
) -> Result<(StatusCode, Json<FileView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let upload = receive(&config.files, query, request).await?;
    let (file, is_new) =
        service::upload(&app.ctx, account, &auth.actor(), &config.files, upload).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(FileView::of(file, &config))))
}

async fn receive(
    limits: &Limits,
    query: FileUploadQuery,
    request: Request,
) -> Result<Upload, ApiError> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return receive_form(limits, request).await;
    }
    let bytes = to_bytes(request.into_body(), limits.max_bytes)
        .await
        .map_err(|_| too_large(limits))?;
    Ok(Upload {
        bytes: bytes.into(),
        file_name: query.name.clone().unwrap_or_default(),
        name: query.name,
        alt: query.alt,
    })
}

fn too_large(limits: &Limits) -> ApiError {
    let message = format!("a picture may have at most {} kB", limits.max_bytes / 1_000);
    ApiError::from(Error::invalid("file", "too_large", message))
}

async fn receive_form(limits: &Limits, request: Request) -> Result<Upload, ApiError> {
    const MAX_TEXT: usize = 4_000;
    let broken = |error: &dyn std::fmt::Display| {
        let message = format!("the form cannot be read: {error}");
        Error::invalid("body", "invalid", message)
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(&error))?;
    let mut upload = Upload::default();
    let mut has_file = false;
    while let Some(mut part) = form.next_field().await.map_err(|error| broken(&error))? {
        let field = part.name().unwrap_or_default().to_owned();
        let is_file = field == "file";
        let repeated = match &*field {
            "file" => has_file,
            "name" => upload.name.is_some(),
            "alt" => upload.alt.is_some(),
            _ => true,
        };
        if repeated {
            let field = match &*field {
                "" => "body".to_owned(),
                other => other.chars().take(100).collect(),
            };
            let message =
                "the form has one part `file`, and may have a `name` and an `alt`; remove this one";
            return Err(Error::invalid(field, "unknown", message).into());
        }
        if is_file {
            has_file = true;
            part.file_name()
                .unwrap_or_default()
                .clone_into(&mut upload.file_name);
        }
        let most = if is_file { limits.max_bytes } else { MAX_TEXT };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
            if bytes.len() + chunk.len() > most {
                return Err(if is_file {
                    too_large(limits)
                } else {
                    Error::invalid(field, "too_long", "send a shorter text").into()
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        if is_file {
            upload.bytes = bytes;
        } else {
            let text = String::from_utf8(bytes)
                .map_err(|_| Error::invalid(field.clone(), "invalid", "the text is not UTF-8"))?;
            match &*field {
                "name" => upload.name = Some(text).filter(|text| !text.trim().is_empty()),
                _ => upload.alt = Some(text),
            }
        }
    }
    if !has_file {
        let message = "the form has no part `file`; attach the picture to it";
        return Err(Error::invalid("file", "required", message).into());
    }
    Ok(upload)
}

/// Get a file
///
/// What is known of it; its `url` shows the picture. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/files/{id}",
    operation_id = "get_file",
    tag = "Files",
    params(("id" = FileId, Path, description = "The file's id")),
    responses((status = 200, body = FileView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Path(id): Path<FileId>,
) -> Result<Json<FileView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let file = service::get(&app.ctx, account, id).await?;
    Ok(Json(FileView::of(file, &config)))
}

/// Change a file
///
/// What it is called and what is read out instead of it; the picture itself never changes. Needs the permission
/// `campaigns:write`.
#[utoipa::path(
    patch,
    path = "/api/files/{id}",
    operation_id = "update_file",
    tag = "Files",
    params(("id" = FileId, Path, description = "The file's id")),
    request_body(content = FilePatch, example = json!({"alt": "A pot of tea among daffodils"})),
    responses(
        (status = 200, body = FileView),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    Path(id): Path<FileId>,
    Json(request): Json<FilePatch>,
) -> Result<Json<FileView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let file = service::update(&app.ctx, account, &auth.actor(), id, request).await?;
    Ok(Json(FileView::of(file, &config)))
}

/// How.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct FileDeleteQuery {
    /// Also when something shows it.
    force: bool,
}

/// Delete a file
///
/// Refused with 409 while a campaign, a template, a saved block or the brand shows it, unless `force` is true. Mails that
/// were sent and show it have a hole then. Needs the permission `campaigns:write`.
#[utoipa::path(
    delete,
    path = "/api/files/{id}",
    operation_id = "delete_file",
    tag = "Files",
    params(("id" = FileId, Path, description = "The file's id"), FileDeleteQuery),
    responses((status = 204), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FileId>,
    Query(query): Query<FileDeleteQuery>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id, query.force).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What shows a file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FileUses {
    /// Up to 100 of each kind, newest first.
    data: Vec<Use>,
}

/// List what shows a file
///
/// Campaigns (drafts and sent ones, by their present content), templates, saved blocks and the brand. Needs the permission
/// `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/files/{id}/uses",
    operation_id = "list_file_uses",
    tag = "Files",
    params(("id" = FileId, Path, description = "The file's id")),
    responses((status = 200, body = FileUses), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn uses(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<FileId>,
) -> Result<Json<FileUses>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let data = service::uses(&app.ctx, account, id).await?;
    Ok(Json(FileUses { data }))
}

/// For a year, the longest that makes sense: an address never shows anything else.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The picture at a public address.
async fn show(State(app): State<App>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let (token, extension) = file.split_once('.').unwrap_or((&file, ""));
    let known = |file: &File| {
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag.trim_matches('"') == file.sha256)
    };
    match service::public(&app.ctx, token, known).await {
        Ok((file, bytes)) if file.kind.extension() == extension => picture(&file, bytes),
        Err(error) if !matches!(error, Error::NotFound { .. }) => {
            ApiError::from(error).into_response()
        }
        _ => {
            // Short: somebody may have asked a moment before the file was there.
            let short = [(header::CACHE_CONTROL, "public, max-age=60")];
            (StatusCode::NOT_FOUND, short, "There is no such picture.").into_response()
        }
    }
}

fn picture(file: &File, bytes: Option<Vec<u8>>) -> Response {
    let mut response = match bytes {
        Some(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(file.kind.media_type()),
            );
            response
        }
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, &format!("\"{}\"", file.sha256));
    set(
        header::CONTENT_DISPOSITION,
        &format!("inline; filename=\"{}\"", header_name(file)),
    );
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; sandbox; frame-ancestors 'none'",
    );
    // Web mail and the web version of a mail are other origins.
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    );
    headers.insert(header::CACHE_CONTROL, FOREVER);
    response
}
