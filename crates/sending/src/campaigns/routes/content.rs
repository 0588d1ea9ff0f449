//! What a campaign says and to how many.

use audience::SubscriberId;
use axum::extract::State;
use content::{Document, Finding};
use identity::{Auth, Permission};
use kernel::Error;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query, Versioned};

use super::super::model::{Audience, CampaignId};
use super::super::service::{self, Preview};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(read_content))
        .routes(routes!(read_variant))
        .routes(routes!(preview))
        .routes(routes!(send_test))
        .routes(routes!(check))
        .routes(routes!(render))
        .routes(routes!(to_mjml))
        .routes(routes!(count))
}

/// Get the content of a campaign
///
/// As it was written, with its merge fields. The ETag is the campaign's: sent back as `If-Match` with a change, it keeps
/// two people from writing over each other. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/content",
    operation_id = "get_campaign_content",
    tag = "Campaigns",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = Document, headers(("ETag" = String, description = "The campaign's version"))),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read_content(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<CampaignId>,
) -> Result<Versioned<Document>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (version, document) = service::document(&app.ctx, account, id).await?;
    let document = document.ok_or_else(|| Error::not_found("content of the campaign", id))?;
    Ok(Versioned(version, document))
}

/// Get the content of a variant
///
/// The text of its own that a variant of an A/B test has, as it was written; its subject and preheader, where the variant
/// names them, take the place of those in there. "Not found" when the variant says what the campaign says. The ETag is the
/// campaign's. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/variants/{variant}/content",
    operation_id = "get_variant_content",
    tag = "Campaigns",
    params(
        ("id" = CampaignId, Path, description = "The campaign's id"),
        ("variant" = i64, Path, description = "The variant's number, from 1", example = 2)
    ),
    responses(
        (status = 200, body = Document, headers(("ETag" = String, description = "The campaign's version"))),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn read_variant(
    auth: Auth,
    State(app): State<App>,
    Path((id, variant)): Path<(CampaignId, i64)>,
) -> Result<Versioned<Document>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (version, document) = service::variant_document(&app.ctx, account, id, variant).await?;
    Ok(Versioned(version, document))
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

/// Content to look through.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "subject": "Your order {{ order.number }}",
    "body": {"kind": "text", "text": "Thank you, {{ first_name | default(\"dear reader\") }}."},
    "variables": ["order"],
}))]
struct CheckContent {
    subject: String,
    #[serde(default)]
    preheader: Option<String>,
    body: content::Body,
    /// The names that programs give values to, as in a template for messages.
    #[serde(default)]
    variables: Vec<String>,
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
    request_body = CheckContent,
    responses((status = 200, body = Findings)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn check(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<CheckContent>,
) -> Result<Json<Findings>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let document = Document {
        subject: request.subject,
        preheader: request.preheader,
        body: request.body,
    };
    let findings =
        service::check_document(&app.ctx, account, &document, &request.variables).await?;
    Ok(Json(Findings { findings }))
}

/// Content to look at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RenderContent {
    content: Document,
    /// The names that programs give values to, as in a template for messages. They have none here.
    #[serde(default)]
    variables: Vec<String>,
    /// As whom; without one, as somebody of whom nothing but an address is known.
    #[serde(default)]
    subscriber_id: Option<SubscriberId>,
    /// Whether blocks with a visibility are shown whatever it says. Else those are hidden that the subscriber would not
    /// see, and without a subscriber all of them.
    #[serde(default)]
    show_hidden: bool,
}

/// Render content without saving it
///
/// As one subscriber would get it, with links that are not tracked: for editors, which show what is being written. Where
/// there are errors, they are among the findings, and there is no HTML. Needs the permission `campaigns:read`.
#[utoipa::path(
    post,
    path = "/api/content/render",
    operation_id = "render_content",
    tag = "Campaigns",
    request_body(
        content = RenderContent,
        example = json!({
            "content": {
                "subject": "Twelve new teas",
                "body": {
                    "kind": "blocks",
                    "document": {
                        "version": 1,
                        "blocks": [{"id": "title", "type": "heading", "props": {"text": "Twelve new teas"}}],
                    },
                },
            },
            "show_hidden": true,
        })
    ),
    responses(
        (status = 200, body = Preview),
        (status = 404, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn render(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<RenderContent>,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let shown = service::Shown {
        subscriber: request.subscriber_id,
        all: request.show_hidden,
    };
    let variables = &request.variables;
    let preview = service::render(&app.ctx, account, &request.content, variables, shown).await?;
    Ok(Json(preview))
}

/// Content as code.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ContentAsMjml {
    /// With its merge fields as they were written.
    mjml: String,
}

/// Turn blocks into MJML
///
/// For going on in code: there is no way back. Visibilities of blocks are left out. Needs the permission
/// `campaigns:read`.
#[utoipa::path(
    post,
    path = "/api/content/mjml",
    operation_id = "content_to_mjml",
    tag = "Campaigns",
    request_body(
        content = Document,
        example = json!({
            "subject": "Twelve new teas",
            "body": {
                "kind": "blocks",
                "document": {
                    "version": 1,
                    "blocks": [{"id": "title", "type": "heading", "props": {"text": "Twelve new teas"}}],
                },
            },
        })
    ),
    responses((status = 200, body = ContentAsMjml), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn to_mjml(
    auth: Auth,
    Json(document): Json<Document>,
) -> Result<Json<ContentAsMjml>, ApiError> {
    auth.allow(Permission::CampaignsRead)?;
    let mjml = service::to_mjml(&document)?;
    Ok(Json(ContentAsMjml { mjml }))
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
