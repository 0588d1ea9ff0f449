//! `/api/session` and `/api/me`.

use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite};
use kernel::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{ApiError, App, Json};

use super::model::{Client, LIFETIME, NewSession, SignIn};
use super::service;
use crate::accounts::{self, OwnAccount};
use crate::auth::{Auth, Credential, Scopes, cookie_name, csrf_token};
use crate::passwords::Password;
use crate::users::User;

/// The routes of sessions.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(read, sign_in, sign_out))
        .routes(routes!(switch))
        .routes(routes!(change_password))
}

/// Who is signed in, and where.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Session, example = json!({
    "user": {
        "id": "361240977588224000",
        "email": "ada@example.com",
        "name": "Ada Lovelace",
        "created_at": "2026-05-04T09:30:00Z",
    },
    "account": "361240977588224001",
    "accounts": [{"id": "361240977588224001", "name": "Analytical Engines", "role": "owner"}],
    "permissions": ["audience:read", "audience:write"],
    "csrf_token": "aG93IGRvIHlvdSBkbyBpdA",
    "expires_at": "2026-06-03T09:30:00Z",
}))]
pub(crate) struct SessionView {
    user: User,
    /// The account that requests concern; `null` for somebody who was removed from it.
    #[schema(required)]
    account: Option<AccountId>,
    /// All accounts that they are a member of.
    accounts: Vec<OwnAccount>,
    /// What they may do in the present account.
    #[schema(value_type = Vec<crate::auth::Permission>)]
    permissions: Scopes,
    /// To be sent as `X-CSRF-Token` with every POST, PUT, PATCH and DELETE; `null` for API tokens, which need none.
    #[schema(required)]
    csrf_token: Option<String>,
    /// When they have to sign in again at the latest; `null` for API tokens.
    #[schema(required)]
    expires_at: Option<Timestamp>,
}

impl SessionView {
    async fn of(app: &App, auth: &Auth) -> Result<Self, ApiError> {
        let ctx = &app.ctx;
        let user = service::find_user(&mut *ctx.read().await?, auth.user()).await?;
        let all = accounts::of_user(ctx, auth.user()).await?;
        let (csrf_token, expires_at, only) = match &auth.credential {
            Credential::Session(session) => (
                Some(csrf_token(ctx, session)),
                service::expiry(ctx, session).await?,
                None,
            ),
            Credential::Token(..) | Credential::CommandLine => (None, None, auth.account()),
        };
        Ok(Self {
            user,
            account: auth.account(),
            accounts: all
                .into_iter()
                .filter(|(account, _)| only.is_none_or(|only| only == account.id))
                .map(OwnAccount::from)
                .collect(),
            permissions: auth.permissions(),
            csrf_token,
            expires_at,
        })
    }
}

/// A session that was just opened: sets the cookie and shows the session.
pub(crate) struct Opened {
    status: StatusCode,
    cookie: HeaderValue,
    view: SessionView,
}

impl Opened {
    pub(crate) async fn new(
        app: &App,
        status: StatusCode,
        session: NewSession,
    ) -> Result<Self, ApiError> {
        let auth = crate::auth::of_session(&app.ctx, &session.secret)
            .await?
            .ok_or(kernel::Error::Unauthenticated)?;
        Ok(Self {
            status,
            cookie: set_cookie(app, &session.secret, LIFETIME.as_secs())?,
            view: SessionView::of(app, &auth).await?,
        })
    }
}

impl IntoResponse for Opened {
    fn into_response(self) -> Response {
        (
            self.status,
            [(header::SET_COOKIE, self.cookie)],
            Json(self.view),
        )
            .into_response()
    }
}

fn set_cookie(app: &App, secret: &str, max_age_secs: u64) -> Result<HeaderValue, ApiError> {
    let max_age = i64::try_from(max_age_secs).unwrap_or(i64::MAX);
    let cookie = Cookie::build((cookie_name(app), secret))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.secure_cookies)
        .max_age(cookie::time::Duration::seconds(max_age))
        .build();
    HeaderValue::from_str(&cookie.to_string()).map_err(|error| ApiError::internal(error.into()))
}

/// Where the request comes from.
impl<S> FromRequestParts<S> for Client
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = App::from_ref(state);
        let agent = parts.headers.get(header::USER_AGENT);
        Ok(Self {
            ip: web::client_ip(parts, app.config.trust_proxy),
            user_agent: agent
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        })
    }
}

