//! `/api/segments`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::{FieldError, Page, Timestamp};
use rules::Rule;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::members::{Day, State as Membership};
use super::model::{Described, Explanation, Preview, Segment, UsedBy};
use super::service;
use crate::{SegmentId, SubscriberId};

/// The routes of segments.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(get, update, delete))
        .routes(routes!(count))
        .routes(routes!(subscriber_ids))
        .routes(routes!(explain))
        .routes(routes!(used_by))
        .routes(routes!(growth))
}

/// A named rule about people.
#[derive(Debug, Serialize, ToSchema)]
struct SegmentBody {
    id: SegmentId,
    #[schema(example = "Berlin, active")]
    name: String,
    rule: Rule,
    /// The rule as a sentence. Text, not HTML.
    #[schema(example = "People where City is \"Berlin\" and status is active")]
    description: String,
    /// How far the members are known: `building` while they are determined, `current`, or `broken` if something that
    /// the rule names is gone; `faults` then says what.
    state: Membership,
    /// How many people are in it, without counting; absent while it is building or broken.
    #[schema(required)]
    size: Option<i64>,
    /// Up to when the passing of time is in `size`. Changes of people are, a moment after they are made.
    as_of: Timestamp,
    /// What the rule names that is gone. Until it is mended the segment cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<SegmentFault>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Something that a rule names and that is gone.
#[derive(Debug, Serialize, ToSchema)]
struct SegmentFault {
    /// Where, in the rule.
    #[schema(example = "rule.all[0].group.any[0]")]
    field: String,
    #[schema(example = "unknown_group")]
    code: String,
    #[schema(example = "there is no group with the id 5: choose another")]
    message: String,
}

impl From<FieldError> for SegmentFault {
    fn from(error: FieldError) -> Self {
        Self {
            field: error.field,
            code: error.code.into_owned(),
            message: error.message,
        }
    }
}

impl From<Described> for SegmentBody {
    fn from(
        Described {
            segment,
            description,
            faults,
        }: Described,
    ) -> Self {
        let state = match faults.as_slice() {
            [] => segment.size.state,
            _ => Membership::Broken,
        };
        Self {
            id: segment.id,
            name: segment.name,
            rule: segment.rule,
            description,
            state,
            size: (state == Membership::Current).then_some(segment.size.people),
            as_of: segment.size.as_of,
            faults: faults.into_iter().map(SegmentFault::from).collect(),
            created_at: segment.created_at,
            updated_at: segment.updated_at,
        }
    }
}

async fn described(
    app: &App,
    account: kernel::AccountId,
    segment: Segment,
) -> Result<Json<SegmentBody>, ApiError> {
    let described = service::describe(&app.ctx, account, segment).await?;
    Ok(Json(described.into()))
}

/// A segment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateSegment {
    /// Unique in the account, without regard to case.
    #[schema(example = "Berlin, active")]
    name: String,
    /// Who is in it.
    #[schema(value_type = Rule)]
    rule: Value,
}

/// What is to change.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct UpdateSegment {
    name: Option<String>,
    #[schema(value_type = Option<Rule>)]
    rule: Option<Value>,
}

/// A rule to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewSegment {
    #[schema(value_type = Rule)]
    rule: Value,
    /// The segment that is being edited, so that a rule that leads back to it is an error.
    #[serde(default)]
    segment_id: Option<SegmentId>,
}

/// How many people.
#[derive(Debug, Serialize, ToSchema)]
struct Count {
    count: i64,
}

