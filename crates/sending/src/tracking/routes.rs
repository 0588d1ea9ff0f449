//! The public addresses in mails. No account, no cookie, no script.

use axum::extract::{Extension, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};
use kernel::Error;
use serde::Deserialize;
use web::html::{self, Markup, Slot};
use web::{App, Path, client_ip};

use super::model::UnsubscribeReason;
use super::service::{Client, Leaving, Links, WebVersion};

/// The routes that mails point at. They need an [`Extension`] with [`Links`].
pub fn routes() -> Router<App> {
    Router::new()
        .route("/t/o/{token}", get(open))
        .route("/t/c/{token}", get(click))
        .route("/v/{token}", get(web_version))
        .route("/u/{token}", get(ask_to_leave).post(leave))
}

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self {
            head: parts.method == Method::HEAD,
            user_agent: parts
                .headers
                .get(header::USER_AGENT)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            ip: client_ip(parts, app.config.trust_proxy).map(|ip| ip.to_string()),
        })
    }
}

/// A transparent GIF of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

async fn open(
    Extension(links): Extension<Links>,
    Path(file): Path<String>,
    client: Client,
) -> Response {
    let token = file.strip_suffix(".gif").unwrap_or(&file);
    if let Err(error) = links.open(token, client).await {
        // The picture still comes; the open is lost, and the log says so.
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "an open was not recorded"
        );
    }
    (
        [
            (header::CONTENT_TYPE, HeaderValue::from_static("image/gif")),
            (
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-store, private"),
            ),
        ],
        PIXEL,
    )
        .into_response()
}

async fn click(
    Extension(links): Extension<Links>,
    Path(token): Path<String>,
    client: Client,
) -> Response {
    match links.click(&token, client).await {
        Ok(target) => {
            let Ok(location) = HeaderValue::from_str(&target) else {
                return sorry(&Error::not_found("link", ""));
            };
            let mut response = StatusCode::FOUND.into_response();
            let headers = response.headers_mut();
            headers.insert(header::LOCATION, location);
            headers.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static("no-store, private"),
            );
            headers.insert(
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            );
            response
        }
        Err(error) => sorry(&error),
    }
}

async fn web_version(Extension(links): Extension<Links>, Path(token): Path<String>) -> Response {
    match links.web_version(&token).await {
        Ok(WebVersion::Html(mail)) => mail_page(mail),
        Ok(WebVersion::Text { subject, text }) => text_page(&subject, &text),
        Err(error) => sorry(&error),
    }
}

/// A mail as a page.
///
/// It is shown, not run: no scripts, no forms, not in other pages' frames, and `sandbox` gives it an origin of its own, so
/// that nothing in it reaches a session here.
pub(crate) fn mail_page(mail: String) -> Response {
    let mut response = axum::response::Html(mail).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; \
             default-src 'none'; img-src * data:; style-src 'unsafe-inline' *; font-src *; \
             frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

/// The same of one that is plain text.
pub(crate) fn text_page(subject: &str, text: &str) -> Response {
    let body = Markup::fill(
        "<h1>{subject}</h1><pre>{text}</pre>",
        &[("subject", subject.into()), ("text", text.into())],
    );
    html::page("en", subject, &body)
}

/// The page that asks. It changes nothing: scanners of mail follow every link.
async fn ask_to_leave(Extension(links): Extension<Links>, Path(token): Path<String>) -> Response {
    match links.leaving(&token).await {
        Ok(leaving) => {
            let body = if leaving.active || leaving.is_test {
                question(&leaving)
            } else {
                gone(&leaving)
            };
            html::page(&leaving.language, "Unsubscribe", &body)
        }
        Err(error) => sorry(&error),
    }
}

fn question(leaving: &Leaving) -> Markup {
    let reasons: Markup = UnsubscribeReason::OFFERED
        .into_iter()
        .map(|(reason, words)| {
            Markup::fill(
                "<label class=\"row\"><input type=\"radio\" name=\"reason\" value=\"{value}\">\
                 <span>{words}</span></label>",
                &[("value", reason.as_str().into()), ("words", words.into())],
            )
        })
        .collect();
    Markup::fill(
        "<h1>Unsubscribe?</h1>\
         <p><strong>{address}</strong> will get no more mail from {sender}.</p>\
         <form method=\"post\"><fieldset><legend>Would you tell us why? (optional)</legend>{reasons}</fieldset>\
         <label>Anything else? (optional)<textarea name=\"comment\" rows=\"3\" maxlength=\"500\"></textarea></label>\
         <button>Unsubscribe</button></form>",
        &[
            ("address", (&leaving.address).into()),
            ("sender", (&leaving.sender).into()),
            ("reasons", Slot::Html(&reasons)),
        ],
    )
}

fn gone(leaving: &Leaving) -> Markup {
    Markup::fill(
        "<h1>You are unsubscribed</h1>\
         <p><strong>{address}</strong> gets no more mail from {sender}.</p>",
        &[
            ("address", (&leaving.address).into()),
            ("sender", (&leaving.sender).into()),
        ],
    )
}

/// What mail programs post (RFC 8058: `List-Unsubscribe=One-Click`), or the page's form.
#[derive(Debug, Deserialize)]
struct LeaveForm {
    #[serde(rename = "List-Unsubscribe", default)]
    one_click: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    comment: Option<String>,
}

async fn leave(
    State(_): State<App>,
    Extension(links): Extension<Links>,
    Path(token): Path<String>,
    form: Result<Form<LeaveForm>, axum::extract::rejection::FormRejection>,
) -> Response {
    // A POST to this address is a wish to leave, whatever its body says or does not say.
    let form = form.map_or(
        LeaveForm {
            one_click: Some(String::new()),
            reason: None,
            comment: None,
        },
        |Form(form)| form,
    );
    let reason = if form.one_click.is_some() {
        UnsubscribeReason::OneClick
    } else {
        form.reason
            .as_deref()
            .and_then(UnsubscribeReason::from_form)
            .unwrap_or(UnsubscribeReason::Other)
    };
    let comment: Option<String> = form
        .comment
        .map(|text| {
            text.trim()
                .chars()
                .filter(|c| *c == '\n' || !c.is_control())
                .take(500)
                .collect()
        })
        .filter(|text: &String| !text.is_empty());
    if let Err(error) = links.unsubscribe(&token, reason, comment.as_deref()).await {
        return sorry(&error);
    }
    match links.leaving(&token).await {
        Ok(leaving) => html::page(&leaving.language, "Unsubscribed", &gone(&leaving)),
        Err(error) => sorry(&error),
    }
}

/// A page for people, not a problem document.
pub(crate) fn sorry(error: &Error) -> Response {
    let (status, title, words) = match error {
        Error::NotFound { .. } | Error::Invalid(_) => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "It may be incomplete. Try to open it from the mail again.",
        ),
        Error::Unavailable { .. } => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Please try again",
            "Something is busy right now. Try again in a minute.",
        ),
        other => {
            tracing::error!(
                error = other as &dyn std::error::Error,
                "a public page failed"
            );
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "This is our fault. Try again later.",
            )
        }
    };
    let body = Markup::fill(
        "<h1>{title}</h1><p>{words}</p>",
        &[("title", title.into()), ("words", words.into())],
    );
    (status, html::page("en", title, &body)).into_response()
}
