//! `/api/hosts/{id}/calendar-connections`, `/api/calendar-connections/{id}`, `/api/hosts/{id}/busy-times`, and where
//! people come back to who have signed in elsewhere.

use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use identity::{Auth, Permission, auth::Role};
use kernel::{AccountId, Error, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::Calendar;
use super::service::{
    self, Begin, Begun, BusyTime, CalendarPatch, ConnectionPatch, Copies, Detail, List,
    NewConnection, Who,
};
use crate::{CalendarId, ConnectionId, HostId};

/// The routes of calendars elsewhere.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, connect))
        .routes(routes!(begin))
        .routes(routes!(read, update, disconnect))
        .routes(routes!(sync))
        .routes(routes!(update_calendar))
        .routes(routes!(busy_times))
}

/// Where people come back to who have signed in elsewhere.
pub fn public_routes() -> Router<App> {
    Router::new().route(super::remote::REDIRECT, get(back))
}

/// The account, and who asks.
fn who(auth: &Auth, permission: Permission) -> Result<(AccountId, Who), Error> {
    let account = auth.allow(permission)?;
    let who = Who {
        actor: auth.actor(),
        user: auth.user(),
        admin: matches!(auth.role(), Some(Role::Owner | Role::Admin)),
    };
    Ok((account, who))
}

/// The body, once it is known that whoever sends it may: others are not told what is wrong with it.
async fn body<T: DeserializeOwned>(app: &App, request: Request) -> Result<T, ApiError> {
    let Json(body) = Json::<T>::from_request(request, app).await?;
    Ok(body)
}

/// List the calendar connections of a host
///
/// With their calendars, how they are, and what else can be connected. For the host and for admins. Needs the permission
/// `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts/{id}/calendar-connections",
    operation_id = "list_calendar_connections",
    tag = "Calendars",
    params(("id" = HostId, Path, description = "The host's id")),
    responses((status = 200, body = List), (status = 403, description = "Neither the host nor an admin asks", body = web::Problem), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
) -> Result<Json<List>, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsRead)?;
    Ok(Json(service::list(&app.ctx, account, &who, id).await?))
}

/// Connect calendars of a host
///
/// By the address of a feed, or by an account on a server with CalDAV. The server is asked at once, and what is wrong with
/// the address or the password is told by field. A calendar that is the only one, the primary one or else can be written
/// blocks to begin with; none receives. For the host and for admins. Needs the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/hosts/{id}/calendar-connections",
    operation_id = "create_calendar_connection",
    tag = "Calendars",
    params(("id" = HostId, Path, description = "The host's id")),
    request_body(content = NewConnection, example = json!({
        "kind": "caldav", "address": "https://caldav.fastmail.com", "user_name": "ada@example.com",
        "password": "abcd-efgh-ijkl-mnop",
    })),
    responses(
        (status = 201, body = Detail),
        (status = 403, description = "Neither the host nor an admin asks", body = web::Problem),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn connect(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
    request: Request,
) -> Result<(StatusCode, Json<Detail>), ApiError> {
    let (account, who) = who(&auth, Permission::BookingsWrite)?;
    service::check_host(&app.ctx, account, &who, id).await?;
    let new: NewConnection = body(&app, request).await?;
    let made = service::connect(&app.ctx, account, &who, id, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Begin to sign in at Google or Microsoft
///
/// Tells the page to send the person to. They come back to this server, which makes the connection and sends them on to
/// `return_to`, with `calendar_connection` (an id) or `calendar_error` (`denied`, `signed_out`, `over`, `other_account`,
/// `failed`) in the query. It works only in the session in which it began. For the host and for admins. Needs
/// the permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/hosts/{id}/calendar-connections/sign-in",
    operation_id = "begin_calendar_sign_in",
    tag = "Calendars",
    params(("id" = HostId, Path, description = "The host's id")),
    request_body(content = Begin, example = json!({"kind": "google", "return_to": "/app/bookings/hosts"})),
    responses(
        (status = 200, body = Begun),
        (status = 403, description = "Neither the host nor an admin asks", body = web::Problem),
        (status = 404, body = web::Problem),
        (status = 409, description = "The operator has registered no program there", body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn begin(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
    request: Request,
) -> Result<Json<Begun>, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsWrite)?;
    service::check_host(&app.ctx, account, &who, id).await?;
    let wish: Begin = body(&app, request).await?;
    let mark = auth.session_mark();
    Ok(Json(
        service::begin(&app.ctx, account, &who, mark, id, wish).await?,
    ))
}

/// Get a calendar connection
///
/// For the host and for admins. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/calendar-connections/{id}",
    operation_id = "get_calendar_connection",
    tag = "Calendars",
    params(("id" = ConnectionId, Path, description = "The connection's id")),
    responses((status = 200, body = Detail), (status = 403, description = "Neither the host nor an admin asks", body = web::Problem), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ConnectionId>,
) -> Result<Json<Detail>, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsRead)?;
    Ok(Json(service::get(&app.ctx, account, &who, id).await?))
}

/// Change a calendar connection
///
/// A new password or address is tried before it is kept. For the host and for admins. Needs the permission
/// `bookings:write`.
#[utoipa::path(
    patch,
    path = "/api/calendar-connections/{id}",
    operation_id = "update_calendar_connection",
    tag = "Calendars",
    params(("id" = ConnectionId, Path, description = "The connection's id")),
    request_body(content = ConnectionPatch, example = json!({"when_unreachable": "stop_offering"})),
    responses(
        (status = 200, body = Detail),
        (status = 403, description = "Neither the host nor an admin asks", body = web::Problem),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ConnectionId>,
    request: Request,
) -> Result<Json<Detail>, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsWrite)?;
    service::check(&app.ctx, account, &who, id).await?;
    let patch: ConnectionPatch = body(&app, request).await?;
    Ok(Json(
        service::update(&app.ctx, account, &who, id, patch).await?,
    ))
}

