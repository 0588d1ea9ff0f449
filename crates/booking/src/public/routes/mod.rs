//! The public addresses. No account, no cookie.

mod booking;
mod event;
mod program;
mod waiting;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Extension, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kernel::Error;
use sha2::{Digest as _, Sha256};
use web::html::escape;
use web::{App, client_ip, same_origin};

use super::fields::Fields;
use super::guard::{Deed, Pace};
use super::pages;
use super::texts::Words;
use super::view::{Scene, Sheet};

const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");
const EMBED: &str = include_str!("../assets/embed.js");

static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| data_encoding::BASE64.encode(&Sha256::digest(STYLE.as_bytes())));
/// The script under an address that changes with it, so that browsers keep it.
static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(SCRIPT.as_bytes())[..8]);
    format!("/book-assets/page.js?v={hash}")
});

/// The pages that visitors see.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/book/{page}", get(event::offers))
        .route("/book/{page}/by/{host}", get(event::offers_of))
        .route("/book/{page}/{slug}", get(event::show).post(event::book))
        .route("/book/{page}/{slug}/hold", post(event::hold))
        .route("/book/{page}/{slug}/release", post(event::release))
        .route(
            "/book/{page}/{slug}/wait",
            get(waiting::ask).post(waiting::join),
        )
        .route("/waiting/{token}", get(waiting::show).post(waiting::leave))
        .route("/book-to/{account}/{event_type}", get(event::to))
        .route("/booking/{token}", get(booking::show))
        .route("/booking/{token}/calendar.ics", get(booking::calendar))
        .route(
            "/booking/{token}/cancel",
            get(booking::ask_to_cancel).post(booking::cancel),
        )
        .route(
            "/booking/{token}/reschedule",
            get(booking::choose).post(booking::reschedule),
        )
        .route("/book-assets/page.js", get(script))
        .route("/embed.js", get(embed))
        // Where the snippets of Cal.com look for it.
        .route("/embed/embed.js", get(embed))
        .layer(Extension(Pace::default()))
}

async fn script() -> Response {
    javascript(SCRIPT, "public, max-age=31536000, immutable")
}

async fn embed() -> Response {
    javascript(EMBED, "public, max-age=3600")
}

fn javascript(text: &'static str, cache: &'static str) -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (header::CACHE_CONTROL, cache),
            // Pages of other sites load it.
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                "cross-origin",
            ),
        ],
        text,
    )
        .into_response()
}

/// Who asks, from where, in which language, and what for.
pub(super) struct Visit {
    fields: Fields,
    words: Words,
    headers: HeaderMap,
    ip: Option<IpAddr>,
    app: App,
    pace: Pace,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        // An address that cannot be read is one without a query.
        let fields = Fields(query.map(|query| query.0).unwrap_or_default());
        let words = words(&fields, &parts.headers);
        Ok(Self {
            words,
            fields,
            headers: parts.headers.clone(),
            ip: client_ip(parts, app.config.trust_proxy),
            app: app.clone(),
            pace: parts.extensions.get::<Pace>().cloned().unwrap_or_default(),
        })
    }
}

fn words(fields: &Fields, headers: &HeaderMap) -> Words {
    words_of(fields.get("lang"), headers)
}

/// In the language that somebody insists on, or that their program asks for.
fn words_of(wanted: Option<&str>, headers: &HeaderMap) -> Words {
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    Words::choose(wanted, accepted)
}

/// In which form somebody wants to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Page,
    Markdown,
    Json,
}

