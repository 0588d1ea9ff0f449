//! `/api/booking-settings`.

use axum::extract::State;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use super::model::{Settings, SettingsInput};
use super::service;

/// The routes of the settings.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(read, update))
}

/// Get the booking settings
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/booking-settings",
    operation_id = "get_booking_settings",
    tag = "Event types",
    responses((status = 200, body = Settings)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn read(auth: Auth, State(app): State<App>) -> Result<Json<Settings>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    Ok(Json(service::get(&app.ctx, account).await?))
}

/// Change the booking settings
///
/// Addresses of booking pages with the old name lead nowhere any more. `team_limits` say how much there may be of all event
/// types with several hosts together: what is booked of one of them counts for all, and a full period is closed for all.
/// Event types with one host are not touched. Needs the permission `bookings:write`.
#[utoipa::path(
    put,
    path = "/api/booking-settings",
    operation_id = "update_booking_settings",
    tag = "Event types",
    request_body(content = SettingsInput, example = json!({
        "page": "analytical-engines",
        "team_limits": [{"period": "day", "bookings": 8}],
    })),
    responses((status = 200, body = Settings), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<SettingsInput>,
) -> Result<Json<Settings>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    Ok(Json(
        service::update(&app.ctx, account, &auth.actor(), request).await?,
    ))
}
