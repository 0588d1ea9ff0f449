//! What all protocols do with an answer.

use std::time::Duration;

use jiff::fmt::rfc2822;
use net::{Client, Request, Response};
use serde::de::DeserializeOwned;

use crate::Fault;

/// How much of what a server says about its refusal is passed on.
const MAX_TEXT: usize = 300;
/// A server that wants to be left alone for longer is asked again after this.
const MAX_PATIENCE: Duration = Duration::from_hours(24);

/// Asks, and takes a body that is larger than wanted for a fault.
pub(crate) async fn ask(client: &Client, request: Request) -> Result<Response, Fault> {
    let response = client.fetch(request).await.map_err(unanswered)?;
    if response.truncated && response.is_success() {
        return Err(Fault::Refused(
            "the answer is larger than this server reads".to_owned(),
        ));
    }
    Ok(response)
}

/// Why nothing came back.
pub(crate) fn unanswered(error: net::Error) -> Fault {
    match error {
        net::Error::Invalid(_) | net::Error::Refused | net::Error::Unencrypted => {
            Fault::Refused(error.to_string())
        }
        other => Fault::Unreachable(other.to_string()),
    }
}

/// What a status means that is none of success.
pub(crate) fn refusal(response: &Response) -> Fault {
    match response.status {
        401 => Fault::Unauthorized(said(response)),
        404 | 410 => Fault::Gone,
        412 => Fault::Conflict,
        423 | 429 | 503 => Fault::Busy {
            retry_after: retry_after(response),
        },
        502 | 504 => Fault::Unreachable(said(response)),
        _ => Fault::Refused(said(response)),
    }
}

/// The status and the beginning of the text.
pub(crate) fn said(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    let text = plain(&text);
    if text.is_empty() {
        format!("the server answered {}", response.status)
    } else {
        format!("the server answered {}: {text}", response.status)
    }
}

/// The JSON of an answer.
pub(crate) fn parse<T: DeserializeOwned>(response: &Response) -> Result<T, Fault> {
    serde_json::from_slice(&response.body)
        .map_err(|error| Fault::Garbage(format!("JSON that cannot be read: {error}")))
}

/// The words of a text that may be a page: no tags, no scripts, no line breaks, not long.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for c in shown(text).chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                push_gap(&mut out);
            }
            _ if in_tag => {}
            c if c.is_whitespace() || c.is_control() => push_gap(&mut out),
            c => out.push(c),
        }
        if out.len() >= MAX_TEXT {
            out.push('…');
            break;
        }
    }
    out.trim().to_owned()
}

/// A page without what stands in it for its browser alone.
fn shown(text: &str) -> String {
    let small = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    loop {
        let begins = ["<script", "<style", "<!--"].map(|it| small[at..].find(it));
        let ends = ["</script", "</style", "-->"];
        let first = std::iter::zip(begins, ends).filter_map(|(from, end)| Some((from?, end)));
        let Some((from, end)) = first.min() else {
            out.push_str(&text[at..]);
            return out;
        };
        out.push_str(&text[at..at + from]);
        match small[at + from..].find(end) {
            // What is left of the closing tag is a tag; of a comment nothing is left.
            Some(length) if end == "-->" => at += from + length + end.len(),
            Some(length) => at += from + length,
            None => return out,
        }
    }
}

fn push_gap(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// `Retry-After`: seconds, or a date, which is compared with the server's own `Date`.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header("retry-after")?.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let parser = rfc2822::DateTimeParser::new();
        let until = parser.parse_timestamp(value).ok()?;
        let now = parser.parse_timestamp(response.header("date")?).ok()?;
        Duration::try_from(until.duration_since(now)).unwrap_or_default()
    };
    Some(wait.min(MAX_PATIENCE))
}

/// The header for a name and a password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    let pair = format!("{user}:{password}");
    format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn of_a_page_its_words_are_told() {
        let page = "<!doctype html><html><head><title>Wiki</title><STYLE>b { color: red }</STYLE>\
            <script type=\"module\">if (a < b) { alert('x > y') }</script><!-- a < b --></head>\
            <body><p>Please  <b>sign in</b>\r\nfirst.</p></body></html>";
        assert_eq!(plain(page), "Wiki Please sign in first.");
        assert_eq!(plain("no page: Ü <script>never ends"), "no page: Ü");
        assert_eq!(
            plain(&"x".repeat(10_000))
                .chars()
                .filter(|it| *it == '…')
                .count(),
            1
        );
    }
}
