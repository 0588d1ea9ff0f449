//! Looking people up.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::{Limit, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, App, Json, Path, Query};

use super::body::SubscriberBody;
use crate::subscribers::model::Status;
use crate::subscribers::service::{self, ListQuery, Sort};
use crate::{GroupId, SegmentId, SubscriberId, TagId};

/// Which people, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only people with this status.
    status: Option<Status>,
    /// Only members of this group.
    group: Option<GroupId>,
    /// Only people with this tag.
    tag: Option<TagId>,
    /// Only the person with this address.
    email: Option<String>,
    /// Only people whom a segment selects.
    segment: Option<SegmentId>,
    /// Words to search for, such as `ada lov` or `@example.com`. People are found by the beginnings of: their address
    /// and its parts, their domain, the words of their first and last names, and the digits of their telephone number.
    /// Case does not matter; all words have to be found. An address is found at once, the rest usually within a second
    /// of a change, and after an import is done.
    #[param(max_length = 200)]
    search: Option<String>,
    /// The order: `newest` (unless given), `email`, or `last_activity`.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List subscribers
///
/// Filtered, searched and sorted; what is given must all be true. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers",
    operation_id = "list_subscribers",
    tag = "Subscribers",
    params(ListParams),
    responses((status = 200, body = Page<SubscriberBody>)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
pub(super) async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<SubscriberBody>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let limit = params
        .limit
        .map(Limit::try_new)
        .transpose()?
        .unwrap_or_default();
    let query = ListQuery {
        status: params.status,
        group: params.group,
        tag: params.tag,
        email: params.email,
        segment: params.segment,
        search: params.search,
        sort: params.sort,
    };
    let page = service::list(&app.ctx, account, query, params.cursor.as_deref(), limit).await?;
    Ok(Json(page.map(SubscriberBody::from)))
}

/// Get a subscriber
///
/// Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers/{id}",
    operation_id = "get_subscriber",
    tag = "Subscribers",
    params(("id" = SubscriberId, Path)),
    responses((status = 200, body = SubscriberBody)),
    security(("session" = []), ("token" = ["audience:read"]))
)]
pub(super) async fn get(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SubscriberId>,
) -> Result<Json<SubscriberBody>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    Ok(Json(service::get(&app.ctx, account, id).await?.into()))
}