/// Get who is signed in
///
/// Also for API tokens, to see what they may do.
#[utoipa::path(
    get,
    path = "/api/session",
    operation_id = "get_session",
    tag = "Session",
    responses((status = 200, body = SessionView)),
    security(("session" = []), ("token" = []))
)]
async fn read(auth: Auth, State(app): State<App>) -> Result<Json<SessionView>, ApiError> {
    Ok(Json(SessionView::of(&app, &auth).await?))
}

/// Address and password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignIn, example = json!({"email": "ada@example.com", "password": "correct horse battery"}))]
struct SignInRequest {
    email: String,
    password: Password,
}

/// Sign in
///
/// Sets the session cookie. Ten failures in a quarter of an hour lock an address for the rest of it.
#[utoipa::path(
    post,
    path = "/api/session",
    operation_id = "create_session",
    tag = "Session",
    request_body = SignInRequest,
    responses(
        (status = 201, body = SessionView, headers(("Set-Cookie" = String, description = "The session"))),
        (status = 422, description = "The address or the password is wrong (`wrong_credentials`)", body = web::Problem),
        (status = 429, description = "Too many attempts; see Retry-After", body = web::Problem),
    ),
    security(())
)]
async fn sign_in(
    _: SameOrigin,
    State(app): State<App>,
    client: Client,
    Json(request): Json<SignInRequest>,
) -> Result<Opened, ApiError> {
    let attempt = SignIn {
        email: request.email,
        password: request.password,
        client,
    };
    let session = service::sign_in(&app.ctx, attempt).await?;
    Opened::new(&app, StatusCode::CREATED, session).await
}

/// For what needs no session, and must not be sent by a page of another site all the same.
pub(crate) struct SameOrigin;

impl<S> FromRequestParts<S> for SameOrigin
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        web::same_origin(&parts.headers, &App::from_ref(state).config)?;
        Ok(Self)
    }
}

/// Sign out
#[utoipa::path(
    delete,
    path = "/api/session",
    operation_id = "delete_session",
    tag = "Session",
    responses((status = 204, description = "Signed out")),
    security(("session" = []))
)]
async fn sign_out(auth: Auth, State(app): State<App>) -> Result<Response, ApiError> {
    let session = auth.session()?;
    service::sign_out(&app.ctx, auth.user(), auth.account(), &session).await?;
    let gone = set_cookie(&app, "", 0)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// Where to work from now on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionAccount, example = json!({"account": "361240977588224001"}))]
struct SwitchRequest {
    account: AccountId,
}

/// Switch to another of your accounts
#[utoipa::path(
    put,
    path = "/api/session/account",
    operation_id = "set_session_account",
    tag = "Session",
    request_body = SwitchRequest,
    responses((status = 200, body = SessionView)),
    security(("session" = []))
)]
async fn switch(
    auth: Auth,
    State(app): State<App>,
    Json(request): Json<SwitchRequest>,
) -> Result<Json<SessionView>, ApiError> {
    let session = auth.session()?;
    service::switch(&app.ctx, auth.user(), &session, request.account).await?;
    let auth = crate::auth::of_session_hash(&app.ctx, &session)
        .await?
        .ok_or(kernel::Error::Unauthenticated)?;
    Ok(Json(SessionView::of(&app, &auth).await?))
}

/// The old password and the new one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PasswordChange, example = json!({
    "current_password": "correct horse battery",
    "new_password": "a staple was correct too",
}))]
struct PasswordRequest {
    current_password: Password,
    new_password: Password,
}

/// Change your password
///
/// Ends all your sessions; the answer sets the cookie of a new one, with a new CSRF token.
#[utoipa::path(
    put,
    path = "/api/me/password",
    operation_id = "set_password",
    tag = "Session",
    request_body = PasswordRequest,
    responses((status = 200, body = SessionView, headers(("Set-Cookie" = String, description = "The new session")))),
    security(("session" = []))
)]
async fn change_password(
    auth: Auth,
    State(app): State<App>,
    client: Client,
    Json(request): Json<PasswordRequest>,
) -> Result<Opened, ApiError> {
    auth.session()?;
    let session = service::change_password(
        &app.ctx,
        auth.user(),
        auth.account(),
        &request.current_password,
        &request.new_password,
        client,
    )
    .await?;
    Opened::new(&app, StatusCode::OK, session).await
}
