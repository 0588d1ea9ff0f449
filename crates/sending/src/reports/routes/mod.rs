//! `/api/campaigns/{id}/report` and what belongs to it.

mod facets;
mod lists;

use axum::extract::State as AppState;
use identity::{Auth, Permission};
use kernel::{AccountId, Error};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::ab::AbReport;
use super::comparison::CampaignComparison;
use super::model::{LinkReport, Report, SeriesPoint};
use super::store;
use crate::campaigns::{Campaign, CampaignId, RevisionId, store as campaigns};

/// The routes of reports.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(report))
        .routes(routes!(read_ab))
        .routes(routes!(links))
        .routes(routes!(series))
        .routes(routes!(compare))
        .merge(lists::routes())
        .merge(facets::routes())
}

async fn find(tx: &mut db::Tx, account: AccountId, id: CampaignId) -> Result<Campaign, ApiError> {
    Ok(campaigns::find(tx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("campaign", id))?)
}

/// Get the report of an A/B test
///
/// With what the numbers can tell, as a sentence. Once it is decided, the comparison is that of the moment when it was.
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/ab-report",
    operation_id = "get_ab_report",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = AbReport, example = json!({
            "campaign_id": "361240977588224000",
            "variants": [
                {
                    "number": 1, "subject": null, "sender_email": null, "delay_minutes": 0, "recipients": 1000,
                    "sent": 1000, "unique_opens": 200, "unique_clicks": 31, "open_rate": 0.2, "click_rate": 0.031,
                },
                {
                    "number": 2, "subject": "Twelve new teas", "sender_email": null, "delay_minutes": 0,
                    "recipients": 1000, "sent": 1000, "unique_opens": 241, "unique_clicks": 33, "open_rate": 0.241,
                    "click_rate": 0.033,
                },
            ],
            "by_opens": {
                "leader": 2, "p_value": 0.027, "significant": true,
                "sentence": "Variant 2 leads: 24.1 % of 1000 opened, against 20.0 % of 1000 of variant 1. If they did \
                             not differ, a lead like this would come about in about 3 of 100 tests: it is probably real.",
            },
            "by_clicks": {
                "leader": 2, "p_value": 0.8, "significant": false,
                "sentence": "Variant 2 leads: 3.3 % of 1000 clicked, against 3.1 % of 1000 of variant 1. If they did \
                             not differ, a lead like this would come about in about 80 of 100 tests: it may well be \
                             chance.",
            },
            "winner_by": "opens",
            "winner": null,
            "decided_at": null,
        })),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read_ab(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<AbReport>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    Ok(Json(super::ab::ab(&app.ctx, account, id).await?))
}

/// Get the report of a campaign
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report",
    operation_id = "get_report",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = Report, example = json!({
            "campaign_id": "361240977588224000",
            "state": "sent",
            "recipients": 4812,
            "queued": 0,
            "sent": 4790,
            "failed": 20,
            "skipped": 2,
            "unknown": 0,
            "cancelled": 0,
            "deferrals": 31,
            "delivered": 4781,
            "hard_bounces": 22,
            "soft_bounces": 7,
            "complaints": 1,
            "opens": 2810,
            "unique_opens": 1720,
            "machine_opens": 950,
            "clicks": 402,
            "unique_clicks": 311,
            "machine_clicks": 12,
            "unsubscribed": 9,
            "open_rate": 0.359,
            "click_rate": 0.065,
            "unsubscribe_rate": 0.0019,
            "bounce_rate": 0.006,
            "complaint_rate": 0.0002,
            "unsubscribe_reasons": {"too_many": 4, "one_click": 5},
            "started_at": "2026-05-04T09:30:00Z",
            "finished_at": "2026-05-04T09:31:12Z",
        })),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn report(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Report>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    let campaign = find(&mut tx, account, id).await?;
    let totals = store::totals(&mut tx, account, id).await?;
    let reasons = store::reasons(&mut tx, account, id).await?;
    Ok(Json(Report::from_totals(&campaign, &totals, reasons)))
}

/// What a campaign says: the variants of an A/B test, or its content.
fn contents(campaign: &Campaign) -> Vec<(i64, RevisionId)> {
    match &campaign.ab {
        Some(ab) => (1..)
            .zip(&ab.variants)
            .filter_map(|(number, variant)| {
                let unsent = variant.content_revision_id.or(campaign.revision);
                Some((number, variant.revision_id.or(unsent)?))
            })
            .collect(),
        None => campaign.revision.map(|id| (0, id)).into_iter().collect(),
    }
}

/// The links of a campaign.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Links {
    /// In the order of the mail.
    data: Vec<LinkReport>,
}

/// List the links of a campaign with their clicks
///
/// By their places in the mail, for a map of clicks over it: of each variant of an A/B test, and of each content that it
/// had when it was edited midway. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report/links",
    operation_id = "list_report_links",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 200, body = Links), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn links(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Links>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    let campaign = find(&mut tx, account, id).await?;
    let data = store::links(&mut tx, account, id, &contents(&campaign)).await?;
    Ok(Json(Links { data }))
}

/// A campaign over time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Series {
    /// Hours in which something happened, oldest first.
    data: Vec<SeriesPoint>,
}

/// Get what happened to a campaign hour by hour
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report/series",
    operation_id = "get_report_series",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 200, body = Series), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn series(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Series>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    find(&mut tx, account, id).await?;
    let data = store::series(&mut tx, account, id).await?;
    Ok(Json(Series { data }))
}

/// Compare a campaign with those before it
///
/// With the last ten that were sent before it, each as it was when it had the age that this one has now. Needs the
/// permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report/comparison",
    operation_id = "get_report_comparison",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = CampaignComparison, example = json!({
            "hours": 26,
            "campaign": {
                "campaign_id": "361240977588224000", "name": "May", "started_at": "2026-05-04T09:30:00Z", "sent": 4790,
                "open_rate": 0.359, "click_rate": 0.065, "unsubscribe_rate": 0.0019,
            },
            "earlier": [{
                "campaign_id": "361240977588223000", "name": "April", "started_at": "2026-04-06T09:30:00Z", "sent": 4702,
                "open_rate": 0.331, "click_rate": 0.058, "unsubscribe_rate": 0.0021,
            }],
            "median": {"open_rate": 0.331, "click_rate": 0.058, "unsubscribe_rate": 0.0021},
        })),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn compare(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<CampaignComparison>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let comparison = super::comparison::comparison(&app.ctx, account, id).await?;
    Ok(Json(comparison))
}
