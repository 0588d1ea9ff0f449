//! Files that come with a message, in base64.

use std::io::Write as _;

/// Characters of base64 in a line (RFC 2045, section 6.8), and the bytes they stand for.
const LINE: usize = 76;
const BYTES: usize = LINE / 4 * 3;
/// Longest name, in characters: it is written in one line, percent-encoded.
const LONGEST_NAME: usize = 80;

/// A file that comes with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// What to call it. Only what is behind the last slash counts, and no control character.
    pub name: &'a str,
    /// Such as `application/pdf`. An `application/ics` with a method is also a part of its own beside the text. What [`refused_media_type`] refuses is sent as bytes of an unknown kind.
    pub media_type: &'a str,
    /// With one it belongs to the HTML, where `cid:ID` is its address.
    pub content_id: Option<&'a str>,
    /// The file.
    pub content: &'a [u8],
}

/// Says why a file of this kind cannot be attached, if so. The sentence begins with "the media type".
pub fn refused_media_type(media_type: &str) -> Option<&'static str> {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    let parts = media_type.split_once('/');
    if media_type.len() > 100 || !parts.is_some_and(|(kind, sub)| token(kind) && token(sub)) {
        return Some("the media type is not of the form type/subtype");
    }
    let kind = parts.map_or("", |(kind, _)| kind);
    // What is made of parts would be read as parts of this message.
    if kind.eq_ignore_ascii_case("multipart") || kind.eq_ignore_ascii_case("message") {
        return Some("the media type is one of messages, which cannot be attached");
    }
    None
}

impl<'a> Attachment<'a> {
    /// The method and the text of a calendar that asks for something: an invitation, a cancellation.
    pub(super) fn as_calendar(&self) -> Option<(&'a str, &'a str)> {
        if !self.media_type.eq_ignore_ascii_case("application/ics") {
            return None;
        }
        let text = std::str::from_utf8(self.content).ok()?;
        let method = text
            .lines()
            .find_map(|line| line.strip_prefix("METHOD:"))?
            .trim();
        // It becomes part of a header.
        let is_word = !method.is_empty() && method.bytes().all(|b| b.is_ascii_alphabetic());
        (is_word && method.len() <= 20).then_some((method, text))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let media_type = match refused_media_type(self.media_type) {
            None => self.media_type,
            Some(_) => "application/octet-stream",
        };
        let _ = write!(out, "Content-Type: {media_type}\r\nContent-Disposition: ");
        out.extend_from_slice(match self.content_id {
            Some(_) => b"inline;",
            None => b"attachment;",
        });
        file_name(out, self.name);
        if let Some(id) = self.content_id {
            super::header::id(out, "Content-ID", id);
        }
        out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
        out.reserve(self.content.len() / BYTES * (LINE + 2) + LINE);
        for line in self.content.chunks(BYTES) {
            out.extend_from_slice(data_encoding::BASE64.encode(line).as_bytes());
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Plain where every program reads it, and by RFC 2231 where it has more than ASCII.
fn file_name(out: &mut Vec<u8>, name: &str) {
    let name: String = name
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !kernel::text::breaks_line(*c))
        .take(LONGEST_NAME)
        .collect();
    let name = match name.trim().trim_start_matches('.') {
        "" => "attachment",
        name => name,
    };
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii() => c,
            _ => '_',
        })
        .collect();
    // The whole name first: readers that know both forms take the first that they find.
    if !name.is_ascii() {
        out.extend_from_slice(b"\r\n filename*=utf-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                out.push(byte);
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out.push(b';');
    }
    let _ = write!(out, "\r\n filename=\"{plain}\"\r\n");
}
