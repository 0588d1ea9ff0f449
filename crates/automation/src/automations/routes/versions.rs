//! What was published.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::Page;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query, Versioned};

use super::lifecycle::PublishRequest;
use super::{AutomationView, versioned};
use crate::automations::model::Evidence;
use crate::automations::service;
use crate::definition::Document;
use crate::diff::Difference;
use crate::ids::{AutomationId, VersionId};
use crate::migrate::Plan;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(rollback))
}

/// List the versions
///
/// Newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}/versions",
    operation_id = "list_automation_versions",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id"), web::Paging),
    responses((status = 200, body = Page<Evidence>), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Query(paging): Query<web::Paging>,
) -> Result<Json<Page<Evidence>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(
        service::versions(&app.ctx, account, id, cursor, limit).await?,
    ))
}

/// A version with what it does.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AutomationVersion, example = json!({
    "version": {
        "id": "361240977588224090", "number": 3, "steps": 1, "restored_from": null,
        "published_at": "2026-05-04T09:30:00Z", "published_by": "user:361240977588224000",
    },
    "document": {
        "version": 1,
        "triggers": [{
            "id": "joined", "on": {"event": "group.joined"}, "reentry": {"policy": "once"}, "start": "done",
        }],
        "steps": [{"id": "done", "kind": "end"}],
    },
    "plan": {"policy": "move_along"},
    "differences": [{"kind": "removed", "step": "rest", "text": "The step \"rest\" (wait) is gone."}],
}))]
struct VersionView {
    version: Evidence,
    document: Document,
    /// What became of the people inside when it was published.
    plan: Plan,
    /// From the version before, or the one that was asked for.
    differences: Vec<Difference>,
}

/// With what to compare.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CompareQuery {
    /// The version to tell the differences from; the one before if left out.
    compare_to: Option<VersionId>,
}

/// Get a version
///
/// With its document, and what is different in it from another version, in words. Needs the permission `campaigns:read`;
/// the values of headers that requests are made with are shown only with `campaigns:write`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}/versions/{version_id}",
    operation_id = "get_automation_version",
    tag = "Automations",
    params(
        ("id" = AutomationId, Path, description = "The automation's id"),
        ("version_id" = VersionId, Path, description = "The version's id"),
        CompareQuery
    ),
    responses((status = 200, body = VersionView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path((id, which)): Path<(AutomationId, VersionId)>,
    Query(query): Query<CompareQuery>,
) -> Result<Json<VersionView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (mut version, differences) =
        service::version(&app.ctx, account, id, which, query.compare_to).await?;
    if !auth.permissions().contains(Permission::CampaignsWrite) {
        version.document.hide_secrets();
    }
    Ok(Json(VersionView {
        version: Evidence::from(&version),
        document: version.document,
        plan: version.plan,
        differences,
    }))
}

/// Publish an earlier version again
///
/// It becomes a new version that says the same, and the draft becomes the same too. It is checked like any other: what it
/// names must still exist. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/versions/{version_id}/rollback",
    operation_id = "rollback_automation",
    tag = "Automations",
    params(
        ("id" = AutomationId, Path, description = "The automation's id"),
        ("version_id" = VersionId, Path, description = "The version's id")
    ),
    request_body(content = PublishRequest, example = json!({"plan": {"policy": "finish_old"}})),
    responses(
        (status = 200, body = AutomationView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn rollback(
    auth: Auth,
    State(app): State<App>,
    Path((id, which)): Path<(AutomationId, VersionId)>,
    Json(request): Json<PublishRequest>,
) -> Result<Versioned<AutomationView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let actor = auth.actor();
    let (automation, _) =
        service::rollback(&app.ctx, account, &actor, id, which, request.plan).await?;
    Ok(versioned(
        service::describe(&app.ctx, account, automation).await?,
    ))
}
