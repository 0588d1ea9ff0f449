//! Replies, read with distrust: a relay may be broken, hostile, or not a relay at all.

use std::fmt;

use serde::Serialize;

/// The longest line of a reply. RFC 5321 allows 512 octets; some relays explain themselves at length.
const LINE_LIMIT: usize = 4096;

/// The longest reply, over all its lines.
const REPLY_LIMIT: usize = 64 * 1024;

/// How much of a reply's text is kept.
const TEXT_KEPT: usize = 1000;

/// A status code of RFC 3463, such as 5.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Enhanced {
    /// 2, 4 or 5.
    pub class: u8,
    /// 1 for addresses, 2 for mailboxes, 7 for policies, and so on.
    pub subject: u16,
    /// The detail within the subject.
    pub detail: u16,
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What a relay said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// From 200 to 599.
    pub code: u16,
    /// The status code at the beginning of the text, if there is one of the same class.
    pub enhanced: Option<Enhanced>,
    /// Without codes, one line per line, without controls, at most 1,000 bytes.
    pub text: String,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text.replace('\n', " "))?;
        }
        Ok(())
    }
}

/// What is wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    /// A line, or all lines together, are longer than any honest reply.
    #[error("it is too long")]
    TooLong,
    /// There is a NUL byte in it.
    #[error("it has a NUL byte")]
    Nul,
    /// A line does not begin with a code from 200 to 599 and a space, a hyphen, or nothing.
    #[error("it does not begin with a reply code")]
    NoCode,
    /// The lines of one reply have different codes.
    #[error("its lines have different codes")]
    MixedCodes,
}

/// A whole reply at the beginning of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) code: u16,
    /// How many bytes it takes.
    pub(super) length: usize,
}

/// Looks for a whole reply at the beginning of `input`. `None` if more must be read first.
pub(super) fn find(input: &[u8]) -> Result<Option<Found>, BadReply> {
    let mut code = None;
    let mut start = 0;
    while let Some(end) = memchr::memchr(b'\n', &input[start..]) {
        let line = &input[start..start + end];
        start += end + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > LINE_LIMIT || start > REPLY_LIMIT {
            return Err(BadReply::TooLong);
        }
        if memchr::memchr(0, line).is_some() {
            return Err(BadReply::Nul);
        }
        let (this, last) = match line {
            [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] => {
                let this = [a, b, c]
                    .iter()
                    .fold(0, |n, d| n * 10 + u16::from(**d - b'0'));
                match rest.first() {
                    None | Some(b' ') => (this, true),
                    Some(b'-') => (this, false),
                    Some(_) => return Err(BadReply::NoCode),
                }
            }
            _ => return Err(BadReply::NoCode),
        };
        if code.is_some_and(|code| code != this) {
            return Err(BadReply::MixedCodes);
        }
        code = Some(this);
        if last {
            return Ok(Some(Found {
                code: this,
                length: start,
            }));
        }
    }
    if input.len() - start > LINE_LIMIT || input.len() > REPLY_LIMIT {
        return Err(BadReply::TooLong);
    }
    if memchr::memchr(0, &input[start..]).is_some() {
        return Err(BadReply::Nul);
    }
    Ok(None)
}

/// The reply that [`find`] found in these bytes.
pub(super) fn decode(code: u16, bytes: &[u8]) -> Reply {
    let class = (code / 100) as u8;
    let mut enhanced = None;
    let mut text = String::new();
    for line in bytes.split(|b| *b == b'\n') {
        let line = String::from_utf8_lossy(line.get(4..).unwrap_or_default());
        let line = line.trim();
        let (status, rest) = line.split_once(' ').unwrap_or((line, ""));
        let line = match parse_enhanced(status) {
            Some(found) if found.class == class => {
                enhanced = enhanced.or(Some(found));
                rest.trim()
            }
            _ => line,
        };
        if line.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        text.extend(line.chars().map(printable));
        if text.len() > TEXT_KEPT {
            text.truncate(text.floor_char_boundary(TEXT_KEPT));
            break;
        }
    }
    Reply {
        code,
        enhanced,
        text,
    }
}

