//! `/api/account` and `/api/accounts`.

use axum::extract::State;
use axum::http::StatusCode;
use kernel::{AccountId, EmailAddress, TimeZone};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, IfMatch, Json, Versioned};

use super::model::{Account, NewAccount, Patch};
use super::service;
use crate::auth::{Auth, Permission, Role};

/// The routes of accounts.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(read, update))
        .routes(routes!(list, create))
}

/// Get the settings of the account
///
/// Needs the permission `settings:read`. The answer has an `ETag`, for `If-Match` with a change.
#[utoipa::path(
    get,
    path = "/api/account",
    operation_id = "get_account",
    tag = "Account",
    responses((
        status = 200,
        body = Account,
        headers(("ETag" = String, description = "The version of the settings")),
        example = json!({
            "id": "361240977588224000",
            "name": "Analytical Engines",
            "time_zone": "Europe/London",
            "language": "en",
            "sender_name": "Ada of Analytical Engines",
            "sender_email": "ada@example.com",
            "reply_to": null,
            "postal_address": "12 St James's Square\nLondon SW1Y 4LB",
            "pause_bounces_per_1000": 80,
            "pause_complaints_per_1000": 3,
            "pause_min_messages": 200,
            "version": 3,
            "created_at": "2026-05-04T09:30:00Z",
            "updated_at": "2026-05-05T10:00:00Z",
        })
    )),
    security(("session" = []), ("token" = ["settings:read"]))
)]
async fn read(auth: Auth, State(app): State<App>) -> Result<Versioned<Account>, ApiError> {
    let account = auth.allow(Permission::SettingsRead)?;
    let account = service::read(&app.ctx, account).await?;
    Ok(Versioned(account.version, account))
}

/// A change of settings. Absent fields stay as they are; `null` clears where it is allowed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountPatch, example = json!({
    "sender_name": "Ada of Analytical Engines",
    "sender_email": "ada@example.com",
    "reply_to": null,
}))]
struct UpdateRequest {
    name: Option<String>,
    time_zone: Option<TimeZone>,
    /// A language tag.
    language: Option<String>,
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<String>)]
    sender_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<EmailAddress>)]
    sender_email: Option<Option<EmailAddress>>,
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<EmailAddress>)]
    reply_to: Option<Option<EmailAddress>>,
    #[serde(default, deserialize_with = "web::present")]
    #[schema(value_type = Option<String>)]
    postal_address: Option<Option<String>>,
    /// A campaign pauses by itself when more of 1,000 addresses than this do not exist; 1,000 is never.
    #[schema(minimum = 1, maximum = 1000)]
    pause_bounces_per_1000: Option<i64>,
    /// Or when more of 1,000 recipients than this report it as spam (and three do at least); 1,000 is never.
    #[schema(minimum = 1, maximum = 1000)]
    pause_complaints_per_1000: Option<i64>,
    /// Once so many of its messages are at an end.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pause_min_messages: Option<i64>,
}

/// Change the settings of the account
///
/// Needs the permission `settings:write`. With `If-Match`, a change that somebody else overtook is refused with 412.
#[utoipa::path(
    patch,
    path = "/api/account",
    operation_id = "update_account",
    tag = "Account",
    params(("If-Match" = Option<String>, Header, description = "The ETag that the change was made from")),
    request_body = UpdateRequest,
    responses(
        (status = 200, body = Account),
        (status = 412, description = "The settings changed meanwhile", body = web::Problem),
    ),
    security(("session" = []), ("token" = ["settings:write"]))
)]
async fn update(
    auth: Auth,
    State(app): State<App>,
    IfMatch(expected): IfMatch,
    Json(request): Json<UpdateRequest>,
) -> Result<Versioned<Account>, ApiError> {
    let account = auth.allow(Permission::SettingsWrite)?;
    let patch = Patch {
        name: request.name,
        time_zone: request.time_zone,
        language: request.language,
        sender_name: request.sender_name,
        sender_email: request.sender_email,
        reply_to: request.reply_to,
        postal_address: request.postal_address,
        pause_bounces_per_1000: request.pause_bounces_per_1000,
        pause_complaints_per_1000: request.pause_complaints_per_1000,
        pause_min_messages: request.pause_min_messages,
    };
    let account = service::update(&app.ctx, account, &auth.actor(), expected, patch).await?;
    Ok(Versioned(account.version, account))
}

/// An account that the caller is a member of.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OwnAccount {
    id: AccountId,
    #[schema(example = "Analytical Engines")]
    name: String,
    /// The caller's role in it.
    role: Role,
}

impl From<(Account, Role)> for OwnAccount {
    fn from((account, role): (Account, Role)) -> Self {
        Self {
            id: account.id,
            name: account.name,
            role,
        }
    }
}

/// The accounts of the caller.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct OwnAccounts {
    data: Vec<OwnAccount>,
}

/// List the accounts that you are a member of
///
/// With an API token, only the account of the token.
#[utoipa::path(
    get,
    path = "/api/accounts",
    operation_id = "list_accounts",
    tag = "Account",
    responses((status = 200, body = OwnAccounts, example = json!({
        "data": [{"id": "361240977588224000", "name": "Analytical Engines", "role": "owner"}],
    }))),
    security(("session" = []), ("token" = []))
)]
async fn list(auth: Auth, State(app): State<App>) -> Result<Json<OwnAccounts>, ApiError> {
    let accounts = service::of_user(&app.ctx, auth.user()).await?;
    let only = if auth.session().is_ok() {
        None
    } else {
        auth.account()
    };
    let data = accounts
        .into_iter()
        .filter(|(account, _)| only.is_none_or(|only| only == account.id))
        .map(OwnAccount::from)
        .collect();
    Ok(Json(OwnAccounts { data }))
}

/// A new account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountCreate, example = json!({"name": "Difference Engines", "time_zone": "Europe/London"}))]
struct CreateRequest {
    name: String,
    /// UTC unless given.
    time_zone: Option<TimeZone>,
    /// English unless given.
    language: Option<String>,
}

/// Create a further account
///
/// Needs the permission `account:manage` in the present account. You become the owner of the new one.
#[utoipa::path(
    post,
    path = "/api/accounts",
    operation_id = "create_account",
    tag = "Account",
    request_body = CreateRequest,
    responses((status = 201, body = Account)),
    security(("session" = []), ("token" = ["account:manage"]))
)]
async fn create(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<CreateRequest>,
) -> Result<(StatusCode, Json<Account>), ApiError> {
    auth.allow(Permission::AccountManage)?;
    let new = NewAccount {
        name: request.name,
        time_zone: request.time_zone,
        language: request.language,
    };
    let account = service::create(&app.ctx, &auth.actor(), auth.user(), new).await?;
    Ok((StatusCode::CREATED, Json(account)))
}
