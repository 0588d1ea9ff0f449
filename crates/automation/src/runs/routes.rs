//! `/api/automations/{id}/runs` and what belongs to it.

use audience::SubscriberId;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use jiff::civil::Date;
use kernel::Page;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::{Change, Changed, RunDetail, RunStatus, RunView, Statistics};
use super::service::{self, ListFilter, Went};
use crate::definition::StepId;
use crate::engine::{self, Engine};
use crate::ids::{AutomationId, RunId};

/// The routes of runs.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(change))
        .routes(routes!(resume))
        .routes(routes!(trigger))
        .routes(routes!(statistics))
        .routes(routes!(process))
}

/// Which runs.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only in this status.
    status: Option<RunStatus>,
    /// Only those that are at this step now.
    step: Option<StepId>,
    /// Only of this subscriber.
    subscriber_id: Option<SubscriberId>,
    /// Only those that went one of these ways, now or before: `STEP:WAY`, several with commas. Ways are called as in the
    /// statistics; `skipped` and `failed` are those for whom the step was left out, or failed.
    #[param(example = "split:then")]
    went: Option<String>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the runs
///
/// Who is or was in the automation, where, and what failed; newest first. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}/runs",
    operation_id = "list_automation_runs",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id"), ListQuery),
    responses((status = 200, body = Page<RunView>), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<RunView>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let filter = ListFilter {
        status: query.status,
        step: query.step,
        subscriber: query.subscriber_id,
        went: query
            .went
            .as_deref()
            .map(Went::parse)
            .transpose()?
            .unwrap_or_default(),
    };
    Ok(Json(
        service::list(&app.ctx, account, id, &filter, cursor, limit).await?,
    ))
}

/// Get a run
///
/// With the way it took and why, step by step, and what it knows. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}/runs/{run_id}",
    operation_id = "get_automation_run",
    tag = "Automations",
    params(
        ("id" = AutomationId, Path, description = "The automation's id"),
        ("run_id" = RunId, Path, description = "The run's id")
    ),
    responses((status = 200, body = RunDetail), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path((id, run)): Path<(AutomationId, RunId)>,
) -> Result<Json<RunDetail>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(service::get(&app.ctx, account, id, run).await?))
}

/// Change many runs
///
/// Try failed steps again, pass steps over, take people out, move them to another step, halt them or let them go on: those
/// that are named, or those at a step or in a status, up to 1,000 at a time: while the answer says that there are more, ask
/// again with its `next` as `after`. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/runs/change",
    operation_id = "change_automation_runs",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = Change, example = json!({"action": "retry", "status": "failed", "step": "call"})),
    responses(
        (status = 200, body = Changed),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn change(
    auth: Auth,
    State(app): State<App>,
    Extension(engine): Extension<Engine>,
    Path(id): Path<AutomationId>,
    Json(request): Json<Change>,
) -> Result<Json<Changed>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let actor = auth.actor();
    Ok(Json(
        service::change(&app.ctx, &engine, account, &actor, id, &request).await?,
    ))
}

/// How to go on.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ResumeAutomationRun)]
struct ResumeRequest {
    /// Of a run that failed: go on as if its step were done, instead of trying it again.
    skip: bool,
}

/// Resume a run
///
/// One that was paused goes on; one that failed tries its step again, or passes it over. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/runs/{run_id}/resume",
    operation_id = "resume_automation_run",
    tag = "Automations",
    params(
        ("id" = AutomationId, Path, description = "The automation's id"),
        ("run_id" = RunId, Path, description = "The run's id")
    ),
    request_body(content = ResumeRequest, example = json!({"skip": true})),
    responses(
        (status = 200, body = RunDetail),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn resume(
    auth: Auth,
    State(app): State<App>,
    Extension(engine): Extension<Engine>,
    Path((id, run)): Path<(AutomationId, RunId)>,
    Json(request): Json<ResumeRequest>,
) -> Result<Json<RunDetail>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let actor = auth.actor();
    Ok(Json(
        service::resume(&app.ctx, &engine, account, &actor, id, run, request.skip).await?,
    ))
}

