//! `/setup`: the form that creates the first owner.
//!
//! It posts an ordinary form; what it says becomes a request to `POST /api/setup` in this process, so the checks, the
//! race between two owners and the session are that operation's.

use std::collections::HashMap;

use axum::body::{Body, to_bytes};
use axum::extract::{Form, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::json;
use tower::ServiceExt as _;
use web::html::{self, Markup};
use web::{ApiError, App, Problem};

const API: &str = "/api/setup";
const LARGEST_ANSWER: usize = 64 * 1024;

/// The router of the API.
#[derive(Clone)]
struct Api(Router);

pub(super) fn routes(api: Router) -> Router<App> {
    Router::new()
        .route("/setup", get(show).post(create))
        .layer(Extension(Api(api)))
}

#[derive(Debug, Default, Deserialize)]
struct Entries {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    account_name: String,
    #[serde(default)]
    time_zone: String,
}

async fn show(State(app): State<App>) -> Result<Response, ApiError> {
    if !identity::setup::is_needed(&app.ctx).await? {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(form(&Entries::default(), &HashMap::new(), None))
}

async fn create(
    Extension(Api(api)): Extension<Api>,
    parts: Parts,
    entries: Result<Form<Entries>, axum::extract::rejection::FormRejection>,
) -> Result<Response, ApiError> {
    let Ok(Form(entries)) = entries else {
        let told = "The form could not be read. Fill it in again.";
        return Ok(refused(&Entries::default(), &HashMap::new(), told));
    };
    let response = api
        .oneshot(api_request(parts, &entries)?)
        .await
        .unwrap_or_else(|never| match never {});
    match response.status() {
        StatusCode::CREATED => {
            let mut answer = Redirect::to("/").into_response();
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                answer
                    .headers_mut()
                    .append(header::SET_COOKIE, cookie.clone());
            }
            Ok(answer)
        }
        StatusCode::CONFLICT => Ok(Redirect::to("/").into_response()),
        _ => {
            let body = to_bytes(response.into_body(), LARGEST_ANSWER)
                .await
                .map_err(|error| ApiError::internal(error.into()))?;
            let problem: Problem =
                serde_json::from_slice(&body).map_err(|error| ApiError::internal(error.into()))?;
            let faults: HashMap<String, String> = problem
                .errors
                .into_iter()
                .map(|fault| (fault.field, fault.message))
                .collect();
            let told = if faults.is_empty() {
                problem.detail.as_str()
            } else {
                "Something is not right yet; see below."
            };
            Ok(refused(&entries, &faults, told))
        }
    }
}

/// The same request to the API: who asks, and from which page, stays what it was.
fn api_request(mut parts: Parts, entries: &Entries) -> Result<Request, ApiError> {
    let zone = entries.time_zone.trim();
    let body = json!({
        "name": entries.name,
        "email": entries.email.trim(),
        "password": entries.password,
        "account_name": entries.account_name,
        "time_zone": if zone.is_empty() { None } else { Some(zone) },
    });
    parts.method = Method::POST;
    parts.uri = API
        .parse()
        .map_err(|error: axum::http::uri::InvalidUri| ApiError::internal(error.into()))?;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    Ok(Request::from_parts(parts, Body::from(body.to_string())))
}

fn refused(entries: &Entries, faults: &HashMap<String, String>, told: &str) -> Response {
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        form(entries, faults, Some(told)),
    )
        .into_response()
}

fn form(entries: &Entries, faults: &HashMap<String, String>, told: Option<&str>) -> Response {
    let told = told.map_or_else(Markup::default, |text| {
        Markup::fill(
            "<p role=\"alert\"><strong>{text}</strong></p>",
            &[("text", text.into())],
        )
    });
    let zone = if entries.time_zone.is_empty() {
        "UTC"
    } else {
        &entries.time_zone
    };
    let fields: Markup = [
        ("name", "Your name", "text", &*entries.name, "name"),
        (
            "email",
            "Your email address",
            "email",
            &entries.email,
            "username",
        ),
        (
            "password",
            "A password, ten characters or more",
            "password",
            "",
            "new-password",
        ),
        (
            "account_name",
            "What is it for? The name of your organization",
            "text",
            &entries.account_name,
            "organization",
        ),
        (
            "time_zone",
            "Time zone, such as Europe/Lisbon",
            "text",
            zone,
            "off",
        ),
    ]
    .into_iter()
    .map(|(name, label, kind, value, autocomplete)| {
        let fault = faults.get(name).map_or_else(Markup::default, |text| {
            Markup::fill(
                "<span class=\"quiet\" role=\"alert\" id=\"{name}-fault\">{text}</span>",
                &[("name", name.into()), ("text", text.into())],
            )
        });
        let invalid = if faults.contains_key(name) {
            "true"
        } else {
            "false"
        };
        Markup::fill(
            "<label>{label}<input type=\"{kind}\" name=\"{name}\" value=\"{value}\" \
             autocomplete=\"{autocomplete}\" aria-invalid=\"{invalid}\" \
             aria-describedby=\"{name}-fault\" required>{fault}</label>",
            &[
                ("label", label.into()),
                ("kind", kind.into()),
                ("name", name.into()),
                ("value", value.into()),
                ("autocomplete", autocomplete.into()),
                ("invalid", invalid.into()),
                ("fault", (&fault).into()),
            ],
        )
    })
    .collect();
    let body = Markup::fill(
        "<h1>Welcome to Sendero</h1>\
         <p>This server has no owner yet. Whoever fills this in becomes the owner.</p>\
         {told}<form method=\"post\" action=\"/setup\">{fields}<p><button>Create the owner</button></p></form>",
        &[("told", (&told).into()), ("fields", (&fields).into())],
    );
    html::page("en", "Set up Sendero", &body)
}
