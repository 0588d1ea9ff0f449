//! `/api/suppressions`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Auth, Permission};
use kernel::Page;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path, Query};

use super::model::Suppression;
use super::service::{self, AddSuppressions};
use crate::SuppressionId;

/// The routes of the suppression list.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, add))
        .routes(routes!(remove))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only the entry of this address, also when just its hash is kept.
    email: Option<String>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List suppressed addresses
///
/// The newest first. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/suppressions",
    operation_id = "list_suppressions",
    tag = "Suppressions",
    params(ListParams),
    responses((status = 200, body = Page<Suppression>, example = json!({
        "data": [{
            "id": "361240977588224000",
            "email": "ada@example.com",
            "reason": "complaint",
            "created_at": "2026-05-04T09:30:00Z",
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<Suppression>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (cursor, limit) = web::paging(params.cursor.as_deref(), params.limit)?;
    let page = match params.email {
        Some(email) => Page {
            data: service::check(&app.ctx, account, &email)
                .await?
                .into_iter()
                .collect(),
            next_cursor: None,
        },
        None => service::list(&app.ctx, account, cursor, limit).await?,
    };
    Ok(Json(page))
}

/// Addresses that are not to get mail, up to 1,000.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuppressionsAdd, example = json!({"emails": ["ada@example.com"], "reason": "asked by letter"}))]
struct AddRequest {
    #[schema(min_items = 1, max_items = 1000)]
    emails: Vec<String>,
    /// `manual` unless given.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// What became of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SuppressionsAdded, example = json!({"added": 1, "already": 0, "subscribers": 1}))]
struct AddAnswer {
    /// New on the list.
    added: u64,
    /// On the list before.
    already: u64,
    /// Subscribers whose status is `suppressed` now and was not before.
    subscribers: u64,
}

/// Suppress addresses
///
/// Subscribers who have one of them get the status `suppressed`. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/suppressions",
    operation_id = "add_suppressions",
    tag = "Suppressions",
    request_body = AddRequest,
    responses((status = 200, body = AddAnswer)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn add(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<AddRequest>,
) -> Result<Json<AddAnswer>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let input = AddSuppressions {
        emails: request.emails,
        reason: request.reason,
    };
    let added = service::add(&app.ctx, account, &auth.actor(), input).await?;
    Ok(Json(AddAnswer {
        added: added.added,
        already: added.already,
        subscribers: added.subscribers,
    }))
}

/// Take an address off the suppression list
///
/// A subscriber who has it becomes unsubscribed; subscribe them again if they ask for it. Needs the permission
/// `audience:write`.
#[utoipa::path(
    delete,
    path = "/api/suppressions/{id}",
    operation_id = "remove_suppression",
    tag = "Suppressions",
    params(("id" = SuppressionId, Path)),
    responses((status = 204, description = "Removed")),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn remove(
    auth: Auth,
    State(app): State<App>,
    Path(id): Path<SuppressionId>,
) -> Result<StatusCode, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    service::remove(&app.ctx, account, &auth.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
