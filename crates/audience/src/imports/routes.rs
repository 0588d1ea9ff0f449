//! `/api/imports`.

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ctx::Ctx;
use futures_util::TryStreamExt as _;
use identity::{Auth, Permission};
use kernel::{AccountId, Error, Page, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::detect::Encoding;
use super::model::{Column, Delimiter, Import, Options, RowError, State as ImportState, Undo};
use super::preview::{self, Preview};
use super::service::{self, Spool, Upload};
use crate::ImportId;

/// The routes of imports.
pub fn routes() -> OpenApiRouter<App> {
    // Files may be larger than other bodies: the spool has a limit of its own.
    let upload = OpenApiRouter::default()
        .routes(routes!(create))
        .routes(routes!(preview))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::default()
        .merge(upload)
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(stop))
        .routes(routes!(resume))
        .routes(routes!(run))
        .routes(routes!(undo))
        .routes(routes!(errors))
        .routes(routes!(errors_csv))
}

/// An import and how far it is.
#[derive(Debug, Serialize, ToSchema)]
struct ImportBody {
    id: ImportId,
    state: ImportState,
    file_name: String,
    size_bytes: i64,
    encoding: Encoding,
    /// Whether the encoding is a guess: look at letters beyond a to z.
    encoding_assumed: bool,
    delimiter: Delimiter,
    /// The columns of the file and what becomes of each.
    columns: Vec<Column>,
    options: Options,
    /// Rows in the file; `null` until they have been counted.
    #[schema(required)]
    total: Option<i64>,
    /// Rows read so far: the sum of the next five.
    processed: i64,
    /// People who were new.
    created: i64,
    /// People who were known and changed.
    updated: i64,
    /// People who were known and had all that already.
    unchanged: i64,
    /// Rows that were fine but not taken: people who left or are suppressed, known people when those are to be
    /// skipped, people who are in the file twice.
    skipped: i64,
    /// Rows with a fault.
    invalid: i64,
    /// Rows that were taken although their address looks wrong: of a role, or mistyped. They are counted above as well.
    warnings: i64,
    /// Why it failed.
    #[schema(required)]
    error: Option<String>,
    #[schema(example = "user:361240977588224000")]
    created_by: String,
    created_at: Timestamp,
    #[schema(required)]
    started_at: Option<Timestamp>,
    #[schema(required)]
    finished_at: Option<Timestamp>,
    /// How far taking it back is; `null` if nobody asked for that.
    #[schema(required)]
    undo: Option<Undo>,
}

impl From<Import> for ImportBody {
    fn from(import: Import) -> Self {
        let counters = import.counters;
        Self {
            id: import.id,
            state: import.state,
            encoding: import.encoding(),
            encoding_assumed: import.encoding_assumed(),
            delimiter: import.delimiter(),
            columns: import.columns().to_vec(),
            file_name: import.file_name,
            size_bytes: import.size_bytes,
            options: import.options,
            total: import.total,
            processed: counters.processed,
            created: counters.created,
            updated: counters.updated,
            unchanged: counters.unchanged,
            skipped: counters.skipped,
            invalid: counters.invalid,
            warnings: counters.warnings,
            error: import.error,
            created_by: import.created_by,
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
            undo: import.undo,
        }
    }
}

/// For a body that is the file itself.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct UploadQuery {
    /// What the file is called, if the body is the file itself.
    #[param(example = "customers.csv")]
    file_name: Option<String>,
    /// The options as JSON, if the body is the file itself.
    #[param(example = r#"{"create_fields": true}"#)]
    options: Option<String>,
}

/// A file with options.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read as a stream"
)]
struct UploadForm {
    /// The file.
    #[schema(format = Binary, content_media_type = "text/csv")]
    file: String,
    options: Option<Options>,
}

