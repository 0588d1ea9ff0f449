//! `/api/exports`, `/api/subscribers/export` and `/api/segments/{id}/export`.

use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ctx::Ctx;
use futures_util::TryStreamExt as _;
use identity::{Actor, Auth, Permission};
use kernel::{AccountId, Error, Page};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::model::{Export, Format, Options, Selection};
use super::service::{self, Folder};
use crate::subscribers::Status;
use crate::{ExportId, GroupId, SegmentId, TagId};

/// The routes of exports.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(stop))
        .routes(routes!(file))
        .routes(routes!(subscribers))
        .routes(routes!(segment))
}

/// An export to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewExport, example = json!({
    "selection": {"segment_id": "361240977588224100", "status": "active"},
    "options": {"format": "csv", "columns": ["email", "first_name", "city"]},
}))]
struct NewExport {
    selection: Selection,
    #[serde(default)]
    options: Options,
}

/// Export people to a file
///
/// The file is written in the background; when the export is `completed` it can be downloaded for seven days. People who
/// come while it is written are left out. In CSV, text that a spreadsheet would take for a formula gets an apostrophe in
/// front, which an import takes off again.
#[utoipa::path(
    post,
    path = "/api/exports",
    operation_id = "create_export",
    tag = "Exports",
    request_body = NewExport,
    responses((status = 202, body = Export)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(body): Json<NewExport>,
) -> Result<(StatusCode, Json<Export>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let folder = Folder(app.config.spool_dir.clone());
    let actor = auth.actor();
    let (selection, options) = (body.selection, body.options);
    let it = service::create(&app.ctx, account, &actor, &folder, selection, options).await?;
    Ok((StatusCode::ACCEPTED, Json(it)))
}

/// List exports, newest first
#[utoipa::path(
    get,
    path = "/api/exports",
    operation_id = "list_exports",
    tag = "Exports",
    params(Paging),
    responses((status = 200, body = Page<Export>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Export>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(service::list(&app.ctx, account, cursor, limit).await?))
}

/// Get an export and how far it is
#[utoipa::path(
    get,
    path = "/api/exports/{id}",
    operation_id = "get_export",
    tag = "Exports",
    params(("id" = ExportId, Path, description = "The export")),
    responses((status = 200, body = Export)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ExportId>,
) -> Result<Json<Export>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?))
}

/// Stop an export
///
/// What was written is removed.
#[utoipa::path(
    post,
    path = "/api/exports/{id}/stop",
    operation_id = "stop_export",
    tag = "Exports",
    params(("id" = ExportId, Path, description = "The export")),
    responses((status = 200, body = Export)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn stop(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ExportId>,
) -> Result<Json<Export>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let it = service::stop(&app.ctx, account, &auth.actor(), id).await?;
    Ok(Json(it))
}

/// Download the file of an export
#[utoipa::path(
    get,
    path = "/api/exports/{id}/file",
    operation_id = "download_export",
    tag = "Exports",
    params(("id" = ExportId, Path, description = "The export")),
    responses((status = 200, content(
        (String = "text/csv", example = "email,city\r\nada@example.com,London\r\n"),
        (String = "application/jsonl", example = "{\"email\":\"ada@example.com\",\"fields\":{\"city\":\"London\"}}\n")
    ))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn file(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ExportId>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (it, file) = service::file(&app.ctx, account, &auth.actor(), id).await?;
    let body = Body::from_stream(ReaderStream::with_capacity(file, 1 << 16));
    let name = format!("export-{id}");
    let mut response = attachment(&name, it.options.format, body);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, it.size_bytes.into());
    Ok(response)
}

fn attachment(name: &str, format: Format, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{}\"", format.extension()),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, body).into_response()
}

/// How the lines look.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct FormatQuery {
    /// `csv` unless given.
    format: Format,
    /// Names with commas between, as in `POST /api/exports`.
    #[param(example = "email,first_name,city")]
    columns: Option<String>,
}

/// Who is exported: those for whom all of these hold; everybody without any.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct StreamQuery {
    /// Whom a segment selects.
    segment_id: Option<SegmentId>,
    /// The members of a group.
    group_id: Option<GroupId>,
    /// People with a tag.
    tag_id: Option<TagId>,
    /// People with a status.
    status: Option<Status>,
    /// A rule as JSON, as a segment has one.
    #[param(example = r#"{"field": "city", "op": "equals", "value": "Berlin"}"#)]
    rule: Option<String>,
    /// `csv` unless given.
    format: Format,
    /// Names with commas between, as in `POST /api/exports`.
    #[param(example = "email,first_name,city")]
    columns: Option<String>,
}

fn options(format: Format, columns: Option<&str>) -> Options {
    let names = columns.unwrap_or_default().split(',').map(str::trim);
    Options {
        format,
        columns: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

/// Export people as the answer
///
/// The lines come as they are read, however many people there are. If the server meets a fault on the way, the answer
/// breaks off. `POST /api/exports` writes a file in the background instead.
#[utoipa::path(
    get,
    path = "/api/subscribers/export",
    operation_id = "export_subscribers",
    tag = "Exports",
    params(StreamQuery),
    responses((status = 200, content(
        (String = "text/csv", example = "email,city\r\nada@example.com,London\r\n"),
        (String = "application/jsonl", example = "{\"email\":\"ada@example.com\",\"fields\":{\"city\":\"London\"}}\n")
    ))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn subscribers(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<StreamQuery>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let rule = query
        .rule
        .map(|rule| serde_json::from_str(&rule))
        .transpose()
        .map_err(|error| Error::invalid("rule", "invalid", error.to_string()))?;
    let mut selection = Selection {
        segment_id: query.segment_id,
        group_ids: query.group_id.into_iter().collect(),
        tag_ids: query.tag_id.into_iter().collect(),
        status: query.status,
        rule,
        ..Selection::default()
    };
    if selection == Selection::default() {
        selection.all = Some(true);
    }
    let options = options(query.format, query.columns.as_deref());
    streamed(
        &app.ctx,
        account,
        &auth.actor(),
        "subscribers",
        selection,
        options,
    )
    .await
}

/// Export the people of a segment as the answer
#[utoipa::path(
    get,
    path = "/api/segments/{id}/export",
    operation_id = "export_segment",
    tag = "Exports",
    params(("id" = SegmentId, Path, description = "The segment"), FormatQuery),
    responses((status = 200, content(
        (String = "text/csv", example = "email,city\r\nada@example.com,London\r\n"),
        (String = "application/jsonl", example = "{\"email\":\"ada@example.com\",\"fields\":{\"city\":\"London\"}}\n")
    ))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn segment(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    // 404 when there is none.
    crate::segments::get(&app.ctx, account, id).await?;
    let selection = Selection {
        segment_id: Some(id),
        ..Selection::default()
    };
    let options = options(query.format, query.columns.as_deref());
    let name = format!("segment-{id}");
    streamed(&app.ctx, account, &auth.actor(), &name, selection, options).await
}

async fn streamed(
    ctx: &Ctx,
    account: AccountId,
    actor: &Actor,
    name: &str,
    selection: Selection,
    options: Options,
) -> Result<Response, ApiError> {
    let format = options.format;
    let lines = service::stream(ctx, account, actor, selection, options).await?;
    let lines = lines.inspect_err(|error| {
        // The status is sent already; the answer breaks off.
        tracing::warn!(%error, "an export could not be read to its end");
    });
    Ok(attachment(name, format, Body::from_stream(lines)))
}
