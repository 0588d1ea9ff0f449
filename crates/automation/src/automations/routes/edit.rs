//! Writing drafts.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Query, Versioned};

use super::{AutomationView, SummaryView, versioned};
use crate::automations::model::{NewAutomation, Patch, Status};
use crate::automations::service;
use crate::definition::hide_secrets_of_draft;
use crate::ids::AutomationId;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(duplicate))
}

/// Which automations.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only in this status.
    status: Option<Status>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the automations
///
/// Newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations",
    operation_id = "list_automations",
    tag = "Automations",
    params(ListQuery),
    responses((status = 200, body = Page<SummaryView>)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<SummaryView>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let page = service::list(&app.ctx, account, query.status, cursor, limit).await?;
    Ok(Json(page.map(SummaryView::from)))
}

/// Create an automation
///
/// As a draft: nothing happens before it is published. Begin with nothing, with a document, or with one of the library.
/// Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/automations",
    operation_id = "create_automation",
    tag = "Automations",
    request_body(content = NewAutomation, example = json!({"name": "Welcome", "library": "welcome"})),
    responses((status = 201, body = AutomationView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewAutomation>,
) -> Result<(StatusCode, Versioned<AutomationView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let made = service::create(&app.ctx, account, &auth.actor(), request).await?;
    let described = service::describe(&app.ctx, account, made).await?;
    Ok((StatusCode::CREATED, versioned(described)))
}

/// Get an automation
///
/// With its draft, what is wrong with that, and how many people are inside. Needs the permission `campaigns:read`; the
/// values of headers that requests are made with are shown only with `campaigns:write`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}",
    operation_id = "get_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    responses((status = 200, body = AutomationView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
) -> Result<Versioned<AutomationView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let found = service::get(&app.ctx, account, id).await?;
    let mut described = service::describe(&app.ctx, account, found).await?;
    if !auth.permissions().contains(Permission::CampaignsWrite) {
        hide_secrets_of_draft(&mut described.automation.draft);
    }
    Ok(versioned(described))
}

/// Change the draft or the name
///
/// A draft may be unfinished: what is missing is told in `faults`. What cannot be understood is refused, with its place.
/// What is live stays as it is. With `If-Match`, only what you have read is changed. Needs the permission
/// `campaigns:write`.
#[utoipa::path(
    patch,
    path = "/api/automations/{id}",
    operation_id = "update_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = Patch, example = json!({
        "draft": {
            "triggers": [{"id": "joined", "on": {"event": "group.joined"}, "start": "done"}],
            "steps": [{"id": "done", "kind": "end"}],
        },
    })),
    responses(
        (status = 200, body = AutomationView),
        (status = 404, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    IfMatch(version): IfMatch,
    Json(request): Json<Patch>,
) -> Result<Versioned<AutomationView>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let changed = service::update(&app.ctx, account, &auth.actor(), id, version, request).await?;
    Ok(versioned(
        service::describe(&app.ctx, account, changed).await?,
    ))
}

/// Delete an automation
///
/// Nobody comes in any more, and whoever is inside leaves. What happened stays known. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    delete,
    path = "/api/automations/{id}",
    operation_id = "delete_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What to call a copy.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DuplicateAutomation)]
struct DuplicateRequest {
    /// "Copy of ..." if left out.
    #[schema(example = "Welcome, second try")]
    name: Option<String>,
}

/// Copy an automation
///
/// The copy is a draft with the same draft. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/duplicate",
    operation_id = "duplicate_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = DuplicateRequest, example = json!({"name": "Welcome, second try"})),
    responses((status = 201, body = AutomationView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn duplicate(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Json(request): Json<DuplicateRequest>,
) -> Result<(StatusCode, Versioned<AutomationView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let name = request.name.as_deref();
    let copy = service::duplicate(&app.ctx, account, &auth.actor(), id, name).await?;
    let described = service::describe(&app.ctx, account, copy).await?;
    Ok((StatusCode::CREATED, versioned(described)))
}