/// What becomes of bookings that were put into the calendars.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DisconnectQuery {
    /// `keep`: they stay there, which holds unless given. `remove`: those that are to come are taken out, soon after.
    #[serde(default)]
    #[param(inline)]
    copies: Copies,
}

/// Disconnect calendars
///
/// What they said was taken is free again. For the host and for admins. Needs the permission `bookings:write`.
#[utoipa::path(
    delete,
    path = "/api/calendar-connections/{id}",
    operation_id = "delete_calendar_connection",
    tag = "Calendars",
    params(("id" = ConnectionId, Path, description = "The connection's id"), DisconnectQuery),
    responses((status = 204), (status = 403, description = "Neither the host nor an admin asks", body = web::Problem), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn disconnect(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ConnectionId>,
    Query(query): Query<DisconnectQuery>,
) -> Result<StatusCode, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsWrite)?;
    service::disconnect(&app.ctx, account, &who, id, query.copies).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read calendars now
///
/// Soon after, that is; `synced_at` or `fault` of the connection tell how it went. For the host and for admins. Needs the
/// permission `bookings:write`.
#[utoipa::path(
    post,
    path = "/api/calendar-connections/{id}/sync",
    operation_id = "sync_calendar_connection",
    tag = "Calendars",
    params(("id" = ConnectionId, Path, description = "The connection's id")),
    responses((status = 202, body = Detail), (status = 403, description = "Neither the host nor an admin asks", body = web::Problem), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn sync(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<ConnectionId>,
) -> Result<(StatusCode, Json<Detail>), ApiError> {
    let (account, who) = who(&auth, Permission::BookingsWrite)?;
    let detail = service::sync_now(&app.ctx, account, &who, id).await?;
    Ok((StatusCode::ACCEPTED, Json(detail)))
}

/// Say what a calendar is used for
///
/// Whether what is in it keeps slots away, and whether bookings are put into it: then those that are to come are put there
/// as well. For the host and for admins. Needs the permission `bookings:write`.
#[utoipa::path(
    patch,
    path = "/api/calendar-connections/{id}/calendars/{calendar}",
    operation_id = "update_connected_calendar",
    tag = "Calendars",
    params(
        ("id" = ConnectionId, Path, description = "The connection's id"),
        ("calendar" = CalendarId, Path, description = "The calendar's id")
    ),
    request_body(content = CalendarPatch, example = json!({"blocks": true, "receives": true})),
    responses(
        (status = 200, body = Calendar),
        (status = 403, description = "Neither the host nor an admin asks", body = web::Problem),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["bookings:write"]))
)]
async fn update_calendar(
    auth: Auth,
    State(app): State<App>,
    Path((id, calendar)): Path<(ConnectionId, CalendarId)>,
    request: Request,
) -> Result<Json<Calendar>, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsWrite)?;
    service::check(&app.ctx, account, &who, id).await?;
    let patch: CalendarPatch = body(&app, request).await?;
    let place = (id, calendar);
    Ok(Json(
        service::update_calendar(&app.ctx, account, &who, place, patch).await?,
    ))
}

