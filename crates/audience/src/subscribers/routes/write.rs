//! Creating, changing and deleting people.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Actor, Auth, Permission};
use kernel::UserId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, App, Json, Path, Query};

use super::body::SubscriberBody;
use crate::input::Patch;
use crate::subscribers::model::{Attributes, Consent, Source, Status};
use crate::subscribers::service::{self, Mode, NewSubscriber, SubscriberChange};
use crate::{GroupId, SubscriberId, TagId};

/// A new person, or what is to change of the one who has the address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberCreate, example = json!({
    "email": "ada@example.com",
    "first_name": "Ada",
    "fields": {"birthday": "1815-12-10"},
    "groups": ["361240977588224100"],
}))]
pub(super) struct CreateRequest {
    #[schema(max_length = 254)]
    email: String,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    first_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    last_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50)]
    phone: Patch<String>,
    /// A language tag such as `pt-BR`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Patch<String>,
    /// An IANA time zone such as `Europe/Berlin`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    owner_id: Patch<UserId>,
    score: Option<i64>,
    /// Values of custom fields by key; `null` clears.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: BTreeMap<String, Value>,
    /// `active` for new people, unless given. A known person's status is only ever made firmer (see `resubscribe`).
    status: Option<Status>,
    /// The person asked to be subscribed again: makes somebody unsubscribed or bounced active. Suppressed addresses are
    /// refused all the same.
    #[serde(default)]
    resubscribe: bool,
    /// Evidence that the person agreed.
    consent: Option<Consent>,
    /// Groups to add to.
    #[serde(default)]
    groups: Vec<GroupId>,
    /// Tags to add.
    #[serde(default)]
    tags: Vec<TagId>,
}

impl CreateRequest {
    pub(super) fn into_new(self, source: Source, mode: Mode) -> NewSubscriber {
        NewSubscriber {
            email: self.email,
            attributes: Attributes {
                first_name: self.first_name,
                last_name: self.last_name,
                phone: self.phone,
                language: self.language,
                time_zone: self.time_zone,
                owner: self.owner_id,
                score: self.score,
            },
            fields: self.fields,
            status: self.status,
            resubscribe: self.resubscribe,
            consent: self.consent,
            groups: self.groups,
            tags: self.tags,
            source,
            mode,
        }
    }
}

/// What to do with a known address.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnConflict {
    /// Update the person.
    #[default]
    Update,
    /// Refuse with 409.
    Refuse,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CreateParams {
    /// What to do when the address is known: `update` (unless given) or `refuse`.
    #[serde(default)]
    #[param(inline)]
    on_conflict: OnConflict,
}

/// Create or update a subscriber
///
/// Answers 201 when the person is new and 200 when the address was known: then what is given is changed and the rest
/// stays. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers",
    operation_id = "create_subscriber",
    tag = "Subscribers",
    params(CreateParams),
    request_body = CreateRequest,
    responses(
        (status = 201, description = "Created", body = SubscriberBody),
        (status = 200, description = "Updated, or the same already", body = SubscriberBody),
        (
            status = 409,
            description = "The address is on the suppression list (`address_suppressed`), or known and not to be updated (`subscriber_exists`)",
            body = web::Problem
        ),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn create(
    auth: Auth,
    State(app): State<App>,
    Query(params): Query<CreateParams>,
    Json(request): Json<CreateRequest>,
) -> Result<(StatusCode, Json<SubscriberBody>), ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let actor = auth.actor();
    let mode = match params.on_conflict {
        OnConflict::Update => Mode::CreateAndUpdate,
        OnConflict::Refuse => Mode::CreateOnly,
    };
    let new = request.into_new(source_of(&actor), mode);
    let (created, profile) = service::create(&app.ctx, account, &actor, new).await?;
    let status = if created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(profile.into())))
}

/// People type, programs call.
pub(super) fn source_of(actor: &Actor) -> Source {
    if actor.as_str().starts_with("user:") {
        Source::Manual
    } else {
        Source::Api
    }
}

/// What is to change of a person; absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberPatch, example = json!({"last_name": null, "fields": {"orders": 4}}))]
pub(super) struct UpdateRequest {
    /// Another address, which nobody else has.
    #[schema(max_length = 254)]
    email: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    first_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    last_name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50)]
    phone: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    language: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    owner_id: Patch<UserId>,
    score: Option<i64>,
    /// Values of custom fields by key; `null` clears.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: BTreeMap<String, Value>,
}

/// Change a subscriber
///
/// For the status, see the operations unsubscribe and resubscribe, and the suppression list. Needs the permission
/// `audience:write`.
#[utoipa::path(
    patch,
    path = "/api/subscribers/{id}",
    operation_id = "update_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    request_body = UpdateRequest,
    responses((status = 200, body = SubscriberBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn update(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Json(request): Json<UpdateRequest>,
) -> Result<Json<SubscriberBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let change = SubscriberChange {
        email: request.email,
        attributes: Attributes {
            first_name: request.first_name,
            last_name: request.last_name,
            phone: request.phone,
            language: request.language,
            time_zone: request.time_zone,
            owner: request.owner_id,
            score: request.score,
        },
        fields: request.fields,
    };
    let profile = service::update(&app.ctx, account, &auth.actor(), id, change).await?;
    Ok(Json(profile.into()))
}

/// Delete a subscriber
///
/// Their values and memberships go with them; an entry on the suppression list stays. Needs the permission
/// `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/subscribers/{id}",
    operation_id = "delete_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    responses((status = 204, description = "Deleted")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn delete(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::delete(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a person is unsubscribed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberUnsubscribe, example = json!({"reason": "asked by phone"}))]
pub(super) struct UnsubscribeRequest {
    /// `manual` unless given.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// Unsubscribe a subscriber
///
/// Whoever is unsubscribed already stays so. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/unsubscribe",
    operation_id = "unsubscribe_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    request_body = UnsubscribeRequest,
    responses((status = 200, body = SubscriberBody)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn unsubscribe(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Json(request): Json<UnsubscribeRequest>,
) -> Result<Json<SubscriberBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let reason = request.reason.as_deref();
    let profile = service::unsubscribe(&app.ctx, account, &auth.actor(), id, reason).await?;
    Ok(Json(profile.into()))
}

/// That a person asked for mail again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriberResubscribe, example = json!({
    "reason": "asked by phone",
    "consent": {"at": "2026-05-04T09:30:00Z", "source": "Phone call"},
}))]
pub(super) struct ResubscribeRequest {
    /// `manual` unless given.
    #[schema(max_length = 200)]
    reason: Option<String>,
    /// The evidence.
    consent: Option<Consent>,
}

/// Subscribe a person again
///
/// Makes somebody unsubscribed, bounced or unconfirmed active, because they asked for it. Needs the permission
/// `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/resubscribe",
    operation_id = "resubscribe_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    request_body = ResubscribeRequest,
    responses(
        (status = 200, body = SubscriberBody),
        (
            status = 409,
            description = "The address is on the suppression list (`address_suppressed`)",
            body = web::Problem
        ),
    ),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn resubscribe(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
    Json(request): Json<ResubscribeRequest>,
) -> Result<Json<SubscriberBody>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let reason = request.reason.as_deref();
    let profile = service::resubscribe(
        &app.ctx,
        account,
        &auth.actor(),
        id,
        reason,
        request.consent,
    )
    .await?;
    Ok(Json(profile.into()))
}
