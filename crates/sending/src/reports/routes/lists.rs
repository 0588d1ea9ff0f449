//! Who got a campaign, and who left.

use axum::body::Body;
use axum::extract::State as AppState;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use identity::{Auth, Permission};
use kernel::{Cursor, Page};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Paging, Path, Query};

use super::find;
use crate::campaigns::CampaignId;
use crate::messages::State;
use crate::reports::model::{Activity, Leaver, Recipient, Who};
use crate::reports::{export, store};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(recipients))
        .routes(routes!(recipients_file))
        .routes(routes!(leavers))
}

/// Which recipients.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RecipientQuery {
    /// Only messages in this state.
    state: Option<State>,
    /// Only of people who did this.
    #[param(inline)]
    activity: Option<Activity>,
    /// The `next_cursor` of the previous page; absent for the first.
    cursor: Option<String>,
    /// How many rows, 1 to 1000; 50 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// List the recipients of a campaign
///
/// What became of each message, with the relay's words, and what its recipient did. Needs the permission
/// `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/recipients",
    operation_id = "list_recipients",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id"), RecipientQuery),
    responses((status = 200, body = Page<Recipient>), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn recipients(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
    Query(query): Query<RecipientQuery>,
) -> Result<Json<Page<Recipient>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = web::paging(query.cursor.as_deref(), query.limit)?;
    let who = Who {
        state: query.state,
        activity: query.activity,
    };
    let mut tx = app.ctx.read().await?;
    find(&mut tx, account, id).await?;
    let rows = store::recipients(&mut tx, account, id, who, cursor, limit).await?;
    Ok(Json(Page::from_rows(rows, limit, |recipient| Cursor {
        key: 0,
        id: recipient.message_id.get(),
    })))
}

/// Which recipients go into the file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// Only messages in this state.
    state: Option<State>,
    /// Only of people who did this.
    #[param(inline)]
    activity: Option<Activity>,
}

/// Download the recipients of a campaign
///
/// As CSV, whatever their number. Text that a spreadsheet would take for a formula gets an apostrophe in front. Needs the
/// permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/recipients/export",
    operation_id = "export_recipients",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id"), FileQuery),
    responses(
        (status = 200, body = String, content_type = "text/csv", example = json!(
            "address,subscriber_id,state,sent_at,opened,clicked,unsubscribed,bounced_at,bounce,complained_at,detail\r\n"
        )),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn recipients_file(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
    Query(query): Query<FileQuery>,
) -> Result<Response, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    find(&mut tx, account, id).await?;
    drop(tx);
    let who = Who {
        state: query.state,
        activity: query.activity,
    };
    let file = export::csv(app.ctx.clone(), account, id, who);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"recipients-{id}.csv\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(file)).into_response())
}

/// List who left through a campaign, and why
///
/// Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report/unsubscribes",
    operation_id = "list_report_unsubscribes",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id"), Paging),
    responses((status = 200, body = Page<Leaver>), (status = 404, body = web::Problem)),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn leavers(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<Leaver>>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let (cursor, limit) = paging.resolve()?;
    let mut tx = app.ctx.read().await?;
    find(&mut tx, account, id).await?;
    let rows = store::leavers(&mut tx, account, id, cursor, limit).await?;
    Ok(Json(Page::from_rows(rows, limit, |leaver| Cursor {
        key: 0,
        id: leaver.message_id.get(),
    })))
}
