//! A/B tests, sending again, and the calendar.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query, Versioned};

use super::super::model::{Campaign, CampaignId, CampaignKind, CampaignState, NotReacted};
use super::super::service;
use super::{CampaignView, versioned};
use crate::series::{self, SeriesId};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(winner))
        .routes(routes!(resend))
        .routes(routes!(calendar))
}

/// Which variant.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WinnerRequest {
    /// From 1.
    #[schema(example = 2)]
    variant: i64,
}

/// Choose the winner of an A/B test
///
/// Those who were not in the test get this variant. Also before the test's time is over. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/winner",
    operation_id = "choose_winner",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    request_body(content = WinnerRequest, example = json!({"variant": 2})),
    responses(
        (status = 200, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn winner(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Json(request): Json<WinnerRequest>,
) -> Result<Versioned<CampaignView>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let actor = auth.actor();
    let campaign = service::choose_winner(&app.ctx, account, &actor, id, request.variant).await?;
    Ok(versioned(campaign))
}

/// To whom again.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ResendRequest {
    to: NotReacted,
    /// Another subject.
    #[serde(default)]
    #[schema(example = "In case you missed it")]
    subject: Option<String>,
}

/// Send a campaign again to those who did not react
///
/// Makes a draft whose recipients are those who got the campaign and have not opened it (or not clicked) when the draft
/// is sent. Opens by machines are not opens: people whose mail program opens everything are among them. Needs the
/// permission `campaigns:write`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/resend",
    operation_id = "resend_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    request_body(content = ResendRequest, example = json!({"to": "non_openers", "subject": "In case you missed it"})),
    responses(
        (status = 201, body = CampaignView),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:write"]))
)]
async fn resend(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Json(request): Json<ResendRequest>,
) -> Result<(StatusCode, Versioned<CampaignView>), ApiError> {
    let account = auth.allow(Permission::CampaignsWrite)?;
    let (to, subject) = (request.to, request.subject);
    let draft = service::resend(&app.ctx, account, &auth.actor(), id, to, subject).await?;
    Ok((StatusCode::CREATED, versioned(draft)))
}

/// Which span of time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CalendarQuery {
    /// The first moment; 30 days ago unless given.
    #[param(example = "2026-06-01T00:00:00Z")]
    from: Option<Timestamp>,
    /// Behind the last one, at most 400 days later; 120 days later unless given.
    #[param(example = "2026-07-01T00:00:00Z")]
    to: Option<Timestamp>,
}

/// Something that goes out, or went out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "at": "2026-06-01T07:00:00Z",
    "until": "2026-06-01T09:00:00Z",
    "campaign_id": "361240977588224000",
    "series_id": null,
    "name": "June newsletter",
    "kind": "ab",
    "state": "scheduled",
}))]
struct CalendarEntry {
    /// When it begins, or began.
    at: Timestamp,
    /// When the last message is due, if they are spread, or go by local time.
    #[schema(required)]
    until: Option<Timestamp>,
    /// Of an occurrence to come: the draft that is sent.
    campaign_id: CampaignId,
    /// Of which series it is.
    #[schema(required)]
    series_id: Option<SeriesId>,
    name: String,
    kind: CampaignKind,
    state: CampaignState,
}

impl CalendarEntry {
    fn of(campaign: &Campaign) -> Option<Self> {
        Some(Self {
            at: campaign.started_at.or(campaign.scheduled_at)?,
            until: campaign.last_due(),
            campaign_id: campaign.id,
            series_id: campaign.series,
            name: campaign.name.clone(),
            kind: campaign.kind(),
            state: campaign.state,
        })
    }
}

/// What goes out when.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Calendar {
    /// In the order of time; at most 1000.
    data: Vec<CalendarEntry>,
}

/// Get the calendar
///
/// The campaigns that begin in a span of time, past and to come, and the occurrences of series. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/calendar",
    operation_id = "get_calendar",
    tag = "Campaigns",
    params(CalendarQuery),
    responses((status = 200, body = Calendar), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn calendar(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<CalendarQuery>,
) -> Result<Json<Calendar>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let day = Duration::from_hours(24);
    let from = query.from.unwrap_or(app.ctx.clock.now() - day * 30);
    let to = query.to.unwrap_or(from + day * 120);
    let campaigns = service::calendar(&app.ctx, account, from, to).await?;
    let mut data: Vec<_> = campaigns.iter().filter_map(CalendarEntry::of).collect();
    let mut tx = app.ctx.read().await?;
    let planned = series::planned(&mut tx, account, from, to).await?;
    data.extend(planned.into_iter().map(|(at, series)| CalendarEntry {
        at,
        until: None,
        campaign_id: series.campaign,
        series_id: Some(series.id),
        name: series.name,
        kind: CampaignKind::Regular,
        state: CampaignState::Scheduled,
    }));
    data.sort_by_key(|entry| entry.at);
    data.truncate(1000);
    Ok(Json(Calendar { data }))
}
