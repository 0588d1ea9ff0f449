//! `/api/booking-settings`.

use axum::extract::State;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use super::service::{self, Settings};

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
/// Addresses of booking pages with the old name lead nowhere any more. Needs the permission `bookings:write`.
#[utoipa::path(
    put,
    path = "/api/booking-settings",
    operation_id = "update_booking_settings",
    tag = "Event types",
    request_body(content = Settings, example = json!({"page": "analytical-engines"})),
    responses((status = 200, body = Settings), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<Settings>,
) -> Result<Json<Settings>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    Ok(Json(
        service::update(&app.ctx, account, &auth.actor(), request).await?,
    ))
}
