//! `/api/templates`.

use audience::SubscriberId;
use axum::extract::State;
use axum::http::StatusCode;
use content::Document;
use identity::{Auth, Permission};
use kernel::{Page, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Query, Versioned};

use super::model::{NewTemplate, Template, TemplateId, TemplatePatch};
use super::service;
use crate::campaigns::{Preview, RevisionId};
use crate::revisions::{RevisionDocument, RevisionList};

/// The routes of templates.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(list_built_in))
        .routes(routes!(read, update, delete))
        .routes(routes!(read_content))
        .routes(routes!(preview))
        .routes(routes!(duplicate))
        .routes(routes!(list_revisions))
        .routes(routes!(read_revision))
        .routes(routes!(preview_revision))
        .routes(routes!(restore))
}

/// Content to begin campaigns with.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Template, example = json!({
    "id": "361240977588224070",
    "name": "Newsletter",
    "category": "Newsletters",
    "subject": "{{ first_name | default(\"Hello\") }}, the spring list is here",
    "revision_id": "361240977588224071",
    "variables": [],
    "version": 1,
    "created_at": "2026-05-04T09:30:00Z",
    "updated_at": "2026-05-04T09:30:00Z",
}))]
struct TemplateView {
    id: TemplateId,
    name: String,
    /// To find it by.
    #[schema(required)]
    category: Option<String>,
    /// Of its content.
    subject: String,
    revision_id: RevisionId,
    /// Names that programs give values to when they send it.
    variables: Vec<String>,
    /// Rises with every change; also the ETag.
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Template> for TemplateView {
    fn from(template: Template) -> Self {
        Self {
            id: template.id,
            name: template.name,
            category: template.category,
            subject: template.subject,
            revision_id: template.revision,
            variables: template.variables,
            version: template.version,
            created_at: template.created_at,
            updated_at: template.updated_at,
        }
    }
}

fn versioned(template: Template) -> Versioned<TemplateView> {
    Versioned(template.version, template.into())
}

/// Which templates.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TemplateListQuery {
    /// Only those whose name contains this.
    search: Option<String>,
    /// Only those of this category.
    category: Option<String>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the templates
///
/// Newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates",
    operation_id = "list_templates",
    tag = "Templates",
    params(TemplateListQuery),
    responses((status = 200, body = Page<TemplateView>)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<TemplateListQuery>,
) -> Result<Json<Page<TemplateView>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let (search, category) = (query.search.as_deref(), query.category.as_deref());
    let page = service::list(&app.ctx, account, search, category, cursor, limit).await?;
    Ok(Json(page.map(TemplateView::from)))
}

/// A mail to begin with that the program brings along.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BuiltInTemplate {
    /// Stable, for programs.
    #[schema(example = "newsletter")]
    key: String,
    /// In English.
    #[schema(example = "Newsletter")]
    name: String,
    /// What it is for.
    #[schema(example = "Several stories in one mail.")]
    description: String,
    #[schema(example = "newsletter")]
    category: String,
    /// In the colors and fonts of the brand, if one was set.
    content: Document,
}

/// What the program brings along.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BuiltInTemplates {
    /// The most general first.
    data: Vec<BuiltInTemplate>,
}

/// List the built-in templates
///
/// With their content, to begin a campaign or a template with. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/built-in-templates",
    operation_id = "list_built_in_templates",
    tag = "Templates",
    responses((status = 200, body = BuiltInTemplates)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list_built_in(
    auth: Auth,
    State(app): State<App>,
) -> Result<Json<BuiltInTemplates>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let data = service::built_in(&app.ctx, account).await?;
    let data = data
        .into_iter()
        .map(|(template, content)| BuiltInTemplate {
            key: template.key.clone(),
            name: template.name.clone(),
            description: template.description.clone(),
            category: template.category.clone(),
            content,
        })
        .collect();
    Ok(Json(BuiltInTemplates { data }))
}

/// Add a template
///
/// From content, or from a campaign's. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/templates",
    operation_id = "create_template",
    tag = "Templates",
    request_body(content = NewTemplate, example = json!({
        "name": "Newsletter",
        "category": "Newsletters",
        "content": {
            "subject": "{{ first_name | default(\"Hello\") }}, the spring list is here",
            "body": {"kind": "html", "html": "<p>Hello {{ first_name | default(\"there\") }}.</p>"}
        }
    })),
    responses((status = 201, body = TemplateView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewTemplate>,
) -> Result<(StatusCode, Versioned<TemplateView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let template = service::create(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::CREATED, versioned(template)))
}

/// Get a template
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates/{id}",
    operation_id = "get_template",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id")),
    responses(
        (status = 200, body = TemplateView, headers(("ETag" = String, description = "The version"))),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
) -> Result<Versioned<TemplateView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(versioned(service::get(&app.ctx, account, id).await?))
}