impl Visit {
    fn scene(&self) -> Scene<'_> {
        Scene {
            words: self.words,
            fields: &self.fields,
            now: self.app.ctx.clock.now(),
        }
    }

    /// The same visit with the fields of a form instead of those of the address.
    fn with(mut self, form: Vec<(String, String)>) -> Self {
        self.fields = Fields(form);
        self.words = words(&self.fields, &self.headers);
        self
    }

    /// Refuses what comes from other sites, and too much of it.
    fn may(&self, deed: Deed) -> Result<(), Box<Response>> {
        same_origin(&self.headers, &self.app.config)
            .map_err(|refused| Box::new(refused.into_response()))?;
        let now = self.app.ctx.clock.now();
        let counted = self.pace.count(now, deed, self.ip);
        counted.map_err(|error| Box::new(self.sorry(&error)))
    }

    /// The name without what says in which form it is wanted, and the form.
    fn form<'a>(&self, name: &'a str) -> (&'a str, Form) {
        if let Some(name) = name.strip_suffix(".md") {
            return (name, Form::Markdown);
        }
        if let Some(name) = name.strip_suffix(".json") {
            return (name, Form::Json);
        }
        let accepted = self
            .headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let place = |kind: &str| accepted.find(kind).unwrap_or(usize::MAX);
        let (html, markdown, json) = (
            place("text/html").min(place("*/*")),
            place("text/markdown"),
            place("application/json"),
        );
        let form = match markdown.min(json) {
            usize::MAX => Form::Page,
            first if html < first => Form::Page,
            first if first == markdown => Form::Markdown,
            _ => Form::Json,
        };
        (name, form)
    }

    /// A page for people, not a problem document.
    fn sorry(&self, error: &Error) -> Response {
        let status = match error {
            Error::NotFound { .. } | Error::Invalid(_) => StatusCode::NOT_FOUND,
            Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            other => {
                tracing::error!(
                    error = other as &dyn std::error::Error,
                    "a booking page failed"
                );
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let (title, main) = pages::sorry(self.words, error);
        let sheet = Sheet {
            words: self.words,
            title: title.to_owned(),
            main,
            around: Vec::new(),
            leads_to: None,
        };
        self.page(status, &sheet)
    }

    /// A whole page. Its style is its own, its script is ours, and only those sites may have it in a frame that the event
    /// type names.
    fn page(&self, status: StatusCode, sheet: &Sheet) -> Response {
        let theme = match self.fields.get("theme") {
            Some("dark") => " data-theme=\"dark\"",
            Some("light") => " data-theme=\"light\"",
            _ => "",
        };
        // Also where a form is answered, whose address says nothing.
        let framed = match (self.fields.embedded(), self.fields.get("embed_origin")) {
            (true, Some(around)) => {
                format!(" class=\"framed\" data-around=\"{}\"", escape(around))
            }
            (true, None) => " class=\"framed\"".to_owned(),
            (false, _) => String::new(),
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"{}\"{theme}{framed}><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title>\
             <style>{STYLE}</style><script src=\"{}\" defer></script></head><body>{}</body></html>\n",
            sheet.words.language.tag(),
            escape(&sheet.title),
            *SCRIPT_PATH,
            sheet.main.as_str(),
        );
        let mut response = (status, html).into_response();
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(header::CONTENT_TYPE, "text/html; charset=utf-8");
        set(header::CONTENT_SECURITY_POLICY, &policy(sheet));
        set(header::CACHE_CONTROL, "no-store");
        set(header::VARY, "Accept, Accept-Language");
        // A link with a token in it must not reach the sites that the page links to.
        set(header::REFERRER_POLICY, "same-origin");
        response
    }
}

fn policy(sheet: &Sheet) -> String {
    let around = if sheet.around.is_empty() {
        "*".to_owned()
    } else {
        let sites = sheet.around.iter().filter_map(|site| origin(site));
        sites.fold("'self'".to_owned(), |all, site| format!("{all} {site}"))
    };
    // Browsers hold what a form leads to in the end to this as well.
    let leads_to = sheet
        .leads_to
        .as_deref()
        .and_then(origin)
        .unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'self' {leads_to}; frame-ancestors {around}",
        *STYLE_HASH
    )
}

/// Scheme, host and port of an address, if nothing in it could say more to a browser.
fn origin(address: &str) -> Option<&str> {
    let start = address.find("://")? + 3;
    let end = address[start..]
        .find(['/', '?', '#'])
        .map_or(address.len(), |at| start + at);
    let origin = &address[..end];
    let clean = origin
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._:/[]*".contains(&b));
    (clean && (origin.starts_with("https://") || origin.starts_with("http://"))).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_light() {
        assert!(EMBED.len() < 10_000, "embed.js has {} bytes", EMBED.len());
        assert!(SCRIPT.len() < 12_000, "page.js has {} bytes", SCRIPT.len());
    }

    #[test]
    fn a_policy_says_what_was_meant_and_no_more() {
        let sheet = |around: &[&str], leads_to: Option<&str>| Sheet {
            words: Words::of(None),
            title: String::new(),
            main: web::html::Markup::default(),
            around: around.iter().map(|it| (*it).to_owned()).collect(),
            leads_to: leads_to.map(str::to_owned),
        };
        let open = policy(&sheet(&[], None));
        assert!(open.ends_with("frame-ancestors *") && !open.contains("unsafe"));
        let closed = policy(&sheet(
            &[
                "https://a.example",
                "https://b.example:8443/x",
                "https://c.example; script-src *",
            ],
            Some("https://thanks.example/done?x=1"),
        ));
        assert!(closed.ends_with("form-action 'self' https://thanks.example; frame-ancestors 'self' https://a.example https://b.example:8443"));
    }
}
