//! One person's groups and tags.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use web::{ApiError, App, Path};

use crate::labels;
use crate::{GroupId, SubscriberId, TagId};

/// Add a subscriber to a group
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/groups/{group_id}",
    operation_id = "add_subscriber_to_group",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path), ("group_id" = GroupId, Path)),
    responses((status = 204, description = "They are in the group")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn join_group(
    auth: Auth,
    State(app): State<App>,
    Path((id, group)): Path<(SubscriberId, GroupId)>,
) -> Result<StatusCode, ApiError> {
    change(&auth, &app, id, group, true).await
}

/// Remove a subscriber from a group
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/subscribers/{id}/groups/{group_id}",
    operation_id = "remove_subscriber_from_group",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path), ("group_id" = GroupId, Path)),
    responses((status = 204, description = "They are not in the group")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn leave_group(
    auth: Auth,
    State(app): State<App>,
    Path((id, group)): Path<(SubscriberId, GroupId)>,
) -> Result<StatusCode, ApiError> {
    change(&auth, &app, id, group, false).await
}

/// Give a subscriber a tag
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/subscribers/{id}/tags/{tag_id}",
    operation_id = "add_tag_to_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path), ("tag_id" = TagId, Path)),
    responses((status = 204, description = "They have the tag")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn add_tag(
    auth: Auth,
    State(app): State<App>,
    Path((id, tag)): Path<(SubscriberId, TagId)>,
) -> Result<StatusCode, ApiError> {
    change(&auth, &app, id, tag, true).await
}

/// Take a tag from a subscriber
///
/// Needs the permission `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/subscribers/{id}/tags/{tag_id}",
    operation_id = "remove_tag_from_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path), ("tag_id" = TagId, Path)),
    responses((status = 204, description = "They do not have the tag")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
pub(super) async fn remove_tag(
    auth: Auth,
    State(app): State<App>,
    Path((id, tag)): Path<(SubscriberId, TagId)>,
) -> Result<StatusCode, ApiError> {
    change(&auth, &app, id, tag, false).await
}

async fn change<Id: labels::LabelId>(
    auth: &Auth,
    app: &App,
    id: SubscriberId,
    label: Id,
    add: bool,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    labels::change_one(&app.ctx, account, &auth.actor(), label, id, add).await?;
    Ok(StatusCode::NO_CONTENT)
}
