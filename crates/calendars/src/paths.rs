//! Paths of addresses, which every server writes in its own way.

use std::fmt::Write as _;

/// With all that is encoded by `%` decoded; `None` if it is no text then.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16);
        let pair = (first == b'%')
            .then(|| Some((hex(tail.first()?)?, hex(tail.get(1)?)?)))
            .flatten();
        if let Some((high, low)) = pair {
            bytes.push((high * 16 + low) as u8);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// One segment of a path, in which nothing has a meaning of its own.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The one way to write a path, whichever way it comes: `%40` and `@` are the same, `%2F` is no slash.
pub(crate) fn normal(path: &str) -> String {
    path.split('/')
        .map(|part| match decoded(part) {
            Some(text) => segment(&text),
            None => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::{decoded, normal, segment};

    #[test]
    fn ways_to_write_a_path_come_to_one() {
        for (path, expected) in [
            ("/a/b.ics", "/a/b.ics"),
            ("/ann%40example.com/x", "/ann@example.com/x"),
            ("/ann@example.com/x", "/ann@example.com/x"),
            ("/a%2fb/", "/a%2Fb/"),
            ("/m%c3%bcsli/1+1.ics", "/m%C3%BCsli/1%2B1.ics"),
            ("/müsli/1%2b1.ics", "/m%C3%BCsli/1%2B1.ics"),
            ("/100%/%zz", "/100%25/%25zz"),
            ("/%ff", "/%ff"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
        assert_eq!(decoded("a%20b").as_deref(), Some("a b"));
        assert_eq!(segment("a/b?c#d"), "a%2Fb%3Fc%23d");
    }
}
