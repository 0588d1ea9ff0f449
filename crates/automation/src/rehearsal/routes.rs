//! `/api/automations/{id}/simulate` and `/api/automations/{id}/test-run`.

use axum::extract::State;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{Rehearsal, Rehearsed, TestRun, TestRunDone};
use super::service;
use super::test_run::test_run;
use crate::ids::AutomationId;

/// The routes of trying out.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(simulate))
        .routes(routes!(run_test))
}

/// Try an automation out
///
/// A subscriber, or somebody invented, walks through the draft on a clock that jumps from wait to wait. Nothing is sent,
/// asked or stored. Needs the permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/simulate",
    operation_id = "simulate_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = Rehearsal, example = json!({
        "contact": {"email": "ada@example.com", "time_zone": "Europe/Berlin"},
        "later": [{"after_minutes": 60, "event": "message.clicked", "step": "welcome"}],
    })),
    responses(
        (status = 200, body = Rehearsed),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn simulate(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Json(request): Json<Rehearsal>,
) -> Result<Json<Rehearsed>, ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    Ok(Json(
        service::rehearse(&app.ctx, account, id, request).await?,
    ))
}

/// Be sent the mails of an automation
///
/// Somebody walks through the draft as in a simulation, and every mail on the way is sent to an address of your own at
/// once, written as to them. Nobody else is written to, nothing else happens, and the mails count in no report. Blocks
/// that are shown to some only are shown as they would be to that address. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/automations/{id}/test-run",
    operation_id = "test_run_automation",
    tag = "Automations",
    params(("id" = AutomationId, Path, description = "The automation's id")),
    request_body(content = TestRun, example = json!({
        "address": "me@example.com",
        "simulate": {"contact": {"first_name": "Ada", "email": "ada@example.com"}},
    })),
    responses(
        (status = 200, body = TestRunDone),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn run_test(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<AutomationId>,
    Json(request): Json<TestRun>,
) -> Result<Json<TestRunDone>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    Ok(Json(
        test_run(&app.ctx, account, &auth.actor(), id, request).await?,
    ))
}
