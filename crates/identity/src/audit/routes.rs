//! `/api/audit-log`.

use axum::extract::State;
use kernel::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Query};

use super::model::{Entry, Filter};
use super::service;
use crate::auth::{Auth, Permission};

/// The routes of the audit log.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
    /// How many entries, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Only what this actor did.
    #[param(example = "user:361240977588224000")]
    actor: Option<String>,
    /// Only this action.
    #[param(example = "campaign.updated")]
    action: Option<String>,
    /// Only what was done to this kind of thing.
    #[param(example = "campaign")]
    target_kind: Option<String>,
    /// Only what was done to this one.
    target_id: Option<String>,
}

/// List who changed what, newest first
///
/// Needs the permission `audit:read`. Entries are never changed or removed.
#[utoipa::path(
    get,
    path = "/api/audit-log",
    operation_id = "list_audit_entries",
    tag = "Audit log",
    params(ListQuery),
    responses((status = 200, body = Page<Entry>, example = json!({
        "data": [{
            "id": "361240977588224002",
            "at": "2026-05-04T09:30:00Z",
            "actor": "user:361240977588224000",
            "action": "member.updated",
            "target_kind": "user",
            "target_id": "361240977588224001",
            "before": {"role": "viewer"},
            "after": {"role": "editor"},
        }],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audit:read"]))
)]
async fn list(
    auth: Auth,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Entry>>, ApiError> {
    let account = auth.allow(Permission::AuditRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let filter = Filter {
        actor: query.actor,
        action: query.action,
        target_kind: query.target_kind,
        target_id: query.target_id,
    };
    let page = service::list(&app.ctx, account, &filter, cursor, limit).await?;
    Ok(Json(page))
}
