//! Checking, publishing, pausing, going on.

use axum::extract::State;
use identity::{Auth, Permission};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Path, Versioned};

use super::{AutomationView, FaultView, versioned};
use crate::automations::model::Affected;
use crate::automations::service;
use crate::diff::Difference;
use crate::ids::AutomationId;
use crate::migrate::{Plan, Resume};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(check))
        .routes(routes!(publish))
        .routes(routes!(pause))
        .routes(routes!(resume))
}

/// What publishing the draft would mean.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CheckedAutomation, example = json!({
    "faults": [],
    "differences": [{"kind": "changed", "step": "rest", "text": "The step \"rest\" (wait): days is 3 instead of 1."}],
    "affected": [{"step": "rest", "title": "rest", "deleted": false, "people": 14, "next": "rest"}],
}))]
struct CheckView {
    /// Why it cannot be published; it can when there is nothing.
    faults: Vec<FaultView>,
    /// What is different from what is live, in words.
    differences: Vec<Difference>,
    /// Steps that are another, or no more, with the people who stand there: what becomes of them is for the plan to say.
    affected: Vec<Affected>,
}

/// Check the draft
///
/// Says what is wrong with it, what it changes, and how many people stand on steps that change or go. Nothing happens.
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}/check",
    operation_id = "check_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    responses((status = 200, body = CheckView), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn check(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
) -> Result<Json<CheckView>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let checked = service::check(&app.ctx, account, id).await?;
    Ok(Json(CheckView {
        faults: checked.faults.into_iter().map(FaultView::from).collect(),
        differences: checked.differences,
        affected: checked.affected,
    }))
}

/// How to publish.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = PublishAutomation)]
pub(super) struct PublishRequest {
    /// What becomes of the people inside: by default they move along.
    pub(super) plan: Plan,
}

/// Publish the draft
///
/// It becomes a version that never changes, and is live from now on. `plan` says what becomes of the people inside: they
/// move along (the default; for steps that are no more, `deleted` says where to), finish on the version they are on, or
/// leave. Errors name the place in the draft, such as `draft.steps[2].with.template`. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/publish",
    operation_id = "publish_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = PublishRequest, example = json!({
        "plan": {"policy": "move_along", "deleted": {"reminder": {"fate": "jump_to", "step": "done"}}},
    })),
    responses(
        (status = 200, body = AutomationView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn publish(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    IfMatch(version): IfMatch,
    Json(request): Json<PublishRequest>,
) -> Result<Versioned<AutomationView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let actor = auth.actor();
    let (automation, _) =
        service::publish(&app.ctx, account, &actor, id, version, request.plan).await?;
    Ok(versioned(
        service::describe(&app.ctx, account, automation).await?,
    ))
}

/// Pause an automation
///
/// Nobody comes in and nobody moves until it is resumed. What happens to the people inside meanwhile is remembered. Mails
/// that are queued already still go out. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/pause",
    operation_id = "pause_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    responses(
        (status = 200, body = AutomationView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn pause(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
) -> Result<Versioned<AutomationView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let paused = service::pause(&app.ctx, account, &auth.actor(), id).await?;
    Ok(versioned(
        service::describe(&app.ctx, account, paused).await?,
    ))
}

/// How to go on.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ResumeAutomation)]
struct ResumeRequest {
    /// What becomes of times that passed, or would have come: what became due is due now, or everything is later by the
    /// length of the pause.
    timers: Resume,
}

/// Resume an automation
///
/// What happened to the people inside during the pause counts as if it happened now. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/resume",
    operation_id = "resume_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = ResumeRequest, example = json!({"timers": "shift"})),
    responses(
        (status = 200, body = AutomationView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn resume(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Json(request): Json<ResumeRequest>,
) -> Result<Versioned<AutomationView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let resumed = service::resume(&app.ctx, account, &auth.actor(), id, request.timers).await?;
    Ok(versioned(
        service::describe(&app.ctx, account, resumed).await?,
    ))
}
