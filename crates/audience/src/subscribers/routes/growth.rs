//! How the account grows.

use axum::extract::State;
use identity::{Auth, Permission};
use kernel::Page;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, App, Json, Query};

use crate::labels;

/// Which days, both included.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Days {
    /// The first day; 29 days before the last unless given.
    #[param(example = "2026-04-05")]
    from: Option<String>,
    /// The last day; today unless given.
    #[param(example = "2026-05-04")]
    to: Option<String>,
}

/// Get the growth of the active subscribers
///
/// How many became active and how many ceased to be (unsubscribed, bounced, were suppressed or deleted) on each day, in
/// UTC, and how many there were at its end; at most 1,100 days at once. Needs the permission `audience:read`.
#[utoipa::path(
    get,
    path = "/api/subscribers/growth",
    operation_id = "get_subscriber_growth",
    tag = "Subscribers",
    params(Days),
    responses((status = 200, body = Page<labels::Day>, example = json!({
        "data": [{"date": "2026-05-04", "joined": 120, "left": 3, "members": 4821}],
        "next_cursor": null,
    }))),
    security(("session" = []), ("token" = ["audience:read"]))
)]
pub(super) async fn growth(
    auth: Auth,
    State(app): State<App>,
    Query(days): Query<Days>,
) -> Result<Json<Page<labels::Day>>, ApiError> {
    let account = auth.allow(Permission::AudienceRead)?;
    let (from, to) = (days.from.as_deref(), days.to.as_deref());
    let data = labels::growth_of_account(&app.ctx, account, from, to).await?;
    Ok(Json(Page {
        data,
        next_cursor: None,
    }))
}
