//! `/api/automations/{id}/simulate`.

use axum::extract::State;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::model::{Rehearsal, Rehearsed};
use super::service;
use crate::ids::AutomationId;

/// The routes of trying out.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(simulate))
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