/// Change a template
///
/// Campaigns that began with it stay as they are. With `If-Match`, a change that somebody else overtook is refused with
/// 412. Needs the permission `campaigns:write`.
#[utoipa::path(
    patch,
    path = "/api/templates/{id}",
    operation_id = "update_template",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id")),
    request_body(content = TemplatePatch, example = json!({"name": "Newsletter of spring"})),
    responses(
        (status = 200, body = TemplateView),
        (status = 404, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
    IfMatch(expected): IfMatch,
    Json(request): Json<TemplatePatch>,
) -> Result<Versioned<TemplateView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let template = service::update(&app.ctx, account, &auth.actor(), id, expected, request).await?;
    Ok(versioned(template))
}

/// Delete a template
///
/// Campaigns that began with it keep what they say. Needs the permission `campaigns:write`.
#[utoipa::path(
    delete,
    path = "/api/templates/{id}",
    operation_id = "delete_template",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get the content of a template
///
/// As it was written. The ETag is the template's. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates/{id}/content",
    operation_id = "get_template_content",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id")),
    responses(
        (status = 200, body = Document, headers(("ETag" = String, description = "The template's version"))),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read_content(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
) -> Result<Versioned<Document>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (version, document) = service::document(&app.ctx, account, id).await?;
    Ok(Versioned(version, document))
}

/// As whom.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TemplatePreviewQuery {
    /// A subscriber; without one, somebody of whom nothing but an address is known.
    subscriber_id: Option<SubscriberId>,
}

/// Preview a template
///
/// As one subscriber would get it. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates/{id}/preview",
    operation_id = "preview_template",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id"), TemplatePreviewQuery),
    responses((status = 200, body = Preview), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn preview(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
    Query(query): Query<TemplatePreviewQuery>,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let preview = service::preview(&app.ctx, account, id, None, query.subscriber_id).await?;
    Ok(Json(preview))
}

/// Duplicate a template
///
/// Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/templates/{id}/duplicate",
    operation_id = "duplicate_template",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id")),
    responses((status = 201, body = TemplateView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn duplicate(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
) -> Result<(StatusCode, Versioned<TemplateView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let copy = service::duplicate(&app.ctx, account, &auth.actor(), id).await?;
    Ok((StatusCode::CREATED, versioned(copy)))
}

/// List the revisions of a template
///
/// What its content was, newest first, up to 100. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates/{id}/revisions",
    operation_id = "list_template_revisions",
    tag = "Templates",
    params(("id" = TemplateId, Path, description = "The template's id")),
    responses((status = 200, body = RevisionList), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list_revisions(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<TemplateId>,
) -> Result<Json<RevisionList>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let data = service::revisions(&app.ctx, account, id).await?;
    Ok(Json(RevisionList { data }))
}

/// Get a revision of a template
///
/// With its content as it was written. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates/{id}/revisions/{revision_id}",
    operation_id = "get_template_revision",
    tag = "Templates",
    params(
        ("id" = TemplateId, Path, description = "The template's id"),
        ("revision_id" = RevisionId, Path, description = "The revision's id")
    ),
    responses((status = 200, body = RevisionDocument), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read_revision(
    auth: Auth,
    State(app): State<App>,
    Path((id, revision)): Path<(TemplateId, RevisionId)>,
) -> Result<Json<RevisionDocument>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let found = service::revision(&app.ctx, account, id, revision).await?;
    Ok(Json(found))
}

/// Preview a revision of a template
///
/// As somebody would get it of whom only the address is known. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/templates/{id}/revisions/{revision_id}/preview",
    operation_id = "preview_template_revision",
    tag = "Templates",
    params(
        ("id" = TemplateId, Path, description = "The template's id"),
        ("revision_id" = RevisionId, Path, description = "The revision's id")
    ),
    responses((status = 200, body = Preview), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn preview_revision(
    auth: Auth,
    State(app): State<App>,
    Path((id, revision)): Path<(TemplateId, RevisionId)>,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let preview = service::preview(&app.ctx, account, id, Some(revision), None).await?;
    Ok(Json(preview))
}

/// Restore a revision of a template
///
/// Its content is the template's again, as a new revision. With `If-Match`, a change that somebody else overtook is
/// refused with 412. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/templates/{id}/revisions/{revision_id}/restore",
    operation_id = "restore_template_revision",
    tag = "Templates",
    params(
        ("id" = TemplateId, Path, description = "The template's id"),
        ("revision_id" = RevisionId, Path, description = "The revision's id")
    ),
    responses(
        (status = 200, body = TemplateView),
        (status = 404, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn restore(
    auth: Auth,
    State(app): State<App>,
    Path((id, revision)): Path<(TemplateId, RevisionId)>,
    IfMatch(expected): IfMatch,
) -> Result<Versioned<TemplateView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let template =
        service::restore(&app.ctx, account, &auth.actor(), id, expected, revision).await?;
    Ok(versioned(template))
}
