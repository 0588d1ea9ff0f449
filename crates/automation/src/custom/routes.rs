//! `/api/events`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use super::model::{NewCustomEvent, RecordedEvent};
use super::service;

/// The routes of events.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(record))
}

/// Record an event
///
/// Something that happened to a subscriber elsewhere: an order, a sign-in. Automations begin with it or wait for it, and it
/// is shown in the subscriber's timeline. With a `key` it is recorded once. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/events",
    operation_id = "record_event",
    tag = "Events",
    request_body(content = NewCustomEvent, example = json!({
        "name": "order.placed", "email": "ada@example.com", "properties": {"order_id": "A-17", "total": 40},
        "key": "order-A-17",
    })),
    responses((status = 202, body = RecordedEvent), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn record(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<NewCustomEvent>,
) -> Result<(StatusCode, Json<RecordedEvent>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let recorded = service::record(&app.ctx, account, &auth.actor(), request).await?;
    Ok((StatusCode::ACCEPTED, Json(recorded)))
}
