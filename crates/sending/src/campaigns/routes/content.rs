//! What a campaign says and to how many.

use audience::SubscriberId;
use axum::extract::State;
use content::{Document, Finding};
use identity::{Auth, Permission};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::super::model::{Audience, CampaignId};
use super::super::service::{self, Preview};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(read_content))
        .routes(routes!(preview))
        .routes(routes!(send_test))
        .routes(routes!(check))
        .routes(routes!(count))
}

/// Get the content of a campaign
///
/// As it was written, with its merge fields. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/content",
    operation_id = "get_campaign_content",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses((status = 200, body = Document), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read_content(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Document>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let document = service::document(&app.ctx, account, id)
        .await?
        .ok_or_else(|| Error::not_found("content of the campaign", id))?;
    Ok(Json(document))
}

/// As whom.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// A subscriber; without one, somebody of whom nothing but an address is known.
    subscriber_id: Option<SubscriberId>,
}

/// Preview a campaign
///
/// As one subscriber would get it, with links that are not tracked. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/preview",
    operation_id = "preview_campaign",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id"), PreviewQuery),
    responses(
        (status = 200, body = Preview),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn preview(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Query(query): Query<PreviewQuery>,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let preview = service::preview(&app.ctx, account, id, query.subscriber_id).await?;
    Ok(Json(preview))
}

/// Where to send a test.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TestRequest {
    /// 1 to 20 addresses.
    addresses: Vec<String>,
    /// As whom to write it; without one, as somebody of whom nothing but the address is known.
    #[serde(default)]
    subscriber_id: Option<SubscriberId>,
}

/// Tests on their way.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct TestsQueued {
    /// How many.
    #[schema(example = 1)]
    queued: usize,
}

/// Send a test of a campaign
///
/// Through the campaign's transport, to addresses of your own. Tests count in no report. Needs the permission
/// `campaigns:send`.
#[utoipa::path(
    post,
    path = "/api/campaigns/{id}/test",
    operation_id = "send_test",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    request_body(content = TestRequest, example = json!({"addresses": ["me@example.com"]})),
    responses(
        (status = 200, body = TestsQueued),
        (status = 404, body = web::Problem),
        (status = 409, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:send"]))
)]
async fn send_test(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
    Json(request): Json<TestRequest>,
) -> Result<Json<TestsQueued>, ApiError> {
    let account = auth.allow(Permission::CampaignsSend)?;
    let queued = service::send_test(
        &app.ctx,
        account,
        &auth.actor(),
        id,
        &request.addresses,
        request.subscriber_id,
    )
    .await?;
    Ok(Json(TestsQueued { queued }))
}

/// What was found in a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Findings {
    /// Errors and warnings, in the order of the document.
    findings: Vec<Finding>,
}

/// Check content without saving it
///
/// Unknown merge fields, syntax, missing defaults, a missing unsubscribe link, size. Needs the permission
/// `campaigns:read`.
#[utoipa::path(
    post,
    path = "/api/content/check",
    operation_id = "check_content",
    tag = "Campaigns",
    request_body = Document,
    responses((status = 200, body = Findings)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn check(
    auth: Auth,
    State(app): State<App>,
    Json(document): Json<Document>,
) -> Result<Json<Findings>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let findings = service::check_document(&app.ctx, account, &document).await?;
    Ok(Json(Findings { findings }))
}

/// How many people.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RecipientCount {
    /// Active subscribers who would get it now.
    #[schema(example = 4812)]
    recipients: i64,
}

/// Count the recipients of an audience
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    post,
    path = "/api/campaigns/count-recipients",
    operation_id = "count_recipients",
    tag = "Campaigns",
    request_body(content = Audience, example = json!({"groups": ["361240977588224002"]})),
    responses((status = 200, body = RecipientCount), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn count(
    auth: Auth,
    State(app): State<App>,
    Json(audience): Json<Audience>,
) -> Result<Json<RecipientCount>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let recipients = service::count_recipients(&app.ctx, account, &audience).await?;
    Ok(Json(RecipientCount { recipients }))
}
