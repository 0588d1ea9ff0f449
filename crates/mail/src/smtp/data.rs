//! A message as it travels after DATA.

/// Writes a message with its final dot: dots stuffed, any line end made CRLF, no NUL. Mostly it is so already, and then
/// it is copied in one go.
pub(super) fn write_data(out: &mut Vec<u8>, data: &[u8]) {
    out.reserve(data.len() + 16);
    if goes_as_it_is(data) {
        out.extend_from_slice(data);
    } else {
        let mut rest = data;
        let mut at_start = true;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'\r' | b'\n' => {
                    if byte == b'\r' {
                        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                    }
                    out.extend_from_slice(b"\r\n");
                    at_start = true;
                }
                0 => {}
                _ => {
                    if at_start && byte == b'.' {
                        out.push(b'.');
                    }
                    out.push(byte);
                    at_start = false;
                }
            }
        }
    }
    if !data.is_empty() && !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
}

/// Whether every line ends with CRLF, none begins with a dot, and there is no NUL. Written so that the compiler compares
/// many bytes at once.
fn goes_as_it_is(data: &[u8]) -> bool {
    let (Some(first), Some(last)) = (data.first(), data.last()) else {
        return true;
    };
    let pairs = data.iter().zip(&data[1..]);
    let found = pairs.fold(0, |found, (&a, &b)| {
        found
            | u8::from((a == b'\r') != (b == b'\n'))
            | (u8::from(a == b'\n') & u8::from(b == b'.'))
            | u8::from(a == 0)
    });
    found == 0 && !matches!(first, b'\n' | b'.') && !matches!(last, b'\r' | 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_data(&mut out, data);
        out
    }

    #[test]
    fn nothing_in_a_message_ends_it() {
        for (data, wanted) in [
            (&b""[..], &b".\r\n"[..]),
            (b"a\r\n", b"a\r\n.\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b".", b"..\r\n.\r\n"),
            (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\n.\nb", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
            (
                b"a\n.\r\nMAIL FROM:<x>",
                b"a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n",
            ),
            (b"a\r\n\0.\r\n", b"a\r\n..\r\n.\r\n"),
            (b"a\r", b"a\r\n.\r\n"),
            (b"\n", b"\r\n.\r\n"),
        ] {
            assert_eq!(
                written(data).escape_ascii().to_string(),
                wanted.escape_ascii().to_string()
            );
        }
    }

    proptest! {
        #[test]
        fn any_data_ends_once_and_is_what_it_was(
            data in proptest::collection::vec(
                prop_oneof![4 => proptest::sample::select(b".\r\na\0".to_vec()), 1 => any::<u8>()],
                0..64,
            ),
        ) {
            let out = written(&data);
            prop_assert!(out.ends_with(b".\r\n"));
            prop_assert_eq!(memchr::memmem::find_iter(&out, b"\r\n.\r\n").count(), usize::from(!data.is_empty()));
            let crs = memchr::memchr_iter(b'\r', &out).count();
            prop_assert_eq!(crs, memchr::memchr_iter(b'\n', &out).count());
            prop_assert_eq!(crs, memchr::memmem::find_iter(&out, b"\r\n").count());
            // What needs no change is not changed.
            if goes_as_it_is(&data) {
                prop_assert!(out.starts_with(&data));
            }
        }
    }
}
