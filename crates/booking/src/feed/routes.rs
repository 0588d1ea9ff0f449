//! `/api/hosts/{id}/calendar`, and the calendars themselves.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::{Auth, Permission};
use sha2::{Digest as _, Sha256};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::service::{self, Feed, Published};
use crate::HostId;

/// The routes of feeds.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(find, publish, withdraw))
}

/// The calendars, for whoever has the address.
pub fn public_routes() -> Router<App> {
    Router::new().route("/calendars/{name}", get(calendar))
}

/// Tell whether a host's calendar can be subscribed to
///
/// Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts/{id}/calendar",
    operation_id = "get_host_calendar",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 200, body = Feed), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn find(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<Feed>, ApiError> {
    let account = auth.allow(Permission::BookingsRead)?;
    Ok(Json(service::find(&app.ctx, account, id).await?))
}

/// Make a secret address of a host's calendar
///
/// For programs that subscribe to calendars; the bookings of the host with the names of invitees are there. Each call
/// makes a new address, and the one before leads nowhere any more. Needs the permission `bookings:write`.
#[utoipa::path(
    put,
    path = "/api/hosts/{id}/calendar",
    operation_id = "publish_host_calendar",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 200, body = Published), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn publish(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<Published>, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    let (actor, url) = (auth.actor(), &app.config.public_url);
    Ok(Json(
        service::publish(&app.ctx, account, &actor, id, url).await?,
    ))
}

/// Take the address of a host's calendar back
///
/// Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/hosts/{id}/calendar",
    operation_id = "withdraw_host_calendar",
    tag = "Hosts",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 204), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn withdraw(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::BookingsWrite)?;
    service::withdraw(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn calendar(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let token = name.strip_suffix(".ics").unwrap_or(&name);
    let text = service::read(&app.ctx, token, &app.config.public_url).await?;
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..12]);
    let tag = format!("\"{hash}\"");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag));
    let head = [
        (
            header::CONTENT_TYPE,
            "text/calendar; charset=utf-8".to_owned(),
        ),
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok(if known {
        (StatusCode::NOT_MODIFIED, head).into_response()
    } else {
        (head, text).into_response()
    })
}
