//! The extractor, and the layer that authenticates each request once.

mod gate;

use axum::Router;
use axum::extract::{Extension, FromRef, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use cookie::Cookie;
use kernel::{AccountId, UserId};
use utoipa::openapi::OpenApi;
use web::{ApiError, App, Caller};

use gate::Gate;

use super::model::{Auth, Credential, Role};
use super::service;

/// The name of the session's cookie over HTTP.
const COOKIE: &str = "sendero_session";
/// Over HTTPS. The prefix makes browsers refuse it from subdomains and without `Secure`.
const SECURE_COOKIE: &str = "__Host-sendero_session";
const CSRF_HEADER: &str = "x-csrf-token";

/// What a request proved, kept in its extensions.
#[derive(Clone)]
enum Proof {
    Valid(Auth),
    Refused(Refusal),
}

#[derive(Clone, Copy)]
enum Refusal {
    NobodySignedIn,
    CrossOrigin,
    NoCsrfToken,
}

/// Puts authentication and idempotent POSTs around the routes of the API, which `document` describes.
pub fn protect(router: Router<App>, document: &OpenApi, app: &App) -> Router<App> {
    let guard = (app.clone(), Gate::of(document));
    web::idempotency::layer(router, app).layer(from_fn_with_state(guard, authenticate))
}

/// Makes every request of a router the command line's, which may do in `account` what an owner may; `user` stands for
/// the person. Only for a router that no client reaches, and instead of [`protect`].
pub fn as_command_line(router: Router<App>, account: AccountId, user: UserId) -> Router<App> {
    router.layer(Extension(Proof::Valid(Auth {
        user,
        membership: Some((account, Role::Owner)),
        credential: Credential::CommandLine,
    })))
}

async fn authenticate(
    State((app, gate)): State<(App, Gate)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let proof = match prove(&app, &parts).await {
        Ok(proof) => proof,
        Err(error) => return error.into_response(),
    };
    match &proof {
        Proof::Valid(auth) => {
            if let Err(error) = gate.admit(&parts, auth) {
                return ApiError::from(error).into_response();
            }
            parts.extensions.insert(Caller {
                account: auth.account(),
                actor: auth.actor().to_string(),
            });
        }
        Proof::Refused(refusal) if gate.guards(&parts) => {
            return ApiError::from(*refusal).into_response();
        }
        Proof::Refused(_) => {}
    }
    parts.extensions.insert(proof);
    next.run(Request::from_parts(parts, body)).await
}

impl<S> FromRequestParts<S> for Auth
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let proof = match parts.extensions.get::<Proof>() {
            Some(proof) => proof.clone(),
            // Without the layer, such as in a test of one route.
            None => prove(&App::from_ref(state), parts).await?,
        };
        match proof {
            Proof::Valid(auth) => Ok(auth),
            Proof::Refused(refusal) => Err(refusal.into()),
        }
    }
}

async fn prove(app: &App, parts: &Parts) -> Result<Proof, ApiError> {
    if let Some(token) = bearer(&parts.headers) {
        // Whoever sends a token means it: a bad one is never made up for by a cookie.
        return Ok(match service::of_token(&app.ctx, token).await? {
            Some(auth) => Proof::Valid(auth),
            None => Proof::Refused(Refusal::NobodySignedIn),
        });
    }
    let name = cookie_name(app);
    let Some(secret) = cookies(&parts.headers).find(|cookie| cookie.name() == name) else {
        return Ok(Proof::Refused(Refusal::NobodySignedIn));
    };
    let Some(auth) = service::of_session(&app.ctx, secret.value()).await? else {
        return Ok(Proof::Refused(Refusal::NobodySignedIn));
    };
    if !parts.method.is_safe() {
        if web::same_origin(&parts.headers, &app.config).is_err() {
            return Ok(Proof::Refused(Refusal::CrossOrigin));
        }
        let token = parts.headers.get(CSRF_HEADER);
        let token = token.and_then(|value| value.to_str().ok());
        let genuine = match &auth.credential {
            Credential::Session(session) => {
                token.is_some_and(|token| service::is_csrf_token(&app.ctx, session, token))
            }
            Credential::Token(..) | Credential::CommandLine => true,
        };
        if !genuine {
            return Ok(Proof::Refused(Refusal::NoCsrfToken));
        }
    }
    Ok(Proof::Valid(auth))
}

/// The name that fits how the server is reached.
pub(crate) fn cookie_name(app: &App) -> &'static str {
    if app.config.secure_cookies {
        SECURE_COOKIE
    } else {
        COOKIE
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = Cookie<'_>> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NobodySignedIn => kernel::Error::Unauthenticated.into(),
            Refusal::CrossOrigin => Self::new(
                StatusCode::FORBIDDEN,
                "cross_origin",
                "this request came from a page of another site",
            ),
            Refusal::NoCsrfToken => Self::new(
                StatusCode::FORBIDDEN,
                "csrf_token_invalid",
                "send the csrf_token of GET /api/session in the header X-CSRF-Token",
            ),
        }
    }
}