fn parse_enhanced(text: &str) -> Option<Enhanced> {
    let mut parts = text.split('.');
    let mut number = || {
        let part = parts.next()?;
        let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let found = Enhanced {
        class: u8::try_from(number()?).ok()?,
        subject: number()?,
        detail: number()?,
    };
    (parts.next().is_none() && matches!(found.class, 2 | 4 | 5)).then_some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(input: &[u8]) -> Result<Option<(Reply, usize)>, BadReply> {
        Ok(find(input)?.map(|found| (decode(found.code, &input[..found.length]), found.length)))
    }

    #[test]
    fn reads_what_relays_say() {
        for (input, code, enhanced, text) in [
            ("250 ok\r\n", 250, None, "ok"),
            ("250\r\n", 250, None, ""),
            ("250 \n", 250, None, ""),
            ("354 go\r\nextra", 354, None, "go"),
            (
                "250 2.0.0 queued as 1\r\n",
                250,
                Some("2.0.0"),
                "queued as 1",
            ),
            (
                "550-5.7.26 Unauthenticated email\r\n550-5.7.26 is not accepted\r\n550 5.7.26 sorry\r\n",
                550,
                Some("5.7.26"),
                "Unauthenticated email\nis not accepted\nsorry",
            ),
            // A status code of another class is text.
            ("550 2.1.1 what\r\n", 550, None, "2.1.1 what"),
            ("450 4.2.1\r\n", 450, Some("4.2.1"), ""),
            ("250 10.0.0.1 ok\r\n", 250, None, "10.0.0.1 ok"),
            ("421 a\u{7}b\u{85}c\rd\r\n", 421, None, "a b c d"),
        ] {
            let (reply, length) = read(input.as_bytes()).unwrap().unwrap();
            assert_eq!(reply.code, code, "{input:?}");
            assert_eq!(reply.enhanced.map(|e| e.to_string()).as_deref(), enhanced);
            assert_eq!(reply.text, text);
            assert!(length <= input.len());
        }
        let broken = read(b"250 \xff\xfe\r\n").unwrap().unwrap().0;
        assert_eq!(broken.text, "\u{fffd}\u{fffd}");
    }

    #[test]
    fn refuses_what_no_relay_should_say() {
        let long = [b"250 ".as_slice(), &vec![b'x'; 100_000]].concat();
        let many = b"250-x\r\n".repeat(20_000);
        for (input, wanted) in [
            (&b"hello\r\n"[..], BadReply::NoCode),
            (b"25\r\n", BadReply::NoCode),
            (b"199 x\r\n", BadReply::NoCode),
            (b"600 x\r\n", BadReply::NoCode),
            (b"250x\r\n", BadReply::NoCode),
            (b"2501 x\r\n", BadReply::NoCode),
            (b"\r\n", BadReply::NoCode),
            (b"250-a\r\n251 b\r\n", BadReply::MixedCodes),
            (b"250-a\r\n\r\n", BadReply::NoCode),
            (b"250 a\0b\r\n", BadReply::Nul),
            (b"250 a\0b", BadReply::Nul),
            (&long, BadReply::TooLong),
            (&many, BadReply::TooLong),
        ] {
            assert_eq!(read(input), Err(wanted));
        }
        for unfinished in [&b""[..], b"2", b"250 ok", b"250-a\r\n", b"250-a\r\n250 b"] {
            assert_eq!(read(unfinished), Ok(None));
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_takes_more_than_there_is(
            input in proptest::collection::vec(
                prop_oneof![
                    4 => proptest::sample::select(b"2450 -.\r\n".to_vec()),
                    1 => any::<u8>(),
                ],
                0..200,
            ),
        ) {
            if let Ok(Some((reply, length))) = read(&input) {
                prop_assert!(length <= input.len());
                prop_assert!((200..600).contains(&reply.code));
                prop_assert!(!reply.text.chars().any(|c| c.is_control() && c != '\n'));
                prop_assert!(reply.text.len() <= TEXT_KEPT);
                // What comes later does not change what was found.
                prop_assert_eq!(read(&input[..length]), Ok(Some((reply, length))));
                prop_assert_eq!(read(&input[..length - 1]), Ok(None));
            }
        }
    }
}
