//! Small public pages: server-rendered, without JavaScript, light and dark, good on a telephone.
//!
//! People's text reaches a page only through [`Markup::fill`], which escapes it for elements and quoted attributes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

/// HTML that is safe to send: what people wrote in it is escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

/// What goes into a place of a template.
#[derive(Clone, Copy, Debug)]
pub enum Slot<'a> {
    /// Text, escaped.
    Text(&'a str),
    /// The address of a link or form, escaped, and `#` unless it is relative, http(s) or mailto.
    Link(&'a str),
    /// Finished HTML.
    Html(&'a Markup),
}

impl<'a> From<&'a str> for Slot<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Slot<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a Markup> for Slot<'a> {
    fn from(markup: &'a Markup) -> Self {
        Self::Html(markup)
    }
}

impl Markup {
    /// Replaces each `{name}` of a template of ours. In attributes, put the place in quotes: `value="{name}"`.
    pub fn fill(template: &'static str, slots: &[(&str, Slot<'_>)]) -> Self {
        let mut out = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            match slots.iter().find(|(known, _)| *known == name) {
                Some((_, Slot::Text(text))) => out.push_str(&escape(text)),
                Some((_, Slot::Link(link))) => out.push_str(&escape(safe_link(link))),
                Some((_, Slot::Html(markup))) => out.push_str(&markup.0),
                None => debug_assert!(false, "the template has a place without content: {name}"),
            }
            rest = after;
        }
        out.push_str(rest);
        Self(out)
    }

    /// One after the other.
    pub fn push(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromIterator<Markup> for Markup {
    fn from_iter<I: IntoIterator<Item = Markup>>(parts: I) -> Self {
        Self(parts.into_iter().map(|part| part.0).collect())
    }
}

/// Text as HTML, for elements and quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn safe_link(link: &str) -> &str {
    let lower = link.trim_start().to_ascii_lowercase();
    let allowed = ["https://", "http://", "mailto:", "/", "?", "#"]
        .iter()
        .any(|start| lower.starts_with(start));
    // A browser ignores tabs and line ends within an address, so they could hide a scheme.
    if allowed && !link.contains(|c: char| c.is_control()) {
        link
    } else {
        "#"
    }
}

const STYLE: &str = ":root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--text:#1c2430;--quiet:#5a6675;--line:#c9d0d9;--accent:#1d5fd1;--on-accent:#fff}
@media(prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1b2129;--text:#e8ecf1;--quiet:#a3adba;--line:#3b4552;--accent:#7fb0ff;--on-accent:#0b1420}}
*{box-sizing:border-box}
body{margin:0;padding:1rem;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:34rem;margin:8vh auto 2rem;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.3}
p{margin:.5rem 0 1rem}
.quiet{color:var(--quiet);font-size:.9rem}
a{color:var(--accent)}
fieldset{margin:0 0 1rem;padding:0;border:0}
legend{padding:0;font-weight:600}
label{display:block;padding:.35rem 0}
label.row{display:flex;gap:.6rem;align-items:baseline;min-height:2.75rem}
input[type=text],input[type=email],input[type=password],select,textarea{display:block;width:100%;margin-top:.25rem;padding:.6rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);color:var(--text);font:inherit}
button{min-height:2.75rem;padding:.55rem 1.2rem;border:0;border-radius:.5rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;cursor:pointer}
button.second{background:transparent;color:var(--accent);border:1px solid var(--line)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
footer{max-width:34rem;margin:0 auto;text-align:center}
";

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = data_encoding::BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    let mut policy = String::from("default-src 'none'; ");
    let _ = write!(policy, "style-src 'sha256-{hash}'; ");
    policy.push_str("img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    HeaderValue::from_str(&policy).expect("base64 is a header value")
});

/// A whole page around `body`, answered with 200 (change the status with a tuple: `(status, page(..))`).
///
/// `language` is a language tag such as `en`. Not for frames, not for search engines; its only style is the page's own,
/// and it loads no script at all.
pub fn page(language: &str, title: &str, body: &Markup) -> Response {
    let style = Markup(STYLE.to_owned());
    let html = Markup::fill(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title>\
         <style>{style}</style></head><body><main>{body}</main></body></html>\n",
        &[
            ("language", language.into()),
            ("title", title.into()),
            ("style", (&style).into()),
            ("body", body.into()),
        ],
    );
    (
        [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/html; charset=utf-8"),
            ),
            (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            // A link with a token in it must not reach the sites that the page links to.
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("no-referrer"),
            ),
        ],
        html.0,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_cannot_write_markup() {
        let name = "<script>alert(1)</script>\" onload='x' {title}";
        let filled = Markup::fill(
            "<p title=\"{name}\">{name}</p>{list}",
            &[("name", name.into()), ("list", (&Markup::default()).into())],
        );
        for bad in ["<script", "\" onload", "' "] {
            assert!(!filled.as_str().contains(bad), "{}", filled.as_str());
        }
        // A brace in a person's text is text, not a place.
        assert!(filled.as_str().contains("{title}"));
    }

    #[test]
    fn links_go_nowhere_dangerous() {
        for (link, wanted) in [
            (
                "https://example.com/?a=1&b=2",
                "https://example.com/?a=1&amp;b=2",
            ),
            ("/u/abc", "/u/abc"),
            ("javascript:alert(1)", "#"),
            (" JavaScript:alert(1)", "#"),
            ("java\tscript:alert(1)", "#"),
            ("/\n/evil.example", "#"),
            ("data:text/html,x", "#"),
        ] {
            let filled = Markup::fill("{l}", &[("l", Slot::Link(link))]);
            assert_eq!(filled.as_str(), wanted);
        }
    }

    #[test]
    fn the_policy_allows_the_page_s_own_style_only() {
        let response = page("en", "Hello", &Markup::fill("<h1>Hello</h1>", &[]));
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
        assert!(!policy.contains("unsafe"));
    }
}
