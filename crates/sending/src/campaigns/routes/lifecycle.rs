//! Sending, scheduling, pausing, cancelling.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Versioned};

use super::super::local_time::LocalTime;
use super::super::model::CampaignId;
use super::super::service;
use super::{CampaignView, versioned};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(send))
        .routes(routes!(schedule, unschedule))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(cancel))
        .routes(routes!(resend_unknown))
}

/// When to send.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ScheduleRequest {
    /// In the future, within two years.
    #[serde(default)]
    scheduled_at: Option<Timestamp>,
    /// Instead: the wall time at which everybody gets it where they live.
    #[serde(default)]
    local_time: Option<LocalTime>,
}

/// Schedule a campaign
///
/// At one moment, or, with `local_time` instead, when it is that time where each recipient lives (in the account's time
/// zone for those whose zone is not known): the list is taken when that time comes first anywhere on earth; where it has
/// passed by then, people get it at that time of the next day.
///
/// Also moves one that is scheduled already. Needs the permission `campaigns:send`.
#[utoipa::path(
    put,
    path = "/api/campaigns/{id}/schedule",
    operation_id = "schedule_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    request_body(content = ScheduleRequest, example = json!({"scheduled_at": "2026-06-01T07:00:00Z"})),
    responses(
        (status = 200, body = CampaignView),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn schedule(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Json(request): Json<ScheduleRequest>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let (ctx, actor) = (&app.ctx, auth.actor());
    let campaign = match (request.scheduled_at, request.local_time) {
        (Some(at), None) => service::schedule(ctx, account, &actor, id, at).await?,
        (None, Some(at)) => service::schedule_local(ctx, account, &actor, id, at).await?,
        _ => {
            let message = "give scheduled_at or local_time, one of them";
            return Err(Error::invalid("scheduled_at", "required", message).into());
        }
    };
    Ok(versioned(campaign))
}

/// Messages that are sent again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Resent {
    /// How many.
    #[schema(example = 3)]
    queued: u64,
}

/// Send the messages again of which nobody knows whether they were sent
///
/// The server or the connection died while they were being handed over: whoever did get one gets a second one now.
/// Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/resend-unknown",
    operation_id = "resend_unknown",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 200, body = Resent), (status = 404, body = web::Problem), (status = 409, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn resend_unknown(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Resent>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let queued = service::resend_unknown(&app.ctx, account, &auth.actor(), id).await?;
    Ok(Json(Resent { queued }))
}

/// Send a campaign now
///
/// Takes the list of recipients and starts. Refused with 422 when something is missing. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/send",
    operation_id = "send_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn send(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let campaign = service::send(&app.ctx, account, &auth.actor(), id).await?;
    Ok(versioned(campaign))
}

/// Unschedule a campaign
///
/// It becomes a draft again. Needs the permission `campaigns:send`.
#[utoipa::path(
    delete,
    path = "/api/campaigns/{id}/schedule",
    operation_id = "unschedule_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn unschedule(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let campaign = service::unschedule(&app.ctx, account, &auth.actor(), id).await?;
    Ok(versioned(campaign))
}

/// Pause a campaign
///
/// What is being handed over finishes; the rest waits. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/pause",
    operation_id = "pause_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn pause(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let campaign = service::pause(&app.ctx, account, &auth.actor(), id).await?;
    Ok(versioned(campaign))
}

/// Resume a campaign
///
/// It goes on where it was paused: nobody is skipped, nobody gets it twice. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/resume",
    operation_id = "resume_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn resume(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let campaign = service::resume(&app.ctx, account, &auth.actor(), id).await?;
    Ok(versioned(campaign))
}

/// Cancel a campaign
///
/// What was not sent will not be. Needs the permission `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/cancel",
    operation_id = "cancel_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn cancel(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let campaign = service::cancel(&app.ctx, account, &auth.actor(), id).await?;
    Ok(versioned(campaign))
}
