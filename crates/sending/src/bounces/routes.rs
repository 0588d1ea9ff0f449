//! `/api/inbound/dsn`.

use axum::body::Bytes;
use axum::extract::State;
use identity::{Auth, Permission};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use super::model::ReportResult;
use super::service;

/// The routes of bounces and complaints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(take))
}

/// What came of a report.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct ReportResults {
    /// Recipient by recipient.
    data: Vec<ReportResult>,
}

/// Hand in a bounce or a complaint
///
/// The whole message as it came, headers and all: a delivery status notification (RFC 3464) or a complaint of a feedback
/// loop (RFC 5965). It takes effect if it is about a message of this account, which our header or our Message-ID in it
/// shows; handing it in twice does nothing more. Needs the permission `audience:write`.
#[utoipa::path(
    post,
    path = "/api/inbound/dsn",
    operation_id = "take_report",
    tag = "Bounces",
    request_body(content = String, content_type = "message/rfc822", example = json!(
        "From: MAILER-DAEMON@mx.example.net\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n..."
    )),
    responses((status = 200, body = ReportResults), (status = 422, body = web::Problem)),
    security(("session" = []), ("token" = ["audience:write"]))
)]
async fn take(
    auth: Auth,
    State(app): State<App>,
    body: Bytes,
) -> Result<Json<ReportResults>, ApiError> {
    let account = auth.allow(Permission::AudienceWrite)?;
    let data = service::take_report(&app.ctx, account, &body).await?;
    Ok(Json(ReportResults { data }))
}