/// Text that was pasted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportPaste, example = json!({
    "text": "email\tname\nada@example.com\tAda\n", "options": {"create_fields": true}
}))]
struct PasteBody {
    /// Rows with or without a header, as out of a spreadsheet; or one address per line.
    text: String,
    /// What the import is called.
    #[serde(default)]
    file_name: Option<String>,
    #[serde(default)]
    options: Options,
}

/// Import people from a file or from text
///
/// Send `multipart/form-data` with the parts `file` and, as JSON, `options`; or send the file itself with the options in
/// the query; or send pasted text as JSON, up to 8 MiB. Files are CSV, TSV or anything alike in UTF-8, UTF-16 or
/// Windows-1252, or Excel workbooks (`.xlsx`), recognized by what is in them, and of any size up to the server's limit.
/// Faults of the file as a whole, such as a missing header, are answered with 422; what is wrong with single rows does
/// not stop the import and is told in its errors. With `dry_run` in the options nothing is changed, only counted.
#[utoipa::path(
    post,
    path = "/api/imports",
    operation_id = "create_import",
    tag = "Imports",
    params(UploadQuery),
    request_body(content(
        (UploadForm = "multipart/form-data"),
        (String = "text/csv", example = "email,first_name\nada@example.com,Ada\n"),
        (PasteBody = "application/json")
    )),
    responses((status = 202, body = ImportBody, description = "The file is fine and waits to be imported")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<(StatusCode, Json<ImportBody>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let (upload, options) = receive(&app, query, request).await?;
    let import = service::create(&app.ctx, account, &auth.actor(), upload, options).await?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// Look at a file before importing it
///
/// Takes what `POST /api/imports` takes, or just the first part of a text file, and answers with what would be made of
/// it: how it is written, the first rows, and for each column where it would go and why, and which kind of field would
/// take its values. Nothing is kept. What would keep the file from being imported is listed in `faults`.
#[utoipa::path(
    post,
    path = "/api/imports/preview",
    operation_id = "preview_import",
    tag = "Imports",
    params(UploadQuery),
    request_body(content(
        (UploadForm = "multipart/form-data"),
        (String = "text/csv", example = "email,first_name\nada@example.com,Ada\n"),
        (PasteBody = "application/json")
    )),
    responses((status = 200, body = Preview, example = json!({
        "encoding": "utf-8",
        "encoding_assumed": false,
        "delimiter": ",",
        "header": true,
        "columns": [
            {
                "header": "E-mail", "target": "email", "reason": "the header is a usual name for it",
                "suggested_kind": "text", "suggested_key": "e_mail"
            },
            {
                "header": "Shoe size", "target": null,
                "note": "there is no such field; make a field shoe_size, or let the import create fields",
                "suggested_kind": "number", "suggested_key": "shoe_size"
            }
        ],
        "rows": [{"line": 2, "cells": ["ada@example.com", "37"]}],
        "faults": []
    }))),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn preview(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<UploadQuery>,
    request: Request,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let (upload, options) = receive(&app, query, request).await?;
    Ok(Json(
        preview::preview(&app.ctx, account, upload, options).await?,
    ))
}

/// Takes the body in any of its forms.
async fn receive(
    app: &App,
    query: UploadQuery,
    request: Request,
) -> Result<(Upload, Options), ApiError> {
    const MAX_PASTE: usize = 8 << 20;
    let spool = Spool {
        directory: app.config.spool_dir.clone(),
        max_bytes: app.config.max_upload_bytes,
    };
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return receive_form(&app.ctx, &spool, request).await;
    }
    if kind.starts_with("application/json") {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MAX_PASTE).await.map_err(|_| {
            refusal(Error::invalid(
                "text",
                "too_large",
                "paste at most 8 MiB; put more into a file and upload that",
            ))
        })?;
        let request = Request::from_parts(parts, Body::from(body));
        let Json(body) = Json::<PasteBody>::from_request(request, app).await?;
        let name = body.file_name.unwrap_or_default();
        let upload = Upload::paste(&app.ctx, &spool, &name, body.text)
            .await
            .map_err(refusal)?;
        return Ok((upload, body.options));
    }
    let name = query.file_name.as_deref().unwrap_or_default();
    let content = request.into_body().into_data_stream();
    let options = parse_options(query.options.as_deref().unwrap_or_default())?;
    let upload = Upload::receive(&app.ctx, &spool, name, content)
        .await
        .map_err(refusal)?;
    Ok((upload, options))
}