/// Of which range.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RangeQuery {
    /// The first instant; now unless given.
    from: Option<Timestamp>,
    /// The first instant that is not asked for any more, at most 62 days later; 14 days later unless given.
    to: Option<Timestamp>,
}

/// What is taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct BusyTimeList {
    data: Vec<BusyTime>,
}

/// List what calendars elsewhere say of a host's time
///
/// As it was when they were last read. Only the host and admins are told what it is. Needs the permission `bookings:read`.
#[utoipa::path(
    get,
    path = "/api/hosts/{id}/busy-times",
    operation_id = "list_busy_times",
    tag = "Calendars",
    params(("id" = HostId, Path, description = "The host's id"), RangeQuery),
    responses((status = 200, body = BusyTimeList), (status = 404, body = web::Problem), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["bookings:read"]))
)]
async fn busy_times(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<HostId>,
    Query(query): Query<RangeQuery>,
) -> Result<Json<BusyTimeList>, ApiError> {
    let (account, who) = who(&auth, Permission::BookingsRead)?;
    let from = query.from.unwrap_or_else(|| app.ctx.clock.now());
    let until = query.to.unwrap_or(from + Duration::from_hours(14 * 24));
    let range = (from, until);
    let data = service::busy_times(&app.ctx, account, &who, id, range).await?;
    Ok(Json(BusyTimeList { data }))
}

/// How somebody comes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Back {
    state: String,
    code: String,
    error: String,
}

/// Somebody is back from signing in. They are sent on to the app, which says what became of it. Reading this page changes
/// something, so it takes what only comes from there: a state that this session began with, and a code that is good once.
async fn back(
    auth: Result<Auth, ApiError>,
    State(app): State<App>,
    axum::extract::Query(back): axum::extract::Query<Back>,
) -> Response {
    let page = service::return_to(&app.ctx, &back.state);
    // Codes, since anybody can write a sentence into a link.
    let error = |code: &str| to(&page, "calendar_error", code);
    if !back.error.is_empty() {
        return error("denied");
    }
    let Ok((account, who, mark)) = auth.map_err(drop).and_then(|auth| {
        let (account, who) = who(&auth, Permission::BookingsWrite).map_err(drop)?;
        Ok((account, who, auth.session_mark()))
    }) else {
        return error("signed_out");
    };
    let ended = service::finish(&app.ctx, account, &who, mark, &back.state, &back.code).await;
    match ended {
        Ok(made) => {
            let id = made.connection.id.to_string();
            to(&page, "calendar_connection", &id)
        }
        Err(Error::Internal(cause)) => {
            tracing::error!(error = %format!("{cause:#}"), "a sign-in elsewhere cannot be finished");
            error("failed")
        }
        Err(why) => {
            tracing::info!(%why, "a sign-in elsewhere came to nothing");
            error(match &why {
                Error::Invalid(faults) => match faults.first() {
                    Some(fault) if fault.field == "state" => "over",
                    Some(fault) if fault.code == "not_allowed" => "other_account",
                    _ => "failed",
                },
                _ => "failed",
            })
        }
    }
}

fn to(page: &str, name: &str, value: &str) -> Response {
    let sign = if page.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{page}{sign}{name}={value}")).into_response()
}
