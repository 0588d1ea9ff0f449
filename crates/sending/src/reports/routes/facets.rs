//! With what and where a campaign was read.

use axum::Extension;
use axum::extract::State as AppState;
use identity::{Auth, Permission};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json, Path};

use super::find;
use crate::Config;
use crate::campaigns::CampaignId;
use crate::reports::model::{Countries, Devices};
use crate::reports::store;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(devices))
        .routes(routes!(countries))
}

/// Get what a campaign was read with
///
/// Mail programs, kinds of devices and systems of people, and the machines that opened and clicked beside them. Needs the
/// permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report/devices",
    operation_id = "get_report_devices",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = Devices, example = json!({
            "clients": [{"name": "Apple Mail", "opens": 910, "unique_opens": 640, "clicks": 120, "unique_clicks": 98}],
            "devices": [{"name": "mobile", "opens": 800, "unique_opens": 560, "clicks": 101, "unique_clicks": 80}],
            "systems": [{"name": "iOS", "opens": 700, "unique_opens": 500, "clicks": 90, "unique_clicks": 71}],
            "machines": [{"name": "apple_privacy", "opens": 950, "unique_opens": 0, "clicks": 0, "unique_clicks": 0}],
        })),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn devices(
    auth: Auth,
    AppState(app): AppState<App>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Devices>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    find(&mut tx, account, id).await?;
    let mut report = Devices::default();
    for (kind, facet) in store::facets(&mut tx, account, id).await? {
        match kind.as_str() {
            "client" => report.clients.push(facet),
            "device" => report.devices.push(facet),
            "system" => report.systems.push(facet),
            "machine" => report.machines.push(facet),
            _ => {}
        }
    }
    Ok(Json(report))
}

/// Get the countries in which a campaign was read
///
/// By the addresses of people, not of proxies. Only where the operator of the server supplies a file of countries
/// (`geoip.file`); else the answer says so. Needs the permission `campaigns:read`.
#[utoipa::path(
    get,
    path = "/api/campaigns/{id}/report/countries",
    operation_id = "get_report_countries",
    tag = "Reports",
    params(("id" = CampaignId, Path, description = "The campaign's id")),
    responses(
        (status = 200, body = Countries, example = json!({
            "configured": true,
            "note": null,
            "data": [{"name": "DE", "opens": 410, "unique_opens": 290, "clicks": 60, "unique_clicks": 44}],
        })),
        (status = 404, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["campaigns:read"]))
)]
async fn countries(
    auth: Auth,
    AppState(app): AppState<App>,
    Extension(config): Extension<Config>,
    Path(id): Path<CampaignId>,
) -> Result<Json<Countries>, ApiError> {
    let account = auth.allow(Permission::CampaignsRead)?;
    let mut tx = app.ctx.read().await?;
    find(&mut tx, account, id).await?;
    let facets = store::facets(&mut tx, account, id).await?;
    let configured = config.tracking.geoip.is_some();
    Ok(Json(Countries {
        configured,
        note: (!configured).then(|| {
            "this server has no file of countries: its operator can set geoip.file, and opens and clicks from then on \
             have a country"
                .to_owned()
        }),
        data: facets
            .into_iter()
            .filter(|(kind, _)| kind == "country")
            .map(|(_, facet)| facet)
            .collect(),
    }))
}