/// The parts in any order.
async fn receive_form(
    ctx: &Ctx,
    spool: &Spool,
    request: Request,
) -> Result<(Upload, Options), ApiError> {
    const MAX_OPTIONS: usize = 1 << 20;
    let broken = |error: &dyn std::fmt::Display| {
        Error::invalid(
            "body",
            "invalid",
            format!("the form cannot be read: {error}"),
        )
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(&error))?;
    let mut upload = None;
    let mut options = Options::default();
    while let Some(mut part) = form.next_field().await.map_err(|error| broken(&error))? {
        match part.name().unwrap_or_default() {
            "file" if upload.is_none() => {
                let name = part.file_name().unwrap_or_default().to_owned();
                upload = Some(
                    Upload::receive(ctx, spool, &name, part)
                        .await
                        .map_err(refusal)?,
                );
            }
            "options" => {
                let mut text = Vec::new();
                while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
                    text.extend_from_slice(&chunk);
                    if text.len() > MAX_OPTIONS {
                        return Err(
                            Error::invalid("options", "too_long", "send shorter options").into(),
                        );
                    }
                }
                options = parse_options(&String::from_utf8_lossy(&text))?;
            }
            name => {
                let name = match name {
                    "" => "body".to_owned(),
                    name => super::model::shorten(name),
                };
                return Err(Error::invalid(
                    name,
                    "unknown",
                    "the form has one part `file` and one part `options`; remove this one",
                )
                .into());
            }
        }
    }
    let upload = upload.ok_or_else(|| {
        Error::invalid(
            "file",
            "required",
            "the form has no part `file`; attach the file to it",
        )
    })?;
    Ok((upload, options))
}

fn parse_options(json: &str) -> Result<Options, ApiError> {
    if json.trim().is_empty() {
        return Ok(Options::default());
    }
    web::json_in("options", json)
}

/// What is too large is told as for every other body.
fn refusal(error: Error) -> ApiError {
    match error {
        Error::Invalid(faults) if faults.iter().any(|fault| fault.code == "too_large") => {
            let detail = Error::Invalid(faults.clone()).to_string();
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
                .with_errors(faults)
        }
        other => other.into(),
    }
}

