//! `/api/setup`.

use axum::extract::State;
use axum::http::StatusCode;
use kernel::{EmailAddress, TimeZone};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use super::service;
use crate::passwords::Password;
use crate::sessions::{Client, Opened, SameOrigin, SessionView};
use crate::users::NewOwner;

/// The routes of the set-up.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(read, create))
}

/// Whether this server waits for its first owner.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SetupState {
    needed: bool,
}

/// Get whether this server waits for its first owner
#[utoipa::path(
    get,
    path = "/api/setup",
    operation_id = "get_setup",
    tag = "Set-up",
    responses((status = 200, body = SetupState, example = json!({"needed": true}))),
    security(())
)]
async fn read(State(app): State<App>) -> Result<Json<SetupState>, ApiError> {
    let needed = service::is_needed(&app.ctx).await?;
    Ok(Json(SetupState { needed }))
}

/// The first owner and their account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Setup, example = json!({
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "password": "correct horse battery",
    "account_name": "Analytical Engines",
    "time_zone": "Europe/London",
}))]
struct SetupRequest {
    email: EmailAddress,
    name: String,
    password: Password,
    account_name: String,
    /// UTC unless given.
    time_zone: Option<TimeZone>,
}

/// Create the first owner
///
/// Works once, while the server has no owner. Signs the owner in.
#[utoipa::path(
    post,
    path = "/api/setup",
    operation_id = "create_setup",
    tag = "Set-up",
    request_body = SetupRequest,
    responses(
        (status = 201, body = SessionView, headers(("Set-Cookie" = String, description = "The session"))),
        (status = 409, description = "There is an owner (`already_set_up`)", body = web::Problem),
    ),
    security(())
)]
async fn create(
    _: SameOrigin,
    State(app): State<App>,
    client: Client,
    Json(request): Json<SetupRequest>,
) -> Result<Opened, ApiError> {
    let new = NewOwner {
        email: request.email,
        name: request.name,
        password: request.password,
        account_name: request.account_name,
        time_zone: request.time_zone,
    };
    let session = service::set_up(&app.ctx, new, client).await?;
    Opened::new(&app, StatusCode::CREATED, session).await
}