/// Whom to send in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TriggerAutomation)]
struct TriggerRequest {
    /// Which subscriber.
    #[serde(default)]
    subscriber_id: Option<SubscriberId>,
    /// Or who has this address.
    #[serde(default)]
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    /// What the run knows as `event`, such as `event.plan`.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"plan": "gold"}))]
    properties: Map<String, Value>,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = TriggeredAutomation, example = json!({"run_id": "361240977588224100", "refused": null}))]
struct TriggerView {
    /// The run that began.
    #[schema(required)]
    run_id: Option<RunId>,
    /// Why none did: `reentry`, `filter`, `broken_filter`, `no_key`, `chain` or `too_large`.
    #[schema(required)]
    refused: Option<&'static str>,
}

/// Send a subscriber into an automation
///
/// It needs a trigger of the event `automation.started`, whose filter and rule of re-entry decide. The first steps are made
/// before this is answered. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/trigger",
    operation_id = "trigger_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = TriggerRequest, example = json!({
        "email": "ada@example.com", "properties": {"plan": "gold"},
    })),
    responses(
        (status = 200, body = TriggerView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn trigger(
    auth: Auth,
    State(app): State<App>,
    Extension(engine): Extension<Engine>,
    Path(id): Path<AutomationId>,
    Json(request): Json<TriggerRequest>,
) -> Result<Json<TriggerView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let who = (request.subscriber_id, request.email.as_deref());
    let entered = service::trigger(
        &app.ctx,
        &engine,
        account,
        &auth.actor(),
        id,
        who,
        request.properties,
    )
    .await?;
    Ok(Json(TriggerView {
        run_id: entered.run,
        refused: entered.refused,
    }))
}

/// Which days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatisticsQuery {
    /// From this day on, in UTC, such as 2026-05-04.
    #[param(value_type = Option<String>, example = "2026-05-04")]
    from: Option<Date>,
    /// To this day.
    #[param(value_type = Option<String>, example = "2026-05-31")]
    to: Option<Date>,
}

/// Get the statistics
///
/// What was counted at each step and on each day, over all versions, and who is where now. Needs the permission
/// `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/automations/{id}/statistics",
    operation_id = "get_automation_statistics",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id"), StatisticsQuery),
    responses((status = 200, body = Statistics), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn statistics(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Query(query): Query<StatisticsQuery>,
) -> Result<Json<Statistics>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(
        service::statistics(&app.ctx, account, id, query.from, query.to).await?,
    ))
}

/// How much.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProcessQuery {
    /// Most runs that are moved on, 1 to 100,000; 10,000 unless given.
    #[param(minimum = 1, maximum = 100_000)]
    max_processed: Option<usize>,
}

/// What was done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ProcessedDelays, example = json!({"processed": 120}))]
struct ProcessView {
    /// How many waits were over.
    processed: usize,
}

/// Process waits that are over
///
/// The server does it by itself all the time; this does it now, and says how much there was to do. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/workers/process-automation-delays",
    operation_id = "process_automation_delays",
    tag = "Automations",
    params(ProcessQuery),
    responses((status = 200, body = ProcessView), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn process(
    auth: Auth,
    State(app): State<App>,
    Extension(engine): Extension<Engine>,
    Query(query): Query<ProcessQuery>,
) -> Result<(StatusCode, Json<ProcessView>), ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let most = query.max_processed.unwrap_or(10_000);
    if !(1..=100_000).contains(&most) {
        return Err(kernel::Error::invalid(
            "max_processed",
            "out_of_range",
            "must be from 1 to 100,000",
        )
        .into());
    }
    let processed = engine::process_due(&app.ctx, &engine, account, most).await?;
    Ok((StatusCode::OK, Json(ProcessView { processed })))
}
