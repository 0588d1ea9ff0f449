//! `/api/brand`.

use axum::extract::{Extension, State};
use content::blocks::BlockSettings;
use identity::{Auth, Permission};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Versioned};

use super::model::{BrandInput, Profile};
use super::service::{self, Found};
use crate::Config;
use crate::files::FileId;

/// The routes of the brand.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(read, set))
}

/// How the mails of an account begin.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Brand, example = json!({
    "name": "Analytical Engines",
    "logo_file_id": "361240977588224060",
    "logo_url": "https://mail.example.com/m/5f2b8c0d9e1a47d3b6c4f8a2e7d90c13.png",
    "logo_href": "https://example.com",
    "logo_width_px": 140,
    "settings": {"button_background": "#1d4ed8", "font": "georgia"},
    "footer_text": "You get this because you signed up at our shop.",
    "social": [{"network": "instagram", "href": "https://instagram.com/analytical.engines"}],
    "postal_address": "12 St James's Square\nLondon SW1Y 4LB",
    "version": 1,
}))]
struct BrandView {
    /// The account's.
    name: String,
    #[schema(required)]
    logo_file_id: Option<FileId>,
    /// The address of the logo, for mails.
    #[schema(required)]
    logo_url: Option<String>,
    /// Where the logo leads.
    #[schema(required)]
    logo_href: Option<String>,
    #[schema(required)]
    logo_width_px: Option<u16>,
    /// Colors, fonts and sizes that new block documents begin with.
    settings: BlockSettings,
    #[schema(required)]
    footer_text: Option<String>,
    social: Vec<Profile>,
    /// The account's, which footers show and mail law asks for.
    #[schema(required)]
    postal_address: Option<String>,
    /// Rises with every change; also the ETag. 0 while nothing was set.
    version: i64,
}

impl BrandView {
    fn of(found: Found, config: &Config) -> Versioned<Self> {
        let brand = found.brand;
        let logo_url = found
            .logo
            .map(|file| format!("{}{}", config.public_url, file.path()));
        Versioned(
            found.version,
            Self {
                name: found.account_name,
                logo_file_id: brand.logo_file_id.filter(|_| logo_url.is_some()),
                logo_url,
                logo_href: brand.logo_href,
                logo_width_px: brand.logo_width_px,
                settings: brand.settings,
                footer_text: brand.footer_text,
                social: brand.social,
                postal_address: found.postal_address,
                version: found.version,
            },
        )
    }
}

/// Get the brand
///
/// What new mails begin with; defaults where nothing was set. Needs the permission `settings:read`.
#[utoipa::path(
    get,
    path = "/api/brand",
    operation_id = "get_brand",
    tag = "Brand",
    responses((status = 200, body = BrandView, headers(("ETag" = String, description = "The version")))),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn read(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
) -> Result<Versioned<BrandView>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let found = service::get(&app.ctx, account).await?;
    Ok(BrandView::of(found, &config))
}

/// Set the brand
///
/// All of it: what is left out goes back to its default, but for the postal address, which stays. Mails that were written
/// stay as they are. With `If-Match`, a change that somebody else overtook is refused with 412. Needs the permission
/// `settings:write`.
#[utoipa::path(
    put,
    path = "/api/brand",
    operation_id = "set_brand",
    tag = "Brand",
    request_body(content = BrandInput, example = json!({
        "logo_href": "https://example.com",
        "settings": {"button_background": "#1d4ed8", "font": "georgia"},
        "footer_text": "You get this because you signed up at our shop.",
        "social": [{"network": "instagram", "href": "https://instagram.com/analytical.engines"}],
        "postal_address": "12 St James's Square\nLondon SW1Y 4LB",
    })),
    responses(
        (status = 200, body = BrandView),
        (status = 412, body = web::Problem),
        (status = 422, body = web::Problem)
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn set(
    auth: Auth,
    State(app): State<App>,
    Extension(config): Extension<Config>,
    IfMatch(expected): IfMatch,
    Json(request): Json<BrandInput>,
) -> Result<Versioned<BrandView>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let found = service::set(&app.ctx, account, &auth.actor(), expected, request).await?;
    Ok(BrandView::of(found, &config))
}