/// List segments, newest first
#[utoipa::path(
    get,
    path = "/api/segments",
    operation_id = "list_segments",
    tag = "Segments",
    params(Paging),
    responses((status = 200, body = Page<SegmentBody>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<SegmentBody>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    let page = service::list(&app.ctx, account, cursor, limit).await?;
    Ok(Json(page.map(SegmentBody::from)))
}

/// Create a segment
///
/// The rule is checked against the fields, groups, tags, campaigns and segments of the account. Every fault is told
/// with its place in the rule, such as `rule.all[0].value`.
#[utoipa::path(
    post,
    path = "/api/segments",
    operation_id = "create_segment",
    tag = "Segments",
    request_body(content = CreateSegment, example = json!({
        "name": "Berlin, active",
        "rule": {"all": [
            {"field": "status", "op": "equals", "value": "active"},
            {"field": "city", "op": "equals", "value": "Berlin"},
            {"not": {"event": "opened", "within_days": 30}}
        ]}
    })),
    responses((status = 201, body = SegmentBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(body): Json<CreateSegment>,
) -> Result<(StatusCode, Json<SegmentBody>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let draft = service::Draft {
        name: body.name,
        rule: body.rule,
    };
    let segment = service::create(&app.ctx, account, &auth.actor(), draft).await?;
    Ok((
        StatusCode::CREATED,
        described(&app, account, segment).await?,
    ))
}

/// Try a rule without storing it
///
/// Answers with the number of people it selects, the newest ten of them, and the rule as a sentence.
#[utoipa::path(
    post,
    path = "/api/segments/preview",
    operation_id = "preview_segment",
    tag = "Segments",
    request_body(content = PreviewSegment, example = json!({
        "rule": {"field": "city", "op": "equals", "value": "Berlin"}
    })),
    responses((status = 200, body = Preview, example = json!({
        "count": 1,
        "sample": [{
            "id": "361240977588224000",
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": null,
            "status": "active"
        }],
        "description": "People where City is \"Berlin\""
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn preview(
    auth: Auth,
    State(app): State<App>,
    Json(body): Json<PreviewSegment>,
) -> Result<Json<Preview>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let preview = service::preview(&app.ctx, account, &body.rule, body.segment_id).await?;
    Ok(Json(preview))
}

/// Get a segment
#[utoipa::path(
    get,
    path = "/api/segments/{id}",
    operation_id = "get_segment",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment")),
    responses((status = 200, body = SegmentBody)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
) -> Result<Json<SegmentBody>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let segment = service::get(&app.ctx, account, id).await?;
    described(&app, account, segment).await
}

/// Change a segment
///
/// What is left out stays as it is.
#[utoipa::path(
    patch,
    path = "/api/segments/{id}",
    operation_id = "update_segment",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment")),
    request_body(content = UpdateSegment, example = json!({"name": "Berlin"})),
    responses((status = 200, body = SegmentBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
    Json(body): Json<UpdateSegment>,
) -> Result<Json<SegmentBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let change = service::Change {
        name: body.name,
        rule: body.rule,
    };
    let segment = service::update(&app.ctx, account, &auth.actor(), id, change).await?;
    described(&app, account, segment).await
}

/// Delete a segment
///
/// Refused with `segment_in_use` while another segment or a campaign under way refers to it. The people stay.
#[utoipa::path(
    delete,
    path = "/api/segments/{id}",
    operation_id = "delete_segment",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment")),
    responses((status = 204, description = "It is gone")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Count the people in a segment
#[utoipa::path(
    get,
    path = "/api/segments/{id}/count",
    operation_id = "count_segment",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment")),
    responses((status = 200, body = Count, example = json!({"count": 1234}))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn count(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
) -> Result<Json<Count>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let count = service::count(&app.ctx, account, id).await?;
    Ok(Json(Count { count }))
}

/// List the ids of the people in a segment
#[utoipa::path(
    get,
    path = "/api/segments/{id}/subscriber-ids",
    operation_id = "list_segment_subscriber_ids",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment"), Paging),
    responses((status = 200, body = Page<SubscriberId>, example = json!({
        "data": ["361240977588224000"],
        "next_cursor": null
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn subscriber_ids(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<SubscriberId>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    let page = service::subscriber_ids(&app.ctx, account, id, cursor, limit).await?;
    Ok(Json(page))
}

/// Explain why a person is in a segment, or not
#[utoipa::path(
    get,
    path = "/api/segments/{id}/explain/{subscriber_id}",
    operation_id = "explain_segment",
    tag = "Segments",
    params(
        ("id" = SegmentId, Path, description = "The segment"),
        ("subscriber_id" = SubscriberId, Path, description = "The person")
    ),
    responses((status = 200, body = Explanation, example = json!({
        "matches": false,
        "summary": "ada@example.com is not in it: City is \"Rome\".",
        "condition": {
            "text": "all of these",
            "holds": false,
            "conditions": [
                {"text": "status is \"active\"", "holds": true, "actual": "status is \"active\""},
                {"text": "City is \"Berlin\"", "holds": false, "actual": "City is \"Rome\""}
            ]
        }
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn explain(
    auth: Auth,
    State(app): State<App>,
    Path((id, subscriber)): Path<(SegmentId, SubscriberId)>,
) -> Result<Json<Explanation>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let explanation = service::explain(&app.ctx, account, id, subscriber).await?;
    Ok(Json(explanation))
}

/// List what uses a segment
///
/// Other segments, and campaigns whatever their state.
#[utoipa::path(
    get,
    path = "/api/segments/{id}/used-by",
    operation_id = "list_segment_uses",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment")),
    responses((status = 200, body = UsedBy, example = json!({
        "segments": [{"id": "361240977588224001", "name": "Berlin, VIP"}],
        "campaigns": [{"id": "361240977588224002", "name": "Spring sale", "state": "draft"}]
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn used_by(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
) -> Result<Json<UsedBy>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(service::used_by(&app.ctx, account, id).await?))
}

/// How far back to look.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GrowthQuery {
    /// So many days, today included.
    #[param(minimum = 1, maximum = 730, example = 30)]
    #[serde(default = "thirty")]
    days: u32,
}

fn thirty() -> u32 {
    30
}

/// A segment's growth, day by day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentGrowth)]
struct Growth {
    /// The oldest first. Days before the segment was filled are absent.
    days: Vec<Day>,
}

/// Get the growth of a segment by day
///
/// Days are those of the account's time zone. Whoever comes or goes because the rule was changed is in `size` only.
#[utoipa::path(
    get,
    path = "/api/segments/{id}/growth",
    operation_id = "get_segment_growth",
    tag = "Segments",
    params(("id" = SegmentId, Path, description = "The segment"), GrowthQuery),
    responses((status = 200, body = Growth, example = json!({
        "days": [{"date": "2026-05-04", "entered": 12, "left": 3, "size": 1234}]
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn growth(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SegmentId>,
    Query(query): Query<GrowthQuery>,
) -> Result<Json<Growth>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    if !(1..=730).contains(&query.days) {
        let message = "must be from 1 to 730";
        return Err(kernel::Error::invalid("days", "out_of_range", message).into());
    }
    let days = service::growth(&app.ctx, account, id, query.days).await?;
    Ok(Json(Growth { days }))
}