/// List imports, newest first
#[utoipa::path(
    get,
    path = "/api/imports",
    operation_id = "list_imports",
    tag = "Imports",
    params(Paging),
    responses((status = 200, body = Page<ImportBody>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<ImportBody>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    let page = service::list(&app.ctx, account, cursor, limit).await?;
    Ok(Json(page.map(ImportBody::from)))
}

/// Get an import and how far it is
#[utoipa::path(
    get,
    path = "/api/imports/{id}",
    operation_id = "get_import",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 200, body = ImportBody, example = json!({
        "id": "361240977588224000",
        "state": "running",
        "file_name": "customers.csv",
        "size_bytes": 1_048_576,
        "encoding": "utf-8",
        "encoding_assumed": false,
        "delimiter": ",",
        "columns": [
            {"header": "E-mail", "target": "email"},
            {"header": "City", "target": "city"},
            {"header": "Shoe size", "target": null, "note": "there is no such field; make a field shoe_size, or let the import create fields"}
        ],
        "options": {"create_fields": false, "existing": "update", "groups": [], "tags": [], "status": "active"},
        "total": 20000,
        "processed": 8000,
        "created": 7000,
        "updated": 500,
        "unchanged": 400,
        "skipped": 60,
        "invalid": 40,
        "warnings": 12,
        "error": null,
        "created_by": "user:361240977588224001",
        "created_at": "2026-05-04T09:30:00Z",
        "started_at": "2026-05-04T09:30:01Z",
        "finished_at": null,
        "undo": null
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportBody>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}

/// Stop an import
///
/// It ends at the next batch of rows. What was imported stays; the import can be resumed.
#[utoipa::path(
    post,
    path = "/api/imports/{id}/stop",
    operation_id = "stop_import",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 200, body = ImportBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn stop(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let import = service::stop(&app.ctx, account, &auth.actor(), id).await?;
    Ok(Json(import.into()))
}

/// Resume an import that was stopped or has failed
///
/// It goes on with the first row that was not imported.
#[utoipa::path(
    post,
    path = "/api/imports/{id}/resume",
    operation_id = "resume_import",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 200, body = ImportBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn resume(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let import = service::resume(&app.ctx, account, &auth.actor(), id).await?;
    Ok(Json(import.into()))
}

/// Import for good what a dry run has tried
///
/// The file is read again from its first row, and the fields that columns asked for are made now. A dry run can be run
/// for 7 days.
#[utoipa::path(
    post,
    path = "/api/imports/{id}/run",
    operation_id = "run_import",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 202, body = ImportBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn run(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
) -> Result<(StatusCode, Json<ImportBody>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let import = service::run_after_trial(&app.ctx, account, &auth.actor(), id).await?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// Take an import back
///
/// For 30 days after its end. People whom it created are deleted, if nothing happened to them since. People whom it
/// changed get the values back that they had before, if those of the import still stand. Groups and tags that it added
/// are removed from everybody. Whoever unsubscribed, or was changed or written to since, is kept and counted. The import
/// tells the progress in `undo`.
#[utoipa::path(
    post,
    path = "/api/imports/{id}/undo",
    operation_id = "undo_import",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 202, body = ImportBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn undo(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
) -> Result<(StatusCode, Json<ImportBody>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let import = service::undo(&app.ctx, account, &auth.actor(), id).await?;
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}

/// List the rows that were not taken or look wrong, and why
///
/// Codes of rows that were taken but should be looked at, with the severity `warning`: `role_address`, `likely_typo`.
/// Codes of faults: `invalid_email`, `wrong_type`, `unknown_option`, `too_long`, `invalid`, `control_character`,
/// `nul_character`, `invalid_encoding`, `too_many_columns`, `row_too_long`, `unclosed_quote`. Of rows that were fine but
/// not taken: `duplicate_in_file`, `unsubscribed_before`, `bounced_before`, `suppressed`.
#[utoipa::path(
    get,
    path = "/api/imports/{id}/errors",
    operation_id = "list_import_errors",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import"), Paging),
    responses((status = 200, body = Page<RowError>, example = json!({
        "data": [{
            "line": 17,
            "code": "invalid_email",
            "column": "E-mail",
            "value": "ada.example.com",
            "reason": "the address has no @",
            "severity": "error"
        }],
        "next_cursor": null
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn errors(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<RowError>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    let page = service::errors(&app.ctx, account, id, cursor, limit).await?;
    Ok(Json(page))
}

/// Download the rows that were not taken as a CSV file
#[utoipa::path(
    get,
    path = "/api/imports/{id}/errors.csv",
    operation_id = "download_import_errors",
    tag = "Imports",
    params(("id" = ImportId, Path, description = "The import")),
    responses((status = 200, body = String, content_type = "text/csv", example = "line,column,value,code,reason,severity\r\n17,E-mail,ada.example.com,invalid_email,the address has no @,error\r\n")),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn errors_csv(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ImportId>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    download(&app.ctx, account, id).await
}

async fn download(ctx: &Ctx, account: AccountId, id: ImportId) -> Result<Response, ApiError> {
    let lines = service::errors_csv(ctx, account, id).await?;
    let lines = lines.inspect_err(|error| {
        // The status is sent already; the download breaks off.
        tracing::warn!(%error, "a report could not be read to its end");
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"import-{id}-errors.csv\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}
