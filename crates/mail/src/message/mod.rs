//! A message, and its form on the wire.
//!
//! Invariants:
//!
//! - what [`Message::to_mime`] writes has CRLF line ends only, no NUL, and no line above 998 octets;
//! - it has exactly the headers asked for, whatever their values are;
//! - the same message gives the same bytes, so that a retry is the same mail.

mod attachment;
mod body;
mod header;

#[cfg(test)]
mod tests;

use std::io::Write as _;

use kernel::Timestamp;

pub use attachment::{Attachment, refused_media_type};

/// A name and an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mailbox<'a> {
    /// As a person wrote it; empty for none.
    pub name: &'a str,
    /// As [`kernel::EmailAddress`] accepts it. Anything that could leave the angle brackets is dropped.
    pub address: &'a str,
}

impl<'a> Mailbox<'a> {
    /// See the fields.
    pub fn new(name: &'a str, address: &'a str) -> Self {
        Self { name, address }
    }
}

/// A header beyond those that every message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header<'a> {
    /// `List-Unsubscribe`, with the addresses that are not empty. Bytes that URLs cannot have are percent-encoded.
    ListUnsubscribe {
        /// The HTTPS address that takes the POST of RFC 8058.
        url: &'a str,
        /// An address such as `mailto:leave@example.com?subject=...`.
        mailto: &'a str,
    },
    /// `List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058).
    ListUnsubscribeOneClick,
    /// `List-Id` (RFC 2919).
    ListId {
        /// For people; may be empty.
        name: &'a str,
        /// Such as `news.example.com`.
        id: &'a str,
    },
    /// Any other, with text as its value: `Feedback-ID`, `X-...`, `Precedence`. Left out if
    /// [`refused_header_name`] refuses the name.
    Text {
        /// The name.
        name: &'a str,
        /// The value, as a person wrote it.
        value: &'a str,
    },
}

/// What is to be sent to one recipient. Borrows everything, so that building one costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The `From` header.
    pub from: Mailbox<'a>,
    /// The `To` header.
    pub to: Mailbox<'a>,
    /// The `Reply-To` header.
    pub reply_to: Option<Mailbox<'a>>,
    /// The `Subject` header.
    pub subject: &'a str,
    /// Without angle brackets. The boundary between parts is derived from it.
    pub message_id: &'a str,
    /// The `Date` header.
    pub date: Timestamp,
    /// Further headers, in this order.
    pub headers: &'a [Header<'a>],
    /// The HTML part.
    pub html: Option<&'a str>,
    /// The plain text part. Left out if it is empty and there is HTML.
    pub text: &'a str,
    /// Files that come with it, in this order.
    pub attachments: &'a [Attachment<'a>],
}

impl Message<'_> {
    /// Appends the message as RFC 5322 and MIME want it, without dot-stuffing.
    pub fn to_mime(&self, out: &mut Vec<u8>) {
        let html = self.html.unwrap_or_default();
        out.reserve(2048 + (html.len() + self.text.len()) * 9 / 8);
        header::mailbox(out, "From", self.from.name, self.from.address);
        header::mailbox(out, "To", self.to.name, self.to.address);
        if let Some(reply_to) = self.reply_to {
            header::mailbox(out, "Reply-To", reply_to.name, reply_to.address);
        }
        header::text(out, "Subject", self.subject);
        header::id(out, "Message-ID", self.message_id);
        header::date(out, self.date);
        for one in self.headers {
            match *one {
                Header::ListUnsubscribe { url, mailto } => {
                    header::urls(out, "List-Unsubscribe", &[url, mailto]);
                }
                Header::ListUnsubscribeOneClick => {
                    out.extend_from_slice(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
                }
                Header::ListId { name, id } => header::mailbox(out, "List-Id", name, id),
                Header::Text { name, value } => {
                    if refused_header_name(name).is_none() {
                        header::text(out, name, value);
                    }
                }
            }
        }
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        if self.attachments.is_empty() {
            self.body(out);
            return;
        }
        let boundary = boundary(self.message_id, 1);
        let _ = write!(
            out,
            "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
        );
        self.body(out);
        for one in self.attachments {
            let _ = write!(out, "\r\n--{boundary}\r\n");
            one.write(out);
        }
        let _ = write!(out, "\r\n--{boundary}--\r\n");
    }

    /// The text, the HTML, or both, with the headers that say so; and a calendar beside them, as what mail programs show an
    /// invitation by (RFC 6047).
    fn body(&self, out: &mut Vec<u8>) {
        let calendar = self.attachments.iter().find_map(Attachment::as_calendar);
        let kind = calendar.map(|(method, _)| format!("calendar; method={method}"));
        let parts = [
            (!self.text.is_empty() || self.html.is_none()).then_some(("plain", self.text)),
            self.html.map(|html| ("html", html)),
            (kind.as_deref().zip(calendar)).map(|(kind, (_, content))| (kind, content)),
        ];
        let mut parts = parts.into_iter().flatten();
        let (Some((kind, content)), rest) = (parts.next(), parts) else {
            return;
        };
        let mut rest = rest.peekable();
        if rest.peek().is_none() {
            return body::part(out, kind, content);
        }
        let boundary = boundary(self.message_id, 0);
        let _ = write!(
            out,
            "Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n"
        );
        for (kind, content) in std::iter::once((kind, content)).chain(rest) {
            let _ = write!(out, "\r\n--{boundary}\r\n");
            body::part(out, kind, content);
        }
        let _ = write!(out, "\r\n--{boundary}--\r\n");
    }
}

/// Says why a header of this name cannot be added by hand, if so. The sentence begins with "the header".
pub fn refused_header_name(name: &str) -> Option<&'static str> {
    /// Written by [`Message::to_mime`], by the relay, or by whoever signs.
    const OURS: &[&str] = &[
        "arc-authentication-results",
        "arc-message-signature",
        "arc-seal",
        "authentication-results",
        "bcc",
        "cc",
        "date",
        "dkim-signature",
        "from",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "message-id",
        "mime-version",
        "received",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
    ];
    if name.is_empty() {
        Some("the header has no name")
    } else if name.len() > 60 {
        Some("the header has a name of more than 60 characters")
    } else if !name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    {
        Some("the header has a name with characters other than letters, digits, - and _")
    } else if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
        || name
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("content-"))
    {
        Some("the header is one that is set for each message and cannot be added by hand")
    } else {
        None
    }
}

/// No text in quoted-printable can contain `=_`, and parts that are not encoded are those without a line that begins
/// with `--`; so no content can end its part.
fn boundary(message_id: &str, level: u64) -> String {
    // FNV-1a, twice with different beginnings: any spread over messages will do, as long as it never changes.
    let hash = |basis: u64| {
        message_id.bytes().fold(basis ^ level, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    format!(
        "=_{:016x}{:016x}",
        hash(0xcbf2_9ce4_8422_2325),
        hash(0x9ae1_6a3b_2f90_404f)
    )
}
