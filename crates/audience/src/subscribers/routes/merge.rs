//! Making one of two, confirming, and how a status came about.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::{Page, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::body::SubscriberBody;
use crate::SubscriberId;
use crate::subscribers::service::{
    self, Confirmation, Merge, Prefer, StatusChange, Whose, status_history,
};

/// Whom to merge, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberMerge, example = json!({
    "other_id": "361240977588224001",
    "prefer": "newest",
    "email": "kept",
}))]
pub(super) struct MergeRequest {
    /// The subscriber that disappears.
    other_id: SubscriberId,
    /// Whose value is taken where both have one: of the one that is `kept` (unless given), of the `other`, or of the one
    /// that was changed last (`newest`). Where only one has a value, that is taken.
    #[serde(default)]
    prefer: Prefer,
    /// Whose address is kept: `kept` (unless given) or `other`.
    #[serde(default)]
    email: Whose,
}

/// Merge two subscribers
///
/// Makes the subscriber `other_id` part of the one in the path, which keeps its id. Names, number, fields, owner and
/// consent follow `prefer`; the score is the higher one, the creation the earlier, the last activity the later one.
/// Groups, tags, history and messages are united. Of the statuses the firmer one wins: suppressed, unsubscribed,
/// bounced, unconfirmed, active; so nobody gets mail again by being merged. The address that is given up goes on the
/// suppression list if its owner gets no mail any more. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/merge",
    operation_id = "merge_subscribers",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    request_body = MergeRequest,
    responses((status = 200, description = "The one that is kept", body = SubscriberBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn merge(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Json(request): Json<MergeRequest>,
) -> Result<Json<SubscriberBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let merge = Merge {
        other: request.other_id,
        prefer: request.prefer,
        email: request.email,
    };
    let profile = service::merge(&app.ctx, account, &auth.actor(), id, merge).await?;
    Ok(Json(profile.into()))
}

/// The evidence of a confirmation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberConfirm, example = json!({"at": "2026-05-04T09:30:00Z", "ip": "203.0.113.7"}))]
pub(super) struct ConfirmRequest {
    /// When they confirmed; now, unless given.
    at: Option<Timestamp>,
    /// From which IP address.
    ip: Option<String>,
}

/// Confirm a subscription
///
/// For a double opt-in that was made elsewhere: makes somebody unconfirmed active, and keeps the evidence. Whoever left
/// is not made active by it. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/confirm",
    operation_id = "confirm_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    request_body = ConfirmRequest,
    responses(
        (status = 200, body = SubscriberBody),
        (
            status = 409,
            description = "They unsubscribed or bounced (`not_unconfirmed`), or are suppressed (`address_suppressed`)",
            body = web::Problem
        ),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn confirm(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Json(request): Json<ConfirmRequest>,
) -> Result<Json<SubscriberBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let confirmation = Confirmation {
        at: request.at,
        ip: request.ip,
    };
    let profile = service::confirm(&app.ctx, account, &auth.actor(), id, confirmation).await?;
    Ok(Json(profile.into()))
}

/// List a subscriber's changes of status
///
/// The newest first, with who and why; the last is how they were created. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers/{id}/status-history",
    operation_id = "list_status_changes",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path), Paging),
    responses((status = 200, body = Page<StatusChange>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
pub(super) async fn history(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<StatusChange>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = paging.resolve()?;
    Ok(Json(
        status_history(&app.ctx, account, id, cursor, limit).await?,
    ))
}
